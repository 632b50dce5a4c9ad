"""Holding units at a value: which units, at their mean, at zero or at a value of choice."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from songrnn.errors import ConfigError
from songrnn.inspection.units import Unit
from songrnn.model.intervention import Held, Intervention, Place

# "resample": at every character a value of another place, see `resampling`.
Mode = Literal["resample", "mean", "zero"]

# tanh(cell) is 1 only for an infinite cell.
_MOST_SQUASHED = 0.999999


class Labelled(Protocol):
    """What is needed of a neuron's label."""

    @property
    def quantity(self) -> str: ...
    @property
    def layer(self) -> int: ...
    @property
    def neuron(self) -> int: ...
    @property
    def label(self) -> str | None: ...
    @property
    def score(self) -> float: ...


def units_labelled(
    labels: Sequence[Labelled], label: str, quantity: Held = "hidden"
) -> tuple[Unit, ...]:
    """The units that carry a label in a quantity, the highest score first.

    Raises ConfigError when none does.
    """
    found = [each for each in labels if each.label == label and each.quantity == quantity]
    if not found:
        known = sorted({each.label for each in labels if each.label and each.quantity == quantity})
        raise ConfigError(
            f"No neuron has the label {label!r} in its {quantity} state; labels there: "
            f"{', '.join(known) or 'none'}."
        )
    found.sort(key=lambda each: -each.score)
    return tuple(Unit(quantity, each.layer, each.neuron) for each in found)


def interventions(
    units: Sequence[Unit],
    value: Mode | float,
    means: Mapping[Unit, float],
    place: Place = "recurrence",
) -> tuple[Intervention, ...]:
    """What holds these units at their mean, at zero, or all at one value.

    means: unit -> mean activation over a corpus, needed for "mean", and for "resample", which
    begins there. Values of the cell state
    are of tanh(cell), as everywhere in inspection, and lie between −1 and 1.
    """
    grouped: dict[tuple[Held, int], dict[int, float]] = defaultdict(dict)
    for unit in units:
        held = means[unit] if value in ("resample", "mean") else 0.0
        if not isinstance(value, str):
            held = float(value)
        if unit.quantity == "cell":
            held = math.atanh(min(max(held, -_MOST_SQUASHED), _MOST_SQUASHED))
        grouped[unit.quantity, unit.layer][unit.neuron] = held
    return tuple(
        Intervention(quantity, layer, tuple(held), tuple(held.values()), place)
        for (quantity, layer), held in grouped.items()
    )
