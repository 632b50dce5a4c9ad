"""One process at a time trains a run: a lock on a file in its folder."""

import contextlib
from collections.abc import Iterator
from typing import IO

from songrnn.disk import storing
from songrnn.errors import RunError
from songrnn.store.runs import Run


@contextlib.contextmanager
def run_lock(run: Run) -> Iterator[None]:
    """Hold the run's lock, which the system releases however this process ends.

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
