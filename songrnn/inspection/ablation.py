"""Cause, not only correlation: what a network loses when neurons are switched off.

Neurons are resampled, or held at their mean, at zero or at a value of choice, while the network
reads tunes as they are (teacher-forced); the change in bits per character says what they were good
for. Nearly any unit is good for something. It is causal *for a label* only if the loss rises more
where the label holds than elsewhere, and by more than in sets of as much influence; `verdicts` says
which are.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import ConfigError
from songrnn.inspection.ablated_bits import (
    Changes,
    Floats,
    LabelledText,
    changes,
    draw_texts,
    interval_over_tunes,
    read_bits,
    specific_over_tunes,
)
from songrnn.inspection.batch_reader import readable_tunes
from songrnn.inspection.deciding import Deciding
from songrnn.inspection.holding import Mode, interventions
from songrnn.inspection.random_sets import (
    affordable_texts,
    influence_of,
    influences,
    matched_sets,
)
from songrnn.inspection.resampling import Donors, record_donors
from songrnn.inspection.units import Unit
from songrnn.model.engine import Engine
from songrnn.model.intervention import Place
from songrnn.statistics import Interval, benjamini_hochberg

# How many matched sets there are; how many tunes are read; tunes that values are drawn from.
RANDOM_SETS = 100
TUNES = 100
DONOR_TUNES = 30
# Largest p, adjusted over all that was tested together.
LEVEL = 0.05

VerdictWords = Literal["causal for", "matters, not specifically", "no effect shown"]
MODES: tuple[Mode, ...] = ("resample", "mean", "zero")


@dataclass(frozen=True)
class Effect:
    """What switching `units` off does to the bits per character, + being worse.

    overall, where, elsewhere, specific: mean change with a bootstrap interval over tunes: of all
    predictions; of those made where the label holds; of the others; and the second minus the third.
    None without a label, or when it holds nowhere (specific: also when it holds everywhere).
    place_overall, place_where, place_specific: percent of matched sets that change less, ties
    counting half. random_overall, random_where, random_specific: those sets' changes, on `placed`
    of the tunes. p: how often chance gives so much: the larger one of the share of resamples with
    no difference and that of matched sets with as large a one; without a label that of `overall`.
    influence, matched_influence: of the units, and the median of the sets. others: the difference
    (without a label, the change) with the units switched off otherwise.
    """

    units: tuple[Unit, ...]
    label: str | None
    value: Mode | float
    overall: Interval
    where: Interval | None
    elsewhere: Interval | None
    specific: Interval | None
    place_overall: float
    place_where: float | None
    place_specific: float | None
    random_overall: tuple[float, ...]
    random_where: tuple[float, ...]
    random_specific: tuple[float, ...]
    p: float
    influence: float
    matched_influence: float | None
    others: Mapping[str, Interval | None]
    tunes: int
    placed: int
    characters: int

    @property
    def disagree(self) -> tuple[str, ...]:
        """Other ways to switch the units off that say otherwise of the interval above 0."""
        mine = self.overall if self.label is None else self.specific
        above = mine is not None and mine.low > 0
        return tuple(
            name
            for name, found in self.others.items()
            if (found is not None and found.low > 0) != above
        )


def verdicts(effects: Sequence[Effect]) -> tuple[VerdictWords, ...]:
    """What may be said of each, with p adjusted over all of them (Benjamini and Hochberg 1995).

    "causal for": the loss rises more where the label holds than elsewhere, interval above 0, and
    by more than in matched sets. Without a label nothing is causal for anything.
    """
    adjusted = benjamini_hochberg([each.p for each in effects]) if effects else ()
    found: list[VerdictWords] = []
    for each, p in zip(effects, adjusted, strict=True):
        if each.specific is not None and each.specific.low > 0 and p <= LEVEL:
            found.append("causal for")
        elif each.overall.low > 0 or (each.where is not None and each.where.low > 0):
            found.append("matters, not specifically")
        else:
            found.append("no effect shown")
    return tuple(found)


def effect(
    engine: Engine,
    vocabulary: Vocabulary,
    tunes: Sequence[Tune],
    units: Sequence[Unit],
    rng: np.random.Generator,
    *,
    label: str | None = None,
    deciding: Deciding | None = None,
    means: Mapping[Unit, float] | None = None,
    value: Mode | float = "resample",
    place: Place = "recurrence",
    random_sets: int = RANDOM_SETS,
    most_tunes: int = TUNES,
    progress: Callable[[float], None] | None = None,
) -> Effect:
    """Switch `units` off and measure, on tunes drawn from `tunes`, what that costs.

    label: the name of a property; where it holds is said in `draw_texts`, with `deciding` for
    numbers and angles. means: of units over a corpus, else over the tunes that values are drawn
    from, which are others than those read as long as there are. Raises ConfigError without a unit, a tune that the network can
    read, or such a property.
    """
    units = tuple(dict.fromkeys(units))
    if not units:
        raise ConfigError("Choose at least one neuron to switch off.")
    donors, read = _divided(engine, vocabulary, tunes, rng)
    texts = draw_texts(read, vocabulary, label, most_tunes, rng, deciding=deciding)
    means = means or donors.means()
    influence = influences(engine, donors.deviations())

    changed = _Reader(engine, texts, donors, means, place)
    [found] = changed([units], value, len(texts))
    others: dict[str, Changes] = {
        mode: changed([units], mode, len(texts))[0] for mode in MODES if mode != value
    }
    placed = affordable_texts(engine, texts, random_sets)
    sets = matched_sets(units, influence, random_sets, rng)
    compared = changed(sets, value, placed, progress) if sets else []
    matched = [influence_of(each, influence) for each in sets]
    return _effect(
        units,
        label,
        value,
        found,
        others,
        compared,
        placed,
        rng,
        influence=influence_of(units, influence),
        matched_influence=float(np.median(matched)) if matched else None,
    )


class _Reader:
    """Reads the first so many texts with sets of units switched off."""

    def __init__(
        self,
        engine: Engine,
        texts: Sequence[LabelledText],
        donors: Donors,
        means: Mapping[Unit, float],
        place: Place,
    ) -> None:
        self._engine, self._texts, self._donors = engine, texts, donors
        self._means, self._place = means, place
        [self._before] = read_bits(engine, [text.ids for text in texts], [()])

    def __call__(
        self,
        sets: Sequence[Sequence[Unit]],
        mode: Mode | float,
        most: int,
        progress: Callable[[float], None] | None = None,
    ) -> list[Changes]:
        texts = self._texts[:most]
        found = read_bits(
            self._engine,
            [text.ids for text in texts],
            [interventions(each, mode, self._means, self._place) for each in sets],
            donors=self._donors if mode == "resample" else None,
            progress=progress,
        )
        return [changes(self._before[:most], bits, texts) for bits in found]


def _divided(
    engine: Engine, vocabulary: Vocabulary, tunes: Sequence[Tune], rng: np.random.Generator
) -> tuple[Donors, Sequence[Tune]]:
    """(values to draw, from a few of the tunes; the tunes that are left to be read)."""
    known = readable_tunes(tunes, vocabulary)
    order = rng.permutation(len(known))
    count = min(DONOR_TUNES, len(known) // 2)
    drawn, left = [known[i] for i in order[:count]], [known[i] for i in order[count:]]
    texts = [vocabulary.encode(tune.text) for tune in drawn or left]
    return record_donors(engine, texts, int(rng.integers(2**31))), left


def _effect(
    units: tuple[Unit, ...],
    label: str | None,
    value: Mode | float,
    found: Changes,
    others: Mapping[str, Changes],
    compared: Sequence[Changes],
    placed: int,
    rng: np.random.Generator,
    *,
    influence: float,
    matched_influence: float | None,
) -> Effect:
    """compared: the changes of matched sets, on the first `placed` tunes."""
    mine = found.first(placed)
    overall = np.array([_mean(each.overall) for each in compared])
    where = np.array([_mean(each.where) for each in compared if mine.holds])
    divided = found.divided and mine.divided
    specific = np.array([_specific(each) for each in compared if divided])
    interval, chance = specific_over_tunes(found, rng)
    change = _interval(found.overall, rng)
    if label is None:
        p = _share(overall >= _mean(mine.overall)) if change.low > 0 else 1.0
    elif divided:
        p = max(chance, _share(specific >= _specific(mine)))
    else:
        p = 1.0
    return Effect(
        units=units,
        label=label,
        value=value,
        overall=change,
        where=interval_over_tunes(found.where, rng),
        elsewhere=interval_over_tunes(found.elsewhere, rng) if found.holds else None,
        specific=interval,
        place_overall=_percentile(_mean(mine.overall), overall),
        place_where=_percentile(_mean(mine.where), where) if mine.holds else None,
        place_specific=_percentile(_specific(mine), specific) if divided else None,
        random_overall=tuple(overall.tolist()),
        random_where=tuple(where.tolist()),
        random_specific=tuple(specific.tolist()),
        p=p,
        influence=influence,
        matched_influence=matched_influence,
        others={
            name: _interval(each.overall, rng)
            if label is None
            else specific_over_tunes(each, rng)[0]
            for name, each in others.items()
        },
        tunes=len(found.where),
        placed=placed,
        characters=int(found.overall[:, 1].sum()),
    )


def _share(at_least: np.ndarray) -> float:
    """The p of a permutation test: what was measured counts among the sets."""
    return float((1 + at_least.sum()) / (1 + len(at_least)))


def _mean(sums: Floats) -> float:
    return float(sums[:, 0].sum() / sums[:, 1].sum())


def _specific(found: Changes) -> float:
    return _mean(found.where) - _mean(found.elsewhere)


def _interval(sums: Floats, rng: np.random.Generator) -> Interval:
    found = interval_over_tunes(sums, rng)
    assert found is not None  # every tune makes a prediction
    return found


def _percentile(change: float, others: Floats) -> float:
    """Percent of others that are less, ties counting half; NaN without others."""
    if not len(others):
        return math.nan
    return float(100 * np.mean((others < change) + 0.5 * (others == change)))
