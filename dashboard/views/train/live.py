"""What trains now: studies and runs, their curves, and the newest song.

Nothing is remembered here: what trains stands in the run folders and in the sweeps' notes, so
two windows show the same, and a restart of the app forgets nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.charts.baselines import baseline_lines
from dashboard.charts.run_curves import curve_of
from dashboard.charts.tuning import tuning_curves
from dashboard.state import elements
from dashboard.views.train.actions import button
from dashboard.wording import duration, file_name, plain
from songrnn.access import may_change
from songrnn.config import TrainConfig
from songrnn.store.runs import Run
from songrnn.training.launch import stop_training
from songrnn.tuning.launchers import Progress, time_left, with_status
from songrnn.tuning.sweeps import (
    SweepRecord,
    forget_sweep,
    start_sweep,
    stop_sweep,
)


def sweep_card(record: SweepRecord, runs: dict[str, Run]) -> None:
    """A study that trains or ended early: how far it is, and what can be done with it."""
    standing = [_progress(name, runs.get(name)) for name in record.runs]
    finished = sum(one.state == "finished" for one in standing)
    failed = [one for one in standing if one.state == "failed"]
    left = time_left(standing, record.workers) if record.status == "running" else None
    with st.container(border=True, key=elements.SWEEP.of(record.id)):
        where = f" on the cluster {plain(record.scheduler)}" if record.scheduler else ""
        words = f"**Study {plain(record.study)}**{where}, {record.status}: {finished} of {len(standing)} runs"
        st.progress(finished / max(len(standing), 1), text=words + _left(left))
        for one in failed:
            st.caption(plain(f"{one.name} failed: {one.message}"))
        with st.container(horizontal=True):
            if record.status == "running":
                button("Stop", elements.STOP.of(record.id), stop_sweep, record,
                       done="The study is stopping; its runs are kept.")  # fmt: skip
                return
            button(
                "Resume",
                elements.RESUME.of(record.id),
                _resume,
                record,
                done="The study trains again.",
            )
            button("Dismiss", elements.FORGET.of(record.id), forget_sweep, record,
                   done="The note on the study is gone; its runs stay.")  # fmt: skip


def _resume(record: SweepRecord) -> None:
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
    """A run that trains now: epoch, loss, speed, time left, and the button that stops it."""
    status = run.status
    one = _progress(run.name, run)
    with st.container(border=True, key=elements.RUNNING.of(run.name)):
        st.progress(
            min(one.epoch / one.epochs, 1.0),
            text=f"**{plain(run.name)}**, epoch {one.epoch:.1f} of {one.epochs}{_left(one.seconds_left)}",
        )
        speed = one.characters_per_second
        if not speed:
            st.caption(
                "Reads the tunes and makes the network; the first figures follow its first steps."
            )
        widgets.figures(
            [
                (
                    "Best validation, bits",
                    "–" if one.bits is None else f"{one.bits:.4f}",
                    "The lowest validation loss so far, in bits per character.",
                ),
                (
                    "Characters per second",
                    f"{speed:,.0f}" if speed else "–",
                    "Characters of training text read per second.",
                ),
                (
                    "Precision",
                    status.precision or "–",
                    "Number format of the arithmetic: bf16 where it is faster on this machine.",
                ),
            ]
        )
        if may_change(run.path):
            button("Stop", elements.STOP.of(run.name), stop_training, run,
                   done=f"{run.name} is stopping; it is kept and can be resumed.")  # fmt: skip


def curves(runs: Sequence[Run]) -> None:
    """The losses so far of the runs that train now."""
    drawn = [
        curve_of(run.config, loaders.runs.history(run), split)
        for run in runs
        for split in ("train", "validation")
    ]
    names = [run.name for run in runs]
    widgets.chart(
        lambda colours: tuning_curves(
            # Each run its own line, however alike the runs are.
            [replace(curve, settings={**curve.settings, "run": curve.run}) for curve in drawn],
            colours,
            x_title="epoch",
            y_title="loss, bits per character",
            group=["run"],
            baselines=baseline_lines(loaders.corpora.baselines_of(runs[0].config.corpus)),
            height=360,
        ),
        file_name(*names[:3], "loss"),
        key=elements.LIVE_CURVES,
        alt=f"Losses of {', '.join(names)} so far.",
    )


def sample(runs: Sequence[Run]) -> None:
    """The newest song of a run; the same seed each time, so that only the network changes."""
    names = [run.name for run in runs]
    name = names[0]
    if len(names) > 1:
        if (state.get(state.SAMPLE_RUN) or "") not in names:
            state.put(state.SAMPLE_RUN, names[0])
        picked = st.segmented_control(
            "Song by",
            names,
            required=True,
            key=state.SAMPLE_RUN,
            help="Of several trainings, the one whose newest song is shown below.",
        )
        name = str(picked)
    found = loaders.runs.sample_song(next(run for run in runs if run.name == name))
    if found is None:
        st.caption("The first song comes with the first validation.")
        return
    epoch, text = found
    st.markdown(f"**A song by {plain(name)} after epoch {epoch:g}**")
    if st.toggle(
        "Staff and sound",
        key=state.SAMPLE_MUSIC,
        help="Shows the song on a staff, to be played. It is written at temperature 0.7 with "
        "seed 1, so that only the network changes from one epoch to the next.",
    ):
        widgets.tune(text, key=elements.SAMPLE_PLAYER)
    else:
        st.code(text, language=None, wrap_lines=True)


def _left(seconds: float | None) -> str:
    return "" if seconds is None else f", about {duration(seconds)} left"
