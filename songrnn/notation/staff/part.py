"""One staff as a music21 Part: a voice, and its overlays as voices within its bars."""

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from songrnn.notation.bars import counted
from songrnn.notation.order import Segment, segments
from songrnn.notation.reading import Clef, Event, Key, Lyric, Mark, Meter, Reading
from songrnn.notation.staff.measures import (
    Signs,
    StaffBar,
    WrittenAccidentals,
    bars_of_rest,
    ending_brackets,
    shown_fifths,
    shown_meter,
    sounding_shift,
    staff_bars,
)
from songrnn.notation.staff.notes import NoteWriter
from songrnn.notation.staff.words import add_lyrics, add_mark, printable

if TYPE_CHECKING:
    from music21.stream import Measure

# Clef (4.6) -> its sign in music21.
_CLEF_SIGNS = {
    "treble": "G", "bass": "F", "baritone": "F", "alto": "C", "tenor": "C", "soprano": "C",
    "mezzosoprano": "C", "perc": "percussion", "none": "none",
}  # fmt: skip


class PartWriter:
    """Writes one staff. layers: the voice, then its overlays. number: of the staff, from 1."""

    def __init__(self, layers: list[Reading], m21: Any, number: int) -> None:
        self._m21 = m21
        self._number = number
        self._voice = layers[0]
        # Overlays have the barlines of their voice, so their segments are found by their number.
        places = {_place(segment): n for n, segment in enumerate(segments(self._voice))}
        self._main, *self._overlays = [_Layer(layer, m21, places) for layer in layers]
        self._signs = Signs(self._voice)

    def counts(self) -> list[bool]:
        """Of each bar that is drawn, whether it has a number: pickups have none."""
        known = counted(self._voice)
        events = self._voice.events
        starts = [
            events[bar.segment.first].span[0] if bar.segment.first < bar.segment.last else -1
            for bar in self._bars()
        ]
        return [known.get(start, True) for start in starts]

    def _bars(self) -> list[StaffBar]:
        layers = [self._main, *self._overlays]
        return staff_bars(self._voice, lambda bar: any(layer.has_music(bar) for layer in layers))

    def part(self, counts: list[bool] | None = None) -> Any:
        """The part, complete. counts: which bars have a number; all of them when it is left out."""
        m21 = self._m21
        part = m21.stream.Part(id="tune" if self._number == 1 else f"voice-{self._number}")
        part.insert(0, self._player())
        layers = [self._main, *self._overlays]
        bars = self._bars()
        written: list[list[Any]] = []
        number = 0  # of the last bar that has one
        for place, bar in enumerate(bars):
            has_number = counts is None or counts[place]
            written.append(self._measures(bar, number + has_number, first=not place))
            number += len(written[-1]) * has_number
            for measure in written[-1]:
                part.append(measure)
                if not has_number:
                    measure.showNumber = m21.stream.enums.ShowNumber.NEVER
                    measure.numberSuffix = "X" if number else None
        for first, last, numbers in ending_brackets(bars):
            inside = [measure for measures in written[first : last + 1] for measure in measures]
            text = ",".join(map(str, numbers))
            part.insert(0, m21.spanner.RepeatBracket(inside, number=text))
        for layer in layers:
            layer.slurs(part)
        # We have made what these say; music21 need not.
        part.streamStatus.beams = True
        part.streamStatus.tuplets = True
        part.streamStatus.accidentals = True
        return part

    def _player(self) -> Any:
        player = self._m21.instrument.Instrument()
        player.partId = f"P{self._number}"  # else it is drawn by lot, and no two files are the same
        if name := printable(self._voice.title):
            player.partName = name
        if semitones := sounding_shift(self._voice):
            player.transposition = self._m21.interval.Interval(semitones)
        return player

    def _measures(self, bar: StaffBar, number: int, *, first: bool) -> list[Any]:
        """A bar; several for a rest of several bars. first: whether the staff begins with it."""
        m21 = self._m21
        count = bars_of_rest(self._voice, bar.segment)
        measures = [m21.stream.Measure(number=number + place) for place in range(count)]
        signs = self._signs.until(bar.segment)
        if first and not any(isinstance(value, Clef) for value in signs):
            signs.insert(0, Clef("treble", 2))
        for value in signs:
            self._sign(measures[0], value)
        self._barlines(measures[0], measures[-1], bar)
        if count > 1:
            self._main.rest(measures, bar.segment)
        else:
            self._fill(measures[0], bar.segment)
        return measures

    def _sign(self, measure: "Measure", value: Key | Meter | Clef) -> None:
        """A clef, a key or a meter at the beginning of a bar."""
        m21 = self._m21
        if isinstance(value, Clef):
            sign = _CLEF_SIGNS[value.name]
            measure.clef = m21.clef.clefFromString(
                sign if len(sign) > 1 else f"{sign}{value.line}", octaveShift=value.printed
            )
        elif isinstance(value, Key):
            measure.keySignature = m21.key.KeySignature(shown_fifths(value))
        elif (shown := shown_meter(value)) is not None:
            signature = m21.meter.TimeSignature(shown)
            if value.text.strip() in ("C", "C|"):
                signature.symbol = "common" if value.text.strip() == "C" else "cut"
            measure.timeSignature = signature

    def _barlines(self, first: "Measure", last: "Measure", bar: StaffBar) -> None:
        m21, closing = self._m21, bar.segment.closing
        if bar.starts_repeat:
            first.leftBarline = m21.bar.Repeat(direction="start")
        if bar.ends_repeat:
            last.rightBarline = m21.bar.Repeat(direction="end")
        elif bar.double:
            final = closing is None or "]" in closing.text or closing.text.startswith("[")
            last.rightBarline = m21.bar.Barline("final" if final else "double")

    def _fill(self, measure: "Measure", segment: Segment) -> None:
        """The notes and rests of one bar, and what stands at them."""
        key = self._signs.key_at(segment)
        overlays = [layer for layer in self._overlays if layer.has_music(segment)]
        if not overlays:
            self._main.fill(measure, measure, segment, key)
            return
        for number, layer in enumerate([self._main, *overlays], start=1):
            voice = self._m21.stream.Voice(id=str(number))
            layer.fill(measure, voice, segment, key)
            measure.insert(0, voice)


