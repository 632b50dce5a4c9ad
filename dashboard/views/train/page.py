"""Train: start a run or a study, watch it, stop it, resume it."""

from collections.abc import Mapping

import streamlit as st

from dashboard import frame, loaders, state
from dashboard.components.page_aids import announce
from dashboard.state import elements
from dashboard.views.train import ended, finished, live
from dashboard.views.train.actions import notice
from dashboard.views.train.run_form import run_form
from dashboard.views.train.study_form import study_form
from songrnn.access import read_only
from songrnn.paths import places
from songrnn.store.documents import UNFINISHED
from songrnn.store.runs import Run
from songrnn.training.waiting import places_in_queue, start_waiting
from songrnn.tuning.sweeps import list_sweeps


def page() -> None:
    """The page."""
    if read_only():
        frame.heading("Train", "What trains here, waits, and has ended of late.")
    else:
        what = "a run" if places().shared else "a run or a study"
        lead = f"Start {what}; training continues when this page is closed."
        frame.heading("Train", lead)
        form()

    # Looked at again and again: another window, or a terminal, may start or stop something.
    @st.fragment(run_every=2)
    def redraw() -> None:
        with frame.errors_as_sentences():
            watch()

    with st.container(key=elements.LIVE):
        redraw()


def form() -> None:
    """What can be started."""
    if places().shared is not None:  # a study would take all processors for hours
        with st.container(border=True), frame.errors_as_sentences():
            run_form()
        return
    start = st.segmented_control(
        "Start",
        ["a run", "a study"],
        default="a run",
        required=True,
        key=elements.START,
        bind="query-params",
        help="A run is one training. A study is many runs that differ in one setting.",
    )
    with st.container(border=True), frame.errors_as_sentences():
        if start == "a study":
            study_form()
        else:
            run_form()


def watch() -> None:
    """All that trains or can be resumed, as the files have it at this moment."""
    notice()
    if not read_only():
        start_waiting()
    queue = places_in_queue()
    waits = {name for _, name, work in queue if work == "train"}
    runs = {run.name: run for run in loaders.runs.all_runs() if isinstance(run, Run)}
    states = {name: run.status.status for name, run in runs.items()}
    running = [runs[name] for name, each in states.items() if each == "running"]
    early = [
        runs[name] for name, each in states.items() if each in UNFINISHED and name not in waits
    ]
    say_ended(states)
    sweeps = [record for record in list_sweeps() if record.status != "finished"]
    st.subheader("Training now", anchor=False)
    for record in sweeps:
        live.sweep_card(record, runs)
    for run in running:
        live.running_card(run)
    if running:
        left, right = st.columns([3, 2], gap="large")
        with left:
            live.curves(running)
        with right:
            live.sample(running)
    elif not sweeps:
        st.caption(ended.nothing_trains(bool(queue)))
    if queue:
        ended.in_queue(queue)
    done = finished.lately(runs)
    if done:
        st.subheader("Finished", anchor=False)
        for run in done:
            finished.finished_card(run)
    if early:
        st.subheader("Ended early", anchor=False)
        ended.ended_early(early)
    if read_only():
        return
    ended.deleting([runs[name] for name, each in states.items() if each != "running"])


def say_ended(states: Mapping[str, str]) -> None:
    """Tell who listens to the page which runs ended since it was last drawn."""
    before = state.get(state.SEEN_RUNNING) or []
    state.put(state.SEEN_RUNNING, [name for name, each in states.items() if each == "running"])
    ended = [
        f"{name}: {states[name]}" for name in before if states.get(name, "running") != "running"
    ]
    if ended:
        announce(", ".join(ended), key=elements.SAID)


page()
