"""Commands on a run whose corpus has changed under its name: refused, or told without it."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from songrnn.cli import cli
from songrnn.config import CorpusReference, ModelConfig, RunConfig
from songrnn.corpus.sources import load
from songrnn.corpus.tunebook import Tunebook
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import CorpusError
from songrnn.model.shapes import parameter_shapes
from songrnn.store.creating import create_run
from songrnn.store.weights import write_weights


@pytest.fixture(autouse=True)
def changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run `mine` on twenty tunes, of which five are gone by now."""
    folk = load("folk")
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(tmp_path / "runs"))
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path / "data"))
    first = Tunebook("tunes", folk.split("train")[:10] + folk.split("validation")[:10], ())
    vocabulary = Vocabulary.of(first.characters)
    config = RunConfig(
        name="mine",
        model=ModelConfig(hidden_size=5, embedding_size=3),
        corpus=CorpusReference(name="tunes", sha256=first.sha256),
    )
    run = create_run(config, vocabulary)
    rng = np.random.default_rng(0)
    shapes = parameter_shapes(config.model, vocabulary.size)
    drawn = {name: rng.normal(size=size).astype(np.float32) for name, size in shapes.items()}
    write_weights(run.path / "weights.safetensors", drawn)
    Tunebook("tunes", first.tunes[5:], ()).write(tmp_path / "data" / "tunes")


@pytest.mark.parametrize(
    "command",
    [
        "evaluate mine",
        "study-temperature mine --songs 2",
        "neurons mine rank",
        "train --resume mine",
    ],
)
def test_what_needs_held_out_tunes_is_refused(command: str) -> None:
    result = CliRunner().invoke(cli, command.split())
    assert result.exit_code != 0
    assert isinstance(result.exception, CorpusError)
    assert "belongs to another build of the corpus 'tunes'" in str(result.exception)


def test_evaluation_on_a_corpus_named_goes_on() -> None:
    result = CliRunner().invoke(cli, ["evaluate", "mine", "--corpus", "tunes", "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["corpus"] == "tunes"


def test_songs_are_written_without_their_novelty() -> None:
    result = CliRunner().invoke(cli, ["generate", "mine", "--length", "40", "--json"])
    assert result.exit_code == 0, result.output
    (song,) = json.loads(result.stdout)["songs"]
    assert song["text"]
    assert song["quality"]["novelty"] is None
    assert "Novelty is left out: The run belongs to another build" in result.stderr
