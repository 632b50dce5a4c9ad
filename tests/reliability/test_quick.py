"""Small versions of what `measure.py` does at length."""

from pathlib import Path

from songrnn.corpus.sources import load
from tests.reliability import faults, kills, names
from tests.reliability.damage import damage
from tests.reliability.fuzz import fuzz
from tests.reliability.many import compared_with_one
from tests.reliability.visits import MARK

SMALL = ("note", "delete and take back", "rename there and back")


def test_no_kill_leaves_anything_that_cannot_be_read(tmp_path: Path) -> None:
    killed = kills.kill(tmp_path, ("make a run", *SMALL))
    assert sum(killed.values()) > 20


def test_each_change_of_a_disk_may_fail(tmp_path: Path) -> None:
    assert faults.fail(tmp_path / "f", ("make a run", *SMALL), ("ENOSPC",))["ENOSPC"] > 15
    assert faults.limited(tmp_path / "l", ("make a run", *SMALL)) > 3


def test_no_name_leads_out_of_its_folder(tmp_path: Path) -> None:
    assert sum(names.give(tmp_path.resolve(), 600).values()) == 600


def test_a_damaged_corpus_is_refused_in_a_sentence(tmp_path: Path) -> None:
    found = damage(tmp_path, 100)
    assert 10 < found["refused"] <= 100


def test_no_text_brings_the_lab_down() -> None:
    found = fuzz(load(), most=30)
    assert found.inputs == 30
    assert found.failures == []


def test_a_seed_is_told_from_digits_of_a_hash() -> None:
    said = b'{"seed": 731212345} f39c90731208492b85e0 731212346,Zqsongabcdef&seed=731212347\x10'
    found = [mark.decode() for mark in MARK.findall(said)]
    assert found == ["731212345", "731212346", "Zqsongabcdef", "731212347"]


def test_the_wait_of_many_is_compared_with_that_of_one() -> None:
    def compared(*waits: tuple[int, float]) -> object:
        return compared_with_one([{"sessions": n, "median_seconds": s} for n, s in waits])[
            "goal_met"
        ]

    assert compared((1, 0.4), (2, 2.0), (10, 1.0)) is True
    assert compared((1, 0.4), (10, 1.1)) is False
    assert compared((1, 0.4), (3, 0.4)) is None
    assert compared((2, 0.4), (10, 0.4)) is None
