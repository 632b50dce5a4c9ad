"""What a song does with its motifs: how it goes on, what it takes up again, which chords it outlines.

Everything is told by degrees of the key's scale and by bars, so that a tune in D and the same tune
in G are alike, and a bar that is taken up a third higher is taken up. None of it is a trait of
`traits`, by which the judge of `two_sample` tells songs from held-out tunes.
"""

import itertools
import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.notation.reading import Reading
from songrnn.notation.tables import NATURAL_SEMITONES
from songrnn.quality.form import Section, tonic_of

_DEGREES = 7
_PART = 8  # bars whose places are told apart
_POINTS = 8  # of a bar's curve
_CLOSE = 0.8  # correlation of curves that are alike
_LAGS = (1, 2, 4, 8)  # bars
_RUNS = (3, 4, 6)  # notes
_WIDE = 4  # steps: as far as they are told apart
_TRIADS = tuple(tuple((root + third) % _DEGREES for third in (0, 2, 4)) for root in range(_DEGREES))
_ON_BEAT = 0.15  # what a triad gains by having the bar's first note
_FITS = 1.1  # of 1.15: nearly all of the bar

_OF_NEW_BARS = (
    *("halves alike", "contour of an earlier one", "beginning of an earlier one"),
    *("end of an earlier one", "rhythm of an earlier one", "range", "notes repeated"),
    *("steps of one", "steps of two", "steps that go on"),
)
_NAMES = (
    *(f"entropy of a degree, {known} known" for known in (0, 1, 2)),
    *(f"entropy of a step, {known} known" for known in (1, 2)),
    *(f"{what} said before, {n} notes" for n in _RUNS for what in ("degrees", "steps", "both")),
    *(f"new bars, {what}, {how}" for what in _OF_NEW_BARS for how in ("mean", "deviation")),
    *("new bars", "bends in them", "leaps", "leaps turned back"),
    *("step into the next bar", "none", "one", "three or more"),
    *("outside of the scale", "any", "bars with any", "notes of a bar", "deviation"),
    *(f"{what}, {lag} bars before" for lag in _LAGS for what in ("curve", "close", "directions")),
    *("outlined chord fits", "deviation of that", "fits nearly all", "chords", "their entropy"),
    *("entropy of the next", "mean height", "second section above", "its top above"),
    *("highest", "lowest", "notes on the highest"),
)
SHAPES = (
    (len(_NAMES),),
    (_PART, _DEGREES),  # the chord that a bar of a section outlines
    (_DEGREES, _DEGREES),  # from one bar's chord to the next one's
    (2, _DEGREES),  # degrees on the beat and off it
    (_PART,),  # how high a bar lies above the others
)
SIZE = sum(math.prod(shape) for shape in SHAPES)

_Bar = tuple[tuple[int, float], ...]  # (degree, quarter notes) of each note


@dataclass(frozen=True)
class _Scale:
    """The degrees of a key. degree: of each pitch class above the tonic; inside: those of the scale."""

    home: int
    degree: tuple[int, ...]
    inside: frozenset[int]

    def of(self, pitch: int) -> int:
        """A pitch in steps of the scale above the tonic below middle C's octave."""
        octave, above = divmod(pitch - 60 - self.home, 12)
        return octave * _DEGREES + self.degree[above]


def motifs(reading: Reading, parts: Sequence[Section]) -> NDArray[np.float64]:
    """(SIZE,): _NAMES of a song, or of its beginning, then the tables of SHAPES; 0 for nothing."""
    scale = _scale_of(reading)
    tops = [e.pitches[-1] for e in reading.events if e.pitches and e.kind != "grace"]
    lengths = [float(e.duration) for e in reading.events if e.pitches and e.kind != "grace"]
    notes = [scale.of(pitch) for pitch in tops]
    by_part = [[_notes_in(bar, scale) for bar in part.places] for part in parts]
    bars = [bar for part in by_part for bar in part]
    numbers = [
        *_order(notes, lengths),
        *_new_bars(bars),
        *_steps_of(notes),
        *_links(bars),
        *_accidentals(tops, parts, scale, bars),
        *_curves(bars),
    ]
    chords, fits = _chords(by_part)
    outlined = [chord for _, chord in chords]
    place, following = np.zeros((_PART, _DEGREES)), np.zeros((_DEGREES, _DEGREES))
    for bar, chord in chords:
        if bar < _PART:
            place[bar, chord] += 1 / len(parts)
    for before, after in itertools.pairwise(outlined):
        following[before, after] += 1 / (len(outlined) - 1)
    numbers += [_mean(fits), _deviation(fits), _mean([fit >= _FITS for fit in fits])]
    numbers += [len(set(outlined)), _entropy(outlined), _entropy(outlined, 1)]
    heights = _heights(by_part)
    numbers += [float(heights.mean()), *_second_section(by_part), *_extremes(notes)]
    return np.concatenate(
        [numbers, place.ravel(), following.ravel(), _on_and_off(bars), heights - heights.mean()]
    )


