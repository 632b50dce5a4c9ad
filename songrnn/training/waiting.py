"""Trainings, and labellings of neurons, that wait until there is room.

How many run at once is set; the others stand in a queue. `SONGRNN_TRAININGS_AT_ONCE=N` sets it; without it every training starts at once. The queue is a
folder of checkpoints/ with an empty file for each run, named after the moment it was asked for and
the run. A training that ends, with all that follows it, starts the next, and so does a labelling
of neurons; should one have been killed, the app does within half a minute. Sweeps have workers of
their own and do not stand in it.

Where people have workspaces there is one queue for all of them, in the shared checkpoints. Then
`SONGRNN_TRAININGS_EACH=N` says how many of one person run at once (1), and without a number for
all there run as many as there are processors. Who has enough running does not hold up the others.
What runs at once fits into the memory together; one that does not fit beside the others holds up
all behind it, for small ones would keep it out for good.
"""

import contextlib
import os
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from songrnn.access import QUEUE
from songrnn.disk import replace_file, storing
from songrnn.errors import RunError, SongRNNError
from songrnn.event_log import log_event
from songrnn.folders import LOCK, locked
from songrnn.paths import checkpoints_directory, places, using
from songrnn.store.documents import now
from songrnn.store.finding import names_in
from songrnn.store.jobs import job_of, note_failure, processes_at
from songrnn.store.runs import Run, open_run
from songrnn.training.launch import resume_training, start_labelling
from songrnn.training.memory import bytes_of_labelling, bytes_together, most_together
from songrnn.workspaces import (
    all_checkpoints,
    checkpoints_of,
    owner_of,
    workspace_at,
    workspaces_on,
)

# What a run waits for: to be trained, or that its neurons are labelled.
Work = Literal["train", "neurons"]
AT_ONCE = "SONGRNN_TRAININGS_AT_ONCE"
EACH = "SONGRNN_TRAININGS_EACH"


@dataclass(frozen=True)
class _Entry:
    """A run that waits: its name, the folder of runs it lies in, its file in the queue, what for."""

    name: str
    root: Path
    file: Path
    work: Work


@dataclass
class _Running:
    """Folder of runs -> how many are being trained or labelled; bytes that those take together."""

    count: Counter[Path]
    bytes: int = 0

    def add(self, root: Path, needed: int) -> None:
        """One more has started."""
        self.count[root.resolve()] += 1
        self.bytes += needed


def at_once() -> int | None:
    """How many trainings may run at the same time; None for as many as are started."""
    return _number(AT_ONCE) or ((os.cpu_count() or 1) if workspaces_on() else None)


def at_once_each() -> int | None:
    """How many of them may be one person's; None where people have no workspaces."""
    return (_number(EACH) or 1) if workspaces_on() else None


def _number(variable: str) -> int | None:
    told = os.environ.get(variable, "").strip()
    return max(1, int(told)) if told.isascii() and told.isdigit() and int(told) else None


def request_training(run: Run) -> str | None:
    """Train a run as soon as there is room: now, and None; or later, and a sentence that says so.

    Raises what `resume_training` raises, StorageError, and RunError when it waits already.
    """
    if at_once() is None:
        resume_training(run)
        return None
    root = run.path.parent
    folder = _folder(_queue_of(root))
    with locked(folder / LOCK, wait=True):
        ahead = _entries(folder.parent)
        if number := _place(run, ahead, "train"):
            raise RunError(f"The run {run.name} waits already, as number {number}.")
        running = _running(folder.parent)
        why = _why_not(root, _bytes_of(run), ahead, running)
        if not why:
            resume_training(run)
            return None
        if run.status.status in ("running", "finished"):
            raise RunError(f"The run {run.name} is {run.status.status}.")
        _enter(run, folder, "train")
    return f"{why}; {run.name} waits as number {len(ahead) + 1} and starts by itself."


