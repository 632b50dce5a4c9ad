"""What becomes of trainings whose parent is killed: a sweep's stop and stay, the app's go on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from songrnn.config import CorpusReference, ModelConfig, RunConfig, TrainConfig
from songrnn.corpus.tunebook import Tunebook
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.store.creating import create_run
from songrnn.store.documents import HistoryRow
from songrnn.store.history import read_history
from songrnn.store.processes import is_alive
from songrnn.store.runs import Run
from songrnn.training.child import child_environment
from songrnn.training.launch import LOG, stop_training
from songrnn.training.loop import train

# Parents of a training; each waits until it is killed.
SWEEP = """
import time
from songrnn.store.runs import open_run
from songrnn.tuning.launchers import Sweep
sweep = Sweep([open_run("mine").config], workers=1)
while sweep.step():
    time.sleep(0.05)
"""
APP = """
import time
from songrnn.store.runs import open_run
from songrnn.training.launch import resume_training
resume_training(open_run("mine"))
time.sleep(600)
"""


@pytest.fixture
def run(book: Tunebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run that trains for hours, with a checkpoint to go on from."""
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(tmp_path / "checkpoints"))
    book.write(tmp_path / "data" / book.name)
    config = RunConfig(
        name="mine",
        model=ModelConfig(cell="rnn", hidden_size=4, embedding_size=4),
        training=TrainConfig(epochs=10_000, batch_size=4, window=8, precision="fp32"),
        corpus=CorpusReference(name=book.name, sha256=book.sha256),
    )
    return create_run(config, Vocabulary.of(book.characters))


def wait_for(condition: Callable[[], bool], run: Run, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{run.status}\n{(run.path / LOG).read_text()}"
        time.sleep(0.05)


def orphan(run: Run, parent: str) -> None:
    """Let `parent` start the training of a run, and kill it once the training is under way."""
    with subprocess.Popen(
        [sys.executable, "-c", parent], env=child_environment(run.path.parent)
    ) as process:
        try:
            wait_for(lambda: len(run.history()) > 5, run)
        finally:
            process.send_signal(signal.SIGKILL)


def losses(rows: list[HistoryRow]) -> list[float]:
    return [row.loss for row in rows]


@pytest.mark.slow
def test_a_training_ends_with_its_killed_sweep_and_goes_on_as_if_it_never_had(
    run: Run, book: Tunebook
) -> None:
    orphan(run, SWEEP)
    wait_for(lambda: run.status.status == "stopped", run)
    process = run.status.process
    assert process is not None
    wait_for(lambda: not is_alive(process), run)
    before = read_history(run.path / "history.jsonl")
    session = train(run.config, tunebook=book, run=run, resume=True)
    for _ in range(5):
        next(session)
    session.close()
    after = read_history(run.path / "history.jsonl")
    whole = create_run(run.config.model_copy(update={"name": "whole"}), run.vocabulary)
    uninterrupted = train(whole.config, tunebook=book, run=whole)
    assert losses(after[: len(before)]) == losses(before)
    assert losses(after) == [next(uninterrupted).loss for _ in after]
    uninterrupted.close()


@pytest.mark.slow
def test_a_training_started_by_the_app_outlives_it(run: Run) -> None:
    orphan(run, APP)
    try:
        rows = len(run.history())
        wait_for(lambda: len(run.history()) > rows + 5, run)
        assert run.status.status == "running"
    finally:
        stop_training(run, wait=60)


def test_the_environment_has_one_thread_and_these_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGRNN_DATA", "somewhere")
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    found = child_environment(tmp_path / "runs")
    assert found["OMP_NUM_THREADS"] == found["OPENBLAS_NUM_THREADS"] == "1"
    assert found["SONGRNN_CHECKPOINTS"] == str((tmp_path / "runs").resolve())
    assert found["SONGRNN_DATA"] == str(Path("somewhere").resolve())
    assert found.keys() >= os.environ.keys()
