"""The parts of the Train page that watch: cards, curves, the newest song, deleted runs.

Nothing is remembered here: what trains stands in the run folders and in the sweeps' notes, so
two windows show the same, and a restart of the app forgets nothing.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import frame, loaders, state, widgets
from dashboard.charts.tuning import RunCurve, tuning_curves
from dashboard.views.runs.choices import baseline_lines, settings
from songrnn.config import TrainConfig
from songrnn.errors import SongRNNError
from songrnn.paths import checkpoints_directory
from songrnn.store.creating import delete_run
from songrnn.store.runs import Run
from songrnn.store.trash import discarded_runs, restore_run
from songrnn.training.launch import resume_training, stop_training
from songrnn.tuning.launchers import Progress, time_left, with_status
from songrnn.tuning.sweeps import (
    SweepRecord,
    forget_sweep,
    start_sweep,
    stop_sweep,
)

# How long a word on what was done stays on the page.
_NOTICE_SECONDS = 10

# How many deleted runs are offered for taking back; the others stay in checkpoints/.trash.
_MOST_DELETED = 5


def act(action: Callable[..., Any], *arguments: Any, done: str) -> None:
    """Do something as a button asks for it, and leave a word on how it went for the page."""
    try:
        action(*arguments)
        said = ("success", done)
    except SongRNNError as error:
        said = ("error", str(error))
    st.session_state[state.SAID] = (*said, time.monotonic() + _NOTICE_SECONDS)


def notice() -> None:
    """What the last action has to say, long enough to be read."""
    said = st.session_state.get(state.SAID)
    if isinstance(said, tuple) and time.monotonic() < said[2]:
        (st.success if said[0] == "success" else st.error)(said[1])
    else:
        st.session_state.pop(state.SAID, None)


def sweep_card(record: SweepRecord, runs: dict[str, Run]) -> None:
    """A study under way or ended early: how far it is, and what can be done with it."""
    standing = [_progress(name, runs.get(name)) for name in record.runs]
    finished = sum(one.state == "finished" for one in standing)
    failed = [one for one in standing if one.state == "failed"]
    left = time_left(standing, record.workers) if record.status == "running" else None
    with st.container(border=True, key=f"sweep-{record.id}"):
        where = f" on the cluster {record.scheduler}" if record.scheduler else ""
        words = (
            f"**Study {record.study}**{where}, {record.status}: {finished} of {len(standing)} runs"
        )
        st.progress(finished / max(len(standing), 1), text=words + _left(left))
        for one in failed:
            st.caption(f"{one.name} failed: {one.message}")
        with st.container(horizontal=True):
            if record.status == "running":
                _button("Stop", f"stop-{record.id}", stop_sweep, record,
                        done="The study is stopping; its runs are kept.")  # fmt: skip
                return
            _button("Go on", f"go-{record.id}", _continue, record, done="The study goes on.")
            _button("Dismiss", f"forget-{record.id}", forget_sweep, record,
                    done="The note on the study is gone; its runs stay.")  # fmt: skip


def _continue(record: SweepRecord) -> None:
    start_sweep(
        record.study,
        seeds=record.seeds,
        epochs=record.epochs,
        workers=None if record.scheduler else record.workers,
        scheduler=record.scheduler,
    )


def _progress(name: str, run: Run | None) -> Progress:
    if run is None:
        return Progress(name, "waiting", 0.0, TrainConfig().epochs)
    status = run.status
    states: dict[str, Any] = {"running": "running", "finished": "finished", "failed": "failed"}
    start = Progress(
        name,
        states.get(status.status, "waiting"),
        0.0,
        run.config.training.epochs,
        message=status.message or "",
    )
    return with_status(start, status)


def running_card(run: Run) -> None:
    """A run under way: epoch, loss, speed, time left, and the button that stops it."""
    status = run.status
    one = _progress(run.name, run)
    with st.container(border=True, key=f"running-{run.name}"):
        st.progress(
            min(one.epoch / one.epochs, 1.0),
            text=f"**{run.name}**, epoch {one.epoch:.1f} of {one.epochs}{_left(one.seconds_left)}",
        )
        speed = one.characters_per_second
        widgets.figures(
            [
                (
                    "Best validation, bits",
                    "–" if one.bits is None else f"{one.bits:.4f}",
                    "Bits per character, the lowest so far.",
                ),
                ("Characters a second", f"{speed:,.0f}" if speed else "–", "Read while training."),
                ("Computes in", status.precision or "–", "bf16 where that is faster here."),
            ]
        )
        _button("Stop", f"stop-{run.name}", stop_training, run,
                done=f"{run.name} is stopping; it is kept and can go on.")  # fmt: skip


def curves(runs: Sequence[Run]) -> None:
    """The losses of the runs under way, as far as they are."""
    lines = []
    for run in runs:
        history = loaders.runs.history(run)
        for split in ("train", "validation"):
            rows = history[history["split"] == split]
            x, y = rows["epoch"].to_numpy(float), rows["bits_per_character"].to_numpy(float)
            lines.append(RunCurve(run.name, settings(run) | {"run": run.name}, x, y, split))
    figure = tuning_curves(
        lines,
        frame.colours(),
        x_title="epoch",
        y_title="loss, bits per character",
        group=["run"],
        baselines=baseline_lines(loaders.corpora.baselines_of(runs[0].config.corpus)),
        height=360,
    )
    st.plotly_chart(
        figure,
        theme=None,
        key="live-curves",
        config={"displaylogo": False},
        alt=f"Losses of {', '.join(run.name for run in runs)} so far.",
    )


def sample(runs: Sequence[Run]) -> None:
    """The newest song of a run under way; the same seed each time, so only the net changes."""
    names = [run.name for run in runs]
    name = names[0]
    if len(names) > 1:
        if st.session_state.get("sample-run") not in names:
            st.session_state["sample-run"] = names[0]
        name = str(st.segmented_control("Song by", names, required=True, key="sample-run"))
    found = loaders.runs.sample_song(next(run for run in runs if run.name == name))
    if found is None:
        st.caption("The first song comes with the first validation.")
        return
    epoch, text = found
    st.markdown(f"**A song by {name} after epoch {epoch:g}**")
    if st.toggle("Staff and sound", key="sample-music", help="At temperature 0.7, seed 1."):
        widgets.tune(text, key="sample-player")
    else:
        st.code(text, language=None, wrap_lines=True)


def ended_early(runs: Sequence[Run]) -> None:
    """Runs that are neither finished nor running: why, and how to go on."""
    for run in runs:
        status = run.status
        with st.container(border=True, key=f"early-{run.name}"):
            reason = f": {status.message}" if status.message else ""
            st.markdown(
                f"**{run.name}**, {status.status} at epoch {status.epoch:.1f} of "
                f"{run.config.training.epochs}{reason}"
            )
            with st.container(horizontal=True):
                _button("Go on", f"resume-{run.name}", resume_training, run,
                        done=f"{run.name} goes on from where it stopped.")  # fmt: skip
                _button("Delete", f"delete-{run.name}", delete_run, run.name,
                        done=f"{run.name} is deleted; it can be taken back below.")  # fmt: skip


def deleting(names: Sequence[str]) -> None:
    """Delete a run, and take deleted ones back."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Delete a run",
            names,
            index=None,
            key="delete-name",
            placeholder="choose one",
            help="It moves to checkpoints/.trash, from where it can be taken back.",
            width=320,
        )
        _button("Delete", "delete", delete_run, name, disabled=name is None,
                done=f"{name} is deleted; it can be taken back below.")  # fmt: skip
    for run, place in discarded_runs(checkpoints_directory())[:_MOST_DELETED]:
        with st.container(horizontal=True, vertical_alignment="center", key=f"gone-{place.name}"):
            st.caption(f"{run} was deleted.")
            _button("Undo", f"undo-{place.name}", restore_run, Path(place),
                    done=f"{run} is back.")  # fmt: skip


def _button(
    words: str,
    key: str,
    action: Callable[..., Any],
    *arguments: Any,
    done: str,
    disabled: bool = False,
) -> None:
    st.button(
        words,
        key=key,
        disabled=disabled,
        on_click=act,
        args=(action, *arguments),
        kwargs={"done": done},
    )


def _left(seconds: float | None) -> str:
    return "" if seconds is None else f", about {duration(seconds)} left"


def duration(seconds: float) -> str:
    """`45 s`, `3 min`, `2 h 10 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
