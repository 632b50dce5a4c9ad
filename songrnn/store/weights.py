"""Weights as safetensors files that prove themselves.

safetensors loads a flipped bit silently, so each file carries the sha256 of its numbers in its
header. Names and shapes are checked against what run.json promises before anything is allocated.
"""

import functools
import hashlib
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from songrnn.errors import DamagedRunError
from songrnn.store.documents import unreadable
from songrnn.store.files import replace_file

# A header describes a few dozen arrays; more than this is no header of ours.
_LARGEST_HEADER = 1 << 20


def write_weights(path: Path, arrays: Mapping[str, np.ndarray]) -> str:
    """Write float32 arrays in one step; return the sha256 of the file. Raises StorageError."""
    from safetensors.numpy import save

    plain = {name: np.ascontiguousarray(array, dtype=np.float32) for name, array in arrays.items()}
    bare = save(plain)
    numbers = bare[8 + struct.unpack("<Q", bare[:8])[0] :]
    proof = hashlib.sha256(numbers).hexdigest()
    data = save(plain, metadata={"sha256": proof})
    replace_file(path, data)
    return hashlib.sha256(data).hexdigest()


def check_weights(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Compare names and shapes in the file's header with `shapes`, reading no numbers.

    Raises DamagedRunError listing what is missing, unexpected or of another shape;
    FileNotFoundError without a file.
    """
    try:
        stamp = path.stat()
        header = _read_header(path, (stamp.st_mtime_ns, stamp.st_size, stamp.st_ino))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unreadable(path, error) from error
    _compare(path, header, shapes)


@functools.lru_cache(maxsize=4096)
def _read_header(path: Path, stamp: tuple[int, int, int]) -> Mapping[str, Any]:
    with path.open("rb") as file:
        return _header(path, file)


def read_weights(
    path: Path, *, shapes: Mapping[str, tuple[int, ...]], sha256: str | None = None
) -> dict[str, np.ndarray]:
    """Name -> float32 array. sha256: of the whole file, when it is known.

    Raises DamagedRunError when names or shapes differ or a bit has flipped; FileNotFoundError
    without a file.
    """
    try:
        with path.open("rb") as file:
            header = _header(path, file)
            _compare(path, header, shapes)
            begin = file.tell()
            file.seek(0)
            data = file.read()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unreadable(path, error) from error
    numbers = memoryview(data)[begin:]
    noted = header.get("__metadata__", {}).get("sha256")
    if hashlib.sha256(numbers).hexdigest() != noted or (
        sha256 is not None and hashlib.sha256(data).hexdigest() != sha256
    ):
        raise DamagedRunError(
            f"{path} is not the file that was written (its sha256 differs); "
            "restore it or train the run again."
        )
    return {
        name: _array(path, name, header[name], shape, numbers) for name, shape in shapes.items()
    }


def _array(
    path: Path, name: str, entry: Mapping[str, Any], shape: tuple[int, ...], numbers: memoryview
) -> np.ndarray:
    """The numbers that a header's entry points to, in memory of their own."""
    try:
        first, last = entry["data_offsets"]
        # A slice stops at the end of the bytes whatever its own end says.
        if not 0 <= first <= last <= len(numbers):
            raise ValueError
        return np.frombuffer(numbers[first:last], dtype="<f4").reshape(shape).copy()
    except (KeyError, ValueError, TypeError) as error:
        raise DamagedRunError(
            f"{path}: {name} does not lie where the file's header says; the file is damaged."
        ) from error


def _header(path: Path, file: BinaryIO) -> dict[str, Any]:
    """The JSON in front of the numbers; the file stands behind it afterwards."""
    try:
        length = struct.unpack("<Q", file.read(8))[0]
        if length > _LARGEST_HEADER:
            raise ValueError
        text = file.read(length)
        if len(text) != length:
            raise ValueError
        header = json.loads(text)
        if not all(isinstance(entry, dict) for entry in header.values()):
            raise ValueError
        return header
    except (struct.error, ValueError, AttributeError) as error:
        raise DamagedRunError(
            f"{path} is not a safetensors file, or only a part of one."
        ) from error


def _compare(path: Path, header: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]) -> None:
    found = {
        name: (entry.get("dtype"), tuple(entry.get("shape", ())))
        for name, entry in header.items()
        if name != "__metadata__"
    }
    problems = [f"{name} is missing" for name in shapes if name not in found]
    problems += [f"{name} is unexpected" for name in found if name not in shapes]
    for name, shape in shapes.items():
        if name in found and found[name] != ("F32", shape):
            kind, actual = found[name]
            problems.append(f"{name} is {kind} {list(actual)}, not F32 {list(shape)}")
    if problems:
        more = f", and {len(problems) - 4} more" if len(problems) > 4 else ""
        raise DamagedRunError(
            f"{path} holds other weights than run.json promises: {', '.join(problems[:4])}{more}."
        )
