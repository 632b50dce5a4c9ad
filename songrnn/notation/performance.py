"""A Reading as it is played: repeats and endings in order, moments to characters and back.

Written time becomes played time here, and nowhere else. Sections cited are of ABC 2.1.
"""

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction

from songrnn.notation.order import ZERO, Segment, playing_order, segments
from songrnn.notation.reading import Reading
from songrnn.notation.sounding import Sounding, sounds_of
from songrnn.notation.tables import (
    COMPOUND_BEATS_PER_MINUTE,
    RHYTHM_TEMPI,
    SIMPLE_BEATS_PER_MINUTE,
)


@dataclass(frozen=True)
class Performance:
    """A tune as played.

    notes: every sound in order of onset. played: (event index, onset) of every event, rests
    included, in order; a tied note's parts each have their own entry.
    quarters_per_minute: the tempo it begins with. order: the segments as played.
    """

    reading: Reading
    notes: tuple[Sounding, ...]
    played: tuple[tuple[int, Fraction], ...]
    quarters: Fraction
    quarters_per_minute: float
    order: tuple[int, ...]
    _clock: "tuple[tuple[Fraction, float, float], ...]"  # (from quarter, seconds, quarters/s)

    @property
    def seconds(self) -> float:
        """How long it lasts at its own tempo."""
        return self.seconds_at(self.quarters)

    @property
    def tempi(self) -> tuple[tuple[Fraction, float], ...]:
        """(from this moment of played time on, quarter notes a minute), in order."""
        return tuple([(quarters, speed * 60) for quarters, _, speed in self._clock])

    def seconds_at(self, quarters: Fraction, tempo: float | None = None) -> float:
        """Seconds from the beginning to a moment of played time.

        tempo: quarter notes a minute to begin with instead of the tune's own; later changes of
            tempo keep their proportion.
        """
        index = bisect_right(self._clock, quarters, key=lambda entry: entry[0]) - 1
        start, seconds, speed = self._clock[max(index, 0)]
        own = seconds + float(quarters - start) / speed
        return own if tempo is None else own * self.quarters_per_minute / tempo

    def timeline(self, tempo: float | None = None) -> tuple[tuple[float, int, int], ...]:
        """(seconds, start, end): from that moment on these characters sound (or rest).

        In order of time, repeats unrolled, grace notes left out; the last entry is the end, with
        an empty span after the last character of the tune.
        """
        events = self.reading.events
        lines = [
            (self.seconds_at(onset, tempo), *events[index].span)
            for index, onset in self.played
            if events[index].kind != "grace"
        ]
        end = self.reading.end
        return (*lines, (self.seconds_at(self.quarters, tempo), end, end))


def default_tempo(reading: Reading) -> float:
    """Quarter notes a minute for a tune without Q: by its rhythm, else by its meter's beat."""
    rhythm = " ".join(reading.header.get("R", "").lower().split())
    if rhythm in RHYTHM_TEMPI or rhythm.rstrip("s") in RHYTHM_TEMPI:
        beat, count = RHYTHM_TEMPI.get(rhythm) or RHYTHM_TEMPI[rhythm.rstrip("s")]
        return float(beat * count)
    meter = reading.meter
    if meter.compound:
        return float(meter.beat * COMPOUND_BEATS_PER_MINUTE)
    if meter.denominator == 2:
        return 160.0
    return float(SIMPLE_BEATS_PER_MINUTE)


def perform(reading: Reading, *, passes: int = 8) -> Performance:
    """The tune as it is played, repeats unrolled.

    passes: the most often a section is played, whatever its endings ask for.
    """
    parts = segments(reading)
    order = playing_order(reading, parts, passes)
    events = reading.events
    played: list[tuple[int, Fraction]] = []
    now = ZERO
    tempos = {change.onset: change.value.quarters_per_minute for change in reading.tempos}
    start = next((float(t.value.quarters_per_minute) for t in reading.tempos if t.onset == 0), None)
    tempo = start or default_tempo(reading)
    changes = [(change.onset, float(change.value.quarters_per_minute)) for change in reading.tempos]
    clock: list[tuple[Fraction, float, float]] = [(ZERO, 0.0, tempo / 60)]
    for index in order:
        part = parts[index]
        shift = now - part.onset
        played += [(event, events[event].onset + shift) for event in range(part.first, part.last)]
        if len(tempos) > 1 or (changes and start is None):
            _follow_tempo(clock, changes, part, shift, tempo)
        now += part.duration
    notes = sounds_of(events, played)
    return Performance(reading, notes, tuple(played), now, tempo, order, tuple(clock))


def _follow_tempo(
    clock: list[tuple[Fraction, float, float]],
    changes: list[tuple[Fraction, float]],
    part: Segment,
    shift: Fraction,
    first: float,
) -> None:
    """Add the tempi that hold in a segment to the clock."""
    index = bisect_right(changes, part.onset, key=lambda change: change[0]) - 1
    within = [(part.onset, changes[index][1] if index >= 0 else first)]
    index += 1
    while index < len(changes) and changes[index][0] < part.onset + part.duration:
        within.append(changes[index])
        index += 1
    for onset, tempo in within:
        at = onset + shift
        start, seconds, speed = clock[-1]
        if tempo / 60 == speed:
            continue
        entry = (at, seconds + float(at - start) / speed, tempo / 60)
        if at == start:
            clock[-1] = entry
        else:
            clock.append(entry)
