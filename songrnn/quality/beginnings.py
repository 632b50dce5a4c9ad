"""How typical the beginning of a song is: what a composer goes by that chooses phrase by phrase.

A logistic regression for each of the places where beginnings are compared (`phrases.CUTS`), and one
for whole songs. Each learns to tell training tunes, cut there, from a run's own songs, cut there;
its score is the log odds of a tune. Like `typicality` they look at where things stand, never at the
`traits` by which the judge of `two_sample` tells songs from held-out tunes, and never at those.
"""

import itertools
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from songrnn.generation.phrases import CUTS, Judge, cut
from songrnn.notation.reader import read
from songrnn.notation.reading import Reading
from songrnn.quality.form import BarContent, Section, sections, tonic_of
from songrnn.quality.motifs import SIZE as MOTIFS
from songrnn.quality.motifs import motifs
from songrnn.quality.novelty import Index
from songrnn.quality.ranking import COPIED
from songrnn.quality.typicality import (
    HASHED,
    LENGTHS,
    RHYTHMS,
    RUNS,
    alike,
    rhythms_of,
    runs_of,
    tops_of,
)

_PART = 8  # bars whose places are told apart
_PAIRS = tuple(itertools.combinations(range(_PART), 2))
_LAST_LENGTHS = (0.5, 1.0, 1.5, 2.0, 3.0)  # quarter notes: edges
_MOST_OPEN = 25  # bars of a section that has not ended
_MOST_SECTIONS, _MOST_PHRASES = 6, 10
_CLASSES = 20  # of meters and of modes, hashed
# What is measured of a beginning -> its shape, in this order; then runs and rhythms, hashed.
FEATURES: dict[str, tuple[int, ...]] = {
    "bars of a section alike: share of the notes, all, rhythm": (3, len(_PAIRS)),
    "first note of a bar": (_PART, 12),
    "last note of a bar": (_PART, 12),
    "length of a section": (len(LENGTHS) + 1,),
    "sections": (_MOST_SECTIONS,),
    "last note of a section, of the last one": (2, 12),
    "its length": (2, len(_LAST_LENGTHS) + 1),
    "bars of the section that has not ended": (_MOST_OPEN + 1,),
    "bars as in the section before, counted from its start and its end": (2, 3, _PART),
    "whole, repeated at the end, bars, sections repeated": (4,),
    "phrases of a whole song": (_MOST_PHRASES,),
    "meter, mode": (2, _CLASSES),
}
_STARTS = np.cumsum([0, *(int(np.prod(shape)) for shape in FEATURES.values())])
# Numbers of places, of motifs, hashed ones.
PLACES = int(_STARTS[-1])
SIZE = PLACES + MOTIFS + RUNS + RHYTHMS
_COPIED_PENALTY = 20.0  # log odds: nothing else weighs as much
# Of the penalty in the regression: the larger, the freer the weights.
_FREEDOM = 0.01


