"""Trainings beyond the number set wait in their order, start by themselves, and may be withdrawn."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dashboard import housekeeping
from songrnn.cli import afterwards, train
from songrnn.cli.neurons.rank import rank
from songrnn.corpus.tunebook import Tunebook
from songrnn.disk import replace_file
from songrnn.errors import ReadOnlyError, RunError, SongRNNError
from songrnn.store.creating import delete_run
from songrnn.store.documents import RunStatus, now
from songrnn.store.jobs import (
    Wishes,
    begin_note,
    forget_job,
    forget_wishes,
    job_of,
    write_wishes,
)
from songrnn.store.processes import identity
from songrnn.store.runs import Run
from songrnn.training import memory
from songrnn.training import waiting as queue
from songrnn.training.memory import bytes_together
from songrnn.training.waiting import (
    AT_ONCE,
    places_in_queue,
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


def test_trainings_at_once_fit_into_the_memory_together(
    make_run: Any, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(AT_ONCE, "4")
    runs = [make_run(name) for name in "abc"]
    needed = bytes_together(runs[0].config.model, runs[0].config.training, 12)
    monkeypatch.setattr(memory, "machine_bytes", lambda *, swap: int(2.5 * needed))
    said = [request_training(run) for run in runs]
    assert said[:2] == [None, None]
    assert said[2] == "What runs now leaves too little memory for it; c waits as number 1 and " \
        "starts by itself."  # fmt: skip
    housekeeping.start_what_waits()  # it does not know who asked
    assert start_waiting() == []
    set_status(runs[0], "finished")
    assert start_waiting() == ["c"]


def test_small_trainings_do_not_keep_a_large_one_out_of_the_memory(
    make_run: Any, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(AT_ONCE, "4")
    sizes = {"a": 3, "large": 9, "b": 3, "c": 3}
    monkeypatch.setattr(queue, "_bytes_of", lambda run: sizes[run.name])
    monkeypatch.setattr(queue, "most_together", lambda: 10)
    runs = {name: make_run(name) for name in sizes}
    said = [request_training(run) for run in runs.values()]
    assert (started, waiting()) == (["a"], ["large", "b", "c"])
    assert "Another one waits for memory" in str(said[2])
    assert start_waiting() == []
    set_status(runs["a"], "finished")
    assert start_waiting() == ["large"]
    set_status(runs["large"], "finished")
    assert start_waiting() == ["b", "c"]


def test_a_labelling_does_not_overtake_a_training_that_waits_for_memory(
    make_run: Any, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(AT_ONCE, "4")
    monkeypatch.setattr(queue, "_bytes_of", lambda run: 6)
    monkeypatch.setattr(queue, "bytes_of_labelling", lambda *_: 3)
    monkeypatch.setattr(queue, "most_together", lambda: 10)
    monkeypatch.setattr(queue, "start_labelling", lambda run: started.append(f"labels {run.name}"))
    runs = [make_run(name) for name in "abc"]
    assert request_training(runs[0]) is None
    request_labelling(runs[2])
    assert request_training(runs[1]) is not None
    assert "wait as number 2" in str(request_labelling(runs[2]))
    assert started == ["a", "labels c"]


def test_what_is_next_though_nobody_has_started_it_yet_is_not_said_to_wait_for_memory(
    make_run: Any, started: list[str]
) -> None:
    runs = [make_run(name) for name in "abc"]
    request_training(runs[0])
    request_training(runs[1])
    set_status(runs[0], "finished")
    assert "Another one is next" in str(request_training(runs[2]))


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
    assert "wait as number 1" in str(request_labelling(second))
    with pytest.raises(RunError, match="wait already, as number 1"):
        request_labelling(second)
    assert request_training(third) is not None
    assert places_in_queue() == [(1, "b", "neurons"), (2, "c", "train")]
    assert start_waiting() == []
    forget_job(first, "neurons")
    assert start_waiting() == ["b"]
    assert labelled == ["a", "b"]
    forget_job(second, "neurons")
    assert start_waiting() == ["c"]
    monkeypatch.delenv(AT_ONCE)
    assert request_labelling(first) is None
    assert labelled == ["a", "b", "a"]


def test_what_is_being_labelled_is_not_labelled_again_and_a_new_run_of_the_name_not_at_all(
    make_run: Any, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        queue, "start_labelling", lambda run: begin_note(run, "neurons", identity().pid)
    )
    first, second = make_run("a"), make_run("b")
    request_labelling(first)
    for _ in range(2):
        with pytest.raises(RunError, match="being labelled already"):
            request_labelling(first)
    request_labelling(second)
    delete_run("b")
    make_run("b")
    assert places_in_queue() == []


def test_a_labelling_may_be_withdrawn_and_says_with_its_run_why_it_could_not_begin(
    make_run: Any, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(run: Run) -> None:
        raise RunError("no process could be started")

    monkeypatch.setattr(queue, "start_labelling", fails)
    first, second = make_run("a"), make_run("b")
    request_training(first)
    request_labelling(second)
    withdraw("b", work="neurons")
    assert places_in_queue() == []
    request_labelling(second)
    set_status(first, "finished")
    assert start_waiting() == []
    assert places_in_queue() == []
    job = job_of(second, "neurons")
    assert job is not None
    assert (job.status, job.message) == ("failed", "no process could be started")
    assert second.status.status == "created"


def test_a_run_whose_process_died_makes_room(make_run: Any, started: list[str]) -> None:
    first = make_run("a")
    request_training(first)
    request_training(make_run("b"))
    gone = identity().model_copy(update={"boot": "another"})
    state = RunStatus(status="running", heartbeat=now(), process=gone)
    replace_file(first.path / "status.json", state.to_json())
    assert start_waiting() == ["b"]


def test_a_training_whose_turn_nobody_noticed_is_started(make_run: Any, started: list[str]) -> None:
    first, second = make_run("a"), make_run("b")
    request_training(first)
    request_training(second)
    housekeeping.start_what_waits()
    assert started == ["a"]
    died = RunStatus(
        status="running", heartbeat=now(), process=identity().model_copy(update={"boot": "old"})
    )
    replace_file(first.path / "status.json", died.to_json())
    housekeeping.start_what_waits()
    assert started == ["a", "b"]


def test_where_the_lab_is_only_to_be_looked_at_none_is_started(
    make_run: Any, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = make_run("a"), make_run("b")
    request_training(first)
    request_training(second)
    set_status(first, "finished")
    monkeypatch.setenv("SONGRNN_READ_ONLY", "1")
    housekeeping.start_what_waits()
    assert started == ["a"]


def test_a_read_only_lab_has_no_queue_to_enter(
    make_run: Any, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run("a")
    monkeypatch.setenv("SONGRNN_READ_ONLY", "1")
    with pytest.raises(ReadOnlyError):
        request_training(run)
    assert started == []


# What ends, and what comes next -------------------------------------------------------------------


@pytest.fixture
def another_process() -> Iterator[int]:
    """The number of a process that is alive and is not this one."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process.pid
    process.communicate()