def request_labelling(run: Run) -> str | None:
    """Label the neurons of a run in a process of its own as soon as there is room, in the same queue
    as the trainings: now, and None; or later, and a sentence that says so.

    Raises RunError when it waits already or is being done, or the process cannot be started, and
    StorageError.
    """
    if at_once() is None:
        _label(run)
        return None
    root = run.path.parent
    folder = _folder(_queue_of(root))
    with locked(folder / LOCK, wait=True):
        ahead = _entries(folder.parent)
        if place := _place(run, ahead, "neurons"):
            raise RunError(f"The neurons of {run.name} wait already, as number {place}.")
        running, needed = _running(folder.parent), bytes_of_labelling(run.config.model)
        why = _why_not(root, needed, ahead, running)
        if not why:
            _label(run)
            return None
        _refuse_labelled(run)
        _enter(run, folder, "neurons")
    return f"{why}; the neurons of {run.name} wait as number {len(ahead) + 1} and are labelled by themselves."


def _label(run: Run) -> None:
    _refuse_labelled(run)
    start_labelling(run)


def _refuse_labelled(run: Run) -> None:
    note = job_of(run, "neurons")
    if note and note.status == "running":
        raise RunError(f"The neurons of {run.name} are being labelled already.")


def _why_not(root: Path, needed: int, ahead: Sequence[_Entry], running: _Running) -> str:
    """Why what takes so many bytes has to wait, for a run of that folder; "" when it may begin."""
    limit, now = at_once(), running.count.total()
    if limit is not None and now >= limit:
        return f"{now} {'training or labelling runs' if now == 1 else 'trainings or labellings run'} already, as many as may"
    if not _has_place(root, running):
        return "As many of your trainings and labellings run as may"
    if not _fits(needed, running):
        return "What runs now leaves too little memory for it"
    next_one = next((entry for entry in ahead if _has_place(entry.root, running)), None)
    if next_one is None:
        return ""
    waits = not _fits(_bytes_at(next_one), running)
    return "Another one waits for memory" if waits else "Another one is next"


def _enter(run: Run, folder: Path, work: Work) -> None:
    """Put a run at the end of the queue."""
    root = run.path.parent
    owner = "" if _same(root, folder.parent) else root.parent.name
    ending = f"@{owner}@{work}" if work != "train" else f"@{owner}" if owner else ""
    replace_file(folder / f"{time.time_ns():020d}@{run.name}{ending}", b"")


def waiting(checkpoints: Path | None = None) -> list[str]:
    """The names of the runs of a folder that wait to be trained, the next one first."""
    return [name for _, name, work in places_in_queue(checkpoints) if work == "train"]


def places_in_queue(checkpoints: Path | None = None) -> list[tuple[int, str, Work]]:
    """(place from 1, name, what for) of the runs of a folder that wait; others' stand between them."""
    root = checkpoints or checkpoints_directory()
    entries = enumerate(_entries(_queue_of(root)), start=1)
    return [(place, each.name, each.work) for place, each in entries if _same(each.root, root)]


def withdraw(name: str, *, work: Work = "train", checkpoints: Path | None = None) -> None:
    """Take a run out of the queue; it stays as it is. Raises RunError when it does not wait."""
    root = checkpoints or checkpoints_directory()
    mine = [
        each
        for each in _entries(_queue_of(root))
        if (each.name, each.work) == (name, work) and _same(each.root, root)
    ]
    if not mine:
        raise RunError(f"The run {name} does not wait any more.")
    for entry in mine:
        with storing(entry.file):
            entry.file.unlink(missing_ok=True)


def start_waiting(*, checkpoints: Path | None = None, ending: bool = False) -> list[str]:
    """Start runs that wait, as far as there is room; return their names.

    ending: the work of this very process is over, and takes no place any more. Unless it ends, none
    when another process is at it: that one may have counted it among those that run. What can no
    longer be trained leaves the queue, and says why.
    """
    root = _queue_of(checkpoints or checkpoints_directory())
    started: list[str] = []
    # One that ends looks once nobody else does, who may be about to add to the queue behind it.
    if not _entries(root) and not (ending and at_once() is not None):
        return started
    with locked(_folder(root) / LOCK, wait=ending) as held:
        entries = _entries(root) if held else []
        running = _running(root, without=os.getpid() if ending else None)
        for entry in entries:
            if not _has_place(entry.root, running):
                continue
            needed = _bytes_at(entry)
            if not _fits(needed, running):
                break
            with storing(entry.file):
                entry.file.unlink(missing_ok=True)
            with using(owner_of(entry.root)):  # on behalf of whoever asked for it
                start = resume_training if entry.work == "train" else _label
                try:
                    start(open_run(entry.name, checkpoints=entry.root))
                except SongRNNError as error:
                    _note(entry, str(error))
                    continue
                started.append(entry.name)
                running.add(entry.root, needed)
    return started


