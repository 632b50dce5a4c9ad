"""A unit that is held has its value for everything that follows, and for nothing else."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from songrnn.cells import CELLS
from songrnn.config import Cell, ModelConfig
from songrnn.model.engine import Engine
from songrnn.model.intervention import Held, Intervention, Place
from songrnn.model.shapes import parameter_shapes

V = 23
# The last is multiplied in panels.
SHAPES = [(1, 7), (2, 16), (2, 300)]
IDS = np.random.default_rng(0).integers(0, V, 12)


def engine(cell: Cell = "lstm", layers: int = 1, hidden: int = 7, **more: Any) -> Engine:
    config = ModelConfig(cell=cell, layers=layers, hidden_size=hidden, embedding_size=4, **more)
    rng = np.random.default_rng(hidden)
    shapes = parameter_shapes(config, V)
    scale = 2 / np.sqrt(hidden)
    return Engine(
        config,
        V,
        {n: rng.normal(0, scale, s).astype(np.float32) ** (2 if "var" in n else 1) for n, s in shapes.items()},
    )  # fmt: skip


def hold(
    value: float, *, quantity: Held = "hidden", layer: int = 0, unit: int = 2, place: Place
) -> Intervention:
    return Intervention(quantity, layer, (unit,), (value,), place)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("layers", "hidden"), SHAPES)
@pytest.mark.parametrize("place", ["recurrence", "readout"])
def test_one_song_alone_reads_as_in_company(
    cell: Cell, layers: int, hidden: int, place: Place
) -> None:
    held = engine(cell, layers, hidden).holding([hold(0.7, layer=layers - 1, place=place)])
    alone, state, shown = held.read(IDS, internals=True)
    together, states, all_shown = held.read(np.stack([IDS, IDS[::-1], IDS]), internals=True)
    np.testing.assert_allclose(together[0], alone, atol=1e-4)
    np.testing.assert_allclose(together[2], alone, atol=1e-4)
    np.testing.assert_allclose(states.hidden[:, :1], state.hidden, atol=1e-4)
    assert shown is not None
    assert all_shown is not None
    np.testing.assert_allclose(all_shown["hidden"][:, 0], shown["hidden"], atol=1e-4)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("read", [lambda e: e.read(IDS), lambda e: e.read(np.stack([IDS] * 9))])
def test_holding_what_is_there_anyway_changes_nothing(
    cell: Cell, read: Callable[[Engine], Any]
) -> None:
    plain = engine(cell, 2, 16)
    dead = Intervention("hidden", 0, (), ())
    assert (read(plain.holding([dead]))[0] == read(plain)[0]).all()


@pytest.mark.parametrize("cell", CELLS)
def test_a_unit_held_in_the_recurrence_has_that_value_at_every_step(cell: Cell) -> None:
    plain = engine(cell, 2, 16)
    _, _, shown = plain.holding([hold(-0.4, layer=1, place="recurrence")]).read(IDS, internals=True)
    _, _, before = plain.read(IDS, internals=True)
    assert shown is not None
    assert before is not None
    np.testing.assert_allclose(shown["hidden"][1, :, 2], -0.4, atol=1e-7)
    assert (shown["hidden"][0] == before["hidden"][0]).all(), "the layer below hears of it"
    assert not np.allclose(shown["hidden"][1, 1:, 3], before["hidden"][1, 1:, 3])


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("batch", [1, 5])
@pytest.mark.parametrize("normalization", ["none", "layer"])
def test_a_unit_held_for_the_readout_is_remembered_as_it_was(
    cell: Cell, batch: int, normalization: Any
) -> None:
    plain = engine(cell, 2, 16, normalization=normalization)
    ids = np.stack([IDS] * batch)
    logits, state, _ = plain.holding([hold(0.9, layer=1, place="readout")]).read(ids)
    before, remembered, _ = plain.read(ids)
    assert not np.allclose(logits, before, atol=1e-3)
    np.testing.assert_allclose(state.hidden, remembered.hidden, atol=1e-6)


def test_the_readout_of_a_held_unit_moves_along_its_column() -> None:
    plain = engine("gru", 1, 7)
    _, _, shown = plain.read(IDS, internals=True)
    before = plain.read(IDS)[0]
    after = plain.holding([hold(0.0, place="readout")]).read(IDS)[0]
    rng = np.random.default_rng(7)
    weights = {
        n: rng.normal(0, 2 / np.sqrt(7), s).astype(np.float32)
        for n, s in parameter_shapes(plain.config, V).items()
    }
    assert shown is not None
    column = weights["readout.weight"][:, 2]
    np.testing.assert_allclose(
        before - after, shown["hidden"][0, :, 2:3] * column, rtol=0, atol=1e-5
    )


@pytest.mark.parametrize("batch", [1, 3])
def test_the_hidden_state_follows_a_cell_that_is_held(batch: int) -> None:
    held = engine("lstm", 1, 7).holding([hold(0.8, quantity="cell", place="recurrence")])
    _, _, shown = held.read(np.stack([IDS] * batch), internals=True)
    assert shown is not None
    np.testing.assert_allclose(shown["cell"][0, 0, :, 2], 0.8, atol=1e-7)
    want = shown["output_gate"][0, 0, :, 2] * np.tanh(0.8)
    np.testing.assert_allclose(shown["hidden"][0, 0, :, 2], want, atol=1e-6)


def test_each_song_of_a_batch_has_interventions_of_its_own() -> None:
    plain = engine("lstm", 2, 16)
    first = [hold(0.5, unit=1, place="recurrence"), hold(-0.5, unit=9, place="readout")]
    second = [hold(0.3, quantity="cell", unit=4, layer=1, place="recurrence")]
    stepper = plain.batch_stepper(3)
    stepper.hold([first, second, []])
    got = np.stack([stepper.feed(np.array([i, i, i])).copy() for i in IDS])  # (T, 3, V)
    for song, each in enumerate([first, second, []]):
        np.testing.assert_allclose(got[:, song], plain.holding(each).read(IDS)[0], atol=1e-4)


def test_steps_with_an_intervention_are_a_text_read_with_it() -> None:
    held = engine("lstm", 2, 16).holding([hold(0.5, place="readout"), hold(0, place="recurrence")])
    want = held.read(IDS)[0]
    state = None
    for t, symbol in enumerate(IDS):
        logits, state, _ = held.step(np.array([symbol]), state)
        np.testing.assert_allclose(logits[0], want[t], atol=1e-5)


def test_the_engine_itself_stays_whole() -> None:
    plain = engine()
    before = plain.read(IDS)[0]
    plain.holding([hold(1, place="recurrence")]).read(IDS)
    assert (plain.read(IDS)[0] == before).all()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (Intervention("hidden", 2, (0,), (0,)), "layers go from 0 to 0"),
        (Intervention("hidden", 0, (7,), (0,)), "neurons go from 0 to 6"),
        (Intervention("cell", 0, (0,), (0,)), "GRU has no cell"),
    ],
)
def test_units_that_are_not_there_are_refused(wrong: Intervention, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        engine("gru").holding([wrong])


def test_a_neuron_without_a_value_or_held_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="as many values"):
        Intervention("hidden", 0, (1, 2), (0,))
    with pytest.raises(ValueError, match="once"):
        Intervention("hidden", 0, (1, 1), (0, 0))