def test_a_finished_training_keeps_its_place_while_it_does_what_was_wished(
    make_run: Any, started: list[str], another_process: int
) -> None:
    first, second = make_run("a"), make_run("b")
    write_wishes(first.path, Wishes(neurons=True))
    request_training(first)
    request_training(second)
    done = RunStatus(status="finished", heartbeat=now(), process=identity(another_process))
    replace_file(first.path / "status.json", done.to_json())
    assert start_waiting() == []
    begin_note(first, "neurons", another_process)  # the same process: one place, not two
    assert start_waiting() == []
    forget_job(first, "neurons")
    forget_wishes(first)
    assert start_waiting() == ["b"]


def test_a_training_does_what_follows_it_before_the_next_one_starts(
    make_run: Any, book: Tunebook, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = make_run("a"), make_run("b")
    request_training(first)
    request_training(second)
    seen: list[object] = []

    def finish(run: Run, book: Tunebook) -> None:
        seen.append(list(started))
        # Killed here it would leave this behind, which must not keep its own place.
        write_wishes(run.path, Wishes(neurons=True))
        raise RunError("labelling went wrong")

    monkeypatch.setattr(train, "_opened", lambda name: (first, book))
    monkeypatch.setattr("songrnn.training.loop.train", lambda *_, **__: iter(()))
    monkeypatch.setattr(train, "show_training", lambda run, rows: set_status(run, "finished"))
    monkeypatch.setattr(train, "afterwards", finish)
    result = CliRunner().invoke(train.train, ["--resume", "a"])
    assert isinstance(result.exception, RunError)
    assert seen == [["a"]]
    assert started == ["a", "b"]


def test_a_training_whose_tunes_are_gone_lets_the_next_one_start(
    make_run: Any, started: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path / "data"))
    request_training(make_run("a"))
    request_training(make_run("b"))
    result = CliRunner().invoke(train.train, ["--resume", "a"])
    assert isinstance(result.exception, SongRNNError)
    assert started == ["a", "b"]


@pytest.mark.parametrize("fails", [False, True])
def test_a_labelling_that_ends_starts_the_training_that_waited_for_its_place(
    make_run: Any, started: list[str], monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    monkeypatch.setattr(queue, "start_labelling", lambda run: begin_note(run, "neurons", mine))
    mine, first, second = identity().pid, make_run("a"), make_run("b")
    request_labelling(first)
    request_training(second)
    assert started == []

    def label(run: Run, book: object) -> None:
        if fails:
            raise RunError("no tunes")
        forget_job(run, "neurons")

    monkeypatch.setattr("songrnn.corpus.sources.load_of", lambda corpus: None)
    monkeypatch.setattr(afterwards, "label_neurons", label)
    CliRunner().invoke(rank, ["--noted"], obj=first)
    assert started == ["b"]


@pytest.mark.parametrize("kind", [RunError, SongRNNError])
def test_a_run_that_cannot_start_leaves_the_queue_and_says_why(
    make_run: Any, started: list[str], monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    runs = [make_run(name) for name in "abc"]
    for run in runs:
        request_training(run)
    set_status(runs[0], "finished")
    resume = queue.resume_training

    def refuse(run: Run) -> None:
        if run.name == "b":
            raise kind("No process could be started.")
        resume(run)

    monkeypatch.setattr(queue, "resume_training", refuse)
    assert start_waiting() == ["c"]
    assert waiting() == []
    assert runs[1].status.status == "stopped"
    assert runs[1].status.message == "No process could be started."


def test_what_has_finished_meanwhile_stays_finished(make_run: Any, started: list[str]) -> None:
    runs = [make_run(name) for name in "ab"]
    for run in runs:
        request_training(run)
    for run in runs:
        set_status(run, "finished")
    assert start_waiting() == []
    assert waiting() == []
    assert runs[1].status.status == "finished"


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
