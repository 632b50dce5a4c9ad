"""history.jsonl: a line a row, flushed as it is written, read up to its last newline.

A training appends while others read, so an unfinished last line is not damage. `read_frame` reads
the numbers, 100,000 rows in less than a second; the regions of validation rows only
`read_history`.

A finished run's may be packed instead: history.jsonl.gz, the same bytes in gzip (`packing.py`).
Where both are there, history.jsonl is read. Paths given here are that of history.jsonl.
"""

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from pydantic import TypeAdapter, ValidationError

from songrnn.disk import Journal, open_regular
from songrnn.errors import DamagedRunError
from songrnn.store.documents import HistoryNumbers, HistoryRow, unreadable

_NUMBERS = (
    *("epoch", "loss", "bits_per_character", "accuracy", "mean_iou", "learning_rate"),
    *("gradient_norm", "characters_per_second", "seconds"),
)
COLUMNS = ("step", "epoch", "split", *_NUMBERS[1:])

HISTORY = "history.jsonl"
PACKED = "history.jsonl.gz"

# Bytes that a history may have, unpacked: of 20,000 epochs, or a row for each of a million steps.
LARGEST = 1 << 28

# Bytes that are parsed at once.
_CHUNK = 1 << 22

# zlib's sign for a stream with the header of gzip.
GZIP = 31

_ROWS = TypeAdapter(list[HistoryNumbers])


class Row(Protocol):
    """A row of a history, whatever the run learns."""

    def to_line(self) -> bytes:
        """One line of JSON without its newline."""
        ...


class History:
    """The history of a run, open for writing."""

    def __init__(self, path: Path) -> None:
        """Open or create it. Raises StorageError."""
        self._journal = Journal(path, most=LARGEST)

    def append(self, row: Row) -> int:
        """Write a row, flushed; return the length of the file in bytes. Raises StorageError."""
        return self._journal.append(row.to_line())

    def cut(self, offset: int) -> None:
        """Drop the rows behind `offset` bytes. Raises StorageError."""
        self._journal.cut(offset)

    def sync(self) -> int:
        """Wait until all rows are on the disk; return the length in bytes."""
        return self._journal.sync()

    def close(self) -> None:
        """Let the file go."""
        self._journal.close()


def read_history(path: Path, *, start: int = 0) -> list[HistoryRow]:
    """All whole rows from the offset `start` on, with their regions; none without a file.

    Raises DamagedRunError naming the line.
    """
    rows = []
    file, lines = whole_lines(path, start)
    for number, line in enumerate(lines.splitlines(), start=1):
        try:
            rows.append(HistoryRow.model_validate_json(line))
        except ValidationError as error:
            where = f"line {number}" + (f" after byte {start}" if start else "")
            raise DamagedRunError(f"{file}, {where}: not a row of a history.") from error
    return rows


def read_frame(path: Path) -> pd.DataFrame:
    """All whole rows as a frame of `COLUMNS`; missing numbers are NaN. Empty without a file.

    Raises DamagedRunError naming the line.
    """
    return _frame(*whole_lines(path))


def whole_lines(path: Path, start: int = 0) -> tuple[Path, bytes]:
    """(the file, its bytes from `start` up to the last newline, included), packed or not.

    start: of the unpacked bytes. No bytes without a file. Raises DamagedRunError.
    """
    # Once more at the end: a history may be unpacked while we look.
    plain, packed = (path, _read_from), (packed_file(path), _unpacked_from)
    for file, read in (plain, packed, plain):
        try:
            data = read(file, start)
        except FileNotFoundError:
            continue
        end = data.rfind(b"\n") + 1
        return file, data if end == len(data) else data[:end]
    return path, b""


def packed_file(path: Path) -> Path:
    """Where the packed history lies, next to history.jsonl."""
    return path.with_name(PACKED)


def read_unpacked(path: Path) -> bytes:
    """All bytes of a packed history, at most `LARGEST`; no more than that is ever unpacked.

    Raises FileNotFoundError, DamagedRunError.
    """
    packed = _read_from(path, 0)
    stream = zlib.decompressobj(wbits=GZIP)
    try:
        data = stream.decompress(packed, LARGEST + 1)
    except zlib.error:
        data = b""  # and the stream has not come to its end
    if len(data) > LARGEST:
        why = f"it unpacks to more than the {LARGEST:,} bytes that can be right"
    elif not stream.eof or stream.unused_data:
        why = "it is damaged or not whole"
    else:
        return data
    raise DamagedRunError(
        f"{path} cannot be unpacked: {why}. Put a copy of it in its place, or delete it; the run "
        "is then shown without a history."
    )


def _unpacked_from(path: Path, start: int) -> bytes:
    data = read_unpacked(path)
    return data[start:] if start else data


def _read_from(path: Path, start: int) -> bytes:
    try:
        with open_regular(path, most=LARGEST) as file:
            file.seek(start)
            return file.read(LARGEST)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unreadable(path, error) from error


def _frame(path: Path, data: bytes) -> pd.DataFrame:
    parts = [_part(path, lines) for lines in _chunks(data)] or [_table([])]
    return parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)


def _chunks(data: bytes) -> Iterator[bytes]:
    """The data in pieces of whole lines, so that few rows are dictionaries at a time."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start + _CHUNK) + 1 or len(data)
        yield data[start:end]
        start = end


def _part(path: Path, lines: bytes) -> pd.DataFrame:
    # A newline within a JSON text is only ever white space.
    text = b"[" + lines.removesuffix(b"\n").replace(b"\n", b",") + b"]"
    try:
        rows = _ROWS.validate_json(text)
    except ValidationError as error:
        read_history(path.with_name(HISTORY))  # raises with the number of the line
        raise DamagedRunError(f"{path} has a line that is not a row of a history.") from error
    if len(rows) != lines.count(b"\n"):
        raise DamagedRunError(f"{path} has a line with several rows.")
    return _table(rows)


def _table(rows: Sequence[HistoryNumbers]) -> pd.DataFrame:
    types: dict[Any, Any] = {
        "step": np.int64,
        "split": "str",
        **dict.fromkeys(_NUMBERS, np.float64),
    }
    columns = {name: [getattr(row, name) for row in rows] for name in COLUMNS}
    return pd.DataFrame(columns).astype(types)
