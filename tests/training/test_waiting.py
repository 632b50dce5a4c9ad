"""Trainings beyond the number set wait in their order, start by themselves, and may be withdrawn."""

import time
from pathlib import Path
from typing import Any

import pytest

from songrnn.corpus.tunebook import Tunebook
from songrnn.disk import replace_file
from songrnn.errors import QuotaError, ReadOnlyError, RunError
from songrnn.store.creating import delete_run
from songrnn.store.documents import RunStatus, now
from songrnn.store.jobs import begin_note, forget_job
from songrnn.store.processes import identity
from songrnn.store.runs import Run
from songrnn.training import waiting as queue
from songrnn.training.waiting import (
    AT_ONCE,
    request_labelling,
    request_training,
    start_waiting,
    waiting,
    withdraw,
)


def set_status(run: Run, status: Any) -> None:
    state = RunStatus(status=status, heartbeat=now(), process=identity())
    replace_file(run.path / "status.json", state.to_json())


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the runs that were started, each from then on running in this very process."""
    names: list[str] = []

    def resume(run: Run) -> None:
        if run.status.status in ("running", "finished"):
            raise RunError("no")
        names.append(run.name)
        set_status(run, "running")

    monkeypatch.setattr(queue, "resume_training", resume)
    monkeypatch.setenv(AT_ONCE, "1")
    return names


def test_without_a_number_every_training_starts(
    make_run: Any, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(AT_ONCE)
    assert [request_training(make_run(name)) for name in "abc"] == [None, None, None]
    assert started == ["a", "b", "c"]
    assert waiting() == []


def test_the_others_wait_in_their_order_and_start_by_themselves(
    make_run: Any, started: list[str]
) -> None:
    runs = [make_run(name) for name in ("z", "b", "a")]
    said = [request_training(run) for run in runs]
    assert said[0] is None
    assert "number 1" in str(said[1])
    assert "number 2" in str(said[2])
    assert (started, waiting()) == (["z"], ["b", "a"])
    assert start_waiting() == []
    set_status(runs[0], "finished")
    assert start_waiting() == ["b"]
    assert waiting() == ["a"]
    set_status(runs[1], "stopped")
    assert start_waiting() == ["a"]
    assert start_waiting() == []


def test_nobody_overtakes_who_waits(make_run: Any, started: list[str]) -> None:
    runs = [make_run(name) for name in "abc"]
    request_training(runs[0])
    request_training(runs[1])
    set_status(runs[0], "finished")
    assert request_training(runs[2]) is not None
    assert waiting() == ["b", "c"]


def test_a_run_waits_once_and_may_be_withdrawn(make_run: Any, started: list[str]) -> None:
    first, second = make_run("a"), make_run("b")
    request_training(first)
    request_training(second)
    with pytest.raises(RunError, match="waits already"):
        request_training(second)
    withdraw("b")
    assert waiting() == []
    with pytest.raises(RunError, match="does not wait"):
        withdraw("b")
    assert second.status.status == "created"


def test_a_run_that_is_gone_or_done_leaves_the_queue(make_run: Any, started: list[str]) -> None:
    runs = [make_run(name) for name in "abcd"]
    for run in runs:
        request_training(run)
    delete_run("b")
    set_status(runs[2], "finished")
    assert waiting() == ["c", "d"]
    set_status(runs[0], "finished")
    assert start_waiting() == ["d"]


def test_a_finished_run_is_not_queued(make_run: Any, started: list[str]) -> None:
    request_training(make_run("a"))
    done = make_run("b")
    set_status(done, "finished")
    with pytest.raises(RunError):
        request_training(done)
    assert waiting() == []


def test_labelling_takes_a_place_among_the_trainings(
    make_run: Any, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    labelled: list[str] = []

    def label(run: Run) -> None:
        labelled.append(run.name)
        begin_note(run, "neurons", identity().pid)

    monkeypatch.setattr(queue, "start_labelling", label)
    first, second, third = (make_run(name) for name in "abc")
    request_labelling(first)
    with pytest.raises(QuotaError, match="As many trainings and labellings run as may"):
        request_labelling(second)
    assert request_training(third) is not None
    assert start_waiting() == []
    forget_job(first, "neurons")
    assert start_waiting() == ["c"]
    with pytest.raises(QuotaError):
        request_labelling(second)
    assert labelled == ["a"]
    monkeypatch.delenv(AT_ONCE)
    request_labelling(second)
    assert labelled == ["a", "b"]


def test_a_run_whose_process_died_makes_room(make_run: Any, started: list[str]) -> None:
    first = make_run("a")
    request_training(first)
    request_training(make_run("b"))
    gone = identity().model_copy(update={"boot": "another"})
    state = RunStatus(status="running", heartbeat=now(), process=gone)
    replace_file(first.path / "status.json", state.to_json())
    assert start_waiting() == ["b"]


def test_a_read_only_lab_has_no_queue_to_enter(
    make_run: Any, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run("a")
    monkeypatch.setenv("SONGRNN_READ_ONLY", "1")
    with pytest.raises(ReadOnlyError):
        request_training(run)
    assert started == []


@pytest.mark.slow
def test_a_training_that_ends_starts_the_next_with_no_window_open(
    make_run: Any, book: Tunebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv(AT_ONCE, "1")
    book.write(tmp_path / "data" / book.name)
    runs = [make_run(name, epochs=1) for name in "ab"]
    assert [bool(request_training(run)) for run in runs] == [False, True]
    deadline = time.monotonic() + 240
    while runs[1].status.status != "finished" and time.monotonic() < deadline:
        time.sleep(0.2)
    assert [run.status.status for run in runs] == ["finished", "finished"]
    assert waiting() == []


@pytest.mark.parametrize(("told", "number"), [("3", 3), ("", None), ("0", None), ("many", None)])
def test_the_variable_says_how_many(
    monkeypatch: pytest.MonkeyPatch, told: str, number: int | None
) -> None:
    monkeypatch.setenv(AT_ONCE, told)
    assert queue.at_once() == number
