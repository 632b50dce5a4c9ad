"""Kills of a sweep: of itself before each of its changes of the disk, and of the trainings it started.

The trainings are real processes, as `songrnn sweep` starts them. One whose sweep is gone ends by
itself; whatever was killed, the next sweep takes it up, and it ends as if nothing had been.
"""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from songrnn.corpus.sources import load
from songrnn.paths import checkpoints_directory
from songrnn.store.history import read_history
from songrnn.store.runs import open_run
from songrnn.tuning.launchers import Sweep
from songrnn.tuning.sweeps import forget_sweep, list_sweeps, note_sweep, write_sweep
from tests.killing import killed_at_every_step
from tests.reliability.kills import CLOCK
from tests.reliability.writers import check, config, lab

NAMES = ("swept-a", "swept-b")
# How long a training may take to notice that its sweep is gone, on a busy machine. Seconds.
PATIENCE = 300.0


def _sweep() -> Sweep:
    book = load("mine")
    return Sweep([config(name, book, epochs=3) for name in NAMES], workers=1)


def train_all() -> None:
    """What `songrnn sweep` does."""
    for record in list_sweeps():
        forget_sweep(record)
    sweep = _sweep()
    record = note_sweep("cells", list(NAMES), workers=1)
    while sweep.step():
        time.sleep(0.05)
    write_sweep(record.model_copy(update={"status": "finished"}))


def trainings() -> Iterator[psutil.Process]:
    """The trainings of this lab that some sweep started and that are still there."""
    here = str(checkpoints_directory())
    for process in psutil.process_iter():
        try:
            started = "--end-with-parent" in process.cmdline()
            if started and process.environ().get("SONGRNN_CHECKPOINTS") == here:
                yield process
        except psutil.Error:
            continue


def kill_parent() -> int:
    """How often a sweep was killed; its training ended each time, and all could be read."""
    count = 0
    for number in killed_at_every_step(train_all):
        deadline = time.monotonic() + PATIENCE
        while list(trainings()):
            assert time.monotonic() < deadline, "a training goes on without its sweep"
            time.sleep(0.1)
        check()
        count += bool(number)
    return count


def kill_children(times: int) -> int:
    """How often a training was killed under a sweep, which said so; all could be read."""
    count = 0
    for _ in range(times):
        sweep = _sweep()
        while sweep.step() and not _has_begun():
            time.sleep(0.05)
        for process in trainings():
            os.kill(process.pid, signal.SIGKILL)
            count += 1
        while sweep.step() and not any(each.state == "failed" for each in sweep.progress()):
            time.sleep(0.05)
        sweep.stop()
        check()
    return count


def _has_begun() -> bool:
    return any(
        (checkpoints_directory() / name / "history.jsonl").is_file()
        and open_run(name).status.status == "running"
        for name in NAMES
    )


def outcome() -> list[tuple[list[dict[str, object]], dict[str, bytes]]]:
    """Histories and weights of the runs, without what tells the time."""
    found = []
    for name in NAMES:
        run = open_run(name)
        assert run.status.status == "finished"
        rows = [row.model_dump(exclude=CLOCK) for row in read_history(run.path / "history.jsonl")]
        found.append((rows, {key: array.tobytes() for key, array in run.weights().items()}))
    return found


def kill(root: Path) -> dict[str, object]:
    """Kills of sweeps and of their trainings, and whether what came of it is as without any."""
    with lab(root / "killed"):
        children = kill_children(3)
        parent = kill_parent()
        killed = outcome()
    with lab(root / "alone"):
        train_all()
        return {"sweeps": parent, "their trainings": children, "equal": outcome() == killed}
