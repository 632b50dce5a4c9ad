"""Numbers that compare the values of a study: groups, pairs, the planned contrast.

A value's losses are given by seed, and everything is paired by seed. What is contrasted was
planned before the runs were trained; all other pairs get their difference, its interval and a
count of seeds: looked at together, some of fifteen unplanned p values would be small by chance.
"""

from dataclasses import dataclass, replace
from itertools import combinations

from songrnn.statistics import (
    Interval,
    differences_from,
    mean_interval,
    paired_difference,
    sign_flip_p,
    slopes,
)
from songrnn.tuning.study import Against, Difference, Study, Value

# Two seeds have an interval in theory; in practice it says nothing.
FEWEST_SEEDS = 3

# Value of the varied setting -> seed -> best validation loss in bits per character.
Losses = dict[Value, dict[int, float]]


@dataclass(frozen=True)
class Group:
    """The finished runs with one value: their losses in bits per character and the mean's
    interval (without width below three seeds)."""

    value: Value
    seeds: tuple[int, ...]
    bits: tuple[float, ...]
    mean: Interval


@dataclass(frozen=True)
class Pair:
    """first − second in bits per character, paired by seed; `lower` of n seeds have first lower.

    planned: whether it was to be looked at from the beginning.
    """

    first: Value
    second: Value
    difference: Interval
    lower: int
    planned: bool = False

    @property
    def n(self) -> int:
        """Seeds that have both."""
        return self.difference.n


@dataclass(frozen=True)
class Contrast:
    """The planned contrast: per seed a difference or a slope, their mean, how many seeds share
    its sign, and the exact sign-flip p."""

    per_seed: dict[int, float]
    interval: Interval
    agreeing: int
    p: float

    @property
    def n(self) -> int:
        """Seeds that enter."""
        return self.interval.n


def groups_of(bits: Losses) -> tuple[Group, ...]:
    """The runs of each value."""
    return tuple(
        Group(value, tuple(by_seed), tuple(by_seed.values()), mean_interval(list(by_seed.values())))
        for value, by_seed in bits.items()
    )


def compare(first: Value, a: dict[int, float], second: Value, b: dict[int, float]) -> Pair | None:
    """first − second over the seeds that both have; None where they share none."""
    shared = sorted(a.keys() & b.keys())
    if not shared:
        return None
    ours, theirs = [a[seed] for seed in shared], [b[seed] for seed in shared]
    lower = sum(x < y for x, y in zip(ours, theirs, strict=True))
    return Pair(first, second, paired_difference(ours, theirs), lower)


def pairs_of(study: Study, bits: Losses) -> tuple[Pair, ...]:
    """The planned pairs first, in the direction they were planned; then all others."""
    plan = study.contrast
    planned: list[Pair] = []
    if isinstance(plan, Against):
        planned = _against(plan, bits)
    elif isinstance(plan, Difference) and plan.first in bits and plan.second in bits:
        pair = compare(plan.first, bits[plan.first], plan.second, bits[plan.second])
        planned = [replace(pair, planned=True)] if pair else []
    done = {frozenset((pair.first, pair.second)) for pair in planned}
    rest = (
        compare(first, bits[first], second, bits[second])
        for second, first in combinations(bits, 2)
        if frozenset((first, second)) not in done
    )
    return (*planned, *(pair for pair in rest if pair))


def _against(plan: Against, bits: Losses) -> list[Pair]:
    """Each value minus the base, over the seeds that have all of them; none below two seeds."""
    others = [value for value in bits if value != plan.base]
    if plan.base not in bits or not others:
        return []
    seeds = sorted(set.intersection(*(set(by_seed) for by_seed in bits.values())))
    if len(seeds) < 2:
        return []
    base = [bits[plan.base][seed] for seed in seeds]
    rows = [[bits[value][seed] for seed in seeds] for value in others]
    return [
        Pair(value, plan.base, difference, sum(x < y for x, y in zip(row, base, strict=True)), True)
        for value, row, difference in zip(others, rows, differences_from(base, rows), strict=True)
    ]


def contrast_of(study: Study, bits: Losses) -> Contrast | None:
    """The planned contrast; None where it is one with a base, or no seed has all its values."""
    plan = study.contrast
    if isinstance(plan, Against):
        return None
    values = (plan.first, plan.second) if isinstance(plan, Difference) else study.values
    if any(value not in bits for value in values):
        return None
    # A seed enters only with all values of the contrast: slopes over different places would not
    # be the same quantity.
    seeds = sorted(set.intersection(*(set(bits[value]) for value in values)))
    if not seeds:
        return None
    if isinstance(plan, Difference):
        figures = [bits[plan.first][seed] - bits[plan.second][seed] for seed in seeds]
    else:
        rows = [[bits[value][seed] for value in values] for seed in seeds]
        places = [float(value) for value in values]
        figures = [float(slope) * plan.per for slope in slopes(places, rows)]
    interval = mean_interval(figures)
    agreeing = sum(figure * interval.estimate > 0 for figure in figures)
    return Contrast(
        dict(zip(seeds, figures, strict=True)), interval, agreeing, sign_flip_p(figures)
    )
