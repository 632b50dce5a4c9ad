"""A training as a process of its own: it continues when the app that started it has ended.

The process runs `songrnn train --resume NAME`, writes to the run's log.txt, and is stopped
by the same signal as Ctrl-C sends. No torch here: the app must not pay for it.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from songrnn.access import check_may_change
from songrnn.disk import open_for_appending, replace_file, storing
from songrnn.errors import RunError, SongRNNError
from songrnn.paths import places
from songrnn.store.creating import bytes_while_training
from songrnn.store.documents import ProcessIdentity, RunStatus, now
from songrnn.store.finding import names_in
from songrnn.store.jobs import begin_note, processes_at
from songrnn.store.processes import identity, is_alive
from songrnn.store.runs import Run, open_run
from songrnn.training.child import child_environment
from songrnn.training.memory import check_memory
from songrnn.workspaces import bytes_of, check_room

LOG = "log.txt"

# Kept so that they can be waited for: a child nobody waits for stays in the table of processes.
_children: list[subprocess.Popen[bytes]] = []


def resume_training(run: Run) -> None:
    """Resume a run, or begin it, in a process of its own; its status reads "running" at once.

    Raises RunError when it is being trained, is finished, or the process cannot be started;
    TooLargeError when it cannot fit the machine, QuotaError when a workspace has no room for what
    it will write.
    """
    status = run.status
    if status.status in ("running", "finished"):
        how = "already being trained" if status.status == "running" else "finished"
        raise RunError(f"The run {run.name} is {how}.")
    check_memory(run.config.model, run.config.training, run.vocabulary.size)
    # Runs that wait have taken no room yet, so that many of them could be made.
    needed = bytes_while_training(run.config, run.vocabulary.size)
    check_room(max(needed - bytes_of(run.path), 0) + _promised(run.path.parent))
    child = _start(run, "train", "--resume", run.name)
    # The child says so itself in a few seconds; until then we do, unless it was faster.
    try:
        process = identity(child.pid)
    except psutil.NoSuchProcess:
        return
    if run.status.process != process:
        begun = status.model_copy(
            update={"status": "running", "process": process, "heartbeat": now(), "message": None}
        )
        replace_file(run.path / "status.json", begun.to_json())


def _promised(checkpoints: Path) -> int:
    """Bytes that trainings of a workspace which run now will still write."""
    if places().shared is None:
        return 0
    left = 0
    for name in names_in(checkpoints):
        with contextlib.suppress(SongRNNError):
            run = open_run(name, checkpoints=checkpoints)
            if run.status.status == "running":
                needed = bytes_while_training(run.config, run.vocabulary.size)
                left += max(needed - bytes_of(run.path), 0)
    return left


def start_labelling(run: Run) -> None:
    """Label a run's neurons in a process of its own, which notes how far it is (`store/jobs.py`).

    Raises RunError when the process cannot be started.
    """
    child = _start(run, "neurons", run.name, "rank", "--again", "--noted")
    with contextlib.suppress(psutil.NoSuchProcess):
        begin_note(run, "neurons", child.pid)


def _start(run: Run, *arguments: str) -> "subprocess.Popen[bytes]":
    """Start `songrnn …` in a session of its own: no Ctrl-C or closed terminal reaches it."""
    _children[:] = [child for child in _children if child.poll() is None]
    log = run.path / LOG
    with storing(log), open_for_appending(log) as output:
        try:
            child = subprocess.Popen(
                [sys.executable, "-m", "songrnn", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=child_environment(run.path.parent),
                start_new_session=True,
            )
        except OSError as error:
            raise RunError(f"No process could be started for {run.name}: {error}.") from error
    _children.append(child)
    return child


def stop_training(run: Run, *, wait: float = 0.0) -> RunStatus:
    """Ask the process that trains a run to finish its step, keep the run and end; one that does what
    follows the training already, to end.

    wait: seconds to wait for that at most; the status says whether it was enough. Raises RunError when the run
    is not being trained, or not on this machine.
    """
    status = run.status
    at_work = status.status == "running" or (
        status.process is not None and status.process.pid in processes_at(run.path)
    )
    if not at_work or status.process is None:
        raise RunError(f"The run {run.name} is not being trained; its status is {status.status}.")
    check_may_change(run.path)
    if status.worker is not None:
        raise RunError(
            f"The run {run.name} is being trained on a cluster ({status.worker}); "
            "stop the sweep that sent it there."
        )
    if status.process.pid == os.getpid():
        raise RunError(f"The run {run.name} is being trained by this very process.")
    _interrupt(status.process)
    deadline = time.monotonic() + wait
    while run.status.status == "running" and time.monotonic() < deadline:
        time.sleep(0.05)
    return run.status


def _interrupt(process: ProcessIdentity) -> None:
    # Looked at again just before: its number may belong to another process by now.
    if is_alive(process):
        try:
            os.kill(process.pid, signal.SIGINT)
        except ProcessLookupError:
            return
        except PermissionError as error:
            raise RunError(
                f"The process {process.pid} that trains the run belongs to another user."
            ) from error
