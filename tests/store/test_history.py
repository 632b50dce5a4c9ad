"""Histories: flushed by line, read to the last newline, from any offset."""

import json
from pathlib import Path

import pytest

from songrnn.errors import DamagedRunError
from songrnn.store.documents import HistoryRow, RegionMetrics
from songrnn.store.history import COLUMNS, History, read_frame, read_history


def row(step: int, split: str = "train", **more: object) -> HistoryRow:
    data = {"step": step, "epoch": step / 10, "split": split, "loss": 2.0, "seconds": 0.5}
    return HistoryRow.model_validate(data | {"bits_per_character": 2.885} | more)


NOTES = RegionMetrics(loss=1.0, bits_per_character=1.44, accuracy=0.5, mean_iou=0.25, characters=7)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.jsonl"


def test_rows_come_back_as_they_were_written(path: Path) -> None:
    rows = [row(20, learning_rate=0.1), row(40, "validation", kinds={"note": NOTES})]
    history = History(path)
    for each in rows:
        history.append(each)
    assert read_history(path) == rows
    assert "kinds" not in json.loads(path.read_text().splitlines()[0]), "None is left out"


def test_the_offset_after_a_row_is_where_the_next_one_begins(path: Path) -> None:
    history = History(path)
    offset = history.append(row(1))
    history.append(row(2))
    assert [r.step for r in read_history(path, start=offset)] == [2]
    history.cut(offset)
    assert [r.step for r in read_history(path)] == [1]


def test_a_half_written_line_is_not_there_yet(path: Path) -> None:
    History(path).append(row(1))
    with path.open("ab") as file:
        file.write(row(2).to_line()[:-5])
    assert [r.step for r in read_history(path)] == [1]
    assert list(read_frame(path)["step"]) == [1]


def test_a_frame_has_all_columns_and_gaps_where_a_row_has_none(path: Path) -> None:
    history = History(path)
    history.append(row(1, learning_rate=0.25))
    history.append(row(2, "validation", accuracy=0.5, kinds={"note": NOTES}))
    frame = read_frame(path)
    assert tuple(frame.columns) == COLUMNS
    assert list(frame["split"]) == ["train", "validation"]
    assert frame["learning_rate"].tolist()[0] == 0.25
    assert frame["learning_rate"].isna().tolist() == [False, True]
    assert frame["accuracy"].isna().tolist() == [True, False]


def test_a_history_that_is_not_there_is_empty(path: Path) -> None:
    assert read_history(path) == []
    frame = read_frame(path)
    assert (len(frame), tuple(frame.columns)) == (0, COLUMNS)


def test_a_million_row_block_keeps_every_digit(path: Path) -> None:
    """Blocks are cut between lines, not within them."""
    line = row(1, loss=0.1 + 0.2).to_line() + b"\n"
    path.write_bytes(line * 150_000)
    frame = read_frame(path)
    assert len(frame) == 150_000
    assert set(frame["loss"]) == {0.1 + 0.2}


@pytest.mark.parametrize(
    "bad", [b"{oops\n", b"null\n", b"[]\n", b'{"step": 3}\n', b'{"step": "x"}\n', b"\0\0\n"]
)
def test_a_broken_line_is_named(path: Path, bad: bytes) -> None:
    path.write_bytes(row(1).to_line() + b"\n" + bad)
    for read in (read_history, read_frame):
        with pytest.raises(DamagedRunError, match="line 2"):
            read(path)
