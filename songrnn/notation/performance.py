"""A Reading as it is played: repeats and endings in order, moments to characters and back.

Written time becomes played time here, and nowhere else. Sections cited are of ABC 2.1.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from songrnn.notation.pulse import ZERO
from songrnn.notation.reading import Barline, Event, Reading
from songrnn.notation.tables import (
    COMPOUND_BEATS_PER_MINUTE,
    RHYTHM_TEMPI,
    SIMPLE_BEATS_PER_MINUTE,
)


@dataclass(frozen=True, slots=True)
class Sounding:
    """One sound: a note or chord, tied notes joined.

    event: index of the event it begins with. span: that event's characters; `spans` adds those
        of the notes tied on, in order.
    onset_quarters, duration_quarters: played time, exact.
    pitches: MIDI numbers, lowest first. grace: a grace note, whose duration is 0.
    """

    event: int
    span: tuple[int, int]
    onset_quarters: Fraction
    duration_quarters: Fraction
    pitches: tuple[int, ...]
    spans: tuple[tuple[int, int], ...] = ()
    grace: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """The music between two barlines: events[first:last], from `onset`, `duration` long.

    opening, closing: the barlines around it, None at the tune's ends.
    """

    first: int
    last: int
    onset: Fraction
    duration: Fraction
    opening: Barline | None
    closing: Barline | None


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

    def span_at(self, seconds: float, tempo: float | None = None) -> tuple[int, int] | None:
        """The characters sounding at a moment, None before the first and after the last."""
        lines = self._timeline if tempo is None else self.timeline(tempo)
        index = bisect_right(lines, seconds, key=lambda line: line[0]) - 1
        if index < 0 or index >= len(lines) - 1:
            return None
        return lines[index][1:]

    def times_of(self, position: int) -> tuple[float, ...]:
        """When the character at `position` sounds, at the tune's own tempo: once a repeat.

        Between notes it is the next note's moment; empty after the last note.
        """
        spans = self._spans
        index = bisect_right(spans, position, key=lambda span: span[1])
        if index >= len(spans):
            return ()
        return tuple([self.seconds_at(onset) for onset in self._onsets_of(spans[index][0])])

    @cached_property
    def _timeline(self) -> tuple[tuple[float, int, int], ...]:
        return self.timeline()

    @cached_property
    def _spans(self) -> tuple[tuple[int, int], ...]:
        return tuple([e.span for e in self.reading.events if e.kind != "grace"])

    @cached_property
    def _onsets(self) -> dict[int, list[Fraction]]:
        onsets: dict[int, list[Fraction]] = {}
        for index, onset in self.played:
            onsets.setdefault(self.reading.events[index].span[0], []).append(onset)
        return onsets

    def _onsets_of(self, start: int) -> list[Fraction]:
        return self._onsets.get(start, [])


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


def segments(reading: Reading) -> tuple[Segment, ...]:
    """The events of a tune cut at its barlines, in the order of the text."""
    starts = [event.span[0] for event in reading.events]
    found = []
    first, onset, opening = 0, ZERO, None
    for barline in reading.barlines:
        last = bisect_left(starts, barline.span[0], lo=first)
        found.append(Segment(first, last, onset, barline.onset - onset, opening, barline))
        first, onset, opening = last, barline.onset, barline
    end = max([onset, *[e.onset + e.duration for e in reading.events[-1:]]])
    found.append(Segment(first, len(starts), onset, end - onset, opening, None))
    return tuple(found)


def _divides(barline: Barline | None) -> bool:
    """Whether a repeat without |: would begin here: at a double bar or an end of repeat (4.8)."""
    return barline is not None and (barline.final or barline.ends_repeat or barline.starts_repeat)


def order_of(parts: tuple[Segment, ...], passes: int = 8) -> tuple[int, ...]:
    """The indices of segments as played (4.8 to 4.10), no section more than `passes` times.

    Where no |: opens a repeat, 4.8 lets a player choose: back to the beginning of the tune, or to
    the latest double bar or end of a repeat. Tunebooks write A || B :| for a tune that is played
    through twice, so a double bar counts only once the tune's first repeat is over.
    """
    order: list[int] = []
    section, count = 0, 1  # where the repeat goes back to, which time through it is
    opened = True  # by |: or as the tune's beginning: no double bar within moves it
    turning = False  # back at the section's beginning: its |: does not start it anew
    index = 0
    while index < len(parts):
        part = parts[index]
        opening, closing = part.opening, part.closing
        if opening is not None and opening.starts_repeat and not turning:
            section, count, opened = index, 1, True
        turning = False
        if opening is not None and opening.endings:
            if count not in opening.endings:
                index = _after_ending(parts, index)
                continue
            if count > 1:  # after a later ending the section is over with the next double bar
                opened = False
        order.append(index)
        if closing is not None and closing.ends_repeat:
            if count < min(_times(parts, section, index), passes):
                count += 1
                index = section
                turning = True
                continue
            section, count, opened = index + 1, 1, False
        elif closing is not None and closing.final and not opened and not closing.endings:
            section, count = index + 1, 1
        index += 1
    return tuple(order)


def _after_ending(parts: tuple[Segment, ...], index: int) -> int:
    """The segment after the ending that begins with segment `index` (4.10)."""
    while index < len(parts):
        closing = parts[index].closing
        index += 1
        if closing is None or closing.endings or _divides(closing):
            break
    return index


def _times(parts: tuple[Segment, ...], section: int, index: int) -> int:
    """How often the section that ends with segment `index` is played."""
    closing = parts[index].closing
    colons = len(closing.text) - len(closing.text.lstrip(":")) if closing else 1
    times = colons + 1 if closing and closing.text.strip(":") else 2
    numbers: list[int] = []
    ahead = section
    while ahead < len(parts):
        opening = parts[ahead].opening
        if opening is not None and opening.endings and ahead > section:
            numbers += opening.endings
        elif ahead > index:
            break
        ahead = _after_ending(parts, ahead) if ahead > index else ahead + 1
    return max([times, *numbers]) if numbers else times


def perform(reading: Reading, *, passes: int = 8) -> Performance:
    """The tune as it is played, repeats unrolled.

    passes: the most often a section is played, whatever its endings ask for.
    """
    parts = segments(reading)
    order = order_of(parts, passes)
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
    notes = _join(events, played)
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


def _join(events: tuple[Event, ...], played: list[tuple[int, Fraction]]) -> tuple[Sounding, ...]:
    """Sounds: tied notes joined, as far as the note played next has their pitches."""
    notes: list[Sounding] = []
    sounding: dict[int, int] = {}  # pitch -> the note it goes on from, while tied
    for place, (index, onset) in enumerate(played):
        event = events[index]
        if not event.pitches:
            sounding = {}
            continue
        if event.kind == "grace":
            notes.append(
                Sounding(index, event.span, onset, ZERO, event.pitches, (event.span,), True)
            )
            continue
        ahead = _next(events, played, place) if event.tied else frozenset()
        goes_on: dict[int, int] = {}
        extended: set[int] = set()
        fresh: dict[bool, list[int]] = {}
        for pitch in event.pitches:
            before = sounding.get(pitch)
            if before is None:
                fresh.setdefault(pitch in ahead, []).append(pitch)
                continue
            if before not in extended:
                extended.add(before)
                notes[before] = _longer(notes[before], event)
            if pitch in ahead:
                goes_on[pitch] = before
        for carried, pitches in fresh.items():
            if carried:
                goes_on.update(dict.fromkeys(pitches, len(notes)))
            notes.append(
                Sounding(index, event.span, onset, event.duration, tuple(pitches), (event.span,))
            )
        sounding = _apart(notes, goes_on)
    return tuple(notes)


def _longer(note: Sounding, event: Event) -> Sounding:
    return Sounding(
        note.event,
        note.span,
        note.onset_quarters,
        note.duration_quarters + event.duration,
        note.pitches,
        (*note.spans, event.span),
    )


def _next(
    events: tuple[Event, ...], played: list[tuple[int, Fraction]], place: int
) -> frozenset[int]:
    """The pitches of the note played next, none before a rest."""
    for index, _ in played[place + 1 : place + 65]:
        if events[index].kind != "grace":
            return frozenset(events[index].pitches)
    return frozenset()


def _apart(notes: list[Sounding], goes_on: dict[int, int]) -> dict[int, int]:
    """Split a sound of several pitches of which only some go on."""
    by_note: dict[int, list[int]] = {}
    for pitch, place in goes_on.items():
        by_note.setdefault(place, []).append(pitch)
    for index, pitches in by_note.items():
        note = notes[index]
        staying = tuple([pitch for pitch in note.pitches if pitch not in pitches])
        if not staying:
            continue
        common = (note.event, note.span, note.onset_quarters, note.duration_quarters)
        notes[index] = Sounding(*common, staying, note.spans)
        notes.append(Sounding(*common, tuple(sorted(pitches)), note.spans))
        goes_on.update(dict.fromkeys(pitches, len(notes) - 1))
    return goes_on
