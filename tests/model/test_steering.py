"""A steered state reads as the target after every symbol, whatever reads the network."""

from typing import Any

import numpy as np
import pytest

from songrnn.cells import CELLS
from songrnn.config import Cell, ModelConfig
from songrnn.model.engine import Engine
from songrnn.model.intervention import Held, Intervention
from songrnn.model.shapes import parameter_shapes
from songrnn.model.steering import Steering

V = 11
IDS = np.random.default_rng(0).integers(0, V, 9)
# The last is multiplied in panels.
SHAPES = [(1, 7), (2, 16), (2, 300)]


def engine(cell: Cell, layers: int, hidden: int) -> Engine:
    config = ModelConfig(cell=cell, layers=layers, hidden_size=hidden, embedding_size=4)
    rng = np.random.default_rng(hidden)
    shapes = parameter_shapes(config, V)
    scale = 2 / np.sqrt(hidden)
    return Engine(
        config, V, {n: rng.normal(0, scale, s).astype(np.float32) for n, s in shapes.items()}
    )


def steering(quantity: Held, layer: int, hidden: int, target: float = 0.3) -> Steering:
    step = np.random.default_rng(1).normal(size=hidden) / hidden
    return Steering(quantity, layer, step / (step @ step), step, target)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("layers", "hidden"), SHAPES)
def test_what_is_read_off_is_the_target_and_one_song_is_as_many(
    cell: Any, layers: int, hidden: int
) -> None:
    plain = engine(cell, layers, hidden)
    for quantity in ("hidden", "cell") if CELLS[cell].has_cell_state else ("hidden",):
        each = steering(quantity, layers - 1, hidden)  # type: ignore[arg-type]
        steered = plain.holding([each])
        logits, state, shown = steered.read(IDS, internals=True)
        assert shown is not None
        read = shown[quantity][layers - 1] @ each.reads
        np.testing.assert_allclose(read, 0.3, atol=1e-4)
        many, states, _ = steered.read(np.stack([IDS] * 3))
        np.testing.assert_allclose(many[1], logits, atol=1e-4)
        np.testing.assert_allclose(states.hidden[:, 2], state.hidden[:, 0], atol=1e-4)
        assert np.abs(logits - plain.read(IDS)[0]).max() > 1e-3


def test_the_hidden_state_is_what_the_steered_cell_makes_of_it() -> None:
    _, _, shown = engine("lstm", 1, 7).holding([steering("cell", 0, 7)]).read(IDS, internals=True)
    assert shown is not None
    made = shown["output_gate"] * np.tanh(shown["cell"])
    np.testing.assert_allclose(shown["hidden"], made, atol=1e-5)


def test_each_song_of_a_batch_is_steered_by_its_own_target_or_not_at_all() -> None:
    plain = engine("gru", 1, 16)
    low, high = (steering("hidden", 0, 16, target) for target in (-0.5, 0.5))
    stepper = plain.batch_stepper(3)
    stepper.hold([[low], [], [high]])
    for symbol in IDS:
        logits = stepper.feed(np.full(3, symbol))
    read = stepper.values("hidden", 0) @ low.reads
    np.testing.assert_allclose(read[[0, 2]], [-0.5, 0.5], atol=1e-4)
    np.testing.assert_allclose(logits[1], plain.read(IDS)[0][-1], atol=1e-4)


def test_a_unit_can_be_held_besides() -> None:
    held = Intervention("hidden", 0, (3,), (0.25,))
    _, state, _ = engine("rnn", 1, 7).holding([steering("hidden", 0, 7), held]).read(IDS)
    assert state.hidden[0, 0, 3] == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("cell", "quantity", "layer", "hidden"),
    [("gru", "cell", 0, 7), ("lstm", "hidden", 1, 7), ("lstm", "hidden", 0, 8)],
)
def test_a_state_that_is_not_there_is_refused(
    cell: Any, quantity: Any, layer: int, hidden: int
) -> None:
    with pytest.raises(ValueError, match=r"cell state|layers go|as many numbers"):
        engine(cell, 1, 7).holding([steering(quantity, layer, hidden)])
