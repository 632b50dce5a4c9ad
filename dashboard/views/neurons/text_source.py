"""Which text the neurons are shown on: a tune, a song, or whatever a person pastes or uploads."""

from collections.abc import Callable

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.state.songs import fresh_song
from dashboard.wording import plain
from songrnn.corpus.tunebook import SPLITS
from songrnn.errors import TuneFileError, UnknownCharacterError
from songrnn.notation.files.tune_file import TuneFile
from songrnn.store.runs import Run

SOURCES = {
    "corpus": "A corpus tune",
    "kept": "A kept song",
    "fresh": "The song just composed",
    "pasted": "Your own text",
    "uploaded": "An uploaded file",
}
EXAMPLE = "X:1\nT:Example\nM:6/8\nL:1/8\nK:D\n|:DFA d2f|edB AFD|DFA d2f|edc d3:|\n"


def corpus_text(run: Run) -> str | None:
    """A tune of the run's corpus, of validation unless another split is chosen."""
    book = widgets.corpus_of(run.config.corpus)
    tune_column, split_column = st.columns([5, 2], gap="small")
    split = split_column.selectbox(
        "Split",
        SPLITS,
        index=1,
        key=state.SPLIT,
        bind="query-params",
        help="Lists the tunes of another split. The run did not learn from validation and test tunes.",
    )
    tunes = book.split(split)
    asked = state.chosen(state.TUNE)
    if asked is not None and all(tune.id != asked for tune in tunes):
        tunes = tuple(tune for tune in book.tunes if tune.id == asked) + tunes
        if all(tune.id != asked for tune in tunes):
            st.warning(plain(f"The tune {asked} is not in {book.name}; another one is shown."))
    titles = {
        tune.id: f"{tune.title or 'Untitled'} ({tune.rhythm or tune.meter})" for tune in tunes
    }
    if not titles:
        st.info("This split of the corpus holds no tune.")
        return None
    picked = state.shared(state.TUNE, list(titles))
    tune_column.selectbox(
        "Tune",
        list(titles),
        key=state.widget_key(state.TUNE),
        format_func=lambda id: titles.get(id, id),
        help="The tune the run reads. Type part of a title to find it.",
    )
    return next(tune.text for tune in tunes if tune.id == picked)


def kept_text(run: Run) -> str | None:
    """A song kept with the run."""
    songs = {song.id: song for song in loaders.runs.songs(run)}
    if not songs:
        st.info("No song is kept with this run; compose one and keep it on the Compose page.")
        return None
    picked = state.shared(state.SONG, list(songs))
    st.selectbox(
        "Song",
        list(songs),
        key=state.widget_key(state.SONG),
        format_func=lambda id: (
            f"temperature {songs[id].config.temperature:g}, seed {songs[id].seed}"
            if id in songs
            else id
        ),
        help="The kept song that the run reads.",
    )
    return songs[str(picked)].text


def fresh_text(run: Run) -> str | None:
    """The song composed last in this session, by whatever run."""
    song = fresh_song()
    if song is None:
        st.info("Nothing was composed in this session yet; the Compose page writes a song.")
        return None
    if song.run != run.name:
        st.caption(plain(f"Composed by {song.run}, read here by {run.name}."))
    return song.text


def pasted_text(run: Run) -> str | None:
    """Whatever a person writes or pastes."""
    text = widgets.editor(
        "ABC text",
        state.PASTED,
        EXAMPLE,
        "The run reads whatever stands here, as long as it knows the characters; the neurons follow "
        "when you stop writing. The text stays in this session and is not part of the address.",
        page_follows=True,
    )
    if not text:
        st.info("Paste a tune to see the neurons on it.")
        return None
    try:
        opened = TuneFile.from_text(text)
    except TuneFileError:
        return text  # a fragment, or any other text: the run reads that too
    alone = len(opened.tunes) == 1 and opened.tunes[0].text.strip() == text.strip()
    return text if alone or not opened.tunes else _tune_of(opened, "Pasted text")


def uploaded_text(run: Run) -> str | None:
    """A tune out of a person's own file."""
    upload = st.file_uploader(
        "ABC file",
        type=["abc", "txt", "md", "html", "htm", "eml"],
        key=state.UPLOADED,
        help="A file with one tune or several. It stays in this session.",
    )
    if upload is None:
        st.info("Choose a file with a tune to see the neurons on it.")
        return None
    try:
        opened = loaders.tune_files.opened(upload.getvalue())
    except TuneFileError as error:
        st.info(plain(f"{upload.name} {error}."))
        return None
    return _tune_of(opened, upload.name)


def _tune_of(opened: TuneFile, name: str) -> str | None:
    """One of the tunes, with what was guessed and left out said below it."""
    tunes = opened.tunes
    number = 0
    if len(tunes) > 1:
        number = st.selectbox(
            "Tune of the file",
            range(len(tunes)),
            key=state.UPLOADED_TUNE,
            format_func=lambda n: tunes[n].title or f"{n + 1}",
            help="The file holds several tunes; the run reads this one.",
        )
    for sentence in (*opened.notices, *map(str, opened.refusals)):
        st.caption(plain(f"{name}: {sentence}"))
    if not tunes:
        st.info("There is no tune in this file.")
        return None
    return tunes[number].text


READERS: dict[str, Callable[[Run], str | None]] = {
    "corpus": corpus_text,
    "kept": kept_text,
    "fresh": fresh_text,
    "pasted": pasted_text,
    "uploaded": uploaded_text,
}


def beginning(text: str, most: int) -> str:
    """As much of a text as is shown, with a note where that is not all of it."""
    if len(text) > most:
        st.info(f"Of its {len(text):,} characters the first {most:,} are shown.")
    return text[:most]


def choose_text(run: Run) -> str | None:
    """The text to read; None, with the reason on the page, when there is none."""
    left, right = st.columns([3, 7], gap="small")
    with left:
        source = str(state.shared(state.TEXT, list(SOURCES)))
        st.selectbox(
            "Text",
            list(SOURCES),
            key=state.widget_key(state.TEXT),
            format_func=lambda name: SOURCES[name],
            help="Where the text comes from that the run reads: its corpus, its songs, or you.",
        )
    # An editor has a staff of its own and wants the width of the page.
    with st.container() if source == "pasted" else right:
        text = READERS[source](run)
        if text is not None:
            text = beginning(text, loaders.neurons.longest_text(run))
    if text is None:
        return None
    unknown = run.vocabulary.unknown(text)
    if unknown:
        position, character = unknown[0]
        st.error(plain(str(UnknownCharacterError(character, position, text))))
        return None
    return text
