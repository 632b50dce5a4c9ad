"""What pages share: the frame, the run picker, corpus and songs with progress, downloads."""

import functools
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import streamlit as st

from dashboard import loaders, state
from dashboard.charts.theme import Palette, palette
from dashboard.components.tune_player import Activations, Selection, tune_player
from dashboard.wording import by_best_validation
from songrnn.config import CorpusReference
from songrnn.corpus.sources import check_build
from songrnn.corpus.tunebook import Tunebook
from songrnn.errors import SongRNNError
from songrnn.generation.export import Provenance
from songrnn.notation.audio import INSTRUMENTS
from songrnn.notation.performance import perform
from songrnn.store.runs import Run

# What the theme's settings cannot say: line length, figures of one width, a quieter menu.
_STYLE = """
<style>
.stMainBlockContainer { max-width: 1320px; }
[data-testid="stMetricValue"], [data-testid="stDataFrame"] { font-variant-numeric: tabular-nums; }
.stMarkdown p { max-width: 92ch; }
[data-testid="stCaptionContainer"] p { max-width: 110ch; }
[data-testid="stMultiSelectTagsContainer"] [data-tag] { background: transparent; color: inherit;
  border: 1px solid color-mix(in srgb, currentColor 25%, transparent); }
[data-testid="stPageLink-NavLink"] { padding-left: 0; padding-right: 0; }
[data-testid="stPageLink-NavLink"] :is(span, p) { white-space: normal; }
[data-testid="stPageLink-NavLink"] p { text-decoration: underline;
  text-underline-offset: 0.2em; text-decoration-thickness: 1px; }
[data-testid="stButtonGroup"] > div { flex-wrap: wrap; row-gap: 0.3rem; }
textarea { font-family: var(--st-code-font, monospace) !important; }
@media (max-width: 640px) { .stMainBlockContainer { padding-left: 1rem; padding-right: 1rem; } }
</style>
"""

FORMAT_NAMES = {
    "txt": ("Text", "text/plain", "Exactly the characters the model wrote."),
    "abc": ("ABC", "text/vnd.abc", "The text, headed by lines that say how it was made."),
    "mid": ("MIDI", "audio/midi", "For sequencers and notation programs."),
    "wav": ("WAV", "audio/wav", "The sound, uncompressed."),
    "flac": ("FLAC", "audio/flac", "The sound, compressed without loss."),
    "musicxml": ("MusicXML", "application/vnd.recordare.musicxml+xml", "For notation programs."),
    "svg": ("SVG", "image/svg+xml", "The staff as a drawing."),
}


def style() -> None:
    """The few rules of style the theme has no setting for."""
    st.html(_STYLE)


@contextmanager
def errors_as_sentences(log: logging.Logger | None = None) -> Iterator[None]:
    """Show an error as a sentence where the page would have gone on; never a traceback."""
    try:
        yield
    except SongRNNError as error:
        st.error(str(error))
    except Exception:
        (log or logging.getLogger("dashboard")).exception("A page failed")
        st.error(
            "This page met an error it does not know; the terminal that runs the app says more. "
            "The other pages work on."
        )


def heading(title: str, lead: str) -> None:
    """A page's title and the one sentence that says what it is for."""
    st.title(title, anchor=False)
    st.markdown(lead)


def colours() -> Palette:
    """The palette of the theme the person looks at."""
    return palette(st.context.theme.type)


def run_picker(*, label: str = "Run", remark: Callable[[Run], str] = lambda _: "") -> Run | None:
    """Choose among the runs that have weights; the choice holds on every page.

    remark: what to say behind a run's name. None, with words on what to do, when there is no such run.
    """
    runs = {run.name: run for run in loaders.runs() if isinstance(run, Run) and run.has_weights}
    if not runs:
        st.info(
            "No run with weights yet. Train one: `songrnn train --epochs 5`; "
            "it appears here by itself.",
        )
        return None
    rows = loaders.run_rows()
    names = sorted(runs, key=lambda name: by_best_validation(rows.get(name, {})))
    asked = state.chosen(state.RUN)
    if asked is not None and asked not in runs:
        st.warning(f"The run {asked} has no weights here or is not there; another one is shown.")
    picked = state.shared(state.RUN, names)
    st.selectbox(
        label,
        names,
        key=state.widget_key(state.RUN),
        format_func=lambda name: _run_label(rows.get(name, {"name": name})) + remark(runs[name]),
        help="Runs with weights, best validation loss first. Bits per character: lower is better.",
    )
    return runs[str(picked)]


