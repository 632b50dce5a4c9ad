"""Cause, not only correlation: what a network loses when neurons are switched off.

Neurons are held at their mean, at zero or at a value of choice while the network reads tunes as
they are (teacher-forced); the change in bits per character says what they were good for. Any unit
is good for something, so the change is placed among those of random sets of as many units of the
same layers, and "causal" is said only above `CAUSAL` per cent of them.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import ConfigError
from songrnn.inspection.ablated_bits import (
    Changes,
    Floats,
    changes,
    draw_texts,
    interval_over_tunes,
    read_bits,
)
from songrnn.inspection.holding import Mode, interventions
from songrnn.inspection.random_sets import affordable_texts, random_units
from songrnn.inspection.units import Unit
from songrnn.model.engine import Engine
from songrnn.model.intervention import Intervention, Place
from songrnn.statistics import Interval

# Percent of random sets that a change must exceed; how many there are; how many tunes are read.
CAUSAL = 95.0
RANDOM_SETS = 100
TUNES = 100


@dataclass(frozen=True)
class Effect:
    """What holding `units` does to the bits per character, + being worse.

    overall, where, elsewhere: mean change with a bootstrap interval over tunes: of all
    predictions; of those made where the label holds; of the others. None without a label, or when
    it holds nowhere. place_overall, place_where: percent of random sets that change less, ties
    counting half. random_overall, random_where: those sets' changes, on `placed` of the tunes.
    """

    units: tuple[Unit, ...]
    label: str | None
    overall: Interval
    where: Interval | None
    elsewhere: Interval | None
    place_overall: float
    place_where: float | None
    random_overall: tuple[float, ...]
    random_where: tuple[float, ...]
    tunes: int
    placed: int
    characters: int

    @property
    def causal(self) -> bool:
        """Whether the units matter where the label holds (or, without one, at all): more than
        CAUSAL per cent of random sets do, and more than nothing."""
        change = self.overall if self.where is None else self.where
        place = self.place_overall if self.place_where is None else self.place_where
        return place > CAUSAL and change.low > 0


def effect(
    engine: Engine,
    vocabulary: Vocabulary,
    tunes: Sequence[Tune],
    units: Sequence[Unit],
    rng: np.random.Generator,
    *,
    means: Mapping[Unit, float],
    label: str | None = None,
    value: Mode | float = "mean",
    place: Place = "recurrence",
    random_sets: int = RANDOM_SETS,
    most_tunes: int = TUNES,
    progress: Callable[[float], None] | None = None,
) -> Effect:
    """Hold `units` and measure, on tunes drawn from `tunes`, what that costs.

    label: the name of a property; where it holds is said in `draw_texts`. Raises ConfigError
    without a unit, a tune that the network can read, or such a property.
    """
    units = tuple(dict.fromkeys(units))
    if not units:
        raise ConfigError("Choose at least one neuron to switch off.")
    texts = draw_texts(tunes, vocabulary, label, most_tunes, rng)
    ids = [text.ids for text in texts]

    def held(chosen: Sequence[Unit]) -> tuple[Intervention, ...]:
        return interventions(chosen, value, means, place)

    before, after = read_bits(engine, ids, [(), held(units)])
    found = changes(before, after, texts)
    placed = affordable_texts(engine, texts, random_sets)
    sets = [held(each) for each in random_units(units, engine, random_sets, rng)]
    read = read_bits(engine, ids[:placed], sets, progress=progress)
    others = [changes(before[:placed], bits, texts[:placed]) for bits in read]
    return _effect(units, label, found, others, placed, rng)


def _effect(
    units: tuple[Unit, ...],
    label: str | None,
    found: Changes,
    others: Sequence[Changes],
    placed: int,
    rng: np.random.Generator,
) -> Effect:
    """others: the changes of random sets, on the first `placed` tunes."""
    mine = found.first(placed)
    random_overall = np.array([_mean(each.overall) for each in others])
    random_where = np.array([_mean(each.where) for each in others if mine.holds])
    return Effect(
        units=units,
        label=label,
        overall=_interval(found.overall, rng),
        where=interval_over_tunes(found.where, rng),
        elsewhere=interval_over_tunes(found.elsewhere, rng) if found.holds else None,
        place_overall=_percentile(_mean(mine.overall), random_overall),
        place_where=_percentile(_mean(mine.where), random_where) if mine.holds else None,
        random_overall=tuple(random_overall.tolist()),
        random_where=tuple(random_where.tolist()),
        tunes=len(found.where),
        placed=placed,
        characters=int(found.overall[:, 1].sum()),
    )


def _mean(sums: Floats) -> float:
    return float(sums[:, 0].sum() / sums[:, 1].sum())


def _interval(sums: Floats, rng: np.random.Generator) -> Interval:
    found = interval_over_tunes(sums, rng)
    assert found is not None  # every tune makes a prediction
    return found


def _percentile(change: float, others: Floats) -> float:
    """Percent of others that are less, ties counting half; NaN without others."""
    if not len(others):
        return math.nan
    return float(100 * np.mean((others < change) + 0.5 * (others == change)))
