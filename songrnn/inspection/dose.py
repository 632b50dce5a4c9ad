"""Dose and effect: neurons held at one value after another, all inside their natural range.

Switching off may put a neuron where it never is; a curve over its own quantiles says whether the
network minds the absence of what it carries (a valley around the middle) or one of its ends.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import ConfigError
from songrnn.inspection.ablation import (
    TUNES,
    Unit,
    change_by_tune,
    draw_texts,
    interval_over_tunes,
    interventions,
    read_bits,
)
from songrnn.inspection.index import NeuronIndex
from songrnn.model.engine import Engine
from songrnn.model.intervention import Place
from songrnn.statistics import Interval

QUANTILES = (0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99)


@dataclass(frozen=True)
class Dose:
    """What holding the units at one quantile of their own values does, + being worse.

    values: of the units, in their order. overall, where, elsewhere: mean change in bits per
    character with a bootstrap interval over tunes, as in `ablation.Effect`.
    """

    quantile: float
    values: tuple[float, ...]
    overall: Interval
    where: Interval | None
    elsewhere: Interval | None
    tunes: int
    characters: int


def dose_curve(
    engine: Engine,
    vocabulary: Vocabulary,
    tunes: Sequence[Tune],
    units: Sequence[Unit],
    rng: np.random.Generator,
    *,
    index: NeuronIndex,
    label: str | None = None,
    quantiles: Sequence[float] = QUANTILES,
    place: Place = "recurrence",
    most_tunes: int = TUNES,
    progress: Callable[[float], None] | None = None,
) -> list[Dose]:
    """Hold `units` at each of `quantiles` (0…1) of their values over the index's corpus.

    Raises ConfigError without a unit, for one that the index lacks, a tune that the network can
    read, or such a label.
    """
    units = tuple(dict.fromkeys(units))
    if not units:
        raise ConfigError("Choose at least one neuron to hold.")
    held = [_values(index, units, quantile) for quantile in quantiles]
    texts = draw_texts(tunes, vocabulary, label, most_tunes, rng)
    sets = [interventions(units, "mean", values, place) for values in held]
    before, *after = read_bits(engine, [text.ids for text in texts], [(), *sets], progress=progress)
    found = []
    for quantile, values, bits in zip(quantiles, held, after, strict=True):
        change = [b - a for a, b in zip(before, bits, strict=True)]
        sums = change_by_tune(change, texts)  # (tunes, 4)
        whole = np.stack([sums[:, 0] + sums[:, 2], sums[:, 1] + sums[:, 3]], axis=1)
        holds = sums[:, 1].sum() > 0
        found.append(
            Dose(
                quantile=float(quantile),
                values=tuple(values[unit] for unit in units),
                overall=interval_over_tunes(whole, rng),
                where=interval_over_tunes(sums[:, :2], rng) if holds else None,
                elsewhere=interval_over_tunes(sums[:, 2:], rng)
                if holds and sums[:, 3].sum() > 0
                else None,
                tunes=len(texts),
                characters=int(whole[:, 1].sum()),
            )
        )
    return found


def _values(index: NeuronIndex, units: Sequence[Unit], quantile: float) -> dict[Unit, float]:
    found = {}
    for unit in units:
        row = index.place_of(*unit)
        if row is None:
            raise ConfigError(
                f"There is no neuron {unit.neuron} in layer {unit.layer + 1} ({unit.quantity})."
            )
        known = index.quantiles[row]
        found[unit] = float(np.interp(quantile, np.linspace(0, 1, len(known)), known))
    return found
