"""Arrays from an .npz file whose headers are believed only as far as was expected.

A few kilobytes of such a file can claim gigabytes: an array is allocated only once its header
says the type and shape that the caller expects, and never with more bytes than that needs. No
pickle is read.
"""

import contextlib
import math
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from songrnn.disk import open_regular

# Files within one: more than anything of this lab has.
_MOST_MEMBERS = 1_000

# What zipfile and zlib raise of archives that are none, half ones, or ones they cannot read.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
)


class ArrayFile:
    """An .npz that is open for reading; see `open_arrays`."""

    def __init__(self, file: BinaryIO) -> None:
        self._archive = zipfile.ZipFile(file)
        members = self._archive.infolist()
        if len(members) > _MOST_MEMBERS:
            raise ValueError(f"{len(members):,} arrays")
        self._members = {info.filename.removesuffix(".npy"): info for info in members}

    @property
    def names(self) -> list[str]:
        """The arrays it holds."""
        return list(self._members)

    def read(
        self, name: str, *, dtypes: Sequence[str], shape: Sequence[int | None], most: int = 1 << 30
    ) -> NDArray[Any]:
        """The array of that name, of one of these types and this shape, None being any length.

        most: bytes it may have. Raises KeyError, and ValueError when it is another.
        """
        with self._archive.open(self._members[name]) as member:
            version = npy.read_magic(member)
            read_header = (
                npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            )
            found, columns_first, dtype = read_header(member)
            fits = len(found) == len(shape) and all(
                wanted in (None, there) for wanted, there in zip(shape, found, strict=True)
            )
            if not fits or dtype not in [np.dtype(each) for each in dtypes]:
                raise ValueError(f"{name} is {dtype} {list(found)}, not {dtypes} {list(shape)}")
            size = dtype.itemsize * math.prod(found)
            if size > most:
                raise ValueError(f"{name} would take {size:,} bytes")
            # One byte more reaches the end of the member, where its checksum is compared.
            data = member.read(size + 1)
        if len(data) != size:
            raise ValueError(f"{name} has not the {size:,} bytes that it claims")
        flat = np.frombuffer(bytearray(data), dtype)
        return flat.reshape(found, order="F" if columns_first else "C")


@contextlib.contextmanager
def open_arrays(path: Path, *, most: int) -> Iterator[ArrayFile]:
    """Open an .npz of at most `most` bytes.

    Raises FileNotFoundError, OSError, and ValueError of a broken archive.
    """
    with open_regular(path, most=most) as file:
        try:
            yield ArrayFile(file)
        except _BROKEN as error:
            raise ValueError(f"{path} is a broken archive ({error})") from error