def _note(entry: _Entry, why: str) -> None:
    """Say with a run why it did not start, for its person is not here to be told.

    A run that trains or has finished says so itself; one that cannot be read is shown as damaged.
    """
    whose = workspace_at(entry.root)
    log_event("failed", "training", name=entry.name, workspace=whose, state="waiting")
    with contextlib.suppress(SongRNNError):
        run = open_run(entry.name, checkpoints=entry.root)
        if entry.work == "neurons":
            note_failure(run, "neurons", why)
        elif run.status.status not in ("running", "finished"):
            update = {"status": "stopped", "heartbeat": now(), "message": why}
            told = run.status.model_copy(update=update)
            replace_file(run.path / "status.json", told.to_json())


def _queue_of(root: Path) -> Path:
    """The checkpoints that hold the queue for the runs of a folder: the shared ones, if there are."""
    here = places()
    common = _same(root, here.checkpoints) or workspace_at(root) is not None
    return here.common.checkpoints if common else root


def _folder(root: Path) -> Path:
    folder = root / QUEUE
    with storing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def _entries(root: Path) -> list[_Entry]:
    """What waits in the order it was asked for; runs that are gone left out."""
    found = []
    for path in sorted((root / QUEUE).glob("[0-9]*@*")):
        moment, name, owner, asked, *_ = (*path.name.split("@"), "", "")
        place = checkpoints_of(owner) if owner else root
        if moment.isdigit() and place is not None and _is_of(place / name, int(moment)):
            work: Work = "neurons" if asked == "neurons" else "train"
            found.append(_Entry(name, place, path, work))
    return found


def _is_of(folder: Path, moment: int) -> bool:
    """Whether the run in a folder is the one that was asked for then, in ns, and not one that has taken
    its name since."""
    try:
        return (folder / "run.json").stat().st_mtime_ns <= moment
    except OSError:
        return False


def _place(run: Run, entries: Sequence[_Entry], work: Work) -> int:
    """Where a run waits for that, from 1; 0 where it does not."""
    asked = (run.name, work)
    for place, entry in enumerate(entries, start=1):
        if (entry.name, entry.work) == asked and _same(entry.root, run.path.parent):
            return place
    return 0


def _has_place(root: Path, running: _Running) -> bool:
    """Whether there are few enough trainings for one more of the runs in a folder."""
    everyone, each = at_once(), at_once_each()
    if everyone is not None and running.count.total() >= everyone:
        return False
    shared = places().common.checkpoints
    return each is None or _same(root, shared) or running.count[root.resolve()] < each


def _fits(needed: int, running: _Running) -> bool:
    """Whether a training has memory beside those that run; whether it fits at all is asked elsewhere."""
    return not running.bytes or running.bytes + needed <= most_together()


def _bytes_of(run: Run) -> int:
    return bytes_together(run.config.model, run.config.training, run.vocabulary.size)


def _bytes_at(entry: _Entry) -> int:
    """Memory that a run which waits will take; 0 of one that cannot be read, which is not begun."""
    try:
        run = open_run(entry.name, checkpoints=entry.root)
        return _bytes_of(run) if entry.work == "train" else bytes_of_labelling(run.config.model)
    except SongRNNError:
        return 0


def _bytes_of_work(root: Path, name: str) -> int:
    """Memory of what is being done to a run; 0 of one that cannot be read."""
    try:
        run = open_run(name, checkpoints=root)
        if run.status.status == "running":
            return _bytes_of(run)
        return bytes_of_labelling(run.config.model)
    except SongRNNError:
        return 0


def _running(root: Path, *, without: int | None = None) -> _Running:
    """What is trained, or labelled, by other processes than that of the number `without`."""
    found = _Running(Counter())
    roots = all_checkpoints() if _same(root, places().common.checkpoints) else [root]
    for each in roots:
        for name in names_in(each):
            for _ in processes_at(each / name) - {without}:
                found.add(each, _bytes_of_work(each, name))
    return found


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()
