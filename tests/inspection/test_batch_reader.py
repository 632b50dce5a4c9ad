"""Texts read together are read as each alone."""

import numpy as np
import pytest

from songrnn.config import ModelConfig
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.inspection.activations import activations
from songrnn.inspection.batch_reader import neuron_values
from songrnn.model.engine import Engine
from songrnn.model.shapes import parameter_shapes

TEXTS = ["|:DFA d2f|", "", "edB", "AFD|DFA d2f|edc d3:|"]
VOCABULARY = Vocabulary.of(TEXTS)


@pytest.mark.parametrize("quantity", ["hidden", "cell", "forget_gate"])
def test_a_neuron_does_among_others_what_it_does_alone(quantity: str) -> None:
    config = ModelConfig(cell="lstm", layers=2, hidden_size=5, embedding_size=4)
    rng = np.random.default_rng(1)
    shapes = parameter_shapes(config, VOCABULARY.size)
    weights = {
        name: rng.normal(scale=0.3, size=shape).astype(np.float32) for name, shape in shapes.items()
    }
    engine = Engine(config, VOCABULARY.size, weights)
    ids = [VOCABULARY.encode(text) for text in TEXTS]
    for text, found in zip(TEXTS, neuron_values(engine, ids, quantity, 1, 3), strict=True):
        alone = activations(engine, VOCABULARY, text).quantities[quantity][1, :, 3]
        expected = np.tanh(alone) if quantity == "cell" else alone
        np.testing.assert_allclose(found, expected, atol=1e-6)
