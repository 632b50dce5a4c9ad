"""How like real tunes a set of songs is: distributions of what they are made of.

For each feature the songs' histogram stands against that of real tunes (Yang and Lerch 2018,
the comparison between sets): the area they share, 1 for equal ones, and the Jensen-Shannon
divergence in bits, 0 for equal ones.

Histograms of few songs differ by chance even where the songs do not: the plain figures are biased
away from likeness, the more the fewer songs there are, and a bootstrap doubles that. So both are
corrected by the jackknife over the songs and over the real tunes (Quenouille 1956; intervals by
Tukey 1958), and sets of different sizes can be compared.
"""

import itertools
import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from songrnn.notation.bars import bars
from songrnn.notation.reader import read
from songrnn.notation.reading import Event, Reading
from songrnn.quality.form import tonic_of
from songrnn.statistics import Interval, jensen_shannon

# Steps further than this count as this.
FURTHEST_STEP = 12
# Bar rhythms are many; those that real tunes have less often than the first so many are one class.
RHYTHMS = 60

MEANINGS = {
    "pitch_class": "Pitch classes of the notes, counted from the tonic.",
    "interval": "Semitones from one note to the next, an octave and more taken together.",
    "duration": "Durations of notes and rests, in quarter notes.",
    "bar_rhythm": f"Rhythms of whole bars: the {RHYTHMS} most frequent ones of real tunes, the "
    "others taken together.",
}

Counts = Mapping[str, Counter[Hashable]]


@dataclass(frozen=True)
class Likeness:
    """One feature of a set of songs against real tunes. n is the number of songs."""

    feature: str
    overlap: Interval
    divergence: Interval


def features(song: str | Reading) -> dict[str, Counter[Hashable]]:
    """Feature -> how often each of its values occurs in the song."""
    reading = read(song) if isinstance(song, str) else song
    events = [event for event in reading.events if event.kind != "grace"]
    notes = [event for event in events if event.pitches]
    tops = [event.pitches[-1] for event in notes]
    tonic = tonic_of(reading.key)
    steps = (after - before for before, after in itertools.pairwise(tops))
    return {
        "pitch_class": Counter(
            (pitch - (tonic or 0)) % 12 for event in notes for pitch in event.pitches
        ),
        "interval": Counter(max(-FURTHEST_STEP, min(FURTHEST_STEP, step)) for step in steps),
        "duration": Counter(event.duration for event in events),
        "bar_rhythm": Counter(_rhythms(reading, events)),
    }


def _rhythms(reading: Reading, events: Sequence[Event]) -> Iterable[Hashable]:
    for bar in bars(reading):
        inside = [event for event in events if bar.span[0] <= event.span[0] < bar.span[1]]
        yield tuple((event.duration, bool(event.pitches)) for event in inside)


def compare(songs: Sequence[Counts], real: Sequence[Counts]) -> list[Likeness]:
    """Each feature's likeness. songs, real: what `features` says of every song and real tune.

    A feature that no song has any of is left out. The 95 % intervals tell how sure the figures
    are, of these songs and of these real tunes; of a single song they are as counted, without one.
    """
    found = []
    for feature in MEANINGS:
        theirs = sum((tune[feature] for tune in real), Counter())
        known: Callable[[Hashable], bool] = lambda _: True  # noqa: E731
        if feature == "bar_rhythm":
            known = {value for value, _ in theirs.most_common(RHYTHMS)}.__contains__
        table, target = _tables(feature, songs, real, known)
        if table.any() and target.any():
            found.append(
                Likeness(
                    feature,
                    jackknifed(table, target, overlap),
                    jackknifed(table, target, jensen_shannon),
                )
            )
    return found


def _tables(
    feature: str,
    songs: Sequence[Counts],
    real: Sequence[Counts],
    known: Callable[[Hashable], bool],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(songs (n, K), real tunes (m, K)): counts of the same K values, the last for all others."""
    values = {value for one in (*songs, *real) for value in one[feature]}
    columns = {value: place for place, value in enumerate(filter(known, values))}
    tables = []
    for group in (songs, real):
        table = np.zeros((len(group), len(columns) + 1))
        for row, one in zip(table, group, strict=True):
            for value, count in one[feature].items():
                row[columns.get(value, -1)] += count
        tables.append(table)
    return tables[0], tables[1]


def overlap(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    """The area two distributions share, 0 to 1; each is divided by its sum.

    >>> overlap(np.array([1.0, 1.0]), np.array([1.0, 0.0]))
    0.5
    """
    return float(np.minimum(p / p.sum(), q / q.sum()).sum())


def jackknifed(
    table: NDArray[np.float64],
    target: NDArray[np.float64],
    measure: Callable[[NDArray[np.float64], NDArray[np.float64]], float],
) -> Interval:
    """A measure, 0 to 1, of the pooled counts of table (n, K) against those of target (m, K).

    With d₁ the mean of what leaving out one row of a side changes, the figure is
    θ − (n − 1) d₁ for both sides; its variance is (n − 1) / n times the sum of squares about d₁,
    of both sides. Kept between 0 and 1. Without an interval, and as counted, where a side is a
    single row that holds anything.
    """
    pooled, reference = table.sum(axis=0), target.sum(axis=0)
    plain = measure(pooled, reference)
    corrected, variance = plain, 0.0
    for rows, whole in ((table, pooled), (target, reference)):
        n = len(rows)
        if n < 2 or not all((whole - row).any() for row in rows):
            return Interval(plain, math.nan, math.nan, len(table))
        without = [
            measure(whole - row, reference) if rows is table else measure(pooled, whole - row)
            for row in rows
        ]
        corrected -= (n - 1) * (float(np.mean(without)) - plain)
        variance += (n - 1) * float(np.var(without))
    reach = NormalDist().inv_cdf(0.975) * math.sqrt(variance)
    ends = (corrected, corrected - reach, corrected + reach)
    estimate, low, high = (min(max(end, 0.0), 1.0) for end in ends)
    return Interval(estimate, low, high, len(table))
