"""Counting bars: what a unit does after a barline, and whether units beat once a bar.

Both need only activations and the properties of the same characters, as `recording.Activity`
holds them:

    activity = record_drawn(Engine.of(run), run.vocabulary, tunes, 50, rng)
    for unit, beat in strongest_beats(activity, 10, rng): ...
    count = count_unit(activity, Unit("hidden", 0, 34), rng)
    # draw [step.mean for step in count.response], and count.power over count.frequencies

T characters, N units, F frequencies.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.errors import ConfigError
from songrnn.inspection.properties import column_of
from songrnn.inspection.recording import Activity
from songrnn.inspection.sums import Floats
from songrnn.inspection.units import Unit, no_such_neuron
from songrnn.statistics import Interval, bootstrap_interval

# Characters after a barline that are looked at.
REACH = 24
# Frequencies, in cycles a bar, around the once a bar.
FREQUENCIES = tuple(np.round(np.arange(0.25, 4.01, 0.05), 2).tolist())
# Other frequencies closer than this to a whole number of cycles are no background.
_AWAY = 0.1


@dataclass(frozen=True)
class Step:
    """A unit at one distance after a barline.

    distance: characters since the barline's last, which is 0. mean: with a bootstrap interval over
    the tunes that have such a character (mean.n). deviation: over the characters, whose number
    is `characters`.
    """

    distance: int
    mean: Interval
    deviation: float
    characters: int


def barline_response(
    activity: Activity, unit: int, rng: np.random.Generator, *, reach: int = REACH
) -> list[Step]:
    """The barline-locked average of one unit (a column of `activity`), as far as there is music."""
    since = activity.table[:, column_of("since-bar")]
    values = activity.values[:, unit].astype(np.float64)
    owner = np.repeat(np.arange(len(activity.tunes)), _sizes(activity))
    steps = []
    for distance in range(reach):
        there = since == distance
        if not there.any():
            continue
        sums = np.stack(
            [
                np.bincount(owner[there], values[there], len(activity.tunes)),
                np.bincount(owner[there], minlength=len(activity.tunes)),
            ],
            axis=1,
        )
        mean = bootstrap_interval(sums[sums[:, 1] > 0], rng, statistic=_ratio)
        steps.append(Step(distance, mean, float(values[there].std()), int(there.sum())))
    return steps


@dataclass(frozen=True, eq=False)
class BarSpectrum:
    """How strongly units beat at each frequency, in cycles a bar.

    by_tune: (tunes, F, N) power, variance: (tunes, N) summed squares, of each tune that has music.
    """

    frequencies: tuple[float, ...]
    by_tune: Floats
    variance: Floats

    @property
    def power(self) -> Floats:
        """(F, N) share of a unit's variance."""
        total = self.variance.sum(axis=0)
        return np.asarray(self.by_tune.sum(axis=0) / np.where(total > 0, total, np.inf))

    @property
    def beat(self) -> Floats:
        """(N,) power at once a bar over the median of that between the whole numbers.

        1 is no more than anywhere, and what a unit has that never changes.
        """
        return self._beat(self.power)

    def beat_interval(self, unit: int, rng: np.random.Generator) -> Interval:
        """`beat` of one unit with its bootstrap interval over tunes."""
        return bootstrap_interval(
            self.by_tune[:, :, unit],
            rng,
            statistic=lambda drawn: float(self._beat(drawn.sum(axis=0)[:, None])[0]),
        )

    def _beat(self, power: Floats) -> Floats:
        grid = np.array(self.frequencies)
        between = np.abs(grid - np.round(grid)) > _AWAY
        background = np.median(power[between], axis=0)
        once = power[int(np.argmin(np.abs(grid - 1)))]
        return np.where(background > 0, once / np.where(background > 0, background, 1), 1.0)


def bar_spectrum(activity: Activity, *, frequencies: Sequence[float] = FREQUENCIES) -> BarSpectrum:
    """The power of every unit at each frequency, time being counted in bars of the music.

    Each tune is projected on a sine and cosine by itself, since a beat may begin anywhere, and
    powers are averaged with as much weight as a tune has characters. `frequencies` must hold 1
    and some between the whole numbers. (Activations are sampled where characters are, so this is
    the classical periodogram of unevenly spaced values, Lomb 1976, without his correction.)

    Raises ConfigError when no tune has two characters inside a bar.
    """
    first = column_of("bar-phase")
    phase = np.arctan2(activity.table[:, first], activity.table[:, first + 1]) / (2 * np.pi)
    time = activity.table[:, column_of("bar")] + phase % 1  # bars since the tune began
    grid = np.array(frequencies, np.float64)
    power, variance = [], []
    for start, size in zip(activity.starts, _sizes(activity), strict=True):
        rows = start + np.flatnonzero(np.isfinite(time[start : start + size]))
        if len(rows) < 2:
            continue
        y = activity.values[rows].astype(np.float64)
        y -= y.mean(axis=0)
        wave = np.exp(-2j * np.pi * np.outer(grid, time[rows]))  # (F, n)
        power.append(2 * np.abs(wave @ y) ** 2 / len(rows))
        variance.append((y * y).sum(axis=0))
    if not power:
        raise ConfigError("None of the tunes has bars to count.")
    return BarSpectrum(tuple(grid.tolist()), np.stack(power), np.stack(variance))


@dataclass(frozen=True)
class UnitCount:
    """How one unit follows the bars.

    response: its mean after a barline. beat: how strongly it beats once a bar, 1 being no beat.
    power: share of its variance at each of `frequencies`, in cycles a bar.
    """

    unit: Unit
    response: tuple[Step, ...]
    beat: Interval
    frequencies: tuple[float, ...]
    power: tuple[float, ...]


def count_unit(activity: Activity, unit: Unit, rng: np.random.Generator) -> UnitCount:
    """Response and beat of one unit. Raises ConfigError when there is no such neuron."""
    if unit not in activity.units:
        raise no_such_neuron(*unit)
    column = activity.units.index(unit)
    spectrum = bar_spectrum(activity)
    return UnitCount(
        unit,
        tuple(barline_response(activity, column, rng)),
        spectrum.beat_interval(column, rng),
        spectrum.frequencies,
        tuple(spectrum.power[:, column].tolist()),
    )


def strongest_beats(
    activity: Activity,
    most: int,
    rng: np.random.Generator,
    *,
    progress: Callable[[float], None] | None = None,
) -> list[tuple[Unit, Interval]]:
    """The units that beat most strongly once a bar, with their intervals."""
    spectrum = bar_spectrum(activity)
    columns = np.argsort(-spectrum.beat, kind="stable")[:most]
    found = []
    for number, column in enumerate(columns, start=1):
        found.append((activity.units[column], spectrum.beat_interval(int(column), rng)))
        if progress is not None:
            progress(number / len(columns))
    return found


def _sizes(activity: Activity) -> NDArray[np.int64]:
    return np.diff(np.append(activity.starts, len(activity.ids)))


def _ratio(sums: Floats) -> float:
    return float(sums[:, 0].sum() / sums[:, 1].sum())
