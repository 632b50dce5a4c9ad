"""Bars and beats in played time: where accents fall, and where swing moves what begins in a beat.

Repeats are unrolled, so a pickup knows that it ends a bar and the short bar before a repeat that it
begins one.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from songrnn.notation.order import segments
from songrnn.notation.performance import Performance
from songrnn.notation.playing.styles import Accents, Style
from songrnn.notation.reading import Meter

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar, or a part of one, as played: `start` and `duration` in quarter notes, `offset` where
    in its meter's bar it begins, `written` its onset in the text."""

    start: Fraction
    duration: Fraction
    offset: Fraction
    meter: Meter
    written: Fraction

    def place(self, moment: Fraction) -> Fraction:
        """Quarter notes from the bar's beginning as its meter counts."""
        return moment - self.start + self.offset


def bars_of(performance: Performance) -> tuple[Bar, ...]:
    """The bars of a performance in order, without empty ones."""
    reading = performance.reading
    parts = segments(reading)
    found: list[Bar] = []
    now = carried = ZERO
    for index in performance.order:
        part = parts[index]
        if part.duration <= 0:
            continue
        meter = reading.meter
        for placed in reading.meters:
            if placed.onset <= part.onset:
                meter = placed.value
        length = meter.length or part.duration
        offset = ZERO
        if part.duration < length:
            opening = part.opening
            begins = opening is None or opening.starts_repeat or opening.final or not found
            if carried and carried + part.duration <= length:
                offset = carried
            elif begins:
                offset = length - part.duration
        found.append(Bar(now, part.duration, offset, meter, part.onset))
        carried = (offset + part.duration) % length
        now += part.duration
    return tuple(found)


class Beats:
    """What a style does to the moments of a performance."""

    def __init__(self, performance: Performance, style: Style, onsets: Iterable[Fraction]) -> None:
        """onsets: the moments at which notes of any voice begin."""
        self.bars = bars_of(performance)
        self._starts = [bar.start for bar in self.bars]
        self._style = style
        self._moved: dict[Fraction, Fraction] = {}
        self._knots: dict[Fraction, tuple[tuple[Fraction, Fraction], ...]] = {}
        if style.swing:
            self._learn(sorted(set(onsets)))

    def bar_at(self, moment: Fraction) -> Bar | None:
        """The bar that a moment of played time lies in."""
        index = bisect_right(self._starts, moment) - 1
        return self.bars[index] if index >= 0 else None

    def accent(self, moment: Fraction) -> int:
        """What is added to the velocity of a note that begins there."""
        accents: Accents = self._style.accents
        bar = self.bar_at(moment)
        if bar is None:
            return accents.between
        place = bar.place(moment)
        if place == 0:
            return accents.bar
        pulse = self._pulse(bar)
        if place % pulse:
            return accents.between
        length = bar.meter.length or ZERO
        halved = length / 2
        return accents.strong if halved % pulse == 0 and place == halved else accents.beat

    def moved(self, moment: Fraction) -> Fraction:
        """Where swing moves a moment: within its beat, so that beats stay where they are."""
        if not self._knots:
            return moment
        known = self._moved.get(moment)
        if known is None:
            known = self._moved[moment] = self._move(moment)
        return known

    def _pulse(self, bar: Bar) -> Fraction:
        meter = bar.meter
        if meter.compound or not meter.denominator:
            return meter.beat
        return min(self._style.pulse, meter.beat) if self._style.pulse < 1 else Fraction(1)

    def _beat(self, moment: Fraction) -> tuple[Fraction, Fraction] | None:
        """(its beginning, its length) of the whole beat that a moment lies in; None outside any."""
        bar = self.bar_at(moment)
        pulse = self._style.pulse
        if bar is None:
            return None
        start = moment - bar.place(moment) % pulse
        if start < bar.start or start + pulse > bar.start + bar.duration:
            return None
        return start, pulse

    def _learn(self, onsets: list[Fraction]) -> None:
        inside: dict[Fraction, list[Fraction]] = {}
        for onset in onsets:
            beat = self._beat(onset)
            if beat is not None and onset != beat[0]:
                inside.setdefault(beat[0], []).append((onset - beat[0]) / beat[1])
        for start, shares in inside.items():
            goes = self._style.swing.get(tuple(shares))
            if goes is not None:
                self._knots[start] = tuple(zip(shares, goes, strict=True))

    def _move(self, moment: Fraction) -> Fraction:
        beat = self._beat(moment)
        knots = self._knots.get(beat[0]) if beat else None
        if beat is None or knots is None:
            return moment
        start, length = beat
        share = (moment - start) / length
        before = (ZERO, ZERO)
        for knot in (*knots, (Fraction(1), Fraction(1))):
            if share <= knot[0]:
                along = (share - before[0]) / (knot[0] - before[0])
                return start + length * (before[1] + along * (knot[1] - before[1]))
            before = knot
        return moment
