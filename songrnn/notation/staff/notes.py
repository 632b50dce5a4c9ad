"""The notes of one voice as music21 objects: pitches, ties, tuplets and beams.

Everything is written out, so that music21 has nothing to guess.
"""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from songrnn.notation.lengths import (
    FLAGS,
    NOTE_VALUES,
    Piece,
    beam_groups,
    beams,
    pieces_of,
    starts_tuplet,
)
from songrnn.notation.reading import Event, Reading
from songrnn.notation.staff.measures import WrittenAccidentals

Step = tuple[str, float, int]
_ACCIDENTALS: dict[float, str] = {
    -1.5: "one-and-a-half-flat", -0.5: "half-flat", 0.5: "half-sharp", 1.5: "one-and-a-half-sharp",
    -4: "quadruple-flat", -3: "triple-flat", -2: "double-flat", -1: "flat", 0: "natural",
    1: "sharp", 2: "double-sharp", 3: "triple-sharp", 4: "quadruple-sharp",
}  # fmt: skip


class NoteWriter:
    """Writes the events of one voice in order; what lasts from one to the next is kept here.

    pieces: the note values of each event. heads, tails: event -> its first and last note.
    """

    def __init__(self, reading: Reading, m21: Any) -> None:
        self._m21 = m21
        self._reading = reading
        self._events = reading.events
        self.pieces: dict[int, tuple[Piece, ...]] = {
            index: pieces_of(event)
            for index, event in enumerate(self._events)
            if event.kind != "grace" and event.duration > 0
        }
        self.heads: dict[int, Any] = {}
        self.tails: dict[int, Any] = {}
        self._held: set[Step] = set()  # what the event before holds over
        self._before: Event | None = None
        self._named: Counter[tuple[int, int]] = Counter()  # the notes of each span

    def write(self, index: int, memory: WrittenAccidentals) -> list[Any]:
        """The notes of one event, tied to each other and to the next where the text says so."""
        event = self._events[index]
        if event.kind == "grace":
            item = self._sounded(event, memory, set())
            item.duration = self._m21.duration.Duration(type=_grace_value(event.written))
            item = item.getGrace()
            item.duration.slash = False
            self._name(item, event)
            self.heads[index] = self.tails[index] = item
            return [item]
        pieces = self.pieces[index]
        ties_in, goes_on = self._held, self._held_over(index)
        carried = ties_in  # pitches that need no accidental: they come from before
        found: list[Any] = []
        for place, piece in enumerate(pieces):
            item = self._sounded(event, memory, carried)
            item.duration = self._duration(piece, index, place, len(pieces))
            self._name(item, event)
            later = place + 1 < len(pieces)
            for step, written in zip(event.steps, notes_of(item), strict=False):
                onward = later or step in goes_on
                inward = place > 0 or step in ties_in
                if onward or inward:
                    kind = "continue" if onward and inward else "start" if onward else "stop"
                    written.tie = self._m21.tie.Tie(kind)
            carried = set(event.steps)
            found.append(item)
        self._held = goes_on
        self.heads[index], self.tails[index] = found[0], found[-1]
        self._before = event
        return found

    def rests(self, event: Event, quarters: Fraction) -> list[Any]:
        """The rests of a bar that a rest of several bars is made of."""
        found: list[Any] = []
        for piece in pieces_of(event._replace(duration=quarters)):
            item = self._m21.note.Rest()
            item.duration = self._m21.duration.Duration(type=piece.value, dots=piece.dots)
            self._name(item, event)
            found.append(item)
        self._held, self._before = set(), event
        return found

    def beam(self, indices: Sequence[int], written: dict[int, list[Any]]) -> None:
        """Join the flags of a bar as its text spaces them."""
        for group in beam_groups(self._reading, [i for i in indices if i in written]):
            items: list[Any] = []
            flags: list[int] = []
            for index in group:
                for item, piece in zip(written[index], self.pieces[index], strict=True):
                    items.append(item)
                    flags.append(piece.flags)
            for item, levels in zip(items, beams(flags), strict=True):
                for level, word in enumerate(levels, start=1):
                    if word in ("forward", "backward"):
                        direction = "right" if word == "forward" else "left"
                        beam = self._m21.beam.Beam(
                            type="partial", direction=direction, number=level
                        )
                    else:
                        beam = self._m21.beam.Beam(type=word, number=level)
                    item.beams.beamsList.append(beam)

    def _held_over(self, index: int) -> set[Step]:
        """The pitches of an event that its tie carries to the next."""
        event = self._events[index]
        if not event.tied:
            return set()
        for later in self._events[index + 1 :]:
            if later.kind != "grace" and later.duration > 0:
                held = zip(event.steps, event.pitches, strict=True)
                tied = {step for step, pitch in held if pitch in event.held}
                return tied & set(later.steps)
        return set()

    def _sounded(self, event: Event, memory: WrittenAccidentals, carried: set[Step]) -> Any:
        """A note, chord or rest without its length."""
        m21 = self._m21
        if not event.pitches:
            return m21.note.Rest()
        notes = []
        for step in event.steps:
            letter, alter, octave = step
            item = m21.note.Note(m21.pitch.Pitch(step=letter, octave=octave))
            shown = step not in carried and memory.differs(letter, octave, alter)
            if alter or shown:
                accidental = m21.pitch.Accidental(_ACCIDENTALS[min(max(alter, -4), 4)])
                accidental.displayStatus = shown
                item.pitch.accidental = accidental
            notes.append(item)
        return notes[0] if len(notes) == 1 else m21.chord.Chord(notes)

    def _name(self, item: Any, event: Event) -> None:
        """Give ids to an item's notes. All that a macro plays has one span (9)."""
        start, end = event.span
        for note in notes_of(item):
            note.id = f"n{start}-{end}-{self._named[event.span]}"
            self._named[event.span] += 1

    def _duration(self, piece: Piece, index: int, place: int, of: int) -> Any:
        m21, event = self._m21, self._events[index]
        duration = m21.duration.Duration(type=piece.value, dots=piece.dots)
        if piece.tuplet is None:
            return duration
        p, q = piece.tuplet
        tuplet = m21.duration.Tuplet(p, q, _unit(event, piece))
        if place == 0 and starts_tuplet(self._reading, self._before, event):
            tuplet.type = "start"
        if place + 1 == of and self._last_of_tuplet(index):
            tuplet.type = "startStop" if tuplet.type == "start" else "stop"
        duration.appendTuplet(tuplet)
        return duration

    def _last_of_tuplet(self, index: int) -> bool:
        event = self._events[index]
        for later in self._events[index + 1 :]:
            if later.kind != "grace":
                return later.bar != event.bar or starts_tuplet(self._reading, event, later)
        return True


def notes_of(item: Any) -> list[Any]:
    """The notes of a chord, or the one note or rest that it is."""
    return list(item.notes) if item.isChord else [item]


def _unit(event: Event, piece: Piece) -> str:
    """The note value a tuplet counts: that of its notes as written."""
    if event.tuplet is not None and event.written in NOTE_VALUES:
        return NOTE_VALUES[event.written]
    return piece.value


def _grace_value(written: Fraction) -> str:
    for length, value in NOTE_VALUES.items():
        if value in FLAGS and written >= length:
            return value
    return "16th"
