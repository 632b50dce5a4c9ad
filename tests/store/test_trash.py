"""Deleted runs can be restored for a while; what is old or too much goes, the last one never."""

import time
from pathlib import Path

import pytest

from songrnn.access import READ_ONLY
from songrnn.errors import ReadOnlyError
from songrnn.store.trash import DAYS, discard, discarded_runs, empty_trash

DAY = 86400 * 10**9


@pytest.fixture
def checkpoints(tmp_path: Path) -> Path:
    (tmp_path / ".trash").mkdir()
    return tmp_path


def deleted(checkpoints: Path, name: str, *, days: float, size: int = 10) -> Path:
    """A run of that name as it lies in the trash, deleted so many days ago."""
    path = checkpoints / ".trash" / f"{name}@{time.time_ns() - int(days * DAY)}"
    path.mkdir()
    (path / "weights").write_bytes(bytes(size))
    return path


def names(checkpoints: Path) -> list[str]:
    return [name for name, _ in discarded_runs(checkpoints)]


def test_what_is_older_than_the_days_goes(checkpoints: Path) -> None:
    deleted(checkpoints, "old", days=DAYS + 0.1)
    deleted(checkpoints, "young", days=DAYS - 0.1)
    assert empty_trash(checkpoints) == ["old"]
    assert names(checkpoints) == ["young"]


def test_the_oldest_go_while_it_holds_too_much(checkpoints: Path) -> None:
    for age in (1, 2, 3, 4):
        deleted(checkpoints, f"{age}", days=age, size=100)
    assert empty_trash(checkpoints, most_bytes=250) == ["3", "4"]
    assert names(checkpoints) == ["1", "2"]


def test_a_large_run_goes_and_smaller_older_ones_stay(checkpoints: Path) -> None:
    deleted(checkpoints, "large", days=1, size=1000)
    deleted(checkpoints, "small", days=2, size=100)
    assert empty_trash(checkpoints, most_bytes=250) == ["large"]
    assert names(checkpoints) == ["small"]


def test_deleting_empties_the_trash_but_for_what_was_just_deleted(checkpoints: Path) -> None:
    deleted(checkpoints, "old", days=DAYS + 1)
    (checkpoints / "mine").mkdir()
    there = discard(checkpoints / "mine")
    assert names(checkpoints) == ["mine"]
    assert empty_trash(checkpoints, days=-1, keep=there) == []


def test_links_are_removed_and_not_followed(checkpoints: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_bytes(bytes(1000))
    (checkpoints / ".trash" / f"link@{time.time_ns() - (DAYS + 1) * DAY}").symlink_to(outside)
    assert empty_trash(checkpoints) == ["link"]
    assert (outside / "file").exists()


def test_what_nobody_deleted_stays(checkpoints: Path) -> None:
    for name in ("notes", "x@y", "@", "a@-1"):
        (checkpoints / ".trash" / name).mkdir()
    assert empty_trash(checkpoints, days=-1) == []
    assert len(list((checkpoints / ".trash").iterdir())) == 4


def test_a_read_only_lab_keeps_its_trash(
    checkpoints: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(checkpoints))
    deleted(checkpoints, "old", days=DAYS + 1)
    monkeypatch.setenv(READ_ONLY, "1")
    with pytest.raises(ReadOnlyError):
        empty_trash(checkpoints)
    assert names(checkpoints) == ["old"]
