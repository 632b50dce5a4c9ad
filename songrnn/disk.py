"""Reading that no file can make dangerous, writing that survives a crash.

Read are regular files only, none larger than its kind may be: a pipe in a document's place would
be waited for for ever, a device has no end. Written files are replaced in one step, journals grow
by whole lines. What a reader would refuse for its size is not written, and in a workspace nothing
grows beyond what each person may fill. It knows nothing of runs and corpora. What goes wrong in
writing is a StorageError.
"""

import contextlib
import errno
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from songrnn.access import check_may_change
from songrnn.errors import StorageError, TooLargeError
from songrnn.workspaces import check_growth

# Bytes that a document (settings, status, notes, a song, a list) may have.
LARGEST_DOCUMENT = 16 << 20

# What `replace_file` calls a file until it is whole: .NAME. and twelve hex digits.
_UNFINISHED = re.compile(r"\.(.+)\.[0-9a-f]{12}")
# Nobody writes a file for that long. Seconds.
_ABANDONED = 3600.0


@contextlib.contextmanager
def open_regular(path: Path, *, most: int) -> Iterator[BinaryIO]:
    """Open a regular file of at most `most` bytes for reading, waiting for nothing.

    Raises FileNotFoundError, and OSError whose `strerror` says what is wrong: a pipe, a device, a
    folder, a file that is too large.
    """
    # Without O_NONBLOCK, opening a pipe waits until somebody writes to it.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", str(path))
        if status.st_size > most:
            size = f"it has {status.st_size:,} bytes, and at most {most:,} can be right"
            raise OSError(errno.EFBIG, size, str(path))
        yield file


def open_for_appending(path: Path) -> BinaryIO:
    """Open a regular file, made when it is missing, for writing at its end without a buffer.

    Raises OSError of anything else: writing to a pipe waits for a reader.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags, 0o666)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    return os.fdopen(handle, "ab", buffering=0)


def read_bytes(path: Path, *, most: int = LARGEST_DOCUMENT) -> bytes:
    """All bytes of a regular file; raises as `open_regular` does.

    One that grows while it is read gives what it had when it was opened, or an error.
    """
    with open_regular(path, most=most) as file:
        data = file.read(most + 1)
        if len(data) > most:
            raise OSError(errno.EFBIG, f"it has more than {most:,} bytes", str(path))
        return data


def replace_file(
    path: Path, data: bytes, *, durable: bool = True, most: int | None = LARGEST_DOCUMENT
) -> None:
    """Write `data` to `path` so that a reader, or a crash, meets the old file or the new one.

    durable: also wait until it is on the disk, so that it survives a power cut; a heartbeat can
    do without. most: bytes that its reader takes, None for any number. What others that were
    killed an hour ago or more left of files in that folder is swept on the way. Raises
    TooLargeError, QuotaError, StorageError, and leaves the old file as it was; ReadOnlyError.
    """
    check_may_change(path)
    refuse_unreadable(path.name, len(data), most)
    check_growth(path, len(data) - _size(path))
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                if durable:
                    os.fsync(file.fileno())
            os.replace(temporary, path)
            if durable:
                sync_folder(path.parent)
            sweep_unfinished(path.parent, None, age=_ABANDONED)
        except OSError as error:
            raise storage_error(path, error) from error
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def refuse_unreadable(what: str, size: int, most: int | None) -> None:
    """Raise TooLargeError when `what` of `size` bytes could not be read again, `most` being taken."""
    if most is not None and size > most:
        raise TooLargeError(
            f"{what} would have {size:,} bytes, and at most {most:,} can be read again; make it "
            "shorter. What was there before stays."
        )


def _size(path: Path) -> int:
    """Bytes of a file; 0 where there is none."""
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def sweep_unfinished(folder: Path, names: Iterable[str] | None, *, age: float = 0.0) -> None:
    """Delete what a killed `replace_file` left of files of these names, or of any, in a folder.

    Only for whoever holds the lock under which they are written, or for what is older than `age`
    seconds. What cannot be deleted stays: it disturbs nobody.
    """
    wanted = None if names is None else set(names)
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            match = _UNFINISHED.fullmatch(entry.name)
            if match is None or (wanted is not None and match[1] not in wanted):
                continue
            with contextlib.suppress(OSError):
                if time.time() - entry.stat(follow_symlinks=False).st_mtime >= age:
                    os.unlink(entry.path)


def sync_folder(folder: Path) -> None:
    """Wait until the folder's list of names is on the disk, where the system can do that."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def storage_error(path: Path, error: OSError) -> StorageError:
    """The sentence for a failed writing: which file, why, and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        room = free_bytes(path.parent)
        left = "" if room is None else f" ({room / 1e6:,.1f} MB free)"
        return StorageError(
            f"{path} could not be written because the disk is full{left}; make room and try again."
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StorageError(
            f"{path} could not be written because its folder may not be written to; "
            "change its permissions, or choose other folders (SONGRNN_CHECKPOINTS, SONGRNN_DATA)."
        )
    reason = error.strerror or str(error) or type(error).__name__
    return StorageError(f"{path} could not be written: {reason}.")


def free_bytes(folder: Path) -> int | None:
    """Room left on the disk of `folder`; None when it cannot be told."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


class Journal:
    """A file that only grows by whole lines, each handed to the system before `append` returns.

    A line that could not be written whole is taken back. `cut` shortens the file to an offset
    that an earlier `append` returned.
    """

    def __init__(self, path: Path, *, most: int = LARGEST_DOCUMENT) -> None:
        """most: bytes that its reader takes. Raises StorageError, ReadOnlyError."""
        check_may_change(path)
        self.path, self.most = path, most
        try:
            self._file = open_for_appending(path)
        except OSError as error:
            raise storage_error(path, error) from error

    @property
    def offset(self) -> int:
        """Its length in bytes."""
        return os.fstat(self._file.fileno()).st_size

    def append(self, line: bytes) -> int:
        """Write a line (without its newline) and return the length of the file in bytes.

        Raises TooLargeError, QuotaError, StorageError; the file is then as it was.
        """
        before = self.offset
        data = line + b"\n"
        refuse_unreadable(self.path.name, before + len(data), self.most)
        check_growth(self.path, len(data), appended=True)
        try:
            written = self._file.write(data)
            if written != len(data):
                raise OSError(errno.ENOSPC, "only a part was written")
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file.fileno(), before)
            raise storage_error(self.path, error) from error
        return before + len(data)

    def cut(self, offset: int) -> None:
        """Drop what lies behind `offset` bytes; StorageError when the file is shorter than that."""
        if offset > self.offset:
            raise StorageError(
                f"{self.path} is shorter than the {offset} bytes it had; it was changed by hand."
            )
        try:
            os.ftruncate(self._file.fileno(), offset)
        except OSError as error:
            raise storage_error(self.path, error) from error

    def sync(self) -> int:
        """Wait until all lines are on the disk; return the length in bytes."""
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise storage_error(self.path, error) from error
        return self.offset

    def close(self) -> None:
        """Let the file go."""
        self._file.close()


@contextlib.contextmanager
def storing(path: Path) -> Iterator[None]:
    """Turn an OSError inside the block into the StorageError for `path`; ReadOnlyError before it."""
    check_may_change(path)
    try:
        yield
    except OSError as error:
        raise storage_error(path, error) from error
