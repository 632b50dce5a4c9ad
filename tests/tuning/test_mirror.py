"""The folder of a run that trains elsewhere: what comes is kept, what must not come is refused."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from songrnn.config import CorpusReference, ModelConfig, RunConfig
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import DamagedRunError, RunError
from songrnn.model.shapes import parameter_count, parameter_shapes
from songrnn.store.creating import create_run
from songrnn.store.documents import HistoryRow, RunStatus, RunSummary, now
from songrnn.store.history import read_history
from songrnn.store.processes import identity
from songrnn.store.runs import Run, open_run
from songrnn.store.weights import write_weights
from songrnn.training.run_lock import run_lock
from songrnn.tuning.mirror import Mirror
from songrnn.tuning.on_worker import Outcome, ProgressEvent

MODEL = ModelConfig(hidden_size=4, embedding_size=3)
CONFIG = RunConfig(name="lstm-4", model=MODEL, corpus=CorpusReference(name="tiny", sha256="a" * 64))
VOCABULARY = Vocabulary.of("ab")
SHAPES = parameter_shapes(MODEL, VOCABULARY.size)
EMPTY = ProgressEvent("sweep", "lstm-4", "first", "tcp://w:1")
THERE = RunStatus(status="running", heartbeat=now(), process=identity(1), epoch=0.5, step=7)


def line(step: int) -> str:
    row = HistoryRow(
        step=step, epoch=step, split="train", loss=1.0, bits_per_character=1.4, seconds=0.1
    )
    return row.to_line().decode() + "\n"


def steps(run: Run) -> list[int]:
    return [row.step for row in read_history(run.path / "history.jsonl")]


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror(CONFIG, VOCABULARY, checkpoints=tmp_path, scheduler="tcp://s:1")


@pytest.fixture
def begun(mirror: Mirror) -> Mirror:
    mirror.begin("first", "tcp://w:1")
    mirror.grow(replace(EMPTY, lines=line(1), status=THERE.model_dump(mode="json")))
    return mirror


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    """Those of a run that finished."""
    weights = {name: np.ones(shape, np.float32) for name, shape in SHAPES.items()}
    sha256 = write_weights(tmp_path / "w", weights)
    data = (tmp_path / "w").read_bytes()
    (tmp_path / "w").unlink()
    figures = dict.fromkeys(
        ("best_validation_loss", "best_validation_bits_per_character", "best_epoch", "last_epoch"),
        1.0,
    )
    figures |= {"last_validation_loss": 1.0, "last_validation_bits_per_character": 1.4}
    about: dict[str, Any] = {"epochs": 2, "steps": 2, "duration_seconds": 1.0, "precision": "fp32"}
    summary = RunSummary(
        parameters=parameter_count(MODEL, VOCABULARY.size),
        device="cpu",
        weights_sha256=sha256,
        **figures,
        **about,
    )
    return {
        "history.jsonl": (line(1) + line(2)).encode(),
        "summary.json": summary.to_json(),
        "weights.safetensors": data,
        "last.safetensors": data,
    }


def outcome(files: dict[str, bytes], **more: Any) -> Outcome:
    sha256 = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    found: dict[str, Any] = {"ended": "finished", "attempt": "first", "worker": "tcp://w:1"}
    found |= {"status": THERE.model_dump(mode="json"), "files": files, "sha256": sha256}
    return Outcome(**found | more)


def test_rows_and_status_are_here_while_it_trains_there(begun: Mirror, tmp_path: Path) -> None:
    run = open_run("lstm-4", checkpoints=tmp_path)
    assert steps(run) == [1]
    status = run.status
    assert (status.status, status.epoch, status.step) == ("running", 0.5, 7)
    assert status.process == identity()  # not that of a process of another machine
    assert status.worker == "tcp://w:1 of tcp://s:1"


def test_while_it_trains_there_nobody_else_trains_it_here(begun: Mirror) -> None:
    assert begun.run is not None
    with pytest.raises(RunError, match="being trained"), run_lock(begun.run):
        pass
    begun.end("stopped")
    with run_lock(begun.run):
        pass


def test_a_second_attempt_replaces_the_first_and_late_rows_change_nothing(begun: Mirror) -> None:
    begun.begin("second", "tcp://w:2")
    assert begun.run is not None
    assert steps(begun.run) == []
    assert begun.run.status.step == 0
    begun.grow(replace(EMPTY, offset=len(line(1)), lines=line(2)))
    assert steps(begun.run) == []
    begun.grow(replace(EMPTY, attempt="second", lines=line(1)))
    assert steps(begun.run) == [1]


def test_rows_told_twice_or_behind_a_gap_are_left_out(begun: Mirror) -> None:
    begun.grow(replace(EMPTY, lines=line(1)))
    begun.grow(replace(EMPTY, offset=2 * len(line(1)), lines=line(3)))
    assert begun.run is not None
    assert steps(begun.run) == [1]


def test_lines_that_are_no_rows_are_refused(begun: Mirror) -> None:
    with pytest.raises(DamagedRunError, match="no rows"):
        begun.grow(replace(EMPTY, offset=len(line(1)), lines="{}\n"))
    assert begun.run is not None
    assert steps(begun.run) == [1]


def test_what_was_there_before_goes_to_the_trash(mirror: Mirror, tmp_path: Path) -> None:
    create_run(CONFIG, VOCABULARY, checkpoints=tmp_path)
    mirror.begin("first", "tcp://w:1")
    assert len(list((tmp_path / ".trash").iterdir())) == 1


def test_the_files_of_a_finished_run_are_those_of_the_worker(
    begun: Mirror, files: dict[str, bytes], tmp_path: Path
) -> None:
    begun.finish(outcome(files))
    run = open_run("lstm-4", checkpoints=tmp_path)
    assert {name: (run.path / name).read_bytes() for name in files} == files
    assert steps(run) == [1, 2]
    assert run.status.status == "finished"
    assert run.weights().keys() == SHAPES.keys()
    assert not list(tmp_path.glob(".new-*"))


def test_an_outcome_whose_rows_never_came_is_enough(
    mirror: Mirror, files: dict[str, bytes]
) -> None:
    mirror.finish(outcome(files))
    assert mirror.run is not None
    assert steps(mirror.run) == [1, 2]


def test_a_failed_run_keeps_its_rows_and_its_reason(begun: Mirror, files: dict[str, bytes]) -> None:
    rows = {"history.jsonl": files["history.jsonl"]}
    begun.finish(outcome(rows, ended="failed", message="It broke down."))
    assert begun.run is not None
    assert steps(begun.run) == [1, 2]
    status = begun.run.status
    assert (status.status, status.message) == ("failed", "It broke down.")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("../../evil.py", b"x", "that no run has"),
        ("run.json", b"{}", "that no run has"),
        ("weights.safetensors", b"\0" * (1 << 21), "of 2,097,152 bytes"),
        ("weights.safetensors", b"\0" * 100, "not a safetensors file"),
        ("history.jsonl", b"{}\n", "line 1: not a row"),
        ("summary.json", b"[]", "summary.json"),
        ("last.safetensors", None, "sent no last.safetensors"),
    ],
)
def test_files_that_are_not_those_of_the_run_change_nothing(
    begun: Mirror, files: dict[str, bytes], tmp_path: Path, name: str, data: Any, words: str
) -> None:
    changed = {k: v for k, v in (files | {name: data}).items() if v is not None}
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(DamagedRunError, match=words):
        begun.finish(outcome(changed))
    assert sorted(tmp_path.rglob("*")) == before
    assert begun.run is not None
    assert steps(begun.run) == [1]


def test_a_file_changed_on_its_way_is_refused(begun: Mirror, files: dict[str, bytes]) -> None:
    sent = outcome(files)
    sent.files["history.jsonl"] = line(9).encode()
    with pytest.raises(DamagedRunError, match="was changed on its way"):
        begun.finish(sent)


def test_weights_other_than_the_summary_says_are_refused(
    begun: Mirror, files: dict[str, bytes], tmp_path: Path
) -> None:
    write_weights(tmp_path / "w", {n: np.zeros(shape, np.float32) for n, shape in SHAPES.items()})
    files["weights.safetensors"] = (tmp_path / "w").read_bytes()
    with pytest.raises(DamagedRunError, match="not the file that was written"):
        begun.finish(outcome(files))


def test_a_sweep_that_dies_leaves_its_runs_interrupted(begun: Mirror) -> None:
    assert begun.run is not None
    path = begun.run.path / "status.json"
    dead = identity().model_copy(update={"created": 1.0})
    path.write_bytes(RunStatus.read(path).model_copy(update={"process": dead}).to_json())
    assert begun.run.status.status == "interrupted"
