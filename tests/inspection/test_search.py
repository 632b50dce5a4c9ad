"""A search finds, in every tune, the furthest place where a unit is beyond a value."""

import numpy as np
import pytest

from songrnn.config import ModelConfig
from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import ConfigError
from songrnn.inspection.activations import activations
from songrnn.inspection.search import search
from songrnn.model.engine import Engine
from songrnn.model.shapes import parameter_shapes


def tune(number: int, words: str) -> Tune:
    return Tune(f"{number:012x}", "1", "", "", "", "", "", words, "hand", "", "validation")


TUNES = [tune(n, "X:1\nK:D\n" + "DFA"[n % 3] * (n + 1) + "|") for n in range(70)]
VOCABULARY = Vocabulary.of([each.text for each in TUNES])


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("quantity", ["hidden", "cell"])
@pytest.mark.parametrize("above", [True, False])
def test_a_search_finds_the_furthest_place_of_every_tune_that_has_one(
    cell: str, quantity: str, above: bool
) -> None:
    config = ModelConfig(cell=cell, layers=2, hidden_size=21, embedding_size=4)  # type: ignore[arg-type]
    rng = np.random.default_rng(0)
    shapes = parameter_shapes(config, VOCABULARY.size)
    # Small enough that a state forgets: with large ones rounding, which differs between processors
    # and sizes of a batch, would grow from character to character.
    weights = {
        name: rng.normal(scale=0.3, size=shape).astype(np.float32) for name, shape in shapes.items()
    }
    engine = Engine(config, VOCABULARY.size, weights)
    if quantity not in engine.quantities:
        with pytest.raises(ConfigError, match="no neuron"):
            search(engine, VOCABULARY, TUNES, quantity, 1, 18, 0.0)
        return
    alone = [activations(engine, VOCABULARY, t.text).quantities[quantity][1, :, 18] for t in TUNES]
    if quantity == "cell":
        alone = [np.tanh(values) for values in alone]
    values = np.concatenate(alone)
    sign = 1 if above else -1
    # Beyond it lie 2 to 10 % of the characters; where the values are furthest apart, so that rounding
    # takes none to the other side.
    furthest = np.sort(sign * values)[::-1][len(values) // 50 : len(values) // 10]
    gap = int(np.argmax(-np.diff(furthest)))
    threshold = sign * float(furthest[gap : gap + 2].mean())
    there = [t for t, of in zip(TUNES, alone, strict=True) if (sign * of).max() >= sign * threshold]
    odd = tune(99, "X:1\nK:D\n?")
    found = search(
        engine, VOCABULARY, [*TUNES, odd], quantity, 1, 18, threshold, above=above, most=5
    )
    assert (found.tunes, found.read, found.skipped) == (len(there), len(TUNES), 1)
    assert found.of == len(values)
    assert found.characters == int((sign * values >= sign * threshold).sum())
    assert len(found.places) == min(5, len(there))
    assert found.places[0].value == pytest.approx(sign * (sign * values).max(), abs=1e-5)
    ordered = [sign * place.value for place in found.places]
    assert ordered == sorted(ordered, reverse=True)
    for place in found.places:
        number = int(place.tune, 16)
        assert alone[number][place.character] == pytest.approx(place.value, abs=1e-5)


def test_a_neuron_that_is_not_there_is_said() -> None:
    config = ModelConfig(cell="lstm", layers=1, hidden_size=3, embedding_size=4)
    shapes = parameter_shapes(config, VOCABULARY.size)
    weights = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    engine = Engine(config, VOCABULARY.size, weights)
    with pytest.raises(ConfigError, match="no neuron 3 in layer 1"):
        search(engine, VOCABULARY, TUNES, "hidden", 0, 3, 0.0)
