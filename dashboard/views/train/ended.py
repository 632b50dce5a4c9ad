"""Runs that ended early, and deleting runs and restoring them."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from dashboard import state
from dashboard.state import elements
from dashboard.views.train.actions import button
from dashboard.wording import plain
from songrnn.access import may_change, read_only
from songrnn.paths import checkpoints_directory, places
from songrnn.store.creating import delete_run
from songrnn.store.runs import Run
from songrnn.store.trash import DAYS, discarded_runs, restore_run
from songrnn.training.waiting import Work, request_training, withdraw

# How many deleted runs are offered for restoring; the others stay in checkpoints/.trash.
_MOST_DELETED = 5


def ended_early(runs: Sequence[Run]) -> None:
    """Runs that are neither finished nor running: why, and the button that resumes them."""
    for run in runs:
        status = run.status
        with st.container(border=True, key=elements.EARLY.of(run.name)):
            reason = f": {plain(status.message)}" if status.message else ""
            st.markdown(
                f"**{run.name}**, {status.status} at epoch {status.epoch:.1f} of "
                f"{run.config.training.epochs}{reason}"
            )
            if not may_change(run.path):
                continue
            with st.container(horizontal=True):
                button("Resume", elements.RESUME.of(run.name), request_training, run,
                       done=f"{run.name} trains again from where it stopped.")  # fmt: skip
                button("Delete", elements.DELETE.of(run.name), delete_run, run.name,
                       done=f"{run.name} is deleted; it can be restored below.")  # fmt: skip


def nothing_trains(waiting: bool) -> str:
    """What is said where no training of the visitor's runs."""
    if waiting:
        others = "Other people's trainings may be" if places().shared else "A labelling may be"
        return f"None of your runs is training yet. {others} in their place."
    return "Nothing is training." + (
        "" if read_only() else " Start a run above; a small one takes minutes."
    )


def in_queue(waiting: Sequence[tuple[int, str, Work]]) -> None:
    """Runs that wait for room, each at its place, with a button that takes it out."""
    st.subheader("Waiting", anchor=False)
    others = " The number is the place in line, those of other people counted."
    st.caption(
        "As many trainings run at once as this server lets; the next in line starts by itself when "
        "there is room." + (others if places().shared else "")
    )
    for place, name, work in waiting:
        # No name of a run has an @.
        asked = name if work == "train" else f"{name}@{work}"
        with st.container(
            horizontal=True, vertical_alignment="center", key=elements.QUEUED.of(asked)
        ):
            st.markdown(
                f"{place}\\. **{plain(name)}**" + ("" if work == "train" else ", its labels")
            )
            button("Withdraw", elements.WITHDRAW.of(asked), partial(withdraw, work=work), name,
                   done=f"{name} no longer waits; it stays as it is.")  # fmt: skip


def deleting(runs: Sequence[Run]) -> None:
    """Delete a run of one's own, and restore deleted ones."""
    names = sorted(run.name for run in runs if may_change(run.path))
    discarded = discarded_runs(checkpoints_directory())[:_MOST_DELETED]
    if not names and not discarded:
        return
    st.subheader("Delete", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Delete a run",
            names,
            index=None,
            key=state.DELETED_NAME,
            placeholder="choose one",
            help=f"It moves to checkpoints/.trash, from where it can be restored for {DAYS} days, or "
            "until the trash is full.",
            width=320,
        )
        button("Delete", elements.DELETE, delete_run, name, disabled=name is None,
               done=f"{name} is deleted; it can be restored below.")  # fmt: skip
    for run, place in discarded:
        with st.container(
            horizontal=True, vertical_alignment="center", key=elements.GONE.of(place.name)
        ):
            st.caption(f"{plain(run)} was deleted.")
            button("Undo", elements.UNDO.of(place.name), restore_run, Path(place),
                   done=f"{run} is back.")  # fmt: skip