def _scale_of(reading: Reading) -> _Scale:
    home = tonic_of(reading.key) or 0
    naturals = sorted(NATURAL_SEMITONES.values())
    inside = sorted(
        {(n + a - home) % 12 for n, a in zip(naturals, reading.key.alterations, strict=True)}
    )
    nearest = tuple(min(range(len(inside)), key=lambda d: abs(inside[d] - p)) for p in range(12))
    return _Scale(home, nearest, frozenset(inside))


def _notes_in(bar: Iterable[tuple[tuple[int, ...], object]], scale: _Scale) -> _Bar:
    return tuple((scale.of(pitches[-1]), float(length)) for pitches, length in bar if pitches)  # type: ignore[arg-type]


def _order(notes: Sequence[int], lengths: Sequence[float]) -> list[float]:
    """How well a note can be told from those before it, and how much of the song was said before."""
    steps = [after - before for before, after in itertools.pairwise(notes)]
    narrow = [max(-_WIDE, min(_WIDE, step)) for step in steps]
    degrees = [note % _DEGREES for note in notes]
    found = [_entropy(notes), _entropy(degrees, 1), _entropy(degrees, 2)]
    found += [_entropy(narrow, 1), _entropy(narrow, 2)]
    both = list(zip(notes, lengths, strict=True))
    for size in _RUNS:
        found += [_said_before(row, size) for row in (notes, steps, both)]
    return found


def _new_bars(bars: Sequence[_Bar]) -> list[float]:
    """Of the bars that no earlier bar says: what they take up of each other, and how they move."""
    new = list(dict.fromkeys(bar for bar in bars if bar))
    moves = [tuple(b - a for (a, _), (b, _) in itertools.pairwise(bar)) for bar in new]
    columns: list[Sequence[float]] = [
        [_halves_alike(move) for move in moves if len(move) > 2],
        _seen_before(moves),
        _seen_before([tuple(note for note, _ in bar[:3]) for bar in new]),
        _seen_before([tuple(note for note, _ in bar[-3:]) for bar in new]),
        _seen_before([tuple(length for _, length in bar) for bar in new]),
        [max(note for note, _ in bar) - min(note for note, _ in bar) for bar in new],
        *([_mean([abs(step) == size for step in move]) for move in moves] for size in (0, 1, 2)),
        [_mean([a == b and abs(a) == 1 for a, b in itertools.pairwise(m)]) for m in moves],
    ]
    turning = [
        (a > 0) != (b > 0)
        for move in moves
        for a, b in itertools.pairwise([step for step in move if step])
    ]
    found = [figure(column) for column in columns for figure in (_mean, _deviation)]
    return [*found, len(new) / max(len(bars), 1), _mean(turning)]


def _halves_alike(move: Sequence[int]) -> bool:
    half = (len(move) + 1) // 2 - 1
    return bool(move[:half] == move[len(move) - half :])


def _steps_of(notes: Sequence[int]) -> list[float]:
    steps = [after - before for before, after in itertools.pairwise(notes)]
    back = [(a > 0) != (b > 0) for a, b in itertools.pairwise(steps) if abs(a) >= _WIDE and b]
    return [_mean([abs(step) >= _WIDE for step in steps]), _mean(back)]


def _links(bars: Sequence[_Bar]) -> list[float]:
    """Steps from a bar's last note to the next one's first."""
    found = [abs(b[0][0] - a[-1][0]) for a, b in itertools.pairwise(bars) if a and b]
    tests: tuple[Callable[[int], bool], ...] = (
        lambda step: step == 0,
        lambda step: step == 1,
        lambda step: step >= 3,
    )
    return [_mean(found), *(_mean([test(step) for step in found]) for test in tests)]


def _accidentals(
    tops: Sequence[int], parts: Sequence[Section], scale: _Scale, bars: Sequence[_Bar]
) -> list[float]:
    outside = [(pitch - scale.home) % 12 not in scale.inside for pitch in tops]
    with_any = [
        any((p[-1] - scale.home) % 12 not in scale.inside for p, _ in bar if p)
        for part in parts
        for bar in part.places
    ]
    sizes = [len(bar) for bar in bars]
    return [_mean(outside), any(outside), _mean(with_any), _mean(sizes), _deviation(sizes)]


