"""The song large: staff, text, sound, figures, and what can be done with it."""

from collections.abc import Sequence

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.components.tune_player import Recalled
from dashboard.state import elements, segments
from dashboard.state.playing import asked_to_play
from dashboard.state.songs import Song, fresh_song
from dashboard.views.compose.editing import edit_and_continue
from dashboard.views.compose.figures import song_figures, surprisal, withheld
from dashboard.views.compose.form import use_settings
from dashboard.views.compose.quality import song_quality
from dashboard.views.compose.writing import index_if_there
from dashboard.wording import plain, song_name
from songrnn.access import read_only
from songrnn.config import SampleConfig
from songrnn.errors import SongRNNError
from songrnn.generation.export import Provenance, file_stem
from songrnn.quality.reference import song_record
from songrnn.quality.source_copies import copied_from_sources
from songrnn.store.runs import Run
from songrnn.store.songs import KeptSong, new_song

HOW_MADE = (
    "How it was made, enough to make it again. A *run* is a network that learned from a collection of "
    "tunes, and its name. *Temperature*: how daring it was; at 0 it always writes what it finds "
    "likeliest. *Whole bars*: it had to keep to the meter. *Form*: how many bars it has and which say "
    "which again is as in one of those tunes, the notes are not. *Recall*: how readily it took up its own "
    "earlier bars. *Phrase*: each was written several ways, and the one most like real tunes stayed; "
    "*drafts*: so was the whole song. "
    "*Seed*: the number its dice began with; another gives another song."
)


def song_to_show(run: Run, kept: Sequence[KeptSong]) -> Song | None:
    """The kept song the address names, else the one just written, else the newest kept one.

    The newest is the first on the shelf, and of shipped runs one that was written with the settings
    that the form opens with.
    """
    asked = state.chosen(state.SONG)
    for each in kept:
        if each.id == asked:
            return as_song(each)
    fresh = fresh_song()
    if fresh is not None and fresh.run == run.name:
        return fresh
    return as_song(max(kept, key=lambda song: song.created)) if kept else None


def as_song(kept: KeptSong) -> Song:
    """A kept song as the page shows it."""
    return Song(
        text=kept.text,
        run=kept.run,
        prime=kept.prime,
        config=kept.config,
        seed=kept.seed,
        stopped_by=kept.stopped_by,
        share_withheld=kept.share_withheld,
        id=kept.id,
        variation=kept.variation,
    )


def show(run: Run, song: Song, chosen: tuple[SampleConfig, str] | None) -> None:
    """The song large: staff, text, sound, figures, and what can be done with it.

    chosen: what the form is set to; a song made otherwise offers its own settings.
    """
    made = "" if song.variation is None else song.variation.words()
    provenance = Provenance(song.run, song.config, song.seed, song.stopped_by, made)
    reading = loaders.music.reading(song.text)
    st.subheader(plain(song_name(reading)), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center", key=elements.PROVENANCE):
        told = [*provenance.lines(), song.rank]
        st.caption(plain(" · ".join(filter(None, told))), help=HOW_MADE)
        seed = state.get(state.SEED)
        if chosen != (song.config, song.prime) or seed != song.seed:
            st.button(
                "Use these settings",
                key=elements.USE_SETTINGS,
                type="tertiary",
                on_click=use_settings,
                args=(song.config, song.prime, song.seed),
                help="The form on the left has other settings. This fills it with those of the "
                "song: temperature, opening, seed and all others.",
            )
    # The run did not write what was edited or transposed: it recalled and expected other characters.
    changed = song.variation is not None and song.variation.rule in ("edited", "transposed")
    # Bars that a form says again are told as recall, as it was learned, would tell them.
    strength = song.config.recall or float(song.config.form)
    recalled = widgets.recalled(run, song.text, strength) if strength and not changed else None
    widgets.tune(
        song.text,
        key=elements.COMPOSE_PLAYER,
        recalled=recalled,
        plays=asked_to_play(song.text),
    )
    if recalled is not None:
        say_recalled(recalled, song.config.form)
    figures(run, song, changed=changed)
    song_quality(song, run)
    widgets.download_row(
        song.text, file_stem(song.text, provenance), provenance, key=elements.SONG_FILES
    )
    edit_and_continue(run, song)
    with st.container(horizontal=True, vertical_alignment="center"):
        if song.id is None and not read_only():
            st.button(
                "Keep this song",
                key=elements.KEEP,
                on_click=keep,
                args=(run, song),
                help="Stores it with its settings in the run's folder; it joins the kept songs "
                "below.",
            )
        _elsewhere(run, song)


def _elsewhere(run: Run, song: Song) -> None:
    """The song this one was made from, and other pages that show this one."""
    made = song.variation
    if made is not None and any(each.id == made.of for each in loaders.runs.songs(run)):
        st.page_link(
            "views/compose/page.py",
            label="Show the song it was made from",
            query_params=state.link({state.RUN: run.name, state.SONG: made.of}),
        )
    text = {state.TEXT: "fresh"} if song.id is None else {state.TEXT: "kept", state.SONG: song.id}
    st.page_link(
        "views/neurons/page.py",
        label="See the neurons on this song",
        query_params=state.link({state.RUN: song.run, **text}),
    )
    st.page_link(
        "views/segments/page.py",
        label="See it printed and labelled",
        query_params=state.link({segments.PAGE_FROM: "own", state.ABC: song.text}),
    )


def say_recalled(recalled: Recalled, formed: bool) -> None:
    """What the tint and the lines mean, and how much of this song was recalled; formed: by its form."""
    bars = len(recalled.bars)
    what = (
        "Tinted characters say again what stood earlier in the song, most of it as its form asks"
        if formed
        else "Tinted characters were recalled from earlier in the song"
    )
    st.caption(
        f"{what}: {bars} bar{'' if bars == 1 else 's'} as a whole, each with a line on the staff to "
        "the bar it was taken from."
    )


def figures(run: Run, song: Song, *, changed: bool) -> None:
    """A few numbers on the song, and the warnings about its notation."""
    written = [] if changed else [*surprisal(run, song), *withheld(song)]
    widgets.figures([*song_figures(song.text, run.config.corpus), *written])
    problems = [p for p in loaders.music.reading(song.text).problems if p.severity != "note"]
    if problems:
        with st.expander(f"Notation warnings ({len(problems)})"):
            for problem in problems[:20]:
                line = song.text.count("\n", 0, problem.span[0]) + 1
                st.markdown(f"- line {line}: {plain(problem.message)}")


def keep(run: Run, song: Song) -> None:
    """Store the song with the run, and show the stored one."""
    reading, ended = loaders.music.reading(song.text), song.stopped_by == "end"
    try:
        kept = new_song(
            run.name,
            song.text,
            song.config,
            prime=song.prime,
            seed=song.seed,
            stopped_by=song.stopped_by,
            log_probabilities=song.log_probabilities,
            share_withheld=song.share_withheld,
            figures=song_record(reading, ended=ended, index=index_if_there(run))
            | copied_from_sources(run, song.text),
            variation=song.variation,
        )
        run.keep_song(kept)
    except SongRNNError as error:
        state.put(state.NOTICE, str(error))
    else:
        state.choose(state.SONG, kept.id)