def measured(song: str | Reading, whole: bool) -> NDArray[np.float64]:
    """(SIZE,): FEATURES of a beginning or, `whole`, of a song, means over its sections; its
    `motifs`; runs and rhythms."""
    reading = read(song) if isinstance(song, str) else song
    parts = [part for part in sections(reading) if part.places]
    home = tonic_of(reading.key) or 0
    dense = np.zeros(_STARTS[-1])
    blocks = [
        dense[start : start + int(np.prod(shape))].reshape(shape)
        for start, shape in zip(_STARTS, FEATURES.values(), strict=False)
    ]
    bars_alike, firsts, lasts, lengths, number, last_notes, last_lengths = blocks[:7]
    unended, across, ends, phrases, head = blocks[7:]
    n = max(len(parts), 1)
    for place, part in enumerate(parts):
        final = place == len(parts) - 1
        _measure_bars(part, home, bars_alike, firsts, lasts)
        if final and not whole:
            unended[min(len(part.places), _MOST_OPEN)] = 1
        else:
            if part.length is not None:
                lengths[np.searchsorted(LENGTHS, float(part.length), "right")] += 1 / n
            if part.last is not None:
                last_notes[int(final), (part.last.pitches[0] - home) % 12] += 1
                last_lengths[
                    int(final), np.searchsorted(_LAST_LENGTHS, float(part.last.duration))
                ] += 1
        if place:
            _measure_across(parts[place - 1], part, across, ended=whole or not final)
    for block in (bars_alike, firsts, lasts):
        block /= n
    across /= max(n - 1, 1)
    number[min(len(parts), _MOST_SECTIONS) - 1] = 1
    ends[3] = sum(part.repeated for part in parts) / n
    if whole:
        bars = sum(len(part.places) for part in parts)
        ends[:3] = 1, bool(parts) and parts[-1].repeated, bars / 16
        phrases[min(bars // 4, _MOST_PHRASES - 1)] = 1
    _measure_header(reading, head)
    hashed = runs_of(reading, home), rhythms_of(parts)
    return np.concatenate([dense, motifs(reading, parts), *hashed])


def _measure_bars(
    part: Section,
    home: int,
    bars_alike: NDArray[np.float64],
    firsts: NDArray[np.float64],
    lasts: NDArray[np.float64],
) -> None:
    places = part.places[:_PART]
    rhythms = [_rhythm(bar) for bar in places]
    for pair, (a, b) in enumerate(_PAIRS):
        if b < len(places):
            share = alike(places[a], places[b])
            bars_alike[:, pair] += share, share == 1, alike(rhythms[a], rhythms[b])
    for place, bar in enumerate(places):
        if tops := tops_of(bar):
            firsts[place, (tops[0] - home) % 12] += 1
            lasts[place, (tops[-1] - home) % 12] += 1


def _measure_across(
    before: Section, part: Section, across: NDArray[np.float64], *, ended: bool
) -> None:
    """What a section says that the one before said in the same place."""
    for side in (0, 1) if ended else (0,):
        ours, theirs = (s.places[::-1] if side else s.places for s in (part, before))
        for place, (bar, other) in enumerate(zip(ours[:_PART], theirs, strict=False)):
            share = alike(bar, other)
            across[side, :, place] += share, share == 1, alike(_rhythm(bar), _rhythm(other))


def _measure_header(reading: Reading, head: NDArray[np.float64]) -> None:
    header = reading.header
    for row, value in enumerate((header.get("M", ""), header.get("K", "").strip()[1:])):
        head[row, zlib.crc32(value.encode()) % _CLASSES] = 1


def _rhythm(bar: BarContent) -> BarContent:
    """The bar with one pitch for all its notes."""
    return tuple(((0,) if pitches else (), length) for pitches, length in bar)


@dataclass(frozen=True, eq=False)
class Beginnings:
    """weights (stages, SIZE), added (stages,): log odds for each of CUTS, then for whole songs."""

    weights: NDArray[np.float64]
    added: NDArray[np.float64]

    def score(self, song: str | Reading, whole: bool, stage: int) -> float:
        """Log odds that it is the beginning of a training tune, at a stage of composing."""
        return float(measured(song, whole) @ self.weights[stage] + self.added[stage])

    def judge(self, index: Index | None = None) -> Judge:
        """What `compose_by_phrases` asks. With an index of training tunes what copies as much as
        `ranking` holds back is worse than all that does not."""

        def judge(
            texts: Sequence[str], whole: Sequence[bool], stage: int, more: Sequence[float]
        ) -> list[float]:
            asked = list(zip(texts, whole, more, strict=True))
            readings = {each: read(each[0]) for each in asked}
            scores = {
                each: self.score(reading, each[1], stage) + each[2]
                for each, reading in readings.items()
            }
            looked_up: set[tuple[str, bool, float]] = set()
            # Only what would be chosen has to be looked up.
            while (
                index is not None and (best := max(scores, key=scores.__getitem__)) not in looked_up
            ):
                looked_up.add(best)
                if index.longest_notes(readings[best]) >= COPIED:
                    scores[best] -= _COPIED_PENALTY
            return [scores[each] for each in asked]

        return judge


def fit(
    songs: Sequence[str],
    tunes: Sequence[str],
    progress: Callable[[float], None] = lambda done: None,
) -> Beginnings:
    """Learn from songs of one run, all ended, and from its training tunes."""
    stages = _at_each_stage([*songs, *tunes], progress)
    y = np.repeat([0, 1], [len(songs), len(tunes)])
    learned = [_told_apart(stage, y, hashed=RUNS + RHYTHMS) for stage in stages]
    return Beginnings(
        np.array([own for own, _ in learned]), np.array([more for _, more in learned])
    )


def fit_drafts(found: Beginnings, drafts: Sequence[str], tunes: Sequence[str]) -> Beginnings:
    """The same, with what still tells whole songs that were written by it from training tunes added
    to the score of whole songs: places and motifs, nothing hashed, or it would learn by heart."""
    x = np.array([measured(text, True)[: PLACES + MOTIFS] for text in (*drafts, *tunes)])
    own, more = _told_apart(x, np.repeat([0, 1], [len(drafts), len(tunes)]), hashed=0)
    weights, added = found.weights.copy(), found.added.copy()
    weights[-1, : len(own)] += own
    added[-1] += more
    return Beginnings(weights.round(5), added.round(5))


def _told_apart(
    rows: NDArray[np.floating[Any]], y: NDArray[np.int_], *, hashed: int
) -> tuple[NDArray[np.float64], float]:
    """Weights and what is added: log odds that a row (n, width) is a tune's, y being 1, and not a
    song's; as many columns at the end are hashed."""
    from sklearn.linear_model import LogisticRegression

    x = rows.astype(float)
    centre, scale = x.mean(0), x.std(0)
    scale[scale < 1e-6] = 1.0
    scale[len(scale) - hashed :] /= HASHED
    learner = LogisticRegression(C=_FREEDOM, class_weight="balanced", max_iter=2000)
    learner.fit((x - centre) / scale, y)
    own = (learner.coef_[0] / scale).round(5)
    return own, round(float(learner.intercept_[0] - own @ centre), 5)


def _at_each_stage(
    texts: Sequence[str], progress: Callable[[float], None]
) -> Iterator[NDArray[np.float32]]:
    """(texts, SIZE) for each of CUTS, then whole: songs and tunes that have ended, as each stage
    sees them, one after the other, since all together would take hundreds of megabytes."""
    rounds = len(CUTS) + 1
    ended = np.empty((len(texts), SIZE), np.float32)
    for place, text in enumerate(texts):
        progress(place / len(texts) / rounds)
        ended[place] = measured(text, True)
    going_on = list(range(len(texts)))
    for stage, bars in enumerate(CUTS, start=1):
        found, before = ended.copy(), going_on  # of what is over before the cut as well
        going_on = []
        for number, place in enumerate(before):
            progress((stage + number / len(before)) / rounds)
            beginning, whole = cut(texts[place], bars)
            if not whole:
                going_on.append(place)
                found[place] = measured(beginning, False)
        yield found
    yield ended
