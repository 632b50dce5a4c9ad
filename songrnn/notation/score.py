"""A Reading -> music21 Score -> MusicXML; and MIDI, as it is played.

The score is written out to the last beam and accidental here, so that music21 has nothing to
guess: what the text says is what is engraved. Every note's id is `n<start>-<end>-<k>`, the
characters that made it, k counting the notes that one event is written with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from songrnn.errors import ScoreError
from songrnn.notation.lengths import (
    FLAGS,
    NOTE_VALUES,
    Piece,
    beam_groups,
    beams,
    pieces_of,
    starts_tuplet,
)
from songrnn.notation.midi import to_midi
from songrnn.notation.performance import Segment, segments
from songrnn.notation.reading import Event, Key, Kind, Mark, Meter, Placed, Reading

if TYPE_CHECKING:
    from music21.stream import Measure, Score

__all__ = ["to_midi", "to_musicxml", "to_score"]

# Longer is no tune, and engraving it would take minutes.
MOST_EVENTS = 8_000
MOST_WORDS = 80  # characters of an annotation or title

_LETTERS = "CDEFGAB"
_ACCIDENTALS = {
    -4: "quadruple-flat", -3: "triple-flat", -2: "double-flat", -1: "flat", 0: "natural",
    1: "sharp", 2: "double-sharp", 3: "triple-sharp", 4: "quadruple-sharp",
}  # fmt: skip

# Decoration (4.14, short and long names) -> class in music21.articulations / .expressions.
_ARTICULATIONS = {
    "staccato": "Staccato", ".": "Staccato", "accent": "Accent", "emphasis": "Accent",
    ">": "Accent", "L": "Accent", "tenuto": "Tenuto", "upbow": "UpBow", "u": "UpBow",
    "downbow": "DownBow", "v": "DownBow", "marcato": "StrongAccent", "^": "StrongAccent",
    "wedge": "Staccatissimo", "breath": "BreathMark", "open": "OpenString",
    "thumb": "StringThumbPosition", "snap": "SnapPizzicato",
}  # fmt: skip
_EXPRESSIONS = {
    "trill": "Trill", "T": "Trill", "fermata": "Fermata", "H": "Fermata", "turn": "Turn",
    "roll": "Turn", "~": "Turn", "mordent": "Mordent", "lowermordent": "Mordent", "M": "Mordent",
    "uppermordent": "InvertedMordent", "pralltriller": "InvertedMordent", "P": "InvertedMordent",
    "invertedturn": "InvertedTurn",
}  # fmt: skip
_DYNAMICS = {"pppp", "ppp", "pp", "p", "mp", "mf", "f", "ff", "fff", "ffff", "sfz"}


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
    return _Writer(reading).score()


@dataclass(frozen=True)
class _Bar:
    """Segments between two barlines that are drawn; empty ones lend their signs to it."""

    segment: Segment
    starts_repeat: bool
    ends_repeat: bool
    endings: tuple[int, ...]
    double: bool
    ends_ending: bool


def _bars(reading: Reading) -> list[_Bar]:
    """The bars to draw: barlines with nothing between them become one."""
    found: list[_Bar] = []
    starts = False
    endings: tuple[int, ...] = ()
    for segment in segments(reading):
        opening, closing = segment.opening, segment.closing
        if opening is not None:
            starts = starts or opening.starts_repeat
            endings = opening.endings or endings
        ends = closing is not None and closing.ends_repeat
        double = closing is not None and closing.final
        closes = closing is not None and (ends or double or bool(closing.endings))
        if segment.first == segment.last:
            if found and (ends or double or closes):
                last = found[-1]
                found[-1] = _Bar(
                    last.segment, last.starts_repeat, last.ends_repeat or ends, last.endings,
                    last.double or double, last.ends_ending or closes,
                )  # fmt: skip
            continue
        found.append(_Bar(segment, starts, ends, tuple(endings), double, closes))
        starts, endings = False, ()
    return found


class _Writer:
    """Writes one Reading; what lasts from bar to bar is kept here."""

    def __init__(self, reading: Reading) -> None:
        # Loading music21 takes a second; it happens with the first tune that is wanted.
        import music21

        self.m21: Any = music21
        self.reading = reading
        self.events = reading.events
        self.pieces: dict[int, tuple[Piece, ...]] = {
            index: pieces_of(event)
            for index, event in enumerate(self.events)
            if event.kind != "grace" and event.duration > 0
        }
        self.heads: dict[int, Any] = {}  # event -> its first note in the score
        self.tails: dict[int, Any] = {}
        self.marks: dict[int, list[Mark]] = {}
        for mark in reading.marks:
            if mark.event is not None:
                self.marks.setdefault(mark.event, []).append(mark)
        self.tied_from: dict[tuple[str, int, int], bool] = {}  # what the bar before holds over
        self.tuplet_sum = Fraction(0)
        self.before: Event | None = None

    def score(self) -> "Score":
        m21, reading = self.m21, self.reading
        part = m21.stream.Part(id="tune")
        player = m21.instrument.Instrument()
        player.partId = "P1"  # else it is drawn by lot, and no two files are the same
        part.insert(0, player)
        bars = _bars(reading)
        signs = _Signs(reading)
        measures = []
        for number, bar in enumerate(bars, start=1):
            measure = m21.stream.Measure(number=number)
            if number == 1:
                measure.insert(0, m21.clef.TrebleClef())
            for value in signs.until(bar.segment.onset):
                self.sign(measure, value)
            self.fill(measure, bar)
            part.append(measure)
            measures.append(measure)
        self.endings(part, bars, measures)
        self.slurs(part)
        # We have made what these say; music21 need not.
        part.streamStatus.beams = True
        part.streamStatus.tuplets = True
        part.streamStatus.accidentals = True
        score = m21.stream.Score()
        score.metadata = m21.metadata.Metadata()
        score.metadata.title = _words(reading.header.get("T", "")) or "Untitled"
        if composer := _words(reading.header.get("C", "")):
            score.metadata.composer = composer
        score.insert(0, part)
        return score

    def sign(self, measure: "Measure", value: Key | Meter) -> None:
        """A key or a meter at the beginning of a bar."""
        m21 = self.m21
        if isinstance(value, Key):
            # Accidentals that no signature shows are written at their notes.
            measure.keySignature = m21.key.KeySignature(min(max(value.fifths, -7), 7))
            return
        if not value.denominator or value.denominator & (value.denominator - 1):
            return
        if not 0 < value.numerator < 128 or value.denominator > 128:
            return
        signature = m21.meter.TimeSignature(f"{value.numerator}/{value.denominator}")
        if value.text.strip() in ("C", "C|"):
            signature.symbol = "common" if value.text.strip() == "C" else "cut"
        measure.timeSignature = signature

    def fill(self, measure: "Measure", bar: _Bar) -> None:
        """Notes, rests, words, barlines of one bar."""
        m21 = self.m21
        segment = bar.segment
        if bar.starts_repeat:
            measure.leftBarline = m21.bar.Repeat(direction="start")
        if bar.ends_repeat:
            measure.rightBarline = m21.bar.Repeat(direction="end")
        elif bar.double:
            closing = segment.closing
            final = closing is None or "]" in closing.text or closing.text.startswith("[")
            measure.rightBarline = m21.bar.Barline("final" if final else "double")
        memory = _Memory(self.key_at(segment.onset))
        held, self.tied_from = self.tied_from, {}
        indices = list(range(segment.first, segment.last))
        written: dict[int, list[Any]] = {}
        position = Fraction(0)
        for index in indices:
            event = self.events[index]
            if event.kind != "grace" and event.duration <= 0:
                continue
            made = self.write(index, memory, held)
            held = {}
            written[index] = made
            for place, item in enumerate(made):
                if place == 0:
                    for mark in self.marks.get(index, ()):
                        self.mark(measure, item, position, mark)
                measure.insert(position, item)
                if event.kind != "grace":
                    position += self.pieces[index][place].quarters
        self.beam(indices, written)

    def key_at(self, onset: Fraction) -> Key:
        current = self.reading.keys[0].value
        for placed in self.reading.keys[1:]:
            if placed.onset <= onset:
                current = placed.value
        return current

    def write(
        self, index: int, memory: "_Memory", held: dict[tuple[str, int, int], bool]
    ) -> list[Any]:
        """The notes of one event, tied to each other and to the next where the text says so."""
        event = self.events[index]
        if event.kind == "grace":
            item = self.sounded(event, memory, {})
            item.duration = self.m21.duration.Duration(type=_grace_value(event.written))
            item = item.getGrace()
            item.duration.slash = False
            self.name(item, event, 0)
            self.heads[index] = self.tails[index] = item
            return [item]
        pieces = self.pieces[index]
        goes_on = self.held_over(index)
        found: list[Any] = []
        count = 0
        carried = dict(held)  # pitches that need no accidental: they come from before
        ties_in = set(held)
        for place, piece in enumerate(pieces):
            item = self.sounded(event, memory, carried)
            item.duration = self.duration(piece, event, place, len(pieces))
            count = self.name(item, event, count)
            later = place + 1 < len(pieces)
            for step, written in zip(event.steps, _notes_of(item), strict=False):
                onward = later or step in goes_on
                inward = place > 0 or step in ties_in
                if onward or inward:
                    kind = "continue" if onward and inward else "start" if onward else "stop"
                    written.tie = self.m21.tie.Tie(kind)
            carried = dict.fromkeys(event.steps, True)
            found.append(item)
        self.tied_from = dict.fromkeys(goes_on, True)
        held.clear()
        held.update(self.tied_from)
        self.heads[index], self.tails[index] = found[0], found[-1]
        self.before = event
        return found

    def held_over(self, index: int) -> set[tuple[str, int, int]]:
        """The pitches of an event that its tie carries to the next."""
        event = self.events[index]
        if not event.tied:
            return set()
        for later in self.events[index + 1 :]:
            if later.kind != "grace" and later.duration > 0:
                return set(event.steps) & set(later.steps)
        return set()

    def sounded(
        self, event: Event, memory: "_Memory", carried: dict[tuple[str, int, int], bool]
    ) -> Any:
        """A note, chord or rest without its length."""
        m21 = self.m21
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

    def name(self, item: Any, event: Event, count: int) -> int:
        """Give ids to an item's notes; the number of those given so far comes back."""
        start, end = event.span
        for note in _notes_of(item):
            note.id = f"n{start}-{end}-{count}"
            count += 1
        return count

    def duration(self, piece: Piece, event: Event, place: int, of: int) -> Any:
        m21 = self.m21
        duration = m21.duration.Duration(type=piece.value, dots=piece.dots)
        if piece.tuplet is None:
            return duration
        p, q = piece.tuplet
        tuplet = m21.duration.Tuplet(p, q, _unit(event, piece))
        if place == 0 and starts_tuplet(self.reading, self.before, event):
            self.tuplet_sum = Fraction(0)
            tuplet.type = "start"
        self.tuplet_sum += piece.quarters
        if place + 1 == of and self.last_of_tuplet(event):
            tuplet.type = "startStop" if tuplet.type == "start" else "stop"
        duration.appendTuplet(tuplet)
        return duration

    def last_of_tuplet(self, event: Event) -> bool:
        index = self.index_of(event)
        for later in self.events[index + 1 :]:
            if later.kind != "grace":
                return later.bar != event.bar or starts_tuplet(self.reading, event, later)
        return True

    def index_of(self, event: Event) -> int:
        from bisect import bisect_left

        return bisect_left(self.events, event.span[0], key=lambda other: other.span[0])

    def beam(self, indices: Sequence[int], written: dict[int, list[Any]]) -> None:
        for group in beam_groups(self.reading, [i for i in indices if i in written]):
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
                        beam = self.m21.beam.Beam(type="partial", direction=direction, number=level)
                    else:
                        beam = self.m21.beam.Beam(type=word, number=level)
                    item.beams.beamsList.append(beam)

    def mark(self, measure: "Measure", item: Any, position: Fraction, mark: Mark) -> None:
        """A chord symbol, an annotation or a decoration at a note."""
        m21 = self.m21
        if mark.kind is Kind.DECORATION:
            if name := _ARTICULATIONS.get(mark.text):
                if not item.isRest:
                    item.articulations.append(getattr(m21.articulations, name)())
            elif name := _EXPRESSIONS.get(mark.text):
                if not item.isRest or name == "Fermata":
                    item.expressions.append(getattr(m21.expressions, name)())
            elif mark.text in _DYNAMICS:
                measure.insert(position, m21.dynamics.Dynamic(mark.text))
            return
        text = mark.text
        below = mark.kind is Kind.ANNOTATION and text.startswith("_")
        if mark.kind is Kind.ANNOTATION and text[:1] in tuple("^_<>@"):
            text = text[1:]  # where it stands (4.19)
        if words := _words(text):
            expression = m21.expressions.TextExpression(words)
            expression.placement = "below" if below else "above"
            expression.style.fontStyle = "normal" if mark.kind is Kind.CHORD_SYMBOL else "italic"
            measure.insert(position, expression)

    def endings(self, part: Any, bars: list[_Bar], measures: list[Any]) -> None:
        """First and second endings as brackets, each until the barline that closes it (4.10)."""
        index = 0
        while index < len(bars):
            numbers = bars[index].endings
            if not numbers:
                index += 1
                continue
            last = index
            while (
                not bars[last].ends_ending and last + 1 < len(bars) and not bars[last + 1].endings
            ):
                last += 1
            numbers = tuple(n for n in numbers if 0 < n < 100)[:8]
            if numbers:
                text = ",".join(map(str, numbers))
                bracket = self.m21.spanner.RepeatBracket(measures[index : last + 1], number=text)
                part.insert(0, bracket)
            index = last + 1

    def slurs(self, part: Any) -> None:
        for first, last in self.reading.slurs:
            begin, end = self.heads.get(first), self.tails.get(last)
            if begin is None or end is None or begin is end or begin.isRest or end.isRest:
                continue
            part.insert(0, self.m21.spanner.Slur(begin, end))


