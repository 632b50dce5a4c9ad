"""Making a run's temperature study on the page."""

from functools import partial

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.state import elements
from songrnn.config import SAMPLE_SETTINGS
from songrnn.generation.composer import compose_each
from songrnn.paths import cache_directory
from songrnn.quality import temperature as study
from songrnn.quality.ear import Ear
from songrnn.store.runs import Run

SONGS = (20, 50, 100, 200, 400)


def form(run: Run, *, again: bool) -> bool:
    """The settings of a study and the button that makes it; True when one was just made."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        songs = st.segmented_control(
            "Songs at each temperature",
            SONGS,
            default=100,
            required=True,
            key=state.STUDY_SONGS,
            help="More songs give narrower intervals and take longer; 100 take about a minute.",
        )
        recall = 0.0
        if loaders.runs.gate(run) is not None:
            recall = st.slider(
                SAMPLE_SETTINGS["recall"].label,
                0.0,
                1.0,
                0.0,
                SAMPLE_SETTINGS["recall"].step,
                key=state.STUDY_RECALL,
                help=SAMPLE_SETTINGS["recall"].help,
                width=200,
            )
        whole_bars = st.toggle(
            "Whole bars",
            key=state.STUDY_WHOLE_BARS,
            help="Allows only characters that can still lead to bars of the right length.",
        )
        pressed = st.button(
            "Measure again" if again else "Measure",
            key=elements.MEASURE,
            type="primary",
            help="Writes the songs, measures them, and stores the study with the run.",
        )
    if pressed:
        measure(run, int(songs), whole_bars=whole_bars, recall=recall)
    return pressed


def measure(run: Run, songs: int, *, whole_bars: bool, recall: float = 0.0) -> None:
    """Write and measure songs at every temperature, with progress; the study joins the run."""
    corpus = widgets.corpus_of(run.config.corpus).name
    with st.status("Reading the tunes of the corpus, once …") as status:
        reference = loaders.corpora.quality_reference_now(corpus)
        bar = st.progress(0.0)

        def show_progress(done: int, of: int) -> None:
            status.update(label=f"Measured {done} of {of} sets of songs …")
            bar.progress(done / of)

        study.study_run(
            run,
            partial(
                compose_each,
                loaders.runs.engine(run),
                run.vocabulary,
                gate=loaders.runs.gate(run),
            ),
            reference.book,
            reference.index,
            songs=songs,
            whole_bars=whole_bars,
            recall=recall,
            ear=Ear.kept(reference.book, cache_directory()),
            progress=show_progress,
        ).write(run.path)
        status.update(label="Measured; it is stored with the run.", state="complete")
