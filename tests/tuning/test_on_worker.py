"""What travels to a worker, and when it refuses."""

from pathlib import Path

import pytest

from songrnn.corpus.tunebook import Tune, Tunebook
from songrnn.errors import CorpusError
from songrnn.tuning.on_worker import Job, mismatch, pack, train_apart, unpack, versions

TUNE = Tune("a", "1", "Ré \u2028", "", "4/4", "1/8", "C", "K:C\nCD\ud800|]", "x", "a", "train")
BOOK = Tunebook("tiny", (TUNE,))


def test_tunes_arrive_as_they_were_sent() -> None:
    there = unpack(pack(BOOK))
    assert there == BOOK
    assert there.sha256 == BOOK.sha256


@pytest.mark.parametrize("damage", [b"", b"no zlib", pack(BOOK)[:-9]])
def test_tunes_that_were_damaged_on_their_way_are_refused(damage: bytes) -> None:
    with pytest.raises(CorpusError, match="cannot be read"):
        unpack(damage)


def test_damaged_tunes_fail_the_run_and_leave_nothing_behind(tmp_path: Path) -> None:
    job = Job("s", {"name": "lstm-8"}, "ab", versions())
    outcome = train_apart(job, b"?", "tcp://w:1", print, lambda: True, tmp_path)
    assert outcome.ended == "failed"
    assert "cannot be read" in outcome.message
    assert list(tmp_path.iterdir()) == []


def test_a_worker_with_other_versions_refuses_before_it_begins(tmp_path: Path) -> None:
    job = Job("s", {"name": "lstm-8"}, "ab", versions() | {"torch": "9.9"})
    told: list[object] = []
    outcome = train_apart(job, pack(BOOK), "tcp://w:1", told.append, lambda: True, tmp_path)
    assert outcome.ended == "refused"
    assert outcome.message == f"torch {versions()['torch']} instead of 9.9"
    assert told == []


def test_builds_of_torch_for_other_devices_are_the_same_version() -> None:
    assert "+" not in versions()["torch"]


def test_the_state_of_the_code_counts_only_where_all_else_is_the_same() -> None:
    ours = versions()
    assert mismatch(ours, ours) == ""
    other = ours | {"code": "0"}
    assert mismatch(ours, other) == f"another state of songrnn {ours['songrnn']}'s code"
    assert mismatch(ours, other | {"numpy": "1"}) == f"numpy 1 instead of {ours['numpy']}"
