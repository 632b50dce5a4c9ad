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
from songrnn.inspection.ablated_bits import changes, draw_texts, interval_over_tunes, read_bits
from songrnn.inspection.ablation import TUNES
from songrnn.inspection.holding import interventions
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.units import Unit
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

    A page or notebook draws it from a few lines:

        curve = dose_curve(Engine.of(run), run.vocabulary, tunes, [Unit("hidden", 0, 34)],
                           np.random.default_rng(0), index=open_index(run.path), label="downbeat")
        x, y = [dose.values[0] for dose in curve], [dose.overall.estimate for dose in curve]

    Raises ConfigError without a unit, for one that the index lacks, without a tune that the
    network can read, and for a label that is not a property.
    """
    units = tuple(dict.fromkeys(units))
    if not units:
        raise ConfigError("Choose at least one neuron to hold.")
    rows = [index.row_of(*unit) for unit in units]
    held = [[index.value_at(row, quantile) for row in rows] for quantile in quantiles]
    texts = draw_texts(tunes, vocabulary, label, most_tunes, rng)
    sets = [
        interventions(units, "mean", dict(zip(units, values, strict=True)), place)
        for values in held
    ]
    before, *after = read_bits(engine, [text.ids for text in texts], [(), *sets], progress=progress)
    curve = []
    for quantile, values, bits in zip(quantiles, held, after, strict=True):
        found = changes(before, bits, texts)
        overall = interval_over_tunes(found.overall, rng)
        assert overall is not None  # every tune makes a prediction
        curve.append(
            Dose(
                quantile=float(quantile),
                values=tuple(values),
                overall=overall,
                where=interval_over_tunes(found.where, rng),
                elsewhere=interval_over_tunes(found.elsewhere, rng) if found.holds else None,
                tunes=len(texts),
                characters=int(found.overall[:, 1].sum()),
            )
        )
    return curve
