"""Ctrl-C while training: the step at hand is finished, the run kept, then the training ends."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import IO

from songrnn.errors import RunError
from songrnn.store.files import storing
from songrnn.store.runs import Run


@contextlib.contextmanager
def interrupts() -> Iterator[Callable[[], bool]]:
    """Within the block the first SIGINT or SIGTERM makes the yielded function return True.

    A second one raises KeyboardInterrupt. Outside the main thread signals are left alone.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return

    def ask(number: int, frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    # Set even where it was ignored: a shell starts its background jobs with SIGINT ignored.
    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def alone_with(run: Run) -> Iterator[None]:
    """Hold the run's lock, which the system lets go of when this process ends in any way.

    Raises RunError when another process is training the run.
    """
    path = run.path / ".lock"
    with storing(path):
        file = path.open("ab")
    with file:
        if not _lock(file):
            raise RunError(
                f"The run {run.name} is being trained by another process; stop it first."
            )
        yield


def _lock(file: IO[bytes]) -> bool:
    try:
        import fcntl
    except ImportError:  # a system without such locks
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
