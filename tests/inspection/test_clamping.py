"""Neurons held where a property is: at the values that its direction has for them, and no others."""

import numpy as np
import pytest

from songrnn.errors import ConfigError
from songrnn.inspection.clamping import clamp
from songrnn.inspection.directions import Direction, DirectionPart

CENTRE, STEP = np.array([0.1, -0.2, 0.3, 0.0]), np.array([0.8, 0.4, 0.0, -0.6])


def direction(*quantities: str, layers: int = 1) -> Direction:
    parts = [
        DirectionPart(quantity, layer, CENTRE + layer, STEP)  # type: ignore[arg-type]
        for quantity in quantities
        for layer in range(layers)
    ]
    return Direction("compound", tuple(parts))


def test_a_neuron_is_held_at_its_mean_where_the_property_holds_and_where_not() -> None:
    found = clamp(direction("hidden"), [(0, 0), (0, 3)])
    for strength in (1.0, -1.0, 0.5):
        [held] = found.steering(strength)
        assert (held.quantity, held.layer, held.neurons) == ("hidden", 0, (0, 3))
        assert held.values == pytest.approx(
            [CENTRE[n] + strength * STEP[n] / 2 for n in (0, 3)], abs=1e-12
        )


def test_the_cell_state_is_held_where_there_is_one_in_each_layer_named() -> None:
    found = clamp(direction("hidden", "cell", layers=2), [(0, 1), (1, 2)])
    first, second = found.steering(2)
    assert {first.quantity, second.quantity} == {"cell"}
    assert (first.layer, first.neurons, second.layer, second.neurons) == (0, (1,), 1, (2,))
    assert second.values == pytest.approx([CENTRE[2] + 1])


def test_a_hidden_state_stays_within_its_bounds() -> None:
    [held] = clamp(direction("hidden"), [(0, 0)]).steering(50)
    assert held.values == (1.0,)


def test_the_control_holds_other_neurons_as_far_from_their_centre() -> None:
    found = clamp(direction("hidden"), [(0, 0)])
    for seed in range(6):
        other = found.random(np.random.default_rng(seed))
        [(layer, neuron)] = other.neurons
        assert layer == 0
        assert neuron != 0
        [held] = other.steering(1)
        assert abs(held.values[0] - CENTRE[neuron]) == pytest.approx(STEP[0] / 2)


def test_neurons_that_are_not_there_are_told() -> None:
    with pytest.raises(ConfigError, match="no neuron 4 in layer 1"):
        clamp(direction("hidden"), [(0, 4)])
    with pytest.raises(ConfigError, match="no neuron 0 in layer 2"):
        clamp(direction("hidden"), [(1, 0)])
    with pytest.raises(ConfigError, match="neurons"):
        clamp(direction("hidden"), [])
    every = clamp(direction("hidden"), [(0, n) for n in range(4)])
    with pytest.raises(ConfigError, match="other neurons"):
        every.random(np.random.default_rng(0))
