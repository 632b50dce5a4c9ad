"""One voice of a tune as it is read: its notes, chords and rests placed in time.

It is told what stands in the text, token by token, and keeps what may still change: an event that
a tie or a broken rhythm reaches back to, brackets that are open, the bar so far.
Section numbers are of the ABC 2.1 standard.
"""

from dataclasses import replace
from fractions import Fraction
from typing import TypeVar

from songrnn.notation.accidentals import Accidentals, Step
from songrnn.notation.barlines import Barlines
from songrnn.notation.clefs import VoiceSettings
from songrnn.notation.drafts import Draft, Ties
from songrnn.notation.grid import to_quarters
from songrnn.notation.lyrics import Words
from songrnn.notation.marks import Marks
from songrnn.notation.note_text import note_text
from songrnn.notation.pulse import Pulse, multiplier
from songrnn.notation.reading import Barline, Clef, EventKind, Key, Kind, Meter, Placed, TuneField
from songrnn.notation.sheet import Sheet
from songrnn.notation.transposition import Transposition

_ONE = Fraction(1)


T = TypeVar("T")


class VoiceReader:
    """The state of one voice after some tokens."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.pulse = Pulse()
        self.accidentals = Accidentals()
        self.marks = Marks(sheet)
        self.bars = Barlines()
        self.words = Words()
        self.drafts: list[Draft] = []
        self.keys: list[Placed[Key]] = []
        self.meters: list[Placed[Meter]] = []
        self.clefs: list[Placed[Clef]] = []
        self.parts: list[Placed[str]] = []
        self.name: str | None = None
        self.title = ""
        self.layer = 0
        self.part: TuneField | None = None  # the P: field of the body that it has followed
        self._transpose = Transposition()
        self._ties = Ties(sheet)
        self._chord: list[tuple[Step, int, tuple[int, int]]] = []
        self._chord_at = 0
        self._chord_ties: list[tuple[int, int]] = []  # (place in the chord, position)
        self._grace_at = 0
        self._tuplet_at = (0, 0)

    def fork(self) -> "VoiceReader":
        """Another voice that begins with the settings of this one, and no music."""
        other = VoiceReader(self.sheet)
        self.settle(other)
        return other

    def settle(self, other: "VoiceReader") -> None:
        """Give another voice the settings of this one."""
        other.pulse = self.pulse.copy()
        other.accidentals = self.accidentals.copy()
        other.marks.letters = self.marks.letters
        other.keys, other.meters = [*self.keys], [*self.meters]
        other.clefs = [*self.clefs]
        other._transpose = replace(self._transpose)

    @property
    def barlines(self) -> tuple[Barline, ...]:
        """Those it has read."""
        return tuple(self.bars.found)

    @property
    def ticks(self) -> int:
        """Time since the beginning of the tune."""
        return self.bars.onset + self.pulse.ticks

    @property
    def begun(self) -> bool:
        """Whether there is any music yet."""
        return bool(self.drafts or self._chord)

    # Settings -----------------------------------------------------------------------------------

    def put(self, into: list[Placed[T]], span: tuple[int, int], value: T) -> None:
        """From here on; a second one before any music replaces the first."""
        if not self.begun:
            into.clear()
        into.append(Placed(span, to_quarters(self.ticks), self.bars.number, value))

    def apply(self, settings: VoiceSettings, span: tuple[int, int]) -> None:
        """A clef, octave= and transpose= (4.6)."""
        if settings.clef is not None:
            self.put(self.clefs, span, settings.clef)
        self._transpose.set(settings)
        self._move()

    def begin_part(self, field: TuneField, *, again: bool = True) -> None:
        """A P: field: from here on, whatever bar it stands in (3.1.9).

        again: whether the part begins also where the voice is in a part of that name already.
        """
        self.part = field
        if self.layer:  # an overlay is within its bar
            return
        self.close_open(field.span[0])
        self.pulse.divide()
        onset = to_quarters(self.ticks)
        if self.parts and not again and self.parts[-1].value[:1] == field.value[:1]:
            return
        if self.parts and self.parts[-1].onset == onset:  # nothing is in the part before
            self.parts.pop()
        self.bars.divide(field.span, self.pulse.ticks)
        self.parts.append(Placed(field.span, onset, self.bars.number, field.value))

    def transpose(self, semitones: int, *, further: bool) -> None:
        """%%MIDI transpose and rtranspose, which adds to what was."""
        self._transpose.direct(semitones, further=further)
        self._move()

    def _move(self) -> None:
        self.accidentals.octave = self._transpose.octaves
        self.accidentals.semitones = self._transpose.semitones

    # Notes and rests ----------------------------------------------------------------------------

    def note(self, start: int, end: int, text: str) -> None:
        """A note by itself, in a chord or in grace notes (4.1 to 4.3)."""
        parts = note_text(text)
        self.sheet.kinds[start:end] = parts.kinds
        if parts.accidental.__class__ is float:
            self.sheet.report("microtone", start, end, text=text)
        step, pitch = self.accidentals.sound(parts, self._ties.carried)
        span = (start, end)
        if self.pulse.chord is not None:
            self._chord.append((step, pitch, span))
            self.pulse.chord_note(parts.times)
        else:
            self._add(Draft(span, (pitch,), (step,), (span,)), "note", parts.times)

    def rest(self, start: int, end: int, text: str) -> None:
        """z and x, and Z and X for whole bars (4.5)."""
        self.sheet.paint_length(start, end, Kind.REST)
        pulse = self.pulse
        if pulse.chord is not None or pulse.grace:
            self.sheet.report("rest-inside", start, end)
            return
        draft = Draft((start, end), (), (), ())
        times = multiplier(text[1:])
        if text[0] in "zx":
            self._add(draft, "rest", times)
            return
        draft.onset, draft.bar = self.ticks, self.bars.number
        draft.duration = draft.written = pulse.rest_bars(times)
        self._placed(draft)

    def _add(self, draft: Draft, kind: EventKind, times: Fraction) -> None:
        """Place a note, chord or rest of `times` unit lengths."""
        pulse = self.pulse
        draft.onset = self.bars.onset + pulse.ticks
        draft.bar = self.bars.number
        if pulse.grace:
            draft.kind = "grace"
            draft.written = pulse.length_of(times)
            self.drafts.append(draft)
            self.marks.event(len(self.drafts) - 1)
            return
        draft.kind = kind
        if pulse.tuplet_left:
            draft.tuplet = pulse.tuplet
            draft.duration = pulse.place(times)
            draft.written = pulse.length_of(times)
        else:
            draft.duration = draft.written = pulse.place(times)
        self._placed(draft)

    def _placed(self, draft: Draft) -> None:
        self.bars.filled = True
        if self._ties.carried:
            self._ties.end(draft)
        self.drafts.append(draft)
        if self.marks.waiting:
            self.marks.event(len(self.drafts) - 1)

    # Brackets -----------------------------------------------------------------------------------

    def open_chord(self, at: int) -> None:
        if self.pulse.chord is not None:
            self._end_chord(at, at, _ONE)
        self._chord_at = at
        self._chord = []
        self.pulse.open_chord()

    def close_chord(self, start: int, end: int, text: str) -> None:
        """A ] and the length after it (4.17)."""
        if self.pulse.chord is None:
            self.sheet.paint(start, end, Kind.UNKNOWN)
            self.sheet.report("chord-not-open", start, end)
            return
        self.sheet.paint_length(start, end, Kind.CHORD)
        self._end_chord(start, end, multiplier(text[1:]))

    def _end_chord(self, at: int, end: int, times: Fraction) -> None:
        """The chord is complete, closed at `at` or, when `end` is `at`, never closed (4.17)."""
        pulse = self.pulse
        inner, pulse.chord = pulse.chord, None
        sounded, self._chord = self._chord, []
        if at == end:
            self.sheet.report("chord-open", self._chord_at, at)
        if not inner:
            self.sheet.report("chord-empty", self._chord_at, end)
            return
        before = list(sounded)
        sounded.sort(key=lambda sound: sound[1])
        draft = Draft(
            (self._chord_at, end),
            tuple([pitch for _, pitch, _ in sounded]),
            tuple([step for step, _, _ in sounded]),
            tuple([span for _, _, span in sounded]),
        )
        self._add(draft, "chord", inner * times)
        ties, self._chord_ties = self._chord_ties, []
        if ties and draft.kind == "chord":
            places = {place for place, _ in ties}
            steps = tuple([before[place][0] for place in sorted(places) if place < len(before)])
            self._ties.begin(draft, steps, ties[-1][1])

    def grace(self, start: int, end: int, text: str) -> None:
        """{ and } (4.12)."""
        pulse = self.pulse
        if text == "}":
            if not pulse.grace:
                self.sheet.paint(start, end, Kind.UNKNOWN)
                self.sheet.report("grace-not-open", start, end)
            elif pulse.chord is not None:
                self._end_chord(start, start, _ONE)
            pulse.grace = False
            return
        if pulse.grace:
            self.close_open(start)
        pulse.grace = True
        self._grace_at = start

    def close_open(self, at: int) -> None:
        """What cannot go on over the end of a bar, a line of fields or the tune."""
        if self.pulse.chord is not None:
            self._end_chord(at, at, _ONE)
        if self.pulse.grace:
            self.pulse.grace = False
            self.sheet.report("grace-open", self._grace_at, at)

    def end_line(self, at: int) -> None:
        """A chord does not go on over the end of a line."""
        if self.pulse.chord is not None:
            self.close_open(at)
        self.words.end_line(len(self.drafts))

    def sing(self, at: int, text: str) -> None:
        """A w: line: its words go under the last line of music (5.1)."""
        start, end = self.words.line()
        notes = [
            (index, self.drafts[index].bar)
            for index in range(start, end)
            if self.drafts[index].kind in ("note", "chord")
        ]
        self.words.add(at, text, notes)

    # Between notes ------------------------------------------------------------------------------

    def broken(self, start: int, end: int, text: str) -> None:
        """> and < (4.4); among grace notes they change nothing that is heard."""
        pulse = self.pulse
        if pulse.grace and pulse.chord is None and self.drafts and self.drafts[-1].kind == "grace":
            return
        changed = None if pulse.chord is not None or pulse.grace else pulse.broken(text)
        if changed is None or not self.drafts:
            self.sheet.report("broken-rhythm-alone", start, end, text=text)
            return
        index = len(self.drafts) - 1
        while index > 0 and self.drafts[index].kind == "grace":
            index -= 1
        self.drafts[index].duration = changed

    def tie(self, start: int, end: int, _: str) -> None:
        """- after a note or chord (4.11)."""
        if self.pulse.grace:
            return
        if self.pulse.chord is not None:  # a tie of one note of a chord (4.17)
            if self._chord:
                self._chord_ties.append((len(self._chord) - 1, start))
            else:
                self.sheet.report("tie-alone", start, end)
            return
        last = self.drafts[-1] if self.drafts else None
        if last is None or not last.pitches or last.kind == "grace" or self._ties.whole(last):
            self.sheet.report("tie-alone", start, end)
            return
        self._ties.begin(last, last.steps, start)

    def tuplet(self, start: int, end: int, text: str) -> None:
        """(3, (3:2 and (3:2:4 (4.13)."""
        self._check_tuplet()
        self._tuplet_at = (start, end)
        if self.pulse.start_tuplet(text) is None:
            self.sheet.report("bad-tuplet", start, end, text=text)

    def _check_tuplet(self) -> None:
        if self.pulse.tuplet_left:
            self.sheet.report("tuplet-open", *self._tuplet_at, count=self.pulse.tuplet_left)

    def slur(self, start: int, end: int, text: str) -> None:
        self.marks.slur(start, end, text, len(self.drafts))

    # Bars ---------------------------------------------------------------------------------------

    def barline(self, start: int, end: int, text: str) -> None:
        """A barline: accidentals, and the last note's length, are settled (4.8)."""
        self.close_open(start)
        pulse = self.pulse
        if pulse.factor != 1:
            self.sheet.report("broken-rhythm-over-bar", start, end)
        self.bars.add(start, end, text, pulse.ticks)
        pulse.barline()
        self.accidentals.barline()

    def ending(self, start: int, end: int, text: str) -> None:
        """|1, [2, [1,3 and [1-3: which times through these bars are played (4.9, 4.10)."""
        self.close_open(start)
        self.sheet.paint(start, end, Kind.ENDING)
        if text[0] == "[":
            self.sheet.kinds[start] = Kind.BARLINE
        if not self.layer:  # an overlay is within its bar
            self.bars.ending(start, text, self.pulse.ticks)
            self.pulse.divide()

    def finish(self, end: int) -> None:
        """The tune is over: whatever is still open is closed, and said."""
        self.close_open(end)
        self._ties.end(None)
        self._check_tuplet()
        self.marks.finish()