def _run_label(row: dict) -> str:
    bits = row.get("best_validation_bits_per_character")
    return f"{row['name']} · {bits:.3f} bits" if bits is not None else f"{row['name']}"


def corpus(name: str = "folk") -> Tunebook:
    """The tunes of a corpus, built with progress on the page when they are not there yet.

    Raises CorpusError when it can't be built.
    """
    if not loaders.corpus_is_built(name):
        with st.status(f"Building the corpus {name}, once …", expanded=True) as status:
            bar = st.progress(0.0)

            def show(text: str, share: float) -> None:
                bar.progress(min(1.0, max(0.0, share)), text=text)

            loaders.build_corpus(name, show)
            status.update(label=f"The corpus {name} is built.", state="complete", expanded=False)
    return loaders.tunebook(name)


def corpus_of(reference: CorpusReference) -> Tunebook:
    """The very tunes a run was trained on, built when they are not there yet.

    Raises CorpusError when they cannot be built, or are others by now.
    """
    book = corpus(reference.name)
    check_build(book, reference)
    return book


def download_row(text: str, stem: str, provenance: Provenance | None, *, key: str) -> None:
    """Buttons for a song's files; each is made when it is asked for.

    A file that cannot be made, because staff or sound could not, has its button switched off.
    """
    formats = [name for name in FORMAT_NAMES if provenance is not None or name != "abc"]
    instrument = state.instrument()
    ready = loaders.music_is_ready(text, 0, instrument)
    music = loaders.music(text, instrument) if ready else None
    broken: set[str] = set()
    if music is not None and music.audio is None:
        broken |= {"mid", "wav", "flac"}
    if music is not None and music.svg is None:
        broken |= {"musicxml", "svg"}
    with st.container(horizontal=True, gap="small", key=f"{key}-row"):
        for name in formats:
            label, mime, help_text = FORMAT_NAMES[name]
            st.download_button(
                label,
                data=functools.partial(loaders.song_file, text, provenance, name, instrument),
                file_name=f"{stem}.{name}",
                mime=mime,
                help="This song can't be made into this file; the reason stands above."
                if name in broken
                else f"{help_text} (.{name})",
                key=f"{key}-{name}",
                on_click="ignore",
                disabled=name in broken,
            )


def tune(
    text: str,
    *,
    key: str,
    patience: float = 2.0,
    width: int = loaders.WIDE,
    activations: Activations | None = None,
    beside: Activations | None = None,
    selection: Selection | None = None,
    below: Callable[[Selection], None] | None = None,
) -> None:
    """A tune as staff, text and sound; with activations, the neurons on it.

    The page waits `patience` seconds for staff and sound to be made; then it shows the text, and
    they join it when they are ready. What can't be made is said, the rest is shown. width: pixels
    that a line of music is laid out for. What a person chooses in the player is handed to `below`, which draws what belongs to it.
    """
    waiting = not loaders.music_is_ready(text, patience, state.instrument(), width)

    @st.fragment(run_every=1 if waiting else None)
    def stage() -> None:
        with errors_as_sentences():
            instrument = state.instrument()
            ready = loaders.music_is_ready(text, 0 if waiting else patience, instrument, width)
            music = loaders.music(text, instrument, width) if ready else loaders.Music(None, None)
            reading = loaders.reading(text)
            chosen = tune_player(
                reading,
                svg=music.svg,
                audio=music.audio,
                timeline=perform(reading).timeline(),
                silence="No sound." if ready else "The sound is being made …",
                activations=activations,
                beside=beside,
                selection=selection,
                reports=below is not None,
                instruments=tuple(INSTRUMENTS),
                instrument=instrument,
                on_instrument=state.set_instrument,
                key=key,
            )
            if not ready:
                st.caption("Staff and sound are being made …")
            elif waiting:
                st.rerun()
            for reason in music.missing:
                st.caption(reason)
            if below is not None:
                below(chosen)

    stage()


def figures(numbers: Sequence[tuple[str, str, str]]) -> None:
    """Numbers in a row that wraps: (name, value, what it means)."""
    with st.container(horizontal=True, gap="medium"):
        for name, value, help_text in numbers:
            st.metric(name, value, help=help_text, width="content")
