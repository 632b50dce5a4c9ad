"""Where to go from a run, and the work that is being done on it."""

import streamlit as st

from dashboard import loaders, state
from dashboard.state import elements
from dashboard.wording import plain
from songrnn.access import may_change, read_only
from songrnn.errors import SongRNNError
from songrnn.store.jobs import KINDS, Kind, forget_job, stop_job
from songrnn.store.runs import Run
from songrnn.training.waiting import places_in_queue, request_labelling

_DOING: dict[Kind, str] = {"recall": "Fitting recall", "neurons": "Labelling neurons"}


def run_links(run: Run, *, itself: bool = True) -> None:
    """Links to the pages that show more of a run; itself: and to the run's own page."""
    query = state.link({state.RUN: run.name})
    with st.container(horizontal=True):
        if run.has_weights:
            st.page_link("views/compose/page.py", label="Compose", query_params=query)
        st.page_link(
            "views/runs/page.py",
            label="Compare",
            query_params=[
                (str(state.STUDY), "chosen"),
                *((str(state.RUNS), name) for name in compared_with(run)),
            ],
        )
        if run.has_weights:
            st.page_link("views/neurons/page.py", label="Neurons", query_params=query)
        if run.has_weights and not read_only():
            st.page_link(
                "views/train/page.py",
                label="Start from it",
                query_params=state.link({state.START_FROM: run.name}),
            )
        if itself:
            st.page_link("views/run/page.py", label="All about this run", query_params=query)


def compared_with(run: Run) -> list[str]:
    """The run, its source, and the others on its corpus, some of them."""
    source = run.config.source
    names = [run.name, *([source.name] if source else [])]
    names += [
        name
        for name, row in loaders.runs.rows().items()
        if row["corpus"] == run.config.corpus.name and row["study"] is None
    ]
    there = loaders.runs.rows()
    return [name for name in dict.fromkeys(names) if name in there][:8]


def jobs(run: Run) -> None:
    """The work that is being done on a run, with its progress and a button that stops it."""
    for kind in KINDS:
        note = loaders.runs.job(run, kind)
        if note is None:
            continue
        with st.container(key=elements.JOB.of(kind, run.name)):
            if note.status == "running":
                st.progress(note.share, text=f"{_DOING[kind]}: {plain(note.words) or 'starting'}")
                words, action = "Stop", stop_job
            else:
                why = f": {plain(note.message)}" if note.message else "."
                st.warning(f"{_DOING[kind]} was {note.status}{why}")
                words, action = "Dismiss", forget_job
            if may_change(run.path):
                st.button(
                    words,
                    key=elements.STOP_JOB.of(kind, run.name),
                    on_click=action,
                    args=(run, kind),
                )


def labelling(run: Run) -> None:
    """The button that labels a run's neurons, or how far that is."""
    if not may_change(run.path) or loaders.runs.job(run, "neurons") is not None:
        return
    labelled = loaders.neurons.index(run) is not None
    waits = [
        place for place, *what in places_in_queue(run.path.parent) if what == [run.name, "neurons"]
    ]
    if waits:
        st.caption(
            f"Its neurons wait as number {waits[0]} to be labelled; the Train page has the line."
        )
        return
    st.button(
        "Label its neurons again" if labelled else "Label its neurons",
        key=elements.LABEL.of(run.name),
        disabled=not run.has_weights,
        on_click=_label,
        args=(run,),
        help="Finds out what each neuron follows, in a process of its own: a minute or more for a "
        "small network, about ten for a large one. The tunes it learned from must be here.",
    )


def _label(run: Run) -> None:
    try:
        said = request_labelling(run)
    except SongRNNError as error:
        said = str(error)
    if said:
        st.toast(plain(said))
