"""Work on a run in a process of its own: a note in the run's folder says how far it is.

Fitting recall and labelling neurons take minutes; whoever looks at the run, in any window, sees
the same. A note goes when the work is done; that of a process that died reads "interrupted".
What is to be done once a training has finished stands in the folder too, as `Wishes`.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from songrnn.access import check_may_change
from songrnn.disk import replace_file, storing
from songrnn.errors import DamagedRunError, SongRNNError
from songrnn.store.documents import Document, ProcessIdentity, RunStatus, read_if_there
from songrnn.store.processes import identity, is_alive
from songrnn.store.runs import Run

Kind = Literal["recall", "neurons"]
KINDS: tuple[Kind, ...] = ("recall", "neurons")
Progress = Callable[[str, float], None]

# Seconds between two notes.
_PAUSE = 0.5
_WISHES = ".afterwards.json"


class JobNote(Document):
    """status: "interrupted" is never written; it is what "running" reads as without its process.

    words: what is being done; share: of the whole, done. message: why it failed.
    """

    kind: Kind
    status: Literal["running", "failed", "interrupted"] = "running"
    words: str = ""
    share: Annotated[float, Field(ge=0, le=1)] = 0.0
    message: str = ""
    process: ProcessIdentity


class Wishes(Document):
    """What follows a training besides its baselines: recall fitted, neurons labelled. It lies in the
    folder until all of that is done."""

    recall: bool = False
    neurons: bool = False


def _file(kind: Kind) -> str:
    return f".{kind}-job.json"


def job_of(run: Run, kind: Kind) -> JobNote | None:
    """The work of that kind on a run; None when there is none."""
    try:
        note = read_if_there(JobNote, run.path / _file(kind))
    except DamagedRunError:
        return None
    if note and note.status == "running" and not is_alive(note.process):
        return note.model_copy(update={"status": "interrupted"})
    return note


def processes_at(folder: Path) -> set[int]:
    """Numbers of the processes that work on the run in a folder: one that trains it, or is about to
    do what follows its training, and those that fit recall or label neurons."""
    found = set()
    with contextlib.suppress(DamagedRunError, OSError):
        status = read_if_there(RunStatus, folder / "status.json")
        # A training that has finished goes on to what was wished for, in the same process.
        working = status is not None and (
            status.status == "running"
            or (status.status == "finished" and (folder / _WISHES).exists())
        )
        if status and working and status.process and is_alive(status.process):
            found.add(status.process.pid)
    for kind in KINDS:
        with contextlib.suppress(DamagedRunError, OSError):
            note = read_if_there(JobNote, folder / _file(kind))
            if note and note.status == "running" and is_alive(note.process):
                found.add(note.process.pid)
    return found


@contextlib.contextmanager
def noted_job(
    run: Run, kind: Kind, *, process: ProcessIdentity | None = None
) -> Iterator[Progress]:
    """Note that this process works on a run; yields what tells how far it is.

    Raises SongRNNError when another process does the same already.
    """
    before = job_of(run, kind)
    mine = process or identity()
    if before and before.status == "running" and before.process.pid != mine.pid:
        raise SongRNNError(
            f"The run {run.name} is being worked on already (process {before.process.pid})."
        )
    path = run.path / _file(kind)
    note = JobNote(kind=kind, process=mine)
    replace_file(path, note.to_json(), durable=False)
    due = time.monotonic()

    def tell(words: str, share: float) -> None:
        nonlocal due
        # One that was stopped has lost its note, and is about to notice.
        if time.monotonic() >= due and path.exists():
            due = time.monotonic() + _PAUSE
            now = note.model_copy(update={"words": words, "share": min(max(share, 0.0), 1.0)})
            replace_file(path, now.to_json(), durable=False)

    try:
        yield tell
    except SongRNNError as error:
        failed = note.model_copy(update={"status": "failed", "message": str(error)})
        replace_file(path, failed.to_json(), durable=False)
        raise
    except BaseException:
        forget_job(run, kind)
        raise
    forget_job(run, kind)


def begin_note(run: Run, kind: Kind, pid: int) -> None:
    """Note a process that was just started, until it does so itself."""
    note = JobNote(kind=kind, process=identity(pid))
    replace_file(run.path / _file(kind), note.to_json(), durable=False)


def note_failure(run: Run, kind: Kind, why: str) -> None:
    """Say with a run why work on it was not begun, for its person is not here to be told."""
    note = JobNote(kind=kind, process=identity(), status="failed", message=why)
    replace_file(run.path / _file(kind), note.to_json(), durable=False)


def forget_job(run: Run, kind: Kind) -> None:
    """Remove the note. Raises StorageError."""
    path = run.path / _file(kind)
    with storing(path):
        path.unlink(missing_ok=True)


def stop_job(run: Run, kind: Kind) -> None:
    """Ask the process to end, as Ctrl-C does; the note goes."""
    check_may_change(run.path)
    note = job_of(run, kind)
    if note and note.status == "running" and is_alive(note.process):
        with contextlib.suppress(ProcessLookupError):
            os.kill(note.process.pid, signal.SIGINT)
    forget_job(run, kind)


def write_wishes(folder: Path, wishes: Wishes) -> None:
    """Keep what is to follow a training with its run. Raises StorageError."""
    replace_file(folder / _WISHES, wishes.to_json())


def wishes_of(run: Run) -> Wishes:
    """What is to follow the training of a run; nothing where nothing was asked for."""
    try:
        return read_if_there(Wishes, run.path / _WISHES) or Wishes()
    except DamagedRunError:
        return Wishes()


def forget_wishes(run: Run) -> None:
    """They are fulfilled. Raises StorageError."""
    with storing(run.path / _WISHES):
        (run.path / _WISHES).unlink(missing_ok=True)
