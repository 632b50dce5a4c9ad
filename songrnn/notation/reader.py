"""ABC text to a Reading: what each character is, and which characters made each note.

`read` takes any text whatever, never raises, and takes time in proportion to the text. The tokens
are those of `tables.TOKEN`, time is counted by `pulse.Pulse`; here pitches, events, kinds of
characters and problems are added. Section numbers are of the ABC 2.1 standard.
"""

import re
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from songrnn.notation.bars import bar_problems
from songrnn.notation.headers import C_MAJOR, COMMENT, FREE, parse_key, parse_tempo
from songrnn.notation.pulse import ZERO, Pulse, multiplier
from songrnn.notation.reading import (
    Barline,
    Event,
    EventKind,
    Key,
    Kind,
    Mark,
    Meter,
    Placed,
    Problem,
    Reading,
    Severity,
    Tempo,
    TuneField,
)
from songrnn.notation.tables import (
    ACCIDENTALS,
    ANNOTATION_PLACES,
    DECORATION_LETTERS,
    DECORATION_NAMES,
    HEADER_FIELDS,
    LETTERS,
    NATURAL_SEMITONES,
    NOTE,
    TOKEN,
)

# A text with more problems than this is not music; listing them all helps nobody.
MOST_PROBLEMS = 1000

_HEADER_LINE = re.compile(
    r"(?P<name>[" + "".join(sorted(HEADER_FIELDS)) + r"]):(?P<value>[^\r\n]*)"
)
_LINE_END = re.compile(r"\r?\n|\r")
_LINE = re.compile(r"[^\r\n]*")
_PAINT: dict[str, Kind] = {
    "space": Kind.SPACE,
    "spacer": Kind.SPACE,
    "newline": Kind.NEWLINE,
    "bar": Kind.BARLINE,
    "broken": Kind.BROKEN_RHYTHM,
    "tuplet": Kind.TUPLET,
    "slur": Kind.SLUR,
    "tie": Kind.TIE,
    "letter": Kind.DECORATION,
    "inline": Kind.INLINE_FIELD,
    "open": Kind.CHORD,
    "grace": Kind.GRACE,
    "decoration": Kind.DECORATION,
    "comment": Kind.COMMENT,
    "backslash": Kind.UNKNOWN,
    "backtick": Kind.BACKTICK,
    "overlay": Kind.BARLINE,
    "accidental": Kind.UNKNOWN,
    "unknown": Kind.UNKNOWN,
}
# What another voice than the first has in common with it: fields and lines.
_HEARD_WHEN_MUTED = frozenset(["field", "inline", "newline", "comment", "backslash", "space"])


def read(text: str) -> Reading:
    """Read a text as one ABC tune (or a fragment of one): the first of several, the first voice.

    Never raises; what is not understood is in `problems`, its characters are `Kind.UNKNOWN`.

    >>> [(e.pitches, str(e.duration)) for e in read("L:1/4\\nK:G\\nF>G|").events]
    [((66,), '3/2'), ((67,), '1/2')]
    """
    return _Reader(text).read()


class NoteText(NamedTuple):
    """A note's own characters, understood without what stands around it."""

    accidental: int | None
    letter: str
    octave: int
    times: Fraction
    kinds: bytes
    head: int  # characters before the length


@lru_cache(maxsize=16384)
def note_text(text: str) -> NoteText:
    """The parts of a note such as `^c'3/2` (4.1 to 4.3)."""
    match = NOTE.match(text)
    if match is None:
        raise ValueError(f"{text!r} is no note")
    accidental, letter, marks, length = match.groups()
    octave = 4 + letter.islower() + marks.count("'") - marks.count(",")
    kinds = (
        bytes([Kind.ACCIDENTAL]) * len(accidental or "")
        + bytes([Kind.NOTE])
        + bytes([Kind.OCTAVE]) * len(marks)
        + bytes([Kind.LENGTH]) * len(length)
    )
    head = len(text) - len(length)
    return NoteText(
        ACCIDENTALS.get(accidental or ""),
        letter.upper(),
        octave,
        multiplier(length),
        kinds,
        head,
    )


