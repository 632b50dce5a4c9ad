"""`songrnn evaluate`: a run's own figure, its ratio to a baseline, and what it is compared with."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from songrnn.cli.evaluate import evaluate
from songrnn.config import CorpusReference, ModelConfig, RunConfig
from songrnn.corpus.tunebook import Split, Tune, Tunebook, tune_id
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.model.shapes import parameter_shapes
from songrnn.store.creating import create_run
from songrnn.store.weights import write_weights

SPLITS: tuple[Split, ...] = ("train", "train", "train", "validation", "test")


def tune(number: int) -> Tune:
    text = f"X:{number}\nK:G\n{'GABc|' * (1 + number % 4)}]\n"
    fields = dict.fromkeys(("title", "rhythm", "meter", "unit_length", "key"), "")
    return Tune(
        id=tune_id(text),
        number=str(number),
        text=text,
        source="made up",
        family=str(number),
        split=SPLITS[number % 5],
        **fields,
    )


@pytest.fixture(autouse=True)
def a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`mine`, a GRU of 5 units with weights as they are drawn, on a corpus of 20 tunes."""
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(tmp_path / "runs"))
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path / "data"))
    book = Tunebook("tiny", tuple(tune(number) for number in range(20)))
    book.write(tmp_path / "data" / "tiny")
    vocabulary = Vocabulary.of(book.characters)
    model = ModelConfig(cell="gru", hidden_size=5, embedding_size=3)
    reference = CorpusReference(name="tiny", sha256=book.sha256)
    run = create_run(RunConfig(name="mine", model=model, corpus=reference), vocabulary)
    rng = np.random.default_rng(0)
    shapes = parameter_shapes(model, vocabulary.size)
    write_weights(
        run.path / "weights.safetensors",
        {name: rng.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()},
    )


def figures(*arguments: str) -> dict[str, object]:
    result = CliRunner().invoke(evaluate, ["mine", *arguments, "--json"])
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_the_ratio_is_that_of_the_run_to_the_baseline() -> None:
    row = figures("--split", "val")
    assert row["split"] == "validation"
    assert row["ratio_to_ppmd"] == pytest.approx(
        row["bits_per_character"] / row["baselines"]["ppmd_12"]
    )


def test_training_tunes_have_no_baseline_and_so_no_ratio() -> None:
    assert figures("--split", "train")["ratio_to_ppmd"] is None
    words = CliRunner().invoke(evaluate, ["mine", "--split", "train"])
    assert words.exit_code == 0
    assert "PPMd" not in words.output


@pytest.mark.parametrize("option", ["--compare", "--beside"])
def test_what_a_run_is_compared_with_leaves_its_figure_as_it_is(option: str) -> None:
    alone, both = figures(), figures(option)
    assert both["bits_per_character"] == alone["bits_per_character"]
    assert both["dynamic"]["tunes"] == both["tunes"]
    # Weights that never learned say next to nothing: all that is known comes from the n-grams.
    assert both["mixture"]["ngram_weight"] > 0.9
    assert both["mixture"]["low"] > 0
