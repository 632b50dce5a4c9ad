"""Writing that survives a crash: whole files are replaced in one step, journals grow by lines.

It knows nothing of runs. Everything that can go wrong with a disk becomes a StorageError.
"""

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from songrnn.errors import StorageError


def replace_file(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write `data` to `path` so that a reader, or a crash, meets the old file or the new one.

    durable: also wait until it is on the disk, so that it survives a power cut; a heartbeat can
    do without. Raises StorageError, and leaves the old file as it was.
    """
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
        except OSError as error:
            raise storage_error(path, error) from error
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


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
            "change its permissions or move checkpoints/ (SONGRNN_CHECKPOINTS)."
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

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = path.open("ab", buffering=0)
        except OSError as error:
            raise storage_error(path, error) from error

    @property
    def offset(self) -> int:
        """Its length in bytes."""
        return os.fstat(self._file.fileno()).st_size

    def append(self, line: bytes) -> int:
        """Write a line (without its newline) and return the length of the file in bytes."""
        before = self.offset
        data = line + b"\n"
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
    """Turn an OSError inside the block into the StorageError for `path`."""
    try:
        yield
    except OSError as error:
        raise storage_error(path, error) from error