class _Layer:
    """Writes the music of one voice or overlay into bars."""

    def __init__(
        self, reading: Reading, m21: Any, places: dict[tuple[int, int] | None, int]
    ) -> None:
        self._m21 = m21
        self._reading = reading
        self._notes = NoteWriter(reading, m21)
        self._places = places
        self._segments = segments(reading)
        self._marks: dict[int, list[Mark]] = {}
        for mark in reading.marks:
            if mark.event is not None:
                self._marks.setdefault(mark.event, []).append(mark)
        self._lyrics: dict[int, list[Lyric]] = {}
        for lyric in reading.lyrics:
            self._lyrics.setdefault(lyric.event, []).append(lyric)

    def has_music(self, segment: Segment) -> bool:
        own = self._own(segment)
        return own.first < own.last

    def _own(self, segment: Segment) -> Segment:
        """Its own segment of the same bar."""
        return self._segments[self._places[_place(segment)]]

    def fill(self, measure: "Measure", into: Any, segment: Segment, key: Key) -> None:
        """The events of a segment, in a measure or a voice within it."""
        own = self._own(segment)
        memory = WrittenAccidentals(key)
        indices = range(own.first, own.last)
        written: dict[int, list[Any]] = {}
        position = Fraction(0)
        for index in indices:
            event = self._reading.events[index]
            if event.kind != "grace" and event.duration <= 0:
                continue
            made = self._notes.write(index, memory)
            written[index] = made
            self._add_words(measure, made[0], position, index)
            for place, item in enumerate(made):
                into.insert(position, item)
                if event.kind != "grace":
                    position += self._notes.pieces[index][place].quarters
        self._notes.beam(indices, written)

    def rest(self, measures: list[Any], segment: Segment) -> None:
        """A rest of several bars, one in each."""
        event: Event = self._reading.events[segment.first]
        for number, measure in enumerate(measures):
            items = self._notes.rests(event, event.duration / len(measures))
            position = Fraction(0)
            for item in items:
                measure.insert(position, item)
                position += Fraction(item.quarterLength)
            if number == 0:
                self._add_words(measure, items[0], Fraction(0), segment.first)

    def slurs(self, part: Any) -> None:
        for first, last in self._reading.slurs:
            begin, end = self._notes.heads.get(first), self._notes.tails.get(last)
            if begin is None or end is None or begin is end or begin.isRest or end.isRest:
                continue
            part.insert(0, self._m21.spanner.Slur(begin, end))

    def _add_words(self, measure: "Measure", item: Any, position: Fraction, index: int) -> None:
        for mark in self._marks.get(index, ()):
            add_mark(self._m21, measure, item, position, mark)
        add_lyrics(self._m21, item, self._lyrics.get(index, []))


def _place(segment: Segment) -> tuple[int, int] | None:
    return segment.opening.span if segment.opening is not None else None
