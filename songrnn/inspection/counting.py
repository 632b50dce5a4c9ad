"""Counting bars: what units do after a barline, and whether they beat once a bar.

Both need only activations and the properties of the same characters, as `recording.Activity`
holds them:

    texts = annotate_texts(run.vocabulary, tunes)
    activity = record_activity(Engine.of(run), texts)
    response, spectrum = barline_response(activity), bar_spectrum(activity)
    unit = activity.units.index(("hidden", 0, 34))
    counts, beats = response.mean[:, unit], spectrum.power[:, unit]

T characters, N units.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.inspection.properties import column_of
from songrnn.inspection.recording import Activity

Floats = NDArray[np.float64]
# Characters after a barline that are looked at.
REACH = 24
# Frequencies, in cycles a bar, around the once a bar.
FREQUENCIES = tuple(np.round(np.arange(0.25, 4.01, 0.05), 2).tolist())
# Other frequencies closer than this to a whole number of cycles are no background.
_AWAY = 0.1


@dataclass(frozen=True, eq=False)
class Response:
    """Barline-locked average: row k is the k-th character after a barline, 0 the barline's last.

    n (REACH,) characters; mean, deviation (REACH, N), NaN where there is none.
    """

    n: NDArray[np.int64]
    mean: Floats
    deviation: Floats


def barline_response(activity: Activity, *, reach: int = REACH) -> Response:
    """The mean of every unit at each distance from the last barline."""
    since = activity.table[:, column_of("since-bar")]
    N = activity.values.shape[1]
    n = np.zeros(reach, np.int64)
    mean, deviation = np.full((reach, N), np.nan), np.full((reach, N), np.nan)
    for step in range(reach):
        there = activity.values[since == step].astype(np.float64)
        n[step] = len(there)
        if len(there):
            mean[step], deviation[step] = there.mean(axis=0), there.std(axis=0)
    return Response(n, mean, deviation)


@dataclass(frozen=True, eq=False)
class BarSpectrum:
    """Power over frequency in cycles a bar: share of a unit's variance, (frequencies, N).

    beat: (N,) power at once a bar over the median of that between the whole numbers; 1 is no
    more than anywhere.
    """

    frequencies: tuple[float, ...]
    power: Floats
    beat: Floats


def bar_spectrum(activity: Activity, *, frequencies: Sequence[float] = FREQUENCIES) -> BarSpectrum:
    """How strongly units beat at each frequency, time being counted in bars of the music.

    Each tune is projected on a sine and cosine by itself, since a beat may begin anywhere, and
    powers are averaged with as much weight as a tune has characters. `frequencies` must hold 1
    and some between the whole numbers. (Activations are sampled where characters are, so this is
    the classical periodogram of unevenly spaced values, Lomb 1976, without his correction.)
    """
    first = column_of("bar-phase")
    phase = np.arctan2(activity.table[:, first], activity.table[:, first + 1]) / (2 * np.pi)
    time = activity.table[:, column_of("bar")] + phase % 1  # bars since the tune began
    grid = np.array(frequencies, np.float64)
    power = np.zeros((len(grid), activity.values.shape[1]))
    total = np.zeros(activity.values.shape[1])
    ends = np.append(activity.starts[1:], len(activity.ids))
    for start, end in zip(activity.starts, ends, strict=True):
        there = np.isfinite(time[start:end])
        n = int(there.sum())
        if n < 2:
            continue
        y = activity.values[start:end][there].astype(np.float64)
        y -= y.mean(axis=0)
        wave = np.exp(-2j * np.pi * np.outer(grid, time[start:end][there]))  # (F, n)
        power += 2 * np.abs(wave @ y) ** 2 / n
        total += (y * y).sum(axis=0)
    share = power / np.where(total > 0, total, np.inf)
    between = np.abs(grid - np.round(grid)) > _AWAY
    background = np.median(share[between], axis=0)
    once = share[int(np.argmin(np.abs(grid - 1)))]
    beat = np.where(background > 0, once / np.where(background > 0, background, 1), 1.0)
    return BarSpectrum(tuple(grid.tolist()), share, beat)