def _curves(bars: Sequence[_Bar]) -> list[float]:
    """How alike the curves of different bars are, and which have the same directions."""
    curves = np.array([_curve(bar) for bar in bars]).reshape(len(bars), _POINTS)
    directions = [
        tuple((b > a) - (b < a) for (a, _), (b, _) in itertools.pairwise(x)) for x in bars
    ]
    found: list[float] = []
    for lag in _LAGS:
        pairs = [
            (first, first + lag)
            for first in range(len(bars) - lag)
            if min(len(bars[first]), len(bars[first + lag])) > 1
            and bars[first] != bars[first + lag]
        ]
        if not pairs:
            found += [0.0, 0.0, 0.0]
            continue
        ours, theirs = np.array(pairs).T
        likeness = (curves[ours] * curves[theirs]).sum(1)
        same = [directions[a] == directions[b] for a, b in pairs]
        found += [float(likeness.mean()), float((likeness > _CLOSE).mean()), _mean(same)]
    return found


def _curve(bar: _Bar) -> NDArray[np.float64]:
    """(_POINTS,): the height at even times, mean 0 and length 1; zeros where it is flat."""
    if len(bar) < 2:
        return np.zeros(_POINTS)
    ends = list(itertools.accumulate(length for _, length in bar))
    heights, note = np.empty(_POINTS), 0
    for point in range(_POINTS):
        while note < len(bar) - 1 and ends[note] <= point * ends[-1] / _POINTS + 1e-9:
            note += 1
        heights[point] = bar[note][0]
    heights -= heights.mean()
    size = math.sqrt(float(heights @ heights))
    return heights / size if size else heights


def _chords(by_part: Sequence[Sequence[_Bar]]) -> tuple[list[tuple[int, int]], list[float]]:
    """(place in the section, root's degree) of the triad that has most of each bar, and how well
    it fits: the share of the bar's time, more where it has the first note."""
    found, fits = [], []
    for part in by_part:
        for place, bar in enumerate(part):
            if not bar:
                continue
            time = np.zeros(_DEGREES)
            for note, length in bar:
                time[note % _DEGREES] += length
            time /= time.sum() or 1.0
            first = bar[0][0] % _DEGREES
            fit = [sum(time[d] for d in t) + _ON_BEAT * (first in t) for t in _TRIADS]
            chord = int(np.argmax(fit))
            found.append((place, chord))
            fits.append(float(fit[chord]))
    return found, fits


def _on_and_off(bars: Sequence[_Bar]) -> NDArray[np.float64]:
    """(2 _DEGREES,): shares of the degrees of notes that begin on a quarter note, and of others."""
    counts = np.zeros((2, _DEGREES))
    for bar in bars:
        now = 0.0
        for note, length in bar:
            counts[int(abs(now - round(now)) > 1e-6), note % _DEGREES] += 1
            now += length
    return (counts / np.maximum(counts.sum(1, keepdims=True), 1)).ravel()


def _heights(by_part: Sequence[Sequence[_Bar]]) -> NDArray[np.float64]:
    """(_PART,): the mean degree of each bar of a section; 0 for bars that there are none of."""
    found = np.zeros(_PART)
    for place in range(_PART):
        there = [part[place] for part in by_part if len(part) > place and part[place]]
        found[place] = _mean([_mean([note for note, _ in bar]) for bar in there])
    return found


def _second_section(by_part: Sequence[Sequence[_Bar]]) -> list[float]:
    """How far the mean and the highest note of the second section lie above the first one's."""
    notes = [[note for bar in part for note, _ in bar] for part in by_part]
    if len(notes) < 2 or not notes[0] or not notes[1]:
        return [0.0, 0.0]
    return [_mean(notes[1]) - _mean(notes[0]), float(max(notes[1]) - max(notes[0]))]


def _extremes(notes: Sequence[int]) -> list[float]:
    if not notes:
        return [0.0, 0.0, 0.0]
    highest = max(notes)
    return [float(highest), float(min(notes)), _mean([note == highest for note in notes])]


def _said_before(row: Sequence[Hashable], size: int) -> float:
    """Share of the runs of `size` that the song has said before."""
    return _mean(_seen_before(list(zip(*(row[start:] for start in range(size)), strict=False))))


def _seen_before(values: Sequence[Hashable]) -> list[bool]:
    seen: set[Hashable] = set()
    found = []
    for value in values:
        found.append(value in seen)
        seen.add(value)
    return found


def _entropy(row: Sequence[Hashable], known: int = 0) -> float:
    """Bits of the next value when `known` before it are known, from the counts of this song."""
    if len(row) <= known:
        return 0.0
    runs = list(zip(*(row[start:] for start in range(known + 1)), strict=False))
    return _bits(runs) - (_bits([run[:-1] for run in runs]) if known else 0.0)


def _bits(values: Sequence[Hashable]) -> float:
    total = len(values)
    return -sum(n / total * math.log2(n / total) for n in Counter(values).values())


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _deviation(values: Sequence[float]) -> float:
    middle = _mean(values)
    return math.sqrt(_mean([(value - middle) ** 2 for value in values]))
