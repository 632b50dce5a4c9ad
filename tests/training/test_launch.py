"""A training in a process of its own: started, seen, stopped, resumed."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from songrnn.config import CorpusReference, ModelConfig, RunConfig, TrainConfig
from songrnn.corpus.tunebook import Tunebook
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import RunError
from songrnn.store.creating import create_run
from songrnn.store.documents import RunStatus, now
from songrnn.store.history import read_history
from songrnn.store.processes import identity
from songrnn.store.runs import Run, open_run
from songrnn.training.launch import LOG, resume_training, stop_training


def wait_for(run: Run, condition: Any, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{run.status}\n{(run.path / LOG).read_text()}"
        assert run.status.status in ("running", "stopped", "finished"), (run.path / LOG).read_text()
        time.sleep(0.05)


@pytest.mark.slow
def test_a_training_of_its_own_is_seen_stopped_and_resumed(
    book: Tunebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path / "data"))
    book.write(tmp_path / "data" / book.name)
    config = RunConfig(
        name="apart",
        model=ModelConfig(cell="rnn", hidden_size=4, embedding_size=4),
        training=TrainConfig(epochs=10_000, batch_size=4, window=8, precision="fp32"),
        corpus=CorpusReference(name=book.name, sha256=book.sha256),
    )
    vocabulary = Vocabulary.of(book.characters)
    run = create_run(config, vocabulary, checkpoints=tmp_path / "checkpoints")
    resume_training(run)
    try:
        assert run.status.status == "running", "from the first moment"
        assert run.status.process is not None
        assert run.status.process.pid != os.getpid()
        with pytest.raises(RunError, match="already being trained"):
            resume_training(run)
        wait_for(run, lambda: len(run.history()) > 5)
    finally:
        status = stop_training(run, wait=60)
    assert status.status == "stopped", (run.path / LOG).read_text()
    assert run.summary is not None
    rows = read_history(run.path / "history.jsonl")

    run = open_run("apart", checkpoints=tmp_path / "checkpoints")
    resume_training(run)
    try:
        wait_for(run, lambda: len(run.history()) > len(rows) + 5)
    finally:
        stop_training(run, wait=60)
    assert read_history(run.path / "history.jsonl")[: len(rows)] == rows


def test_a_run_that_is_not_trained_cannot_be_stopped(make_run: Any) -> None:
    with pytest.raises(RunError, match="is not being trained; its status is created"):
        stop_training(make_run())


def test_a_process_that_took_over_the_number_is_left_alone(make_run: Any) -> None:
    run = make_run()
    someone = identity(os.getppid())
    older = someone.model_copy(update={"created": someone.created - 100})
    status = RunStatus(status="running", heartbeat=now(), process=older)
    (run.path / "status.json").write_bytes(status.to_json())
    with pytest.raises(RunError, match="its status is interrupted"):
        stop_training(run)


def test_launching_needs_no_torch() -> None:
    import subprocess
    import sys

    code = "import sys, json, songrnn.training.launch; print(json.dumps('torch' in sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert json.loads(found.stdout) is False
