"""One process trains a run, and sweeps what a killed one left half written."""

import os
import time
from pathlib import Path

import pytest

from songrnn.config import CorpusReference, ModelConfig, RunConfig
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.disk import replace_file
from songrnn.errors import RunError
from songrnn.store.creating import create_run
from songrnn.store.runs import Run
from songrnn.training.run_lock import run_lock
from tests.killing import killed_at_every_step


@pytest.fixture
def run(tmp_path: Path) -> Run:
    config = RunConfig(
        name="mine",
        model=ModelConfig(hidden_size=2, embedding_size=2),
        corpus=CorpusReference(name="folk", sha256="0" * 64),
    )
    return create_run(config, Vocabulary.of(["ab"]), checkpoints=tmp_path)


def hidden(run: Run) -> set[str]:
    return {path.name for path in run.path.iterdir() if path.name.startswith(".")} - {".lock"}


def test_two_cannot_hold_it(run: Run) -> None:
    with run_lock(run), pytest.raises(RunError, match="another process"), run_lock(run):
        pass
    with run_lock(run):
        pass


@pytest.mark.parametrize(
    "name", ["resume.pt", "weights.safetensors", "summary.json", "history.jsonl.gz"]
)
def test_what_a_killed_training_left_is_swept(run: Run, name: str) -> None:
    left = set()
    for _ in killed_at_every_step(lambda: replace_file(run.path / name, b"whole")):
        left |= hidden(run)
        with run_lock(run):
            assert hidden(run) == set()
    assert left, "no kill left anything, so nothing was tried"
    assert (run.path / name).read_bytes() == b"whole"


def test_what_somebody_else_may_be_writing_stays_for_an_hour(run: Run) -> None:
    temporary = run.path / ".status.json.0123456789ab"
    temporary.write_bytes(b"half")
    (run.path / ".not-ours").write_bytes(b"")
    with run_lock(run):
        assert temporary.exists()
    past = time.time() - 7200
    os.utime(temporary, (past, past))
    with run_lock(run):
        assert hidden(run) == {".not-ours"}
