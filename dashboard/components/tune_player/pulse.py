"""Where the beats of a tune fall as it is played, for a metronome and for a loop over whole bars."""

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor

from songrnn.notation.bars import Bar, bars
from songrnn.notation.reading import Reading

Line = tuple[float, int, int]  # seconds, start, end


def pulse(reading: Reading, timeline: Sequence[Line]) -> list[tuple[float, bool]]:
    """(seconds, whether a bar begins there) of every beat, repeats unrolled.

    timeline: (seconds, start, end) as the tune is played, the last entry its end. The beats of a
    bar divide the time it takes, so they follow whatever tempo it is played in; those of a pickup
    are counted from its end, or go on from the short bar that it completes. Bars without a meter have one beat, at their beginning.
    """
    written = sorted(bars(reading), key=lambda bar: bar.span)
    if not written or not timeline:
        return []
    starts = [bar.span[0] for bar in written]
    passes: list[tuple[float, int]] = []  # from when on which bar is played
    before = -1
    for seconds, start, end in timeline[:-1]:
        index = bisect_right(starts, start) - 1
        if end > start and index >= 0:
            if not passes or index != passes[-1][1] or start < before:
                passes.append((seconds, index))
            before = start
    if not passes:
        return []
    ends = [seconds for seconds, _ in passes[1:]] + [timeline[-1][0]]
    found: list[tuple[float, bool]] = []
    done = Fraction(0)  # quarter notes of the bar that the last part left unfinished
    for (begin, index), until in zip(passes, ends, strict=True):
        bar = written[index]
        # A pickup that completes the bar before it, across a repeat, goes on in its beats.
        whole = bar.expected is not None and done + bar.actual == bar.expected
        if done and not (whole and bar.role in ("part", "pickup")):
            done = Fraction(0)
        found += _beats(bar, begin, until, reading.meter.beat, done)
        done = Fraction(0) if whole or bar.role not in ("part", "pickup") else done + bar.actual
    return found


def _beats(
    bar: Bar, begin: float, until: float, beat: Fraction, done: Fraction
) -> list[tuple[float, bool]]:
    if bar.expected is None or bar.actual <= 0:
        return [(begin, True)]
    each = (until - begin) / float(bar.actual / beat)
    if bar.role == "pickup" and not done:
        whole = floor(bar.actual / beat)
        first = until - whole * each
        return [(first + place * each, False) for place in range(whole)]
    places = range(ceil(done / beat), ceil((done + bar.actual) / beat))
    return [(begin + float(place - done / beat) * each, place == 0) for place in places]
