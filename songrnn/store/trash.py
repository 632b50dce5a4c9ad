"""A place to take runs back from: deleting moves a run into checkpoints/.trash."""

import os
import time
from pathlib import Path

from songrnn.disk import storing
from songrnn.errors import RunExistsError, RunNotFoundError

_FOLDER = ".trash"


def discard(path: Path) -> Path:
    """Move a run's folder (or the file in its place) into the trash; return where it lies.

    Raises StorageError.
    """
    with storing(path):
        folder = path.parent / _FOLDER
        folder.mkdir(exist_ok=True)
        target = folder / f"{path.name}@{time.time_ns()}"
        os.rename(path, target)
    return target


def discarded_runs(checkpoints: Path) -> list[tuple[str, Path]]:
    """(name, where it lies) of all runs in the trash, the one deleted last first."""
    found = []
    for path in (checkpoints / _FOLDER).glob("*@*"):
        name, _, moment = path.name.rpartition("@")
        if moment.isdigit():
            found.append((int(moment), name, path))
    return [(name, path) for _, name, path in sorted(found, reverse=True)]


def restore_run(discarded: Path) -> Path:
    """Take a run back from where `discard` put it; return its folder.

    Raises RunNotFoundError when it is gone, RunExistsError when the name is taken by now.
    """
    path = discarded.parent.parent / discarded.name.rsplit("@", 1)[0]
    if not discarded.exists():
        raise RunNotFoundError(f"The run {path.name} is no longer in the trash.")
    if os.path.lexists(path):
        raise RunExistsError(f"There is another run {path.name} by now; rename or delete it first.")
    with storing(path):
        os.rename(discarded, path)
    return path