class _Signs:
    """The keys and meters, handed out in order of time."""

    def __init__(self, reading: Reading) -> None:
        placed: list[Placed[Any]] = [*reading.keys, *reading.meters]
        self.waiting = sorted(placed, key=lambda sign: sign.onset)

    def until(self, onset: Fraction) -> list[Key | Meter]:
        """The last key and the last meter that came up to this moment and were not handed out."""
        found: dict[type, Key | Meter] = {}
        while self.waiting and self.waiting[0].onset <= onset:
            value = self.waiting.pop(0).value
            found[type(value)] = value
        return list(found.values())


class _Memory:
    """The accidentals in force in a bar: the signature's, then what was written (ABC 2.1, 4.2)."""

    def __init__(self, key: Key) -> None:
        sharps, flats = "FCGDAEB", "BEADGCF"
        fifths = min(max(key.fifths, -7), 7)
        self.signature = dict.fromkeys(_LETTERS, 0)
        self.signature.update(dict.fromkeys(sharps[: max(fifths, 0)], 1))
        self.signature.update(dict.fromkeys(flats[: max(-fifths, 0)], -1))
        self.written: dict[tuple[str, int], int] = {}

    def differs(self, letter: str, octave: int, alter: int) -> bool:
        """Whether a note needs its accidental written; it is in force from here on."""
        place = (letter, octave)
        before = self.written.get(place, self.signature[letter])
        self.written[place] = alter
        return before != alter


def _notes_of(item: Any) -> list[Any]:
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


def _words(text: str) -> str:
    """Text for a score: what XML can hold, in one line of bounded length."""
    kept = "".join(c for c in text if c.isprintable() and not "\ud800" <= c <= "\udfff")
    return kept.strip()[:MOST_WORDS]
