"""A place to take runs back from: deleting moves a run into checkpoints/.trash.

What lies there for long, or is more than fits, goes for good when the next run is deleted. In a
workspace as much fits as its disk quota, on top of that.
"""

import contextlib
import os
import shutil
import time
from pathlib import Path

from songrnn.access import check_may_change
from songrnn.disk import storing
from songrnn.errors import RunExistsError, RunNotFoundError
from songrnn.paths import places
from songrnn.workspaces import check_room

_FOLDER = ".trash"
# How long a deleted run can be restored, and how much the trash holds; the last one always stays.
DAYS = 30
MOST_BYTES = 2 << 30


def discard(path: Path) -> Path:
    """Move a run's folder (or the file in its place) into the trash; return where it lies.

    Raises StorageError.
    """
    with storing(path):
        folder = path.parent / _FOLDER
        folder.mkdir(exist_ok=True)
        target = folder / f"{path.name}@{time.time_ns()}"
        os.rename(path, target)
    most = places().disk
    empty_trash(path.parent, keep=target, most_bytes=min(MOST_BYTES, most or MOST_BYTES))
    return target


def empty_trash(
    checkpoints: Path, *, days: float = DAYS, most_bytes: int = MOST_BYTES, keep: Path | None = None
) -> list[str]:
    """Remove for good what was deleted more than `days` ago, and the oldest while more than
    `most_bytes` lie there; return the names. What cannot be removed stays. Raises ReadOnlyError.

    keep: a run that stays whatever its age and size.
    """
    check_may_change(checkpoints / _FOLDER)
    removed, held = [], 0
    for name, path in discarded_runs(checkpoints):  # the last deleted first
        deleted = int(path.name.rpartition("@")[2]) / 1e9
        held += _size(path)
        if path == keep or (time.time() - deleted <= days * 86400 and held <= most_bytes):
            continue
        held -= _size(path)
        with contextlib.suppress(OSError):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
            removed.append(name)
    return removed


def _size(path: Path) -> int:
    """Bytes of a folder's files, or of a file; a link counts nothing and is not followed."""
    sizes = 0
    for each in [path, *path.rglob("*")] if not path.is_symlink() else []:
        with contextlib.suppress(OSError):
            sizes += each.lstat().st_size if each.is_file() and not each.is_symlink() else 0
    return sizes


def discarded_runs(checkpoints: Path) -> list[tuple[str, Path]]:
    """(name, where it lies) of all runs in the trash, the one deleted last first."""
    found = []
    for path in (checkpoints / _FOLDER).glob("*@*"):
        name, _, moment = path.name.rpartition("@")
        if moment.isdecimal():  # not "²", which is no number to int()
            found.append((int(moment), name, path))
    return [(name, path) for _, name, path in sorted(found, reverse=True)]


def restore_run(discarded: Path) -> Path:
    """Take a run back from where `discard` put it; return its folder.

    Raises RunNotFoundError when it is gone, RunExistsError when the name is taken by now,
    QuotaError.
    """
    path = discarded.parent.parent / discarded.name.rsplit("@", 1)[0]
    if not discarded.exists():
        raise RunNotFoundError(f"The run {path.name} is no longer in the trash.")
    if os.path.lexists(path):
        raise RunExistsError(f"There is another run {path.name} by now; rename or delete it first.")
    check_room(_size(discarded))
    with storing(path):
        os.rename(discarded, path)
    return path
