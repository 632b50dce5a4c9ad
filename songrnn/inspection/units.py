"""Units of a network: which there are, and what is said of one that there is not."""

from typing import NamedTuple

from songrnn.cells import CELLS
from songrnn.config import ModelConfig
from songrnn.errors import ConfigError
from songrnn.model.engine import Engine
from songrnn.model.intervention import Held

# The quantities in which units are labelled, searched and held.
QUANTITIES: tuple[Held, ...] = ("hidden", "cell")


class Unit(NamedTuple):
    """A neuron in the hidden or the cell state; layer and neuron count from 0."""

    quantity: Held
    layer: int
    neuron: int


def units_of(engine: Engine) -> tuple[Unit, ...]:
    """All units of a network: those of the hidden state, then those of the cell state if any."""
    names = [name for name in QUANTITIES if name in engine.quantities]
    H, L = engine.config.hidden_size, engine.config.layers
    return tuple(Unit(name, layer, n) for name in names for layer in range(L) for n in range(H))


def units_in(model: ModelConfig) -> int:
    """How many units a network of these settings has: as many as `units_of` lists."""
    return model.layers * model.hidden_size * (1 + CELLS[model.cell].has_cell_state)


def no_such_neuron(quantity: str, layer: int, neuron: int) -> ConfigError:
    """The error for a neuron that a network does not have; layer and neuron count from 0."""
    return ConfigError(f"There is no neuron {neuron} in layer {layer + 1} ({quantity}).")
