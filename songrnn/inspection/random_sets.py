"""Sets of units to compare chosen ones with: as much influence, drawn at random.

A unit's influence is its standard deviation times the norm of the weights by which it is heard;
that of a set is the root of the sum of squares. What switching units off costs goes with it, so
sets of as many units that matter less would prove nothing.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from songrnn.inspection.ablated_bits import LabelledText
from songrnn.inspection.units import Unit
from songrnn.model.engine import Engine
from songrnn.model.shapes import products_per_symbol

# Multiplications that all sets together may take: under half a minute of one core, so that
# a label's top 1, 2, 4, 8 and 16 units take about two.
_MOST_WORK = 1.0e12
# A set is matched when its influence lies this close, as a share; wider where there are too few.
_TOLERANCES = (0.1, 0.2, 0.4, math.inf)
# Draws for each set that is wanted, before the tolerance is widened.
_TRIES = 50


def influences(engine: Engine, deviations: Mapping[Unit, float]) -> dict[Unit, float]:
    """Standard deviation times the norm of the outgoing weights, of every unit."""
    return {
        unit: deviation * float(engine.outgoing[unit.layer, unit.neuron])
        for unit, deviation in deviations.items()
    }


def influence_of(units: Sequence[Unit], influence: Mapping[Unit, float]) -> float:
    """The influence of a set."""
    return math.sqrt(sum(influence[unit] ** 2 for unit in units))


def matched_sets(
    units: Sequence[Unit],
    influence: Mapping[Unit, float],
    count: int,
    rng: np.random.Generator,
) -> list[tuple[Unit, ...]]:
    """`count` different sets of other units from the layers of `units`, of as much influence.

    Sets have as many units where they can, and a few more or fewer where too few of those match.
    Fewer sets are returned when there are no more; none when no other unit is left.
    """
    kinds = {(unit.quantity, unit.layer) for unit in units}
    taken = set(units)
    others = [u for u in influence if (u.quantity, u.layer) in kinds and u not in taken]
    sizes = np.array([influence[unit] for unit in others])
    wanted = influence_of(units, influence)
    found: dict[tuple[int, ...], None] = {}
    for tolerance in _TOLERANCES:
        if len(found) >= count or not others:
            break
        if len(units) == 1:
            near = np.flatnonzero(np.abs(sizes - wanted) <= tolerance * wanted)
            found |= {(int(n),): None for n in rng.permutation(near)[: count - len(found)]}
        for _ in range(_TRIES * count):
            if len(found) >= count:
                break
            drawn = _drawn(sizes, wanted, len(units), rng)
            total = math.sqrt(float((sizes[drawn] ** 2).sum()))
            if abs(total - wanted) <= tolerance * wanted:
                found[tuple(sorted(drawn.tolist()))] = None
    return [tuple(others[n] for n in each) for each in found]


def _drawn(sizes: np.ndarray, wanted: float, count: int, rng: np.random.Generator) -> np.ndarray:
    """About `count` units, without those that alone have far more influence than is wanted."""
    small = np.flatnonzero(sizes <= 1.1 * wanted)
    pool = small if len(small) else np.arange(len(sizes))
    most = count + max(2, count // 2)
    number = int(rng.integers(max(1, count - count // 2), most + 1))
    return rng.choice(pool, min(number, len(pool)), replace=False)


def affordable_texts(engine: Engine, texts: Sequence[LabelledText], sets: int) -> int:
    """How many of the texts the sets can be read on."""
    work = products_per_symbol(engine.config, engine.vocabulary_size)
    costs = np.cumsum([len(text.holds) for text in texts]) * float(work) * max(sets, 1)
    return max(1, int(np.searchsorted(costs, _MOST_WORK, side="right")))
