"""The loop: what it yields, what it leaves in the folder, and how it ends when things go wrong."""

import errno
import itertools
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from songrnn import workspaces
from songrnn.corpus.tunebook import Tunebook
from songrnn.errors import CorpusError, QuotaError, RunError, StorageError, TrainingError
from songrnn.model.engine import Engine
from songrnn.model.network import CharRNN
from songrnn.paths import Places, using
from songrnn.store.creating import bytes_while_training
from songrnn.store.documents import HistoryRow
from songrnn.store.history import HISTORY, History, read_history
from songrnn.store.runs import Run, list_runs
from songrnn.training import course, loop
from songrnn.training.epochs import ROW_STEPS
from songrnn.training.evaluation import evaluate, evaluate_run
from songrnn.training.interruption import HOURS, TimeAllowed, hours_allowed
from songrnn.training.loop import train


def rows_of(run: Run, book: Tunebook, **options: Any) -> list[HistoryRow]:
    return list(train(run.config, tunebook=book, run=run, **options))


def validations(rows: list[HistoryRow]) -> list[HistoryRow]:
    return [row for row in rows if row.split == "validation"]


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[tuple[np.ndarray, np.ndarray]]:
    """Filled with the windows that the training takes."""
    taken: list[tuple[np.ndarray, np.ndarray]] = []
    step = course.Training._step

    def noted(self: course.Training, inputs: np.ndarray, targets: np.ndarray) -> None:
        taken.append((inputs, targets))
        step(self, inputs, targets)

    monkeypatch.setattr(course.Training, "_step", noted)
    return taken


def test_rows_are_yielded_as_they_stand_in_the_history(make_run: Any, book: Tunebook) -> None:
    run = make_run()
    rows = rows_of(run, book)
    assert rows == read_history(run.path / "history.jsonl")
    assert [row.epoch for row in validations(rows)] == [0.0, 1.0, 2.0, 3.0]
    assert rows[0].split == "validation", "before training"


def test_training_rows_come_every_twenty_steps_and_at_the_end_of_an_epoch(
    make_run: Any, book: Tunebook, steps: list[Any]
) -> None:
    rows = rows_of(make_run(epochs=2), book)
    epoch = len(steps) // 2
    assert epoch % ROW_STEPS, "else the test shows nothing"
    ends = [*range(ROW_STEPS, epoch, ROW_STEPS), epoch]
    expected = [*ends, *(epoch + end for end in ends)]
    assert [row.step for row in rows if row.split == "train"] == expected


def test_learning_lowers_the_loss(make_run: Any, book: Tunebook) -> None:
    found = validations(rows_of(make_run(epochs=8, learning_rate=0.02), book))
    assert found[-1].loss < found[0].loss / 2


def test_stored_weights_are_the_best_and_give_the_figures_of_the_summary(
    make_run: Any, book: Tunebook
) -> None:
    run = make_run(epochs=12, learning_rate=0.1, schedule="constant")
    rows = validations(rows_of(run, book))
    best = min(rows, key=lambda row: row.loss)
    summary = run.summary
    assert best is not rows[-1], "the training must get worse for this test"
    assert (summary.best_validation_loss, summary.best_epoch) == (best.loss, best.epoch)
    assert summary.last_validation_loss == rows[-1].loss
    assert evaluate_run(run, book, "validation").loss == pytest.approx(best.loss, abs=1e-5)
    last = Engine(run.config.model, run.vocabulary.size, run.weights("last.safetensors"))
    found = evaluate(last, book.split("validation"), run.vocabulary)
    assert found.loss == pytest.approx(rows[-1].loss, abs=1e-5)


def test_averaged_weights_are_those_evaluated_and_stored(make_run: Any, book: Tunebook) -> None:
    plain, averaged = make_run("plain"), make_run("averaged", averaging=0.95)
    of_plain, of_averaged = rows_of(plain, book), rows_of(averaged, book)
    train_losses = [
        [r.loss for r in rows if r.split == "train"] for rows in (of_plain, of_averaged)
    ]
    assert train_losses[0] == train_losses[1], "averaging does not change the training itself"
    assert of_plain[-1].loss != of_averaged[-1].loss
    best = min(row.loss for row in validations(of_averaged))
    assert evaluate_run(averaged, book, "validation").loss == pytest.approx(best, abs=1e-5)


