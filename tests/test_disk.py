"""Whole files are replaced in one step; journals grow by whole lines."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from songrnn.disk import Journal, replace_file
from songrnn.errors import StorageError


def full_disk(*_: Any, **__: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_replaced_file_holds_the_new_bytes_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    replace_file(path, b"old")
    replace_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["status.json"]


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_full_disk_is_one_sentence_and_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    path = tmp_path / "weights.safetensors"
    replace_file(path, b"old")
    monkeypatch.setattr(os, failing, full_disk)
    with pytest.raises(StorageError, match=r"the disk is full \(.* MB free\); make room"):
        replace_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["weights.safetensors"]


def test_a_folder_that_is_missing_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="could not be written"):
        replace_file(tmp_path / "gone" / "file", b"")


def test_a_journal_tells_how_long_it_is_after_each_line(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    assert [journal.append(b"one"), journal.append(b"three")] == [4, 10]
    journal.cut(4)
    assert journal.append(b"two") == 8
    assert (tmp_path / "j").read_bytes() == b"one\ntwo\n"


def test_a_line_that_did_not_fit_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path / "j")
    journal.append(b"whole")

    class Short:
        """A file on a disk that has room for three bytes more."""

        def __init__(self, file: Any) -> None:
            self.file = file

        def write(self, data: bytes) -> int:
            return int(self.file.write(data[:3]))

        def fileno(self) -> int:
            return int(self.file.fileno())

    monkeypatch.setattr(journal, "_file", Short(journal._file))
    with pytest.raises(StorageError, match="disk is full"):
        journal.append(b"too long")
    assert (tmp_path / "j").read_bytes() == b"whole\n"


def test_a_journal_is_not_cut_to_more_than_it_has(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="shorter than the 5 bytes"):
        Journal(tmp_path / "j").cut(5)


@pytest.mark.parametrize("durable", [True, False])
def test_what_was_left_long_ago_goes_with_the_next_write(tmp_path: Path, durable: bool) -> None:
    old, new = (tmp_path / f".speeds.json.{mark * 12}" for mark in "ab")
    old.write_text("half")
    new.write_text("half")
    os.utime(old, (1, 1))
    replace_file(tmp_path / "speeds.json", b"{}", durable=durable)
    assert {path.name for path in tmp_path.iterdir()} == {"speeds.json", new.name}