class _Draft:
    """An event that a tie or a broken rhythm may still change."""

    __slots__ = (
        "bar",
        "duration",
        "grace",
        "head",
        "kind",
        "onset",
        "pitches",
        "span",
        "steps",
        "tied",
        "tuplet",
        "written",
    )

    span: tuple[int, int]
    kind: EventKind
    onset: Fraction
    duration: Fraction
    pitches: tuple[int, ...]
    steps: tuple[tuple[str, int, int], ...]
    bar: int
    tied: bool
    written: Fraction
    tuplet: tuple[int, int] | None
    head: tuple[tuple[int, int], ...]

    def event(self) -> Event:
        return Event(
            self.span,
            self.kind,
            self.onset,
            self.duration,
            self.pitches,
            self.steps,
            self.bar,
            self.tied,
            self.written,
            self.tuplet,
            self.head,
        )


class _Reader:
    """One pass over one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.kinds = bytearray(len(text))
        self.pulse = Pulse()
        self.fields: list[TuneField] = []
        self.header: dict[str, str] = {}
        self.drafts: list[_Draft] = []
        self.barlines: list[Barline] = []
        self.problems: list[Problem] = []
        self.keys: list[Placed[Key]] = []
        self.meters: list[Placed[Meter]] = []
        self.tempos: list[Placed[Tempo]] = []
        self.marks: list[Mark] = []
        self.slurs: list[tuple[int, int]] = []
        self.user_letters: dict[str, str] = {}

        self.key = C_MAJOR
        self.octave = 0
        self.alterations = dict.fromkeys(LETTERS, 0)  # of the signature
        self.accidentals: dict[object, int] = {}  # of this bar
        self.by_octave = False  # whether accidentals reach their own octave only
        self.reach = True  # whether they reach further than their note at all
        self.bar_onset = ZERO
        self.bar = 0
        self.bar_filled = False
        self.tie: _Draft | None = None
        self.tie_at = 0
        self.waiting_marks: list[tuple[tuple[int, int], Kind, str]] = []
        self.open_slurs: list[tuple[int, int]] = []  # (index of the next event, position)
        self.chord: list[tuple[tuple[str, int, int], int, tuple[int, int]]] = []
        self.chord_at = 0
        self.chord_tie: int | None = None
        self.grace_at = 0
        self.tuplet_at = (0, 0)
        self.unknown: tuple[int, int] | None = None
        self.backslash: int | None = None
        self.after_bar = False  # an ending's number may follow
        self.voices: set[str] = set()
        self.body = 0
        self.end = len(text)

    # The pass -----------------------------------------------------------------------------------

    def read(self) -> Reading:
        self.read_header()
        self.read_body()
        self.finish()
        reading = Reading(
            text=self.text,
            kinds=np.frombuffer(bytes(self.kinds), dtype=np.uint8),
            fields=tuple(self.fields),
            events=tuple([draft.event() for draft in self.drafts]),
            barlines=tuple(self.barlines),
            header=self.header,
            body=self.body,
            end=self.end,
            keys=tuple(self.keys),
            meters=tuple(self.meters),
            tempos=tuple(self.tempos),
            marks=tuple(self.marks),
            slurs=tuple(self.slurs),
        )
        problems = [*self.problems, *bar_problems(reading)]
        problems.sort(key=lambda problem: problem.span)
        return replace(reading, problems=tuple(problems[:MOST_PROBLEMS]))

    def read_header(self) -> None:
        text, at, length = self.text, 0, len(self.text)
        named_key = False
        first = None
        while at < length:
            newline = _LINE_END.match(text, at)
            if newline:
                self.paint(at, newline.end(), Kind.NEWLINE)
                at = newline.end()
                continue
            line = _LINE.match(text, at)
            line_end = line.end() if line else length
            if text[at] == "%":
                self.paint(at, line_end, Kind.COMMENT)
                self.directive(text[at:line_end])
                at = line_end
                continue
            match = _HEADER_LINE.match(text, at)
            if match is None:
                if not text[at:line_end].strip():
                    self.paint(at, line_end, Kind.SPACE)
                    at = line_end
                    continue
                break
            name = match["name"]
            first = first or name
            self.field(match.start(), match.end(), name, header=True)
            at = match.end()
            if name == "K":
                named_key = True
                newline = _LINE_END.match(text, at)
                if newline:
                    self.paint(at, newline.end(), Kind.NEWLINE)
                    at = newline.end()
                break
        self.body = at
        self.pulse.begin()
        if first is not None and first != "X":
            self.problem(0, 1, "note", "no-number", "A tune begins with its number, such as X:1.")
        if not named_key:
            self.problem(
                max(at - 1, 0), at, "warning" if first is None else "error", "no-key",
                "There is no K: line before the music; it is read in C major.",
            )  # fmt: skip
        if not self.keys:
            self.keys.append(Placed((0, 0), ZERO, 0, C_MAJOR))
        if not self.meters:
            self.meters.append(Placed((0, 0), ZERO, 0, FREE))
        for index, field in enumerate(self.fields):
            # A tempo in unit lengths waits for the unit (3.1.8), which L: may give after Q:.
            if field.name == "Q" and not self.tempos:
                self.tempo(self.fields[index])

    def read_body(self) -> None:
        text, kinds, pulse = self.text, self.kinds, self.pulse
        handlers = {name: getattr(self, f"on_{name}") for name in TOKEN.groupindex}
        empty_line = True
        for match in TOKEN.finditer(text, self.body):
            name = match.lastgroup or "unknown"
            start, end = match.span()
            if name in _PAINT:
                if end - start == 1:
                    kinds[start] = _PAINT[name]
                else:
                    kinds[start:end] = bytes([_PAINT[name]]) * (end - start)
            if name == "newline":
                if empty_line and self.drafts:
                    self.end = start
                    break
                empty_line = True
            elif name == "field":
                if text[start] == "X":
                    self.end = start
                    break
                empty_line = False
            elif name != "space":
                empty_line = False
            if (pulse.muted or (pulse.overlay and name != "bar")) and (
                name not in _HEARD_WHEN_MUTED
            ):
                self.mute(name, start, end)
                continue
            handlers[name](start, end, match.group())
            if name not in ("space", "bar", "newline"):
                self.after_bar = False

    def finish(self) -> None:
        """The end of the tune: whatever is still open is closed, and said."""
        end = self.end
        self.close_open(end)
        self.end_tie(None, end)
        if self.pulse.tuplet_left:
            self.unfinished_tuplet()
        for _, at in self.open_slurs:
            self.problem(at, at + 1, "warning", "slur-open", "This slur is never closed.")
        self.flush_marks(None)
        self.flush_unknown()
        if end < len(self.text):
            rest = self.text[end:]
            for match in re.finditer(r"[\r\n]+|[ \t]+", rest):
                kind = Kind.SPACE if match[0][0] in " \t" else Kind.NEWLINE
                self.paint(end + match.start(), end + match.end(), kind)
            if rest.strip():
                start = end + len(rest) - len(rest.lstrip())
                self.problem(
                    start, end + len(rest.rstrip()), "warning", "after-end",
                    "The tune ended before this: an empty line or an X: line ends a tune.",
                )  # fmt: skip
        if not any(draft.kind != "rest" for draft in self.drafts):
            self.problem(self.body, end, "error", "no-music", "There are no notes in this text.")

    # Small things -------------------------------------------------------------------------------

    def paint(self, start: int, end: int, kind: Kind) -> None:
        self.kinds[start:end] = bytes([kind]) * (end - start)

    def problem(self, start: int, end: int, severity: Severity, code: str, message: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem((start, end), severity, code, message))

    def flush_unknown(self) -> None:
        if self.unknown:
            start, end = self.unknown
            self.unknown = None
            shown = self.text[start : min(end, start + 20)].encode("utf-8", "replace").decode()
            self.problem(
                start, end, "error", "unknown-character", f'"{shown}" means nothing in music here.'
            )

    def on_unknown(self, start: int, end: int, text: str) -> None:
        if text.isspace():
            self.paint(start, end, Kind.SPACE)
            return
        if text == "!":  # outdated: the end of a line of music (6.1.1)
            self.paint(start, end, Kind.CONTINUATION)
            return
        self.paint(start, end, Kind.UNKNOWN)
        if self.unknown and self.unknown[1] == start:
            self.unknown = (self.unknown[0], end)
        else:
            self.flush_unknown()
            self.unknown = (start, end)

    on_accidental = on_unknown

    def mute(self, name: str, start: int, end: int) -> None:
        """Characters of another voice, or of a second layer of this bar, are named, not played."""
        if name == "note":
            self.kinds[start:end] = note_text(self.text[start:end]).kinds
        elif name == "rest":
            self.paint(start, start + 1, Kind.REST)
            self.paint(start + 1, end, Kind.LENGTH)
        elif name == "close":
            self.paint(start, start + 1, Kind.CHORD)
            self.paint(start + 1, end, Kind.LENGTH)
        elif name == "quote":
            self.paint_quote(start, end)
        elif name == "ending":
            self.paint(start, end, Kind.ENDING)

    # Fields -------------------------------------------------------------------------------------

    def field(
        self, start: int, end: int, name: str, *, header: bool = False, inline: bool = False
    ) -> None:
        """A field: its kinds, its place in `fields`, and what it changes (3)."""
        text = self.text
        value_start = start + (3 if inline else 2)
        value_end = end - 1 if inline and text[end - 1] == "]" else end
        if inline:
            self.paint(start, end, Kind.INLINE_FIELD)
        else:
            self.paint(start, value_start, Kind.FIELD_NAME)
            comment = COMMENT.search(text, value_start, end)
            if comment:
                value_end = comment.start()
                self.paint(value_end, end, Kind.COMMENT)
            kind = Kind.LYRICS if name == "w" else Kind.FIELD_VALUE
            self.paint(value_start, value_end, kind)
        value = text[value_start:value_end].strip()
        found = TuneField((start, end), name, value, inline)
        self.fields.append(found)
        if header:
            self.header.setdefault(name, value)
        if name == "K":
            self.set_key(found, header)
        elif name == "M":
            self.complain(found, "bad-meter", self.pulse.set_meter(value))
            self.put(self.meters, found, self.pulse.meter, header)
        elif name == "L":
            self.complain(found, "bad-unit", self.pulse.set_unit(value))
        elif name == "Q" and not header:
            self.tempo(found)
        elif name == "V":
            self.set_voice(found, header)
        elif name in "Um":
            self.define(found)
        elif name == "I":
            self.directive("%%" + value)

    def on_field(self, start: int, end: int, text: str) -> None:
        self.close_open(start)
        self.field(start, end, text[0])

    def on_inline(self, start: int, end: int, text: str) -> None:
        if len(text) == 2:  # "[K" and no colon: a chord that begins with a decoration
            self.paint(start, start + 1, Kind.CHORD)
            self.paint(start + 1, end, Kind.DECORATION)
            if not (self.pulse.muted or self.pulse.overlay):
                self.on_open(start, start + 1, "[")
                self.on_letter(start + 1, end, text[1])
            return
        if text[-1] != "]":
            self.problem(
                start, end, "error", "field-open", f"The field {text[:3]} is not closed by a ]."
            )
        self.field(start, end, text[1], inline=True)

    def complain(self, field: TuneField, code: str, message: str | None) -> None:
        if message is not None:
            self.problem(*field.span, "error", code, message)

    def put(self, into: list[Placed], field: TuneField, value: object, header: bool) -> None:
        """From here on; a second one before any music replaces the first."""
        onset = self.bar_onset + self.pulse.position
        if header or not (self.drafts or self.chord):
            into.clear()
        into.append(Placed(field.span, onset, self.bar, value))

    def set_key(self, field: TuneField, header: bool) -> None:
        parsed = parse_key(field.value)
        self.complain(field, "bad-key", parsed.problem)
        if parsed.octave is not None:
            self.octave = parsed.octave
        if parsed.key is None and self.keys:
            return
        self.key = parsed.key or C_MAJOR
        self.alterations = dict(zip(LETTERS, self.key.alterations, strict=True))
        self.accidentals.clear()
        self.put(self.keys, field, self.key, header)

    def tempo(self, field: TuneField) -> None:
        tempo, problem = parse_tempo(field.value, self.pulse.unit)
        if problem is not None:
            self.problem(*field.span, "warning", "bad-tempo", problem)
        if tempo is not None:
            self.put(self.tempos, field, tempo, False)

    def set_voice(self, field: TuneField, header: bool) -> None:
        if header and self.pulse.voice is not None:
            return  # the header only declares voices; the first one declared is the first voice
        self.close_open(field.span[0])
        was_muted = self.pulse.muted
        if self.pulse.set_voice(field.value) and not was_muted:
            name = field.value.split()[0] if field.value.split() else ""
            if name not in self.voices:
                self.voices.add(name)
                self.problem(
                    *field.span, "note", "voice-skipped",
                    f'Voice "{name[:20]}" is not played; only the first voice is.',
                )  # fmt: skip

    def define(self, field: TuneField) -> None:
        """U: gives a letter a decoration (4.16)."""
        letter, _, meaning = field.value.partition("=")
        if len(letter.strip()) == 1:
            self.user_letters[letter.strip()] = meaning.strip().strip("!+")

    def directive(self, line: str) -> None:
        """%%propagate-accidentals not | octave | pitch (11.3); others concern the page."""
        words = line[2:100].split()
        if len(words) > 1 and words[0] == "propagate-accidentals":
            self.reach = words[1] != "not"
            self.by_octave = words[1] == "octave"

    # Notes --------------------------------------------------------------------------------------

    def on_note(self, start: int, end: int, text: str) -> None:
        parts = note_text(text)
        self.kinds[start:end] = parts.kinds
        pulse = self.pulse
        if pulse.chord is not None:
            self.chord.append((*self.sound(parts), (start, end)))
            pulse.chord_note(parts.times)
            return
        step, pitch = self.sound(parts)
        draft = _Draft()
        draft.span = (start, end)
        draft.pitches = (pitch,)
        draft.steps = (step,)
        draft.head = (draft.span,)
        self.add(draft, "note", parts.times)

    def sound(self, parts: NoteText) -> tuple[tuple[str, int, int], int]:
        """A note's spelling and pitch, by its accidental, the bar's and the key's (4.2, 11.3)."""
        letter, octave = parts.letter, parts.octave + self.octave
        where: object = (letter, octave) if self.by_octave else letter
        accidental = parts.accidental
        if accidental is None:
            tie = self.tie
            if tie is not None:  # a tied note keeps its pitch beyond the barline
                for name, altered, tied_octave in tie.steps:
                    if name == letter and tied_octave == octave:
                        accidental = altered
                        break
            if accidental is None:
                accidental = self.accidentals.get(where)
            if accidental is None:
                accidental = self.alterations[letter]
        elif self.reach:
            self.accidentals[where] = accidental
        pitch = 12 * (octave + 1) + NATURAL_SEMITONES[letter] + accidental
        # MIDI ends at 0 and 127: what lies beyond is moved by octaves.
        while pitch > 127:
            pitch, octave = pitch - 12, octave - 1
        while pitch < 0:
            pitch, octave = pitch + 12, octave + 1
        return (letter, accidental, octave), pitch

    def add(self, draft: _Draft, kind: EventKind, times: Fraction) -> None:
        """Place a note, chord or rest in time."""
        pulse = self.pulse
        index = len(self.drafts)
        draft.onset = self.bar_onset + pulse.position
        draft.bar = self.bar
        draft.tied = False
        if pulse.grace:
            draft.kind = "grace"
            draft.duration = ZERO
            draft.written = pulse.unit * times
            draft.tuplet = None
        else:
            draft.kind = kind
            draft.tuplet = pulse.tuplet if pulse.tuplet_left else None
            draft.duration = pulse.place(times)
            draft.written = draft.duration if draft.tuplet is None else pulse.unit * times
            self.bar_filled = True
            if self.tie is not None:
                self.end_tie(draft, draft.span[0])
        self.drafts.append(draft)
        if self.waiting_marks:
            self.flush_marks(index)

    def on_rest(self, start: int, end: int, text: str) -> None:
        self.kinds[start] = Kind.REST
        self.paint(start + 1, end, Kind.LENGTH)
        pulse = self.pulse
        if pulse.chord is not None or pulse.grace:
            self.problem(start, end, "warning", "rest-inside", "A rest has no place in a chord.")
            return
        draft = _Draft()
        draft.span = (start, end)
        draft.pitches = ()
        draft.steps = ()
        draft.head = ()
        times = multiplier(text[1:])
        if text[0] in "zx":
            self.add(draft, "rest", times)
            return
        draft.kind = "rest"
        draft.onset = self.bar_onset + pulse.position
        draft.bar = self.bar
        draft.tied = False
        draft.tuplet = None
        draft.duration = draft.written = pulse.rest_bars(times)
        self.bar_filled = True
        if self.tie is not None:
            self.end_tie(draft, start)
        self.drafts.append(draft)
        self.flush_marks(len(self.drafts) - 1)

    def on_open(self, start: int, end: int, _: str) -> None:
        if self.pulse.chord is not None:
            self.close_chord(start, start, "")
        self.chord_at = start
        self.chord = []
        self.pulse.open_chord()

    def on_close(self, start: int, end: int, text: str) -> None:
        if self.pulse.chord is None:
            self.paint(start, end, Kind.UNKNOWN)
            self.problem(start, end, "error", "chord-not-open", "This ] closes no chord.")
            return
        self.paint(start, start + 1, Kind.CHORD)
        self.paint(start + 1, end, Kind.LENGTH)
        self.close_chord(start, end, text[1:])

    def close_chord(self, at: int, end: int, length: str) -> None:
        """The chord is complete, closed at `at` or, when `end` is `at`, never closed (4.17)."""
        pulse = self.pulse
        inner, pulse.chord = pulse.chord, None
        sounded, self.chord = self.chord, []
        if at == end:
            self.problem(
                self.chord_at, at, "error", "chord-open", "This chord is not closed by a ]."
            )
        if not inner:
            self.problem(
                self.chord_at, end, "error", "chord-empty", "There are no notes in this chord."
            )
            return
        sounded.sort(key=lambda sound: sound[1])
        draft = _Draft()
        draft.span = (self.chord_at, end)
        draft.pitches = tuple([pitch for _, pitch, _ in sounded])
        draft.steps = tuple([step for step, _, _ in sounded])
        draft.head = tuple([span for _, _, span in sounded])
        self.add(draft, "chord", inner * multiplier(length))
        if self.chord_tie is not None and draft.kind == "chord":
            self.tie, self.tie_at = draft, self.chord_tie
        self.chord_tie = None

    def on_grace(self, start: int, end: int, text: str) -> None:
        if text == "}":
            if not self.pulse.grace:
                self.paint(start, end, Kind.UNKNOWN)
                self.problem(start, end, "error", "grace-not-open", "This } closes no grace notes.")
            elif self.pulse.chord is not None:
                self.close_chord(start, start, "")
            self.pulse.grace = False
            return
        if self.pulse.grace:
            self.close_open(start)
        self.pulse.grace = True
        self.grace_at = start

    def close_open(self, at: int) -> None:
        """What cannot go on over the end of a bar, a line of fields or the tune."""
        if self.pulse.chord is not None:
            self.close_chord(at, at, "")
        if self.pulse.grace:
            self.pulse.grace = False
            self.problem(
                self.grace_at, at, "error", "grace-open", "These grace notes are not closed by a }."
            )

    # Between notes ------------------------------------------------------------------------------

    def on_broken(self, start: int, end: int, text: str) -> None:
        pulse = self.pulse
        last = self.drafts[-1] if self.drafts else None
        changed = None if pulse.chord is not None or pulse.grace else pulse.broken(text)
        if changed is None or last is None:
            self.problem(
                start, end, "error", "broken-rhythm-alone",
                f"{text} stands between two notes of a bar; the one before it is missing.",
            )  # fmt: skip
            return
        index = len(self.drafts) - 1
        while index > 0 and self.drafts[index].kind == "grace":
            index -= 1
        last = self.drafts[index]
        last.duration = changed

    def on_tie(self, start: int, end: int, _: str) -> None:
        if self.pulse.grace:
            return
        if self.pulse.chord is not None:  # a tie of one note of a chord (4.17)
            self.chord_tie = start
            return
        last = self.drafts[-1] if self.drafts else None
        if last is None or not last.pitches or last.kind == "grace" or self.tie is last:
            self.problem(start, end, "warning", "tie-alone", "This tie has no note before it.")
            return
        self.tie = last
        self.tie_at = start

    def end_tie(self, draft: _Draft | None, at: int) -> None:
        """A tie holds when the next note has a pitch in common (4.11)."""
        tie, self.tie = self.tie, None
        if tie is None:
            return
        if draft is not None and not set(tie.pitches).isdisjoint(draft.pitches):
            tie.tied = True
            return
        self.problem(
            self.tie_at, self.tie_at + 1, "warning", "tie-broken",
            "This tie leads to no note of the same pitch.",
        )  # fmt: skip

    def on_tuplet(self, start: int, end: int, text: str) -> None:
        if self.pulse.tuplet_left:
            self.unfinished_tuplet()
        self.tuplet_at = (start, end)
        if self.pulse.start_tuplet(text) is None:
            self.problem(
                start, end, "error", "bad-tuplet", f"{text} is no tuplet; the least is (2."
            )

    def unfinished_tuplet(self) -> None:
        self.problem(
            *self.tuplet_at, "warning", "tuplet-open",
            f"This tuplet lacks {self.pulse.tuplet_left} of its notes.",
        )  # fmt: skip

    def on_slur(self, start: int, end: int, text: str) -> None:
        if text == "(":
            self.open_slurs.append((len(self.drafts), start))
        elif self.open_slurs:
            first, _ = self.open_slurs.pop()
            if first < len(self.drafts):
                self.slurs.append((first, len(self.drafts) - 1))
        else:
            self.problem(start, end, "warning", "slur-not-open", "This ) closes no slur.")

    def on_letter(self, start: int, end: int, text: str) -> None:
        name = self.user_letters.get(text) or DECORATION_LETTERS.get(text)
        if name is None:
            self.on_unknown(start, end, text)
            return
        self.kinds[start] = Kind.DECORATION
        self.waiting_marks.append(((start, end), Kind.DECORATION, name))

    def on_decoration(self, start: int, end: int, text: str) -> None:
        name = text[1:-1]
        if name not in DECORATION_NAMES:
            self.problem(
                start, end, "note", "unknown-decoration", f'"{name}" is no decoration we know.'
            )
        self.waiting_marks.append(((start, end), Kind.DECORATION, name))

    def paint_quote(self, start: int, end: int) -> Kind:
        annotation = self.text[start + 1 : start + 2] in tuple(ANNOTATION_PLACES)
        kind = Kind.ANNOTATION if annotation else Kind.CHORD_SYMBOL
        self.paint(start, end, kind)
        return kind

    def on_quote(self, start: int, end: int, text: str) -> None:
        kind = self.paint_quote(start, end)
        if len(text) < 2 or text[-1] != '"':
            self.problem(
                start, end, "error", "quote-open", "This quotation mark is not closed on its line."
            )
        self.waiting_marks.append(((start, end), kind, text.strip('"')))

    def flush_marks(self, index: int | None) -> None:
        for span, kind, text in self.waiting_marks:
            self.marks.append(Mark(span, kind, text, index))
        self.waiting_marks.clear()

    def on_overlay(self, start: int, end: int, _: str) -> None:
        self.close_open(start)
        self.pulse.overlay = True
        self.problem(
            start, end, "note", "overlay-skipped", "The second layer of this bar is not played."
        )

    def on_backslash(self, start: int, end: int, _: str) -> None:
        self.backslash = start
        rest = self.text[end : end + 80].split("\n", 1)
        if not rest[0].strip() or rest[0].lstrip()[:1] == "%":
            self.paint(start, end, Kind.CONTINUATION)
        else:
            self.on_unknown(start, end, "\\")

    def on_newline(self, start: int, end: int, _: str) -> None:
        if self.pulse.chord is not None:
            self.close_open(start)

    def on_comment(self, start: int, end: int, text: str) -> None:
        self.directive(text)

    def on_space(self, start: int, end: int, _: str) -> None:
        pass

    on_spacer = on_space
    on_backtick = on_space

    # Bars ---------------------------------------------------------------------------------------

    def on_bar(self, start: int, end: int, text: str) -> None:
        if text == ":":
            self.on_unknown(start, end, text)
            return
        if self.pulse.muted:
            return
        self.close_open(start)
        pulse = self.pulse
        if pulse.factor != 1:
            self.problem(
                start,
                end,
                "warning",
                "broken-rhythm-over-bar",
                "A broken rhythm leads over this barline.",
            )
        onset = self.bar_onset + pulse.position
        self.barlines.append(
            Barline(
                (start, end),
                onset,
                text,
                ends_repeat=text[0] == ":",
                starts_repeat=text[-1] == ":",
                final="]" in text or "||" in text,
            )
        )
        self.bar_onset = onset
        pulse.barline()
        self.accidentals.clear()
        if self.bar_filled:
            self.bar += 1
            self.bar_filled = False
        self.after_bar = True

    def on_ending(self, start: int, end: int, text: str) -> None:
        """|1, [2, [1,3 and [1-3: which times through these bars are played (4.9, 4.10)."""
        bracket = text[0] == "["
        if not bracket and not self.after_bar:
            self.on_unknown(start, end, text)
            return
        numbers = ending_numbers(text.lstrip("["))
        self.close_open(start)
        self.paint(start, end, Kind.ENDING)
        if bracket:
            self.kinds[start] = Kind.BARLINE
        last = self.barlines[-1] if self.barlines else None
        onset = self.bar_onset + self.pulse.position
        if last is not None and last.onset == onset and not last.endings:
            self.barlines[-1] = replace(last, endings=numbers)
        else:
            mark = (start, start + 1) if bracket else (start, start)
            self.barlines.append(Barline(mark, onset, "[", endings=numbers))


@lru_cache(maxsize=1024)
def ending_numbers(text: str) -> tuple[int, ...]:
    """The numbers of an ending.

    >>> ending_numbers("1,3"), ending_numbers("1-3")
    ((1, 3), (1, 2, 3))
    """
    numbers: set[int] = set()
    for part in text.split(","):
        low, _, high = part.partition("-")
        if low and int(low) <= 99:
            top = min(int(high), 99) if high else int(low)
            numbers.update(range(int(low), top + 1))
    return tuple(sorted(numbers))
