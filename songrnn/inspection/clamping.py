"""Chosen neurons held where a property is: steering by unit beside by direction.

A Direction moves the whole state; a Clamp holds a few neurons and leaves the others alone. Strength
means the same: 1 is a neuron's mean where the property holds, −1 where it does not. The cell state
is held where there is one, and the hidden state is what the cell makes of it.

H units of a layer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from songrnn.errors import ConfigError
from songrnn.inspection.directions import Direction, DirectionPart
from songrnn.model.intervention import Intervention

Neuron = tuple[int, int]


@dataclass(frozen=True)
class Clamp:
    """Neurons (layer, neuron), from 0, held where `parts`, those of a Direction, have them."""

    property: str
    parts: tuple[DirectionPart, ...]
    neurons: tuple[Neuron, ...]

    def steering(self, strength: float) -> tuple[Intervention, ...]:
        """Holds each neuron at its mean where the property holds (1), does not (−1), or beyond."""
        found = []
        quantity = "cell" if any(part.quantity == "cell" for part in self.parts) else "hidden"
        for part in self.parts:
            units = tuple(neuron for layer, neuron in self.neurons if layer == part.layer)
            if not units or part.quantity != quantity:
                continue
            values = part.centre + strength / 2 * part.step
            if quantity == "hidden":
                values = np.clip(values, -1, 1)
            held = tuple(float(values[unit]) for unit in units)
            found.append(Intervention(part.quantity, part.layer, units, held))
        return tuple(found)

    def random(self, rng: np.random.Generator) -> "Clamp":
        """As many other neurons of the same layers, each held as far from its own centre."""
        chosen: list[Neuron] = []
        steps = [part.step.copy() for part in self.parts]
        for layer, neuron in self.neurons:
            taken = {*self.neurons, *chosen}
            size = len(self.parts[0].step)
            free = [(layer, n) for n in range(size) if (layer, n) not in taken]
            if not free:
                raise ConfigError(f"Layer {layer + 1} has no other neurons to compare with.")
            other = free[int(rng.integers(len(free)))]
            sign = float(rng.choice((-1, 1)))
            for part, step in zip(self.parts, steps, strict=True):
                if part.layer == layer:
                    step[other[1]] = sign * part.step[neuron]
            chosen.append(other)
        parts = tuple(
            DirectionPart(part.quantity, part.layer, part.centre, step)
            for part, step in zip(self.parts, steps, strict=True)
        )
        return Clamp(self.property, parts, tuple(chosen))


def clamp(direction: Direction, neurons: Sequence[Neuron]) -> Clamp:
    """The clamp of some neurons, (layer, neuron) from 0, to where the property of a direction is.

    Raises ConfigError for none, and for one that is not there.
    """
    sizes = {part.layer: len(part.step) for part in direction.parts}
    for layer, neuron in neurons:
        if not 0 <= neuron < sizes.get(layer, 0):
            raise ConfigError(f"There is no neuron {neuron} in layer {layer + 1}.")
    if not neurons:
        raise ConfigError("Name neurons to hold.")
    return Clamp(direction.property, direction.parts, tuple(dict.fromkeys(neurons)))
