"""A gate in its run's folder: what is written is read, what is damaged or foreign is told."""

import json
from pathlib import Path

import numpy as np
import pytest

from songrnn.config import CorpusReference, ModelConfig, RunConfig
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import DamagedRunError
from songrnn.recall import fitting
from songrnn.recall.gate import WEIGHTS, Gate
from songrnn.recall.stored import FILE, read_gate, write_gate
from songrnn.store.creating import create_run
from songrnn.store.runs import Run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    config = RunConfig(
        name="mine",
        model=ModelConfig(hidden_size=4, embedding_size=2),
        corpus=CorpusReference(name="none", sha256="0" * 64),
    )
    return create_run(config, Vocabulary.of("abc\n"), checkpoints=tmp_path)


def test_a_gate_is_read_as_it_was_written(run: Run) -> None:
    assert read_gate(run) is None
    weights = np.random.default_rng(0).normal(size=WEIGHTS).round(4)
    write_gate(run, Gate(weights), tunes=7)
    found = read_gate(run)
    assert found is not None
    np.testing.assert_array_equal(found.weights, weights)


@pytest.mark.parametrize(
    "damage",
    [
        {"weights": [0.0]},
        {"weights": None},
        {"tables": {"agreeing": [1]}},
        {"tunes": -1},
        {"corpus": "folk"},
    ],
    ids=lambda damage: next(iter(damage)),
)
def test_a_damaged_gate_is_named_and_raises_nothing_else(run: Run, damage: dict) -> None:
    write_gate(run, Gate(np.zeros(WEIGHTS)), tunes=7)
    path = run.path / FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | damage))
    with pytest.raises(DamagedRunError, match="recall"):
        read_gate(run)


def test_a_gate_is_kept_with_the_number_of_tunes_that_it_was_learned_from(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "fit_run", lambda *_, **__: Gate(np.zeros(WEIGHTS)))
    monkeypatch.setattr(fitting, "TUNES", 4)
    for texts, number in ((["ab", "ax", "cc"], 2), (["ab", "x"] * 5, 4)):  # it does not know x
        fitting.fit_and_keep(run, texts)
        assert json.loads((run.path / FILE).read_text())["tunes"] == number


def test_half_a_file_is_damaged(run: Run) -> None:
    write_gate(run, Gate(np.zeros(WEIGHTS)), tunes=7)
    path = run.path / FILE
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DamagedRunError):
        read_gate(run)
