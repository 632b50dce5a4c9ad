"""How like real tunes a set of songs is: distributions of what they are made of.

For each feature the songs' histogram stands against that of real tunes (Yang and Lerch 2018,
the comparison between sets): the area they share, 1 for equal ones, and the Jensen-Shannon
divergence in bits, 0 for equal ones, each with a bootstrap interval over the songs.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.notation.bars import bars
from songrnn.notation.reader import read
from songrnn.notation.reading import Event, Reading
from songrnn.quality.validity import tonic_of
from songrnn.statistics import Interval, jensen_shannon

# Steps further than this count as this.
FURTHEST_STEP = 12
# Bar rhythms are many; those that real tunes have less often than the first so many are one class.
RHYTHMS = 60
RESAMPLES = 400

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


def compare(
    songs: Sequence[Counts], real: Sequence[Counts], rng: np.random.Generator
) -> list[Likeness]:
    """Each feature's likeness. songs, real: what `features` says of every song and real tune.

    A feature that no song has any of is left out. The interval is over the songs: the real tunes
    are what they are compared with, and stay.
    """
    found = []
    for feature in MEANINGS:
        theirs = sum((tune[feature] for tune in real), Counter())
        if feature == "bar_rhythm":
            common = {value for value, _ in theirs.most_common(RHYTHMS)}
            table, target = _tables(feature, songs, theirs, common.__contains__)
        else:
            table, target = _tables(feature, songs, theirs, lambda _: True)
        if not table.any() or not target.any():
            continue
        found.append(
            Likeness(
                feature,
                _with_interval(table, target, overlap, rng),
                _with_interval(table, target, jensen_shannon, rng),
            )
        )
    return found


def _tables(
    feature: str,
    songs: Sequence[Counts],
    theirs: Counter[Hashable],
    known: Callable[[Hashable], bool],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(songs (n, K), real tunes (K,)): counts over the same K values, the last for all others."""
    values = {value for song in songs for value in song[feature]} | set(theirs)
    columns = {value: place for place, value in enumerate(filter(known, values))}
    table = np.zeros((len(songs), len(columns) + 1))
    for row, song in zip(table, songs, strict=True):
        for value, count in song[feature].items():
            row[columns.get(value, -1)] += count
    target = np.zeros(len(columns) + 1)
    for value, count in theirs.items():
        target[columns.get(value, -1)] += count
    return table, target


def overlap(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    """The area two distributions share, 0 to 1; each is divided by its sum.

    >>> overlap(np.array([1.0, 1.0]), np.array([1.0, 0.0]))
    0.5
    """
    return float(np.minimum(p / p.sum(), q / q.sum()).sum())


def _with_interval(
    table: NDArray[np.float64],
    target: NDArray[np.float64],
    measure: Callable[[NDArray[np.float64], NDArray[np.float64]], float],
    rng: np.random.Generator,
) -> Interval:
    """A measure of the songs' pooled counts with its bootstrap interval over songs."""
    n = len(table)
    estimate = measure(table.sum(axis=0), target)
    if n < 2:
        return Interval(estimate, float("nan"), float("nan"), n)
    drawn = []
    for _ in range(RESAMPLES):
        pooled = table[rng.integers(0, n, n)].sum(axis=0)
        if pooled.any():
            drawn.append(measure(pooled, target))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Interval(estimate, float(low), float(high), n)
