"""Folders that are there whole or not at all, however a process ends.

A folder is made aside under a hidden name and put in place in one step. Whoever makes one holds
the lock of the folder around it, so what is found there under the lock is what a killed process
left, and is swept. It knows nothing of runs and corpora.
"""

import contextlib
import ctypes
import errno
import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from songrnn.disk import open_for_appending, storing, sync_folder

try:
    import fcntl
except ImportError:  # a system without such locks
    fcntl = None  # type: ignore[assignment]

# Where there are no locks, what is younger than this may still be in use. Seconds.
_AGE_WITHOUT_LOCKS = 0.0 if fcntl else 3600.0

LOCK = ".lock"
# A folder that is being made, and one that another is about to take the place of.
_MADE, _PUT_ASIDE = "new", "old"
_LEFT = re.compile(
    rf"\.(?P<kind>{_MADE}|{_PUT_ASIDE})-(?P<name>.+)-[0-9a-f]{{8}}"
    # As imports were called before.
    r"|\.(?P<name_before>.+)\.(?P<kind_before>importing|replaced)-[0-9a-f]{8}"
)


@contextlib.contextmanager
def locked(path: Path, *, wait: bool = False) -> Iterator[bool]:
    """Hold the lock on a file, which the system releases however this process ends.

    Yields whether it is held; without `wait` at once, though another process has it. The file is
    made when it is missing, and stays. Raises StorageError.
    """
    with storing(path):
        file = open_for_appending(path)
    with file:
        if fcntl is None:
            yield True
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError as error:
            # A file system without locks (some network disks) is like a system without them.
            yield error.errno not in (errno.EWOULDBLOCK, errno.EACCES)
            return
        yield True


@contextlib.contextmanager
def made_aside(folder: Path) -> Iterator[Path]:
    """An empty folder, to be filled and then put in the place of `folder` with `put_in_place`.

    It is gone when the block ends, unless it was put in place. What killed processes left around
    `folder` is swept before. Raises StorageError.
    """
    with storing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.parent / LOCK, wait=True):
        _sweep(folder.parent)
        fresh = _aside(folder, _MADE)
        try:
            with storing(folder):
                fresh.mkdir()
            yield fresh
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def put_in_place(fresh: Path, folder: Path) -> None:
    """Let `fresh`, of `made_aside`, be `folder`. At any moment there is the old one or the new.

    Where the system cannot exchange two folders in one step, the old one is put aside first, and
    `recover_replaced` brings it back if this process is killed in between. Raises StorageError.
    """
    with storing(folder):
        sync_folder(fresh)
        if not os.path.lexists(folder):
            os.rename(fresh, folder)
        elif not _exchange(fresh, folder):
            old = _aside(folder, _PUT_ASIDE)
            os.rename(folder, old)
            try:
                os.rename(fresh, folder)
            except OSError:
                os.rename(old, folder)
                raise
            shutil.rmtree(old, ignore_errors=True)
        sync_folder(folder.parent)


def recover_replaced(folder: Path) -> None:
    """Bring back what a killed process had put aside to replace it; else nothing happens."""
    if os.path.lexists(folder) or folder.name not in [name for _, _, name in _left(folder.parent)]:
        return
    with contextlib.suppress(OSError), locked(folder.parent / LOCK, wait=True):
        _recover(folder.parent)


def _sweep(parent: Path) -> None:
    """Delete what is left of folders that were being made. For whoever holds the lock."""
    _recover(parent)
    for path, _, _ in _left(parent):
        with contextlib.suppress(OSError):
            if time.time() - path.lstat().st_mtime >= _AGE_WITHOUT_LOCKS:
                shutil.rmtree(path, ignore_errors=True)


def _recover(parent: Path) -> None:
    for path, kind, name in _left(parent):
        if kind in (_PUT_ASIDE, "replaced") and not os.path.lexists(parent / name):
            with contextlib.suppress(OSError):
                os.rename(path, parent / name)


def _left(parent: Path) -> list[tuple[Path, str, str]]:
    """(path, kind, name of the folder it was for) of folders under hidden names of this module."""
    found = []
    with contextlib.suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            match = _LEFT.fullmatch(entry.name)
            if match and entry.is_dir(follow_symlinks=False):
                kind, name = match["kind"] or match["kind_before"], match["name"]
                found.append((parent / entry.name, kind, name or match["name_before"]))
    return found


def _aside(folder: Path, kind: str) -> Path:
    return folder.with_name(f".{kind}-{folder.name}-{secrets.token_hex(4)}")


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two paths in one step; False where the system or its disk cannot."""
    library = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    here, exchange = -100, 2  # AT_FDCWD; RENAME_EXCHANGE, which macOS calls RENAME_SWAP
    if sys.platform == "linux" and hasattr(library, "renameat2"):
        failed = library.renameat2(here, first, here, second, exchange)
    elif sys.platform == "darwin" and hasattr(library, "renamex_np"):
        failed = library.renamex_np(first, second, exchange)
    else:
        return False
    if failed and ctypes.get_errno() not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(other))
    return not failed
