"""Trainings that wait until there is room: how many run at once is set, the others stand in a queue.

`SONGRNN_TRAININGS_AT_ONCE=N` sets it; without it every training starts at once. The queue is a
folder of checkpoints/ with an empty file for each run, named after the moment it was asked for and
the run. A training that ends starts the next; so does any window of the app that looks, should one
have been killed. Sweeps have workers of their own and do not stand in it.
"""

import contextlib
import os
import time
from pathlib import Path

from songrnn.disk import replace_file, storing
from songrnn.errors import DamagedRunError, RunError, SongRNNError
from songrnn.folders import LOCK, locked
from songrnn.paths import checkpoints_directory
from songrnn.store.documents import RunStatus, read_if_there
from songrnn.store.processes import is_alive
from songrnn.store.runs import Run, names_in, open_run
from songrnn.training.launch import resume_training

AT_ONCE = "SONGRNN_TRAININGS_AT_ONCE"
_FOLDER = ".queue"


def at_once() -> int | None:
    """How many trainings may run at the same time; None for as many as are started."""
    told = os.environ.get(AT_ONCE, "").strip()
    return max(1, int(told)) if told.isascii() and told.isdigit() and int(told) else None


def request_training(run: Run) -> str | None:
    """Train a run as soon as there is room: now, and None; or later, and a sentence that says so.

    Raises what `resume_training` raises, StorageError, and RunError when it waits already.
    """
    limit = at_once()
    if limit is None:
        resume_training(run)
        return None
    root = run.path.parent
    folder = _folder(root)
    with locked(folder / LOCK, wait=True):
        ahead = waiting(root)
        if run.name in ahead:
            raise RunError(
                f"The run {run.name} waits already, as number {ahead.index(run.name) + 1}."
            )
        if not ahead and _running(root) < limit:
            resume_training(run)
            return None
        if run.status.status in ("running", "finished"):
            raise RunError(f"The run {run.name} is {run.status.status}.")
        replace_file(folder / f"{time.time_ns():020d}@{run.name}", b"")
    return (
        f"{limit} {'training runs' if limit == 1 else 'trainings run'} already, as many as may; "
        f"{run.name} waits as number {len(ahead) + 1} and starts by itself."
    )


def waiting(checkpoints: Path | None = None) -> list[str]:
    """The names of the runs that wait, the next one first."""
    return [name for name, _ in _entries(checkpoints or checkpoints_directory())]


def withdraw(name: str, *, checkpoints: Path | None = None) -> None:
    """Take a run out of the queue; it stays as it is. Raises RunError when it does not wait."""
    places = [
        path for each, path in _entries(checkpoints or checkpoints_directory()) if each == name
    ]
    if not places:
        raise RunError(f"The run {name} does not wait any more.")
    for path in places:
        with storing(path):
            path.unlink(missing_ok=True)


def start_waiting(*, checkpoints: Path | None = None) -> list[str]:
    """Start runs that wait, as far as there is room; return their names.

    At once when another process is at it. What can no longer be trained leaves the queue.
    """
    root = checkpoints or checkpoints_directory()
    started: list[str] = []
    if not waiting(root):
        return started
    with locked(_folder(root) / LOCK) as held:
        entries = _entries(root) if held else []
        room = len(entries) if (limit := at_once()) is None else limit - _running(root)
        for name, path in entries:
            if room <= 0:
                break
            with storing(path):
                path.unlink(missing_ok=True)
            with contextlib.suppress(SongRNNError):
                resume_training(open_run(name, checkpoints=root))
                started.append(name)
                room -= 1
    return started


def _folder(root: Path) -> Path:
    folder = root / _FOLDER
    with storing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def _entries(root: Path) -> list[tuple[str, Path]]:
    """(run, its file in the queue) in the order they were asked for; runs that are gone left out."""
    found = []
    for path in sorted((root / _FOLDER).glob("[0-9]*@*")):
        moment, _, name = path.name.partition("@")
        if moment.isdigit() and (root / name / "run.json").is_file():
            found.append((name, path))
    return found


def _running(root: Path) -> int:
    """How many runs are being trained."""
    count = 0
    for name in names_in(root):
        with contextlib.suppress(DamagedRunError, OSError):
            status = read_if_there(RunStatus, root / name / "status.json")
            if status and status.status == "running" and status.process:
                count += is_alive(status.process)
    return count
