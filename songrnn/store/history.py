"""history.jsonl: a line a row, flushed as it is written, read up to its last newline.

A training appends while others read, so an unfinished last line is not damage. Numbers are read
by pyarrow, a million rows in about two seconds; the regions of validation rows only by
`read_history`.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import ValidationError

from songrnn.disk import Journal, open_regular
from songrnn.errors import DamagedRunError
from songrnn.store.documents import HistoryRow, unreadable

_NUMBERS = (
    *("epoch", "loss", "bits_per_character", "accuracy", "mean_iou", "learning_rate"),
    *("gradient_norm", "characters_per_second", "seconds"),
)
COLUMNS = ("step", "epoch", "split", *_NUMBERS[1:])

# Bytes that a history may have: of 20,000 epochs, or a row for each of a million steps.
LARGEST = 1 << 28

# How many bytes before an offset tell whether the file is still the one that was read.
_FINGERPRINT = 256


class History:
    """The history of a run, open for writing."""

    def __init__(self, path: Path) -> None:
        """Open or create it. Raises StorageError."""
        self._journal = Journal(path)

    def append(self, row: HistoryRow) -> int:
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
    for number, line in enumerate(_whole_lines(path, start).splitlines(), start=1):
        try:
            rows.append(HistoryRow.model_validate_json(line))
        except ValidationError as error:
            where = f"line {number}" + (f" after byte {start}" if start else "")
            raise DamagedRunError(f"{path}, {where}: not a row of a history.") from error
    return rows


def read_frame(path: Path) -> pd.DataFrame:
    """All whole rows as a frame of `COLUMNS`; missing numbers are NaN. Empty without a file.

    Raises DamagedRunError naming the line.
    """
    return _frame(path, _whole_lines(path, 0))


class FollowedHistory:
    """A history that is read again and again while it grows: only what is new is read.

    A history that was cut (its training went on from an earlier point) is read again from its beginning.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._frame = _frame(path, b"")
        self._offset = 0
        self._before = b""

    def frame(self) -> pd.DataFrame:
        """All whole rows so far; as `read_frame`."""
        start = self._offset - len(self._before)
        data = _whole_lines(self.path, start)
        if not data.startswith(self._before):
            self.__init__(self.path)  # type: ignore[misc]
            data = _whole_lines(self.path, 0)
        new = data[len(self._before) :]
        if new:
            added = _frame(self.path, new)
            self._frame = (
                pd.concat([self._frame, added], ignore_index=True) if len(self._frame) else added
            )
            self._offset += len(new)
            self._before = data[-_FINGERPRINT:]
        return self._frame


def _whole_lines(path: Path, start: int) -> bytes:
    """The bytes from `start` up to the last newline, included."""
    try:
        with open_regular(path, most=LARGEST) as file:
            file.seek(start)
            data = file.read(LARGEST)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise unreadable(path, error) from error
    end = data.rfind(b"\n") + 1
    return data if end == len(data) else data[:end]


def _frame(path: Path, data: bytes) -> pd.DataFrame:
    import pyarrow as pa
    from pyarrow import json

    schema = pa.schema(
        [("step", pa.int64()), ("split", pa.string()), *((name, pa.float64()) for name in _NUMBERS)]
    )
    if not data:
        return schema.empty_table().to_pandas()[list(COLUMNS)]
    try:
        table = json.read_json(
            pa.BufferReader(data),
            read_options=json.ReadOptions(use_threads=False, block_size=1 << 22),
            parse_options=json.ParseOptions(
                explicit_schema=schema, unexpected_field_behavior="ignore"
            ),
        )
    except pa.ArrowException as error:
        read_history(path)  # raises with the number of the line
        raise DamagedRunError(f"{path} cannot be read: {error}.") from error
    frame: pd.DataFrame = table.to_pandas()[list(COLUMNS)]
    if frame[["step", "split"]].isna().to_numpy().any() or not np.isfinite(frame["loss"]).all():
        read_history(path)
        raise DamagedRunError(f"{path} has rows without a step, a split or a loss.")
    return frame