def test_state_is_carried_from_window_to_window_and_cut_off(
    make_run: Any, book: Tunebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    forward = CharRNN.forward

    def noted(self: CharRNN, ids: torch.Tensor, state: Any = None) -> Any:
        logits, new = forward(self, ids, state)
        if self.training:
            seen.append((state, new))
        return logits, new

    monkeypatch.setattr(CharRNN, "forward", noted)
    rows_of(make_run(cell="gru", epochs=2), book)
    half = len(seen) // 2
    for index in range(1, half):
        given, before = seen[index][0], seen[index - 1][1]
        assert torch.equal(given, before)
        assert not given.requires_grad
    assert seen[0][0] is None
    assert seen[half][0] is None, "a new epoch is a new order of tunes"


def test_a_row_is_the_mean_over_its_characters(
    make_run: Any, book: Tunebook, steps: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    losses: list[float] = []
    cross_entropy = torch.nn.functional.cross_entropy

    def noted(*arguments: Any, **options: Any) -> Any:
        loss = cross_entropy(*arguments, **options)
        if loss.ndim == 0:
            losses.append(loss.item())
        return loss

    monkeypatch.setattr(torch.nn.functional, "cross_entropy", noted)
    rows = [r for r in rows_of(make_run(epochs=1, window=7), book) if r.split == "train"]
    weights = [inputs.size for inputs, _ in steps]
    assert len(set(weights)) == 2, "the last window of an epoch is shorter"
    last = slice(rows[-2].step, rows[-1].step)
    assert rows[-1].loss == pytest.approx(np.average(losses[last], weights=weights[last]))


def test_training_stops_early_without_improvement(make_run: Any, book: Tunebook) -> None:
    run = make_run(epochs=200, learning_rate=0.3, schedule="constant", patience=2)
    found = validations(rows_of(run, book))
    best = min(found, key=lambda row: row.loss)
    assert len(found) < 201
    assert found[-1].epoch == best.epoch + 2
    assert run.status.status == "finished"
    assert "Stopped early" in run.status.message


def test_a_generator_that_is_closed_leaves_a_stopped_run(make_run: Any, book: Tunebook) -> None:
    run = make_run()
    training = train(run.config, tunebook=book, run=run)
    for row in training:
        if row.step:
            break
    training.close()
    assert run.status.status == "stopped"
    assert run.summary is not None


def test_ctrl_c_finishes_the_step_and_keeps_the_run(make_run: Any, book: Tunebook) -> None:
    run = make_run()
    before = signal.getsignal(signal.SIGINT)
    last = None
    for row in train(run.config, tunebook=book, run=run):
        last = row
        if row.step == ROW_STEPS:
            os.kill(os.getpid(), signal.SIGINT)
    assert last is not None
    assert last.step == ROW_STEPS
    assert (run.status.status, run.status.step) == ("stopped", ROW_STEPS)
    assert signal.getsignal(signal.SIGINT) == before


def test_a_loss_that_is_no_number_fails_clearly(
    make_run: Any, book: Tunebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run()
    step = course.Training._step

    def spoil(self: course.Training, inputs: np.ndarray, targets: np.ndarray) -> None:
        if self.at.step == 5:
            with torch.no_grad():
                self.learner.network.readout.bias.fill_(float("nan"))
        step(self, inputs, targets)

    monkeypatch.setattr(course.Training, "_step", spoil)
    with pytest.raises(TrainingError, match=r"broke down before step 20: the loss is nan"):
        rows_of(run, book)
    assert run.status.status == "failed"
    assert "Try a learning rate below" in run.status.message
    for array in run.weights().values():
        assert np.isfinite(array).all(), "the weights kept are those before"


def test_an_unexpected_error_marks_the_run_as_failed(
    make_run: Any, book: Tunebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run()

    def fail(*_: Any) -> None:
        raise ZeroDivisionError("who divides by zero?")

    monkeypatch.setattr(course.Training, "_step", fail)
    with pytest.raises(TrainingError, match="ZeroDivisionError: who divides by zero"):
        rows_of(run, book)
    assert run.status.status == "failed"
    assert "who divides by zero?" in run.status.message


def test_a_full_disk_ends_the_training_with_a_sentence_and_loses_nothing(
    make_run: Any, book: Tunebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, run = make_run("whole"), make_run("full")
    expected = rows_of(whole, book)
    append = History.append
    written = 0

    def fill_up(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def then_full(self: History, row: HistoryRow) -> int:
        nonlocal written
        written += 1
        if written == 6:
            monkeypatch.setattr(os, "fsync", fill_up)
        return append(self, row)

    monkeypatch.setattr(History, "append", then_full)
    with pytest.raises(StorageError, match="the disk is full"):
        rows_of(run, book)
    monkeypatch.undo()
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(run.path.parent))
    assert list_runs()[0].name == "full"
    kept = read_history(run.path / "history.jsonl")
    # This process still lives, so the status that could not be written says "running".
    (run.path / "status.json").unlink()
    rows_of(run, book, resume=True)
    final = read_history(run.path / "history.jsonl")
    for rows in (kept, final):
        assert [r.loss for r in rows] == [r.loss for r in expected[: len(rows)]]
    assert len(final) == len(expected)


def test_a_run_is_trained_by_one_process_at_a_time(make_run: Any, book: Tunebook) -> None:
    run = make_run()
    first = train(run.config, tunebook=book, run=run)
    next(first)
    with pytest.raises(RunError, match="being trained by another process"):
        rows_of(run, book, resume=True)
    first.close()
    rows_of(run, book, resume=True)
    assert run.status.status == "finished"


def test_other_tunes_than_those_of_the_run_are_refused(make_run: Any, book: Tunebook) -> None:
    run = make_run()
    other = Tunebook(book.name, book.tunes[1:])
    with pytest.raises(CorpusError, match="another build of the corpus 'tiny'"):
        rows_of(run, other)
    assert run.status.status == "created"


def test_a_corpus_without_tunes_is_refused(
    make_run: Any, book: Tunebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run()
    monkeypatch.setattr(Tunebook, "split", lambda self, name: ())
    with pytest.raises(CorpusError, match="no tunes to train on"):
        rows_of(run, book)


def test_the_status_tells_where_a_training_is_while_it_runs(make_run: Any, book: Tunebook) -> None:
    run = make_run()
    rows: Iterator[HistoryRow] = train(run.config, tunebook=book, run=run)
    next(rows)
    assert run.status.status == "running"
    assert run.status.process.pid == os.getpid()
    assert run.summary is None
    for _ in rows:
        pass
    assert run.status.status == "finished"
    assert run.status.best.loss == run.summary.best_validation_loss


def test_files_of_a_finished_run_are_those_of_the_design(make_run: Any, book: Tunebook) -> None:
    run = make_run(epochs=1)
    rows_of(run, book)
    names = {path.name for path in Path(run.path).iterdir() if not path.name.startswith(".")}
    assert names == {
        *("run.json", "history.jsonl", "status.json", "summary.json"),
        *("weights.safetensors", "last.safetensors", "learned.npz"),
    }
    row = json.loads((run.path / "history.jsonl").read_text().splitlines()[-1])
    assert {"T", "X"} & set(row["regions"]) == {"X"}
    assert row["kinds"]["note"]["characters"] > 0


@pytest.mark.parametrize("averaging", [0.0, 0.9])
def test_the_disk_has_room_for_what_a_training_writes_where_it_was_promised(
    make_run: Any, book: Tunebook, averaging: float
) -> None:
    run = make_run(hidden_size=64, epochs=2, averaging=averaging)
    largest = 0
    for _ in train(run.config, tunebook=book, run=run, checkpoint_steps=10):
        largest = max(largest, sum(p.stat().st_size for p in run.path.iterdir()
                                   if p.suffix in (".pt", ".safetensors")))  # fmt: skip
    promised = bytes_while_training(run.config, run.vocabulary.size)
    # Both know the numbers; files have headers as well.
    assert 0.8 * promised < largest < promised + 50_000


# In a workspace ----------------------------------------------------------------------------------


@pytest.fixture
def places_of_ann(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Places:
    """Where a training's process for a person with a workspace writes."""
    monkeypatch.setattr(workspaces, "_filled", {})
    lab = Places(tmp_path / "lab", tmp_path / "data")
    return Places(tmp_path / "ann" / "checkpoints", tmp_path / "ann" / "data", shared=lab)


@pytest.mark.parametrize(("told", "hours"), [("", 12), ("2", 2), ("0", None), ("many", 12)])
def test_the_hours_of_a_training_are_set_and_hold_in_workspaces_alone(
    told: str, hours: int | None, places_of_ann: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOURS, told)
    with using(places_of_ann):
        assert hours_allowed() == hours
    assert hours_allowed() is None


def test_a_training_whose_time_is_over_stops_says_why_and_can_be_resumed(
    make_run: Any, book: Tunebook, places_of_ann: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOURS, "1")
    whole = make_run("whole")
    rows_of(whole, book)
    run, minutes = make_run("mine"), itertools.count()
    with using(replace(places_of_ann, checkpoints=run.path.parent)):
        monkeypatch.setattr(
            loop, "TimeAllowed", lambda clock: TimeAllowed(lambda: 60.0 * next(minutes))
        )
        first = rows_of(run, book)
        assert run.status.status == "stopped"
        assert "1 hour" in str(run.status.message)
        assert 0 < run.status.step < 60  # a minute a step
        second = rows_of(run, book, resume=True)
    assert run.status.status == "finished"
    assert run.status.message is None
    validated = [row.loss for row in validations(first + second)]
    assert validated == [row.loss for row in validations(read_history(whole.path / HISTORY))]


def test_a_training_that_fills_a_workspace_says_so_and_goes_on_when_there_is_room(
    make_run: Any, book: Tunebook, places_of_ann: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = places_of_ann
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(root.checkpoints))
    run = make_run("mine")
    rows: list[HistoryRow] = []
    with using(replace(root, disk=1 << 30)):
        training = train(run.config, tunebook=book, run=run)
        rows += itertools.islice(training, 2)
        training.close()
    (run.path.parent.parent / "filler").write_bytes(bytes(1_000_000))
    monkeypatch.setattr(workspaces, "_filled", {})  # it is measured now and then alone
    used = workspaces.bytes_of(run.path.parent.parent)
    with using(replace(root, disk=used - 70_000)), pytest.raises(QuotaError, match="may fill"):
        rows_of(run, book, resume=True)
    assert run.status.status == "failed"
    assert "Delete a run" in str(run.status.message)
    with using(replace(root, disk=1 << 30)):
        rows_of(run, book, resume=True)
    assert run.status.status == "finished"
