"""Likeness is the correlation of activations."""

import numpy as np
import pytest

from songrnn.config import ModelConfig
from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import ConfigError
from songrnn.inspection.activations import activations
from songrnn.inspection.similarity import measure_similarity
from songrnn.model.engine import Engine
from songrnn.model.shapes import parameter_shapes

TEXT = "X:1\nK:D\n|:DFA d2f|edB AFD:|\n"
VOCABULARY = Vocabulary.of([TEXT])


def tune(text: str) -> Tune:
    return Tune(
        id=text[:4], number="1", title="", rhythm="", meter="", unit_length="", key="", text=text,
        source="", family="", split="validation",
    )  # fmt: skip


def engine(cell: str, layers: int = 1) -> Engine:
    config = ModelConfig(cell=cell, hidden_size=5, embedding_size=3, layers=layers)  # type: ignore[arg-type]
    rng = np.random.default_rng(1)
    shapes = parameter_shapes(config, VOCABULARY.size)
    return Engine(
        config,
        VOCABULARY.size,
        {name: rng.normal(0, 1, shape).astype(np.float32) for name, shape in shapes.items()},
    )


def test_likeness_is_the_correlation_of_activations() -> None:
    found = measure_similarity(engine("lstm", 2), VOCABULARY, [tune(TEXT)])
    truth = activations(engine("lstm", 2), VOCABULARY, TEXT).quantities
    columns = np.concatenate(
        [truth["hidden"][0], truth["hidden"][1], np.tanh(truth["cell"][0]), np.tanh(truth["cell"][1])],
        axis=1,
    )  # fmt: skip
    r = np.corrcoef(columns.T)[5 + 2]  # hidden, layer 1, neuron 2
    like = found.most_similar("hidden", 1, 2, count=20)
    assert ("cell", 1, 2) not in [unit for unit, _ in like]
    for (quantity, layer, neuron), value in like:
        column = (quantity == "cell") * 10 + layer * 5 + neuron
        assert value == pytest.approx(r[column], abs=1e-4)
    sizes = [abs(r) for _, r in like]
    assert sizes == sorted(sizes, reverse=True)


def test_enough_tunes_are_read_and_unknown_ones_left_out() -> None:
    tunes = [tune("é" + TEXT), tune(TEXT), tune(TEXT), tune(TEXT)]
    found = measure_similarity(engine("rnn"), VOCABULARY, tunes, characters=len(TEXT) + 1)
    assert found.characters == 2 * len(TEXT)
    with pytest.raises(ConfigError, match="no tune"):
        measure_similarity(engine("rnn"), VOCABULARY, tunes[:1])
