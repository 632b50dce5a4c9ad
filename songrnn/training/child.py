"""A process that trains for another one: the environment it gets, and its end with its parent.

No torch here: who starts such a process must not pay for it.
"""

import os
import signal
import threading
import time
from pathlib import Path

import songrnn
from songrnn.paths import DISK_BYTES, SHARED_CHECKPOINTS, SHARED_DATA
from songrnn.workspaces import owner_of

# More than one thread a process costs 10 to 40 times the time once all cores are busy.
_ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def child_environment(checkpoints: Path) -> dict[str, str]:
    """The environment of a training's process: one thread, this very package, these folders.

    Of a workspace's training also the shared ones and how much its person may fill, whoever
    starts it.
    """
    owner = owner_of(checkpoints)
    shared = owner.shared
    package = str(Path(songrnn.__file__).resolve().parent.parent)
    return {
        **os.environ,
        **dict.fromkeys(_ONE_THREAD, "1"),
        "PYTHONPATH": os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")])),
        "SONGRNN_CHECKPOINTS": str(checkpoints.resolve()),
        "SONGRNN_DATA": str(owner.data.resolve()),
        SHARED_CHECKPOINTS: str(shared.checkpoints.resolve()) if shared else "",
        SHARED_DATA: str(shared.data.resolve()) if shared else "",
        DISK_BYTES: "" if owner.disk is None else str(owner.disk),
    }


def end_with_parent(pipe: int, *, patience: float) -> None:
    """From now on this process stops, as after Ctrl-C, once the other end of `pipe` is closed.

    pipe: the descriptor of a pipe that the parent holds open and writes nothing to, standard
    input as a rule. However the parent dies, the system closes it; a process that it had no time
    to stop would otherwise train on alone. patience: seconds for finishing the step and writing
    the files; after them the process ends at once, and the run can be resumed from its last checkpoint.
    """
    threading.Thread(target=_wait_and_stop, args=(pipe, patience), daemon=True).start()


def _wait_and_stop(pipe: int, patience: float) -> None:
    # A buffered file would be locked while this waits, which Python does not survive at its exit.
    while os.read(pipe, 4096):
        pass
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(patience)
    os._exit(1)
