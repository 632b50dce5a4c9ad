"""Random sets of units to compare chosen ones with, and how many tunes they can be read on."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from songrnn.inspection.ablated_bits import LabelledText
from songrnn.inspection.units import Unit
from songrnn.model.engine import Engine
from songrnn.model.intervention import Held
from songrnn.model.shapes import products_per_symbol

# Multiplications that all random sets together may take: under half a minute of one core, so that
# a label's top 1, 2, 4, 8 and 16 units take about two.
_MOST_WORK = 1.0e12


def random_units(
    units: Sequence[Unit], engine: Engine, count: int, rng: np.random.Generator
) -> list[tuple[Unit, ...]]:
    """`count` sets with as many units of each quantity and layer as `units`, without any of them
    where the layer has enough others."""
    taken: dict[tuple[Held, int], set[int]] = defaultdict(set)
    for unit in units:
        taken[unit.quantity, unit.layer].add(unit.neuron)
    every = set(range(engine.config.hidden_size))
    columns: list[list[list[Unit]]] = []
    for (quantity, layer), mine in taken.items():
        others = np.array(sorted(every - mine if len(every) >= 2 * len(mine) else every))
        if len(mine) == 1:  # different ones, as long as there are
            drawn = np.resize(rng.permutation(others), (count, 1))
        else:
            drawn = np.array([rng.choice(others, len(mine), replace=False) for _ in range(count)])
            drawn = drawn.reshape(count, len(mine))
        columns.append([[Unit(quantity, layer, int(n)) for n in row] for row in drawn])
    return [tuple(u for part in parts for u in part) for parts in zip(*columns, strict=True)]


def affordable_texts(engine: Engine, texts: Sequence[LabelledText], sets: int) -> int:
    """How many of the texts the random sets can be read on."""
    work = products_per_symbol(engine.config, engine.vocabulary_size)
    costs = np.cumsum([len(text.holds) for text in texts]) * float(work) * max(sets, 1)
    return max(1, int(np.searchsorted(costs, _MOST_WORK, side="right")))
