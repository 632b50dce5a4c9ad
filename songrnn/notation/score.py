"""A Reading -> music21 Score -> MusicXML; and MIDI, as it is played.

The score is written out to the last beam and accidental here, so that music21 has nothing to
guess: what the text says is what is engraved. Every note's id is `n<start>-<end>-<k>`, the
characters that made it, k counting the notes that one event is written with.
"""

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from songrnn.errors import ScoreError
from songrnn.notation.midi import to_midi
from songrnn.notation.reading import Key, Mark, Meter, Reading
from songrnn.notation.staff.measures import (
    Signs,
    StaffBar,
    WrittenAccidentals,
    ending_brackets,
    shown_fifths,
    shown_meter,
    staff_bars,
)
from songrnn.notation.staff.notes import NoteWriter
from songrnn.notation.staff.words import add_mark, printable

if TYPE_CHECKING:
    from music21.stream import Measure, Score

__all__ = ["to_midi", "to_musicxml", "to_score"]

# Longer is no tune, and engraving it would take minutes.
MOST_EVENTS = 8_000


def to_musicxml(reading: Reading) -> str:
    """The tune as MusicXML. Raises ScoreError with the reason when it cannot be notated."""
    from music21.musicxml.m21ToXml import GeneralObjectExporter

    try:
        exporter = GeneralObjectExporter(to_score(reading))
        exporter.makeNotation = False
        written: bytes = exporter.parse()
    except ScoreError:
        raise
    except Exception as error:  # music21 has errors of many kinds; the tune may be any
        raise ScoreError(f"music21 cannot write this tune as MusicXML ({error}).") from error
    return written.decode("utf-8")


def to_score(reading: Reading) -> "Score":
    """The tune as a music21 Score of one part, as written (repeats are signs).

    Raises ScoreError when it has no notes, far too many, or a length no note values make up.
    """
    if not any(event.pitches for event in reading.events):
        raise ScoreError("There are no notes to put on a staff; write some after the K: line.")
    if len(reading.events) > MOST_EVENTS:
        raise ScoreError(
            f"The tune has {len(reading.events):,} notes and rests; the limit for a staff is "
            f"{MOST_EVENTS:,}."
        )
    # Loading music21 takes a second; it happens with the first tune that is wanted.
    import music21

    score = music21.stream.Score()
    score.metadata = music21.metadata.Metadata()
    score.metadata.title = printable(reading.header.get("T", "")) or "Untitled"
    if composer := printable(reading.header.get("C", "")):
        score.metadata.composer = composer
    score.insert(0, _PartWriter(reading, music21).part())
    return score


class _PartWriter:
    """Writes one voice."""

    def __init__(self, reading: Reading, m21: Any) -> None:
        self._m21 = m21
        self._reading = reading
        self._notes = NoteWriter(reading, m21)
        self._signs = Signs(reading)
        self._marks: dict[int, list[Mark]] = {}
        for mark in reading.marks:
            if mark.event is not None:
                self._marks.setdefault(mark.event, []).append(mark)

    def part(self) -> Any:
        m21 = self._m21
        part = m21.stream.Part(id="tune")
        player = m21.instrument.Instrument()
        player.partId = "P1"  # else it is drawn by lot, and no two files are the same
        part.insert(0, player)
        bars = staff_bars(self._reading)
        measures = []
        for number, bar in enumerate(bars, start=1):
            measure = m21.stream.Measure(number=number)
            if number == 1:
                measure.insert(0, m21.clef.TrebleClef())
            for value in self._signs.until(bar.segment):
                self._sign(measure, value)
            self._barlines(measure, bar)
            self._fill(measure, bar)
            part.append(measure)
            measures.append(measure)
        for first, last, numbers in ending_brackets(bars):
            text = ",".join(map(str, numbers))
            bracket = m21.spanner.RepeatBracket(measures[first : last + 1], number=text)
            part.insert(0, bracket)
        self._slurs(part)
        # We have made what these say; music21 need not.
        part.streamStatus.beams = True
        part.streamStatus.tuplets = True
        part.streamStatus.accidentals = True
        return part

    def _sign(self, measure: "Measure", value: Key | Meter) -> None:
        """A key or a meter at the beginning of a bar."""
        m21 = self._m21
        if isinstance(value, Key):
            measure.keySignature = m21.key.KeySignature(shown_fifths(value))
        elif (shown := shown_meter(value)) is not None:
            signature = m21.meter.TimeSignature(shown)
            if value.text.strip() in ("C", "C|"):
                signature.symbol = "common" if value.text.strip() == "C" else "cut"
            measure.timeSignature = signature

    def _barlines(self, measure: "Measure", bar: StaffBar) -> None:
        m21, closing = self._m21, bar.segment.closing
        if bar.starts_repeat:
            measure.leftBarline = m21.bar.Repeat(direction="start")
        if bar.ends_repeat:
            measure.rightBarline = m21.bar.Repeat(direction="end")
        elif bar.double:
            final = closing is None or "]" in closing.text or closing.text.startswith("[")
            measure.rightBarline = m21.bar.Barline("final" if final else "double")

    def _fill(self, measure: "Measure", bar: StaffBar) -> None:
        """The notes and rests of one bar, and what stands at them."""
        memory = WrittenAccidentals(self._signs.key_at(bar.segment))
        indices = range(bar.segment.first, bar.segment.last)
        written: dict[int, list[Any]] = {}
        position = Fraction(0)
        for index in indices:
            event = self._reading.events[index]
            if event.kind != "grace" and event.duration <= 0:
                continue
            made = self._notes.write(index, memory)
            written[index] = made
            for place, item in enumerate(made):
                if place == 0:
                    for mark in self._marks.get(index, ()):
                        add_mark(self._m21, measure, item, position, mark)
                measure.insert(position, item)
                if event.kind != "grace":
                    position += self._notes.pieces[index][place].quarters
        self._notes.beam(indices, written)

    def _slurs(self, part: Any) -> None:
        for first, last in self._reading.slurs:
            begin, end = self._notes.heads.get(first), self._notes.tails.get(last)
            if begin is None or end is None or begin is end or begin.isRest or end.isRest:
                continue
            part.insert(0, self._m21.spanner.Slur(begin, end))
