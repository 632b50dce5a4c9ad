"""How typical a song is: what a listener who knows training tunes would take for one of them.

A logistic regression learns to tell training tunes from songs that the same run wrote with the
settings it is used with. Its score is the log odds of a tune: the higher, the more like one. It
looks at where things stand, bar by bar, and at short runs of notes: never at the `traits` by which
the judge of `two_sample` tells songs from held-out tunes, and never at held-out tunes.
"""

import itertools
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.notation.reader import read
from songrnn.notation.reading import Reading
from songrnn.quality.form import BarContent, Section, sections, tonic_of
from songrnn.quality.two_sample import delong

_PART = 8  # bars whose places are told apart
_PAIRS = tuple(itertools.combinations(range(_PART), 2))
_CORNERS = ((0, 0), (3, -1), (4, 0), (7, -1))  # (bar, note): whose pitch is looked at
LENGTHS = (4, 5, 8, 9, 12, 13, 16, 17)  # edges between the lengths of sections that are told apart
_MOST_SECTIONS = 6
RUNS = 512  # hashed runs of two and three notes
RHYTHMS = 128  # hashed rhythms of bars
_SIZES = (
    len(_PAIRS),
    12 * len(_CORNERS),
    len(LENGTHS) + 1,
    _MOST_SECTIONS,
    RUNS,
    RHYTHMS,
)
SIZE = sum(_SIZES)
# Of the penalty in the regression: the larger, the freer the weights.
_FREEDOM = 0.01
# How much hashed features count beside the others: they are many, and each says little.
HASHED = 0.3


@dataclass(frozen=True, eq=False)
class Typicality:
    """weights, centre, scale (SIZE,) and what is added: log odds that a song is a training tune."""

    weights: NDArray[np.float64]
    centre: NDArray[np.float64]
    scale: NDArray[np.float64]
    added: float

    def score(self, song: str | Reading) -> float:
        """Log odds; 0 is undecided."""
        row = (places(song) - self.centre) / self.scale
        return float(row @ self.weights + self.added)


def fit(songs: Sequence[str], tunes: Sequence[str]) -> Typicality:
    """Learn from songs of one run, settings and length limit, and from its training tunes."""
    from sklearn.linear_model import LogisticRegression

    x = np.array([places(text) for text in (*songs, *tunes)])
    y = np.repeat([0, 1], [len(songs), len(tunes)])
    centre, scale = x.mean(0), x.std(0)
    scale[scale < 1e-6] = 1.0
    scale[-(RUNS + RHYTHMS) :] /= HASHED
    learner = LogisticRegression(C=_FREEDOM, class_weight="balanced", max_iter=2000)
    learner.fit((x - centre) / scale, y)
    return Typicality(
        learner.coef_[0].round(6), centre.round(6), scale.round(6), float(learner.intercept_[0])
    )


def places(song: str | Reading) -> NDArray[np.float64]:
    """(SIZE,): how alike the bars of a section are, pair by pair; the notes at its corners; the
    sections' lengths and number; runs of notes and rhythms of bars, hashed."""
    reading = read(song) if isinstance(song, str) else song
    parts = [part for part in sections(reading) if part.places]
    home = tonic_of(reading.key) or 0
    pairs, corners = np.zeros(len(_PAIRS)), np.zeros((len(_CORNERS), 12))
    lengths, number = np.zeros(len(LENGTHS) + 1), np.zeros(_MOST_SECTIONS)
    for part in parts:
        for place, (a, b) in enumerate(_PAIRS):
            if b < len(part.places):
                pairs[place] += alike(part.places[a], part.places[b]) / len(parts)
        for place, (bar, note) in enumerate(_CORNERS):
            if bar < len(part.places) and (tops := tops_of(part.places[bar])):
                corners[place, (tops[note] - home) % 12] += 1 / len(parts)
        if part.length is not None:
            lengths[np.searchsorted(LENGTHS, float(part.length), "right")] += 1 / len(parts)
    number[min(len(parts), _MOST_SECTIONS) - 1] = 1
    return np.concatenate(
        [pairs, corners.ravel(), lengths, number, runs_of(reading, home), rhythms_of(parts)]
    )


def runs_of(reading: Reading, home: int) -> NDArray[np.float64]:
    """(RUNS,): runs of two and three notes, hashed."""
    notes = [
        ((event.pitches[-1] - home) % 24, float(event.duration))
        for event in reading.events
        if event.pitches and event.kind != "grace"
    ]
    runs = [*itertools.pairwise(notes), *zip(notes, notes[1:], notes[2:], strict=False)]
    return _hashed([repr(run) for run in runs], RUNS)


def rhythms_of(parts: Sequence[Section]) -> NDArray[np.float64]:
    """(RHYTHMS,): the rhythms of bars, hashed."""
    said = [
        repr([(bool(pitches), float(length)) for pitches, length in bar])
        for part in parts
        for bar in part.places
    ]
    return _hashed(said, RHYTHMS)


def _hashed(words: Sequence[str], size: int) -> NDArray[np.float64]:
    """The square roots of the shares of words in each of `size` classes (size,)."""
    counts = np.bincount([zlib.crc32(word.encode()) % size for word in words], minlength=size)
    return np.sqrt(counts / max(len(words), 1))


def tops_of(bar: BarContent) -> list[int]:
    """The highest pitch of each note or chord."""
    return [pitches[-1] for pitches, _ in bar if pitches]


def alike(one: BarContent, other: BarContent) -> float:
    """Share of the longer bar's events that are the same one by one from the beginning."""
    longest = max(len(one), len(other))
    same = sum(a == b for a, b in zip(one, other, strict=False))
    return same / longest if longest else 0.0


def held_out_auc(found: Typicality, songs: Sequence[str], tunes: Sequence[str]) -> float:
    """How well it tells tunes from songs, neither of which it learned from."""
    scores = [np.array([found.score(text) for text in side]) for side in (tunes, songs)]
    return delong(*scores).estimate
