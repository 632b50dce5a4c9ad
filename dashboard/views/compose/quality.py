"""How good one song is: whether it holds together and whether it is new, compared with real
tunes."""

import html
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.frame import errors_as_sentences
from dashboard.state.songs import Song
from dashboard.wording import plain
from songrnn.quality import form, novelty, validity
from songrnn.quality.novelty import NOTES, Novelty
from songrnn.quality.reference import QualityReference
from songrnn.quality.validity import Validity
from songrnn.store.runs import Run

# figure -> (words, how its value reads, whether real tunes have a mean of it)
_ROWS = {
    "right_bars": "Complete bars",
    "in_key": "Notes in key",
    "ends_on_tonic": "Ends on the tonic",
    "repeated_bars": "Repeated bars",
    "repeats_1": "Bars like the bar before",
    "repeats_2": "Bars like that two before",
    "repeats_4": "Bars like that four before",
    "repeats_8": "Bars like that eight before",
    "fifth_is_first": "Fifth bar is the first",
    "endings_alike": "Endings of sections alike",
    "square_sections": "Sections of 4, 8, 12 … bars",
    "sections_on_tonic": "Sections that end on the tonic",
    "leaps": "Leaps",
    "range": "Range, semitones",
    "seen_notes": "Runs of 8 notes seen in training",
    "longest_notes": "Longest copied run, notes",
    "longest_characters": "Longest copied run, characters",
    "nearest_share": "Shared with the nearest tune",
}
_COUNTS = {"range", "longest_notes", "longest_characters"}
_STYLE = """
<style>
.compared { font-family: var(--st-code-font, monospace); font-size: 0.85rem; white-space: pre-wrap;
  overflow-wrap: anywhere; background: var(--st-secondary-background-color); border-radius: 4px;
  padding: 0.6rem 0.8rem; margin: 0; line-height: 1.6; max-height: 22rem; overflow: auto; }
.compared mark { background: color-mix(in srgb, var(--st-primary-color) 16%, transparent);
  color: inherit; text-decoration: underline; text-decoration-thickness: 1.5px;
  text-underline-offset: 3px; }
</style>
"""


def song_quality(song: Song, run: Run) -> None:
    """A fold with the figures of one song and those of real held-out tunes."""
    if (opened := widgets.fold("Compared with real tunes", "quality")) is None:
        return
    with opened:
        from_sources(song, run)
        corpus = run.config.corpus
        if problem := loaders.corpora.problem(corpus):
            st.caption(f"This needs the tunes that the run learned from. {plain(problem)}")
            return
        _stage(song, corpus.name)


def from_sources(song: Song, run: Run) -> None:
    """What the song has from tunes that only the runs before this one learned from."""
    found = loaders.sources.melodies(run)
    if found is None:
        return
    assert run.config.source is not None
    copied, real = found.look_up(song.text), loaders.sources.real_tunes(run)
    usual = ""
    if real:
        usual = (
            f" The {real['tunes']:.0f} validation tunes of its corpus looked at share on average "
            f"{real['source_seen_notes']:.0%} of their runs, and {real['source_longest_notes']:.0f} "
            "notes in a row."
        )
    seen = "–" if copied.source_seen_notes is None else f"{copied.source_seen_notes:.0%}"
    st.markdown(
        f"**Of the tunes behind {plain(run.config.source.name)}**, from which this run was "
        f"fine-tuned, {len(found.melodies):,} in all, the song has {seen} of its runs of {NOTES} "
        f"notes, and at most {copied.source_longest_notes} notes in a row, in any key.{usual}"
    )
    st.caption("The table below counts the tunes that the fine-tuning itself learned from.")


def _stage(song: Song, corpus: str) -> None:
    waiting = loaders.corpora.quality_reference_failed(corpus) or (
        loaders.corpora.quality_reference(corpus) is None
    )

    @st.fragment(run_every=1 if waiting else None)
    def stage() -> None:
        with errors_as_sentences():
            look()

    def look() -> None:
        reference = loaders.corpora.quality_reference(corpus)
        if reference is None:
            st.caption("The tunes of the corpus are being read for the comparison, once …")
            return
        if waiting:
            widgets.page_anew()
        judged = validity.assess(loaders.music.reading(song.text), ended=song.stopped_by == "end")
        new = reference.index.look_up(loaders.music.reading(song.text))
        table(judged, new, reference)
        nearest(song, new, reference)

    stage()


def table(judged: Validity, new: Novelty, reference: QualityReference) -> None:
    """One row per figure: this song, and real tunes."""
    meanings = validity.MEANINGS | form.MEANINGS | novelty.MEANINGS
    rows = [
        {
            "Figure": words,
            "This song": _shown(name, _value(name, judged, new)),
            "Real tunes": _shown(name, reference.means.get(name)),
            "What it is": meanings[name],
        }
        for name, words in _ROWS.items()
    ]
    # A table, not a grid: what a figure is has to be read to its end.
    st.table(pd.DataFrame(rows).set_index("Figure"), border="horizontal")
    well_formed = reference.means.get("well_formed")
    st.caption(
        f"Form {judged.form or '–'}. "
        + ("Well-formed: " if judged.well_formed else "Not well-formed, which means: ")
        + validity.MEANINGS["well_formed"][0].lower()
        + validity.MEANINGS["well_formed"][1:]
        + f" Real tunes: mean over the {reference.tunes:,} validation tunes"
        + ("" if well_formed is None else f", of which {well_formed:.0%} are well-formed")
        + "; judge what a song shares with training tunes by what they share. "
        "[How songs are judged](glossary?read=quality), with examples."
    )


def _value(name: str, judged: Validity, new: Novelty) -> float | None:
    holder = next(each for each in (judged, judged.shape, new) if hasattr(each, name))
    value = getattr(holder, name)
    return None if value is None else float(value)


def _shown(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3g}" if name in _COUNTS else f"{value:.0%}"


def nearest(song: Song, new: Novelty, reference: QualityReference) -> None:
    """The song and its nearest training tune, the shared part marked in both."""
    if new.nearest is None:
        st.caption("No training tune shares a run of six notes with it.")
        return
    tune = reference.find(new.nearest)
    marked = reference.index.marked(new, song.text, tune)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**This song**")
        st.html(_STYLE + with_marks(song.text, marked.copied))
    with right:
        st.markdown(f"**Nearest training tune: {plain(tune.title or 'Untitled')}**")
        st.html(_STYLE + with_marks(tune.text, marked.source))
    human = reference.means.get("nearest_share")
    st.caption(
        f"It shares {new.nearest_share:.0%} of the song's runs of six notes, in any key; "
        "they are marked in both."
        + (
            ""
            if human is None
            else " Between a real held-out tune and its nearest training tune it is "
            f"{human:.0%} on average."
        )
    )
    st.page_link(
        "views/corpus/page.py",
        label="Open that tune",
        query_params=state.link({state.CORPUS: reference.book.name, state.TUNE: tune.id}),
    )


def with_marks(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """HTML of the text with the spans marked; the text itself can do nothing."""
    pieces, at = [], 0
    for start, end in spans:
        pieces += [html.escape(text[at:start]), "<mark>", html.escape(text[start:end]), "</mark>"]
        at = end
    return f'<pre class="compared">{"".join([*pieces, html.escape(text[at:])])}</pre>'
