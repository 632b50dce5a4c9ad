"""Weights as safetensors files that prove themselves.

safetensors loads a flipped bit silently, so each file carries the sha256 of its numbers in its
header. Names and shapes are checked against what run.json promises before anything is allocated.
"""

import functools
import hashlib
import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from pydantic import BaseModel

from songrnn.disk import open_regular, replace_file
from songrnn.errors import DamagedRunError
from songrnn.store.documents import unreadable

# A header describes a few dozen arrays; more than this was not written here.
_LARGEST_HEADER = 1 << 20


def write_weights(path: Path, arrays: Mapping[str, np.ndarray]) -> str:
    """Write float32 arrays in one step; return the sha256 of the file. Raises StorageError."""
    from safetensors.numpy import save

    plain = {name: np.ascontiguousarray(array, dtype=np.float32) for name, array in arrays.items()}
    bare = save(plain)
    numbers = bare[8 + struct.unpack("<Q", bare[:8])[0] :]
    proof = hashlib.sha256(numbers).hexdigest()
    data = save(plain, metadata={"sha256": proof})
    replace_file(path, data, most=None)  # its reader takes what run.json says of it
    return hashlib.sha256(data).hexdigest()


def check_weights(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Compare names, shapes and size of the file with `shapes`, reading no numbers.

    Raises DamagedRunError listing what is missing, unexpected or of another shape;
    FileNotFoundError without a file.
    """
    try:
        stamp = path.stat()
        header = _read_header(path, _most(shapes), (stamp.st_mtime_ns, stamp.st_size, stamp.st_ino))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unreadable(path, error) from error
    _compare(path, header, shapes)
    if stamp.st_size != header.begin + 4 * _numbers(shapes):
        raise _not_ours(path)


def read_weights(
    path: Path, *, shapes: Mapping[str, tuple[int, ...]], sha256: str | None = None
) -> dict[str, np.ndarray]:
    """Name -> float32 array. sha256: of the whole file, when it is known.

    Names, shapes and the file's size are compared before its numbers are read. Raises
    DamagedRunError when they differ or a bit has flipped; FileNotFoundError without a file.
    """
    try:
        with open_regular(path, most=_most(shapes)) as file:
            header = _header(path, file)
            _compare(path, header, shapes)
            file.seek(0)
            data = file.read(_most(shapes))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unreadable(path, error) from error
    numbers = memoryview(data)[header.begin :]
    if hashlib.sha256(numbers).hexdigest() != header.sha256 or (
        sha256 is not None and hashlib.sha256(data).hexdigest() != sha256
    ):
        raise DamagedRunError(
            f"{path} is not the file that was written (its sha256 differs); "
            "restore it or train the run again."
        )
    return {
        name: _array(path, name, header.entries[name], shape, numbers)
        for name, shape in shapes.items()
    }


class _Entry(BaseModel):
    """What the header says of one array; offsets count from the end of the header."""

    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]


class _Metadata(BaseModel):
    sha256: str | None = None


@dataclass(frozen=True)
class _Header:
    """begin: byte at which the numbers begin. sha256: of the numbers, as the file says itself."""

    entries: Mapping[str, _Entry]
    sha256: str | None
    begin: int


def _numbers(shapes: Mapping[str, tuple[int, ...]]) -> int:
    return sum(math.prod(shape) for shape in shapes.values())


def _most(shapes: Mapping[str, tuple[int, ...]]) -> int:
    """Bytes that a file of such arrays may have."""
    return 4 * _numbers(shapes) + _LARGEST_HEADER + 8


def file_sha256(path: Path) -> str | None:
    """Of all bytes of a file; None where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


@functools.lru_cache(maxsize=4096)
def _read_header(path: Path, most: int, stamp: tuple[int, int, int]) -> _Header:
    with open_regular(path, most=most) as file:
        return _header(path, file)


def _header(path: Path, file: BinaryIO) -> _Header:
    """The JSON in front of the numbers."""
    try:
        length = struct.unpack("<Q", file.read(8))[0]
        if length > _LARGEST_HEADER:
            raise ValueError
        text = file.read(length)
        if len(text) != length:
            raise ValueError
        data = json.loads(text)
        about = _Metadata.model_validate(data.pop("__metadata__", {}))
        entries = {name: _Entry.model_validate(entry) for name, entry in data.items()}
    except (struct.error, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise _not_ours(path) from error
    return _Header(entries, about.sha256, 8 + length)


def _not_ours(path: Path) -> DamagedRunError:
    return DamagedRunError(f"{path} is not a safetensors file, or only a part of one.")


def _array(
    path: Path, name: str, entry: _Entry, shape: tuple[int, ...], numbers: memoryview
) -> np.ndarray:
    """The numbers that a header's entry points to, in memory of their own."""
    first, last = entry.data_offsets
    # A slice stops at the end of the bytes whatever its own end says.
    if not 0 <= first <= last <= len(numbers) or last - first != 4 * math.prod(shape):
        raise DamagedRunError(
            f"{path}: {name} does not lie where the file's header says; the file is damaged."
        )
    return np.frombuffer(numbers[first:last], dtype="<f4").reshape(shape).copy()


def _compare(path: Path, header: _Header, shapes: Mapping[str, tuple[int, ...]]) -> None:
    found = header.entries
    problems = [f"{name} is missing" for name in shapes if name not in found]
    problems += [f"{name[:80]!r} is unexpected" for name in found if name not in shapes]
    for name, shape in shapes.items():
        if name in found and (found[name].dtype, found[name].shape) != ("F32", shape):
            actual = f"{found[name].dtype} {list(found[name].shape)}"
            problems.append(f"{name} is {actual}, not F32 {list(shape)}")
    if problems:
        more = f", and {len(problems) - 4} more" if len(problems) > 4 else ""
        raise DamagedRunError(
            f"{path} holds other weights than run.json promises: {', '.join(problems[:4])}{more}."
        )
