"""The reader one character at a time: where in the music a text that is still being written is.

`StreamingReader` cuts the text into the same tokens as `reader.read` and counts time with the
same `Pulse`, but keeps no text: it is small, cheap to copy, and two readers with equal `key()`
go on alike, whatever was written before. Whole-bar decoding rests on that.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from songrnn.notation.headers import bare_value
from songrnn.notation.pulse import Pulse, multiplier
from songrnn.notation.tables import BODY_FIELDS, HEADER_FIELDS, TOKEN

Inside = Literal[
    "header", "field", "music", "chord", "grace", "quote", "decoration", "comment", "ended"
]
# A field's value counts up to here; longer ones say nothing more.
_LONGEST_PENDING = 256
_DECORATION_LENGTH = 33  # the mark and 32 characters, as in tables.TOKEN
_NOT_IN_DECORATION = frozenset(' \t\n\r\f\v|[]"')


@dataclass(frozen=True, slots=True)
class Position:
    """Where the text so far ends.

    inside: what the next character stands in; "header" is the start of a line of it, "field" a
        field's value (also of a field within the tune), "music" everything else of the tune.
    field: the letter of the field it is inside, else "".
    beat: quarter notes since the barline, as `read` of the text so far would count them.
    expected: quarter notes of a whole bar, None when the meter is free.
    extensible: the last token is a note, rest or closed chord that a length may still follow.
    token: the characters of the token that is not complete yet ("" when none is).
    chord, grace: open brackets. tuplet_left: notes that the tuplet still lacks.
    broken: the next note is the second half of a broken rhythm.
    slurs: open ones. bar: barlines that ended a bar so far. notes: events in this bar.
    repeat: a |: waits for its :|. ending: numbers have been given since then.
    muted: in a voice that is not played, or in a second layer of the bar.
    """

    inside: Inside
    field: str
    beat: Fraction
    expected: Fraction | None
    extensible: bool
    token: str
    chord: bool
    grace: bool
    tuplet_left: int
    broken: bool
    slurs: int
    bar: int
    notes: int
    repeat: bool
    ending: bool
    muted: bool


class StreamingReader:
    """Reads a tune one character at a time.

    >>> reader = StreamingReader()
    >>> for character in "M:6/8\\nK:D\\nA3/2": reader.feed(character)
    >>> reader.position.beat, reader.position.expected, reader.position.extensible
    (Fraction(3, 4), Fraction(3, 1), True)
    """

    __slots__ = (
        "after_bar",
        "bar",
        "ending",
        "line_empty",
        "line_start",
        "mode",
        "notes",
        "pending",
        "pulse",
        "repeat",
        "slurs",
        "tune_begun",
    )

    def __init__(self, text: str = "") -> None:
        self.pulse = Pulse()
        # What pending is: a token ("" or part of one), or something that lasts to its own end.
        self.mode: Literal[
            "header", "header field", "token", "field", "inline", "quote", "comment", "ended"
        ] = "header"
        self.pending = ""
        self.line_start = True  # pending begins a line
        self.line_empty = True  # nothing but spaces on this line so far
        self.tune_begun = False  # an event has been read: an empty line now ends the tune
        self.after_bar = False
        self.slurs = 0
        self.bar = 0
        self.notes = 0
        self.repeat = False
        self.ending = False
        for character in text:
            self.feed(character)

    def copy(self) -> "StreamingReader":
        """The same state, free to go another way."""
        other = StreamingReader.__new__(StreamingReader)
        other.pulse = self.pulse.copy()
        other.mode = self.mode
        other.pending = self.pending
        other.line_start = self.line_start
        other.line_empty = self.line_empty
        other.tune_begun = self.tune_begun
        other.after_bar = self.after_bar
        other.slurs = self.slurs
        other.bar = self.bar
        other.notes = self.notes
        other.repeat = self.repeat
        other.ending = self.ending
        return other

    def key(self) -> tuple[object, ...]:
        """A hashable value: readers with equal ones go on alike (but for the number of the bar)."""
        return (
            self.mode,
            self.pending,
            self.line_start,
            self.line_empty,
            self.tune_begun,
            self.after_bar,
            self.slurs,
            min(self.notes, 1),
            self.repeat,
            self.ending,
            self.pulse.key(),
        )

    @property
    def position(self) -> Position:
        """Where the text so far ends, an unfinished token counted as if it were complete."""
        settled = self.copy()
        settled.settle()
        pulse = settled.pulse
        own = self.pulse
        mode = self.mode
        field = ""
        inside: Inside
        if mode in ("header field", "field"):
            inside, field = "field", self.pending[0]
        elif mode == "inline":
            inside, field = "field", self.pending[1]
        elif mode in ("quote", "comment", "ended"):
            inside = mode
        elif mode == "header":
            inside = "header"
        elif self._in_decoration():
            inside = "decoration"
        elif own.chord is not None or self.pending == "[":
            inside = "chord"
        else:
            inside = "grace" if pulse.grace else "music"
        token = self.pending if mode in ("token", "header") else ""
        return Position(
            inside=inside,
            field=field,
            beat=settled.beat(),
            expected=pulse.meter.length,
            extensible=mode == "token" and _extensible(token, own),
            token=token,
            chord=pulse.chord is not None,
            grace=pulse.grace,
            tuplet_left=pulse.tuplet_left,
            broken=pulse.factor != 1,
            slurs=settled.slurs,
            bar=settled.bar,
            notes=settled.notes,
            repeat=settled.repeat,
            ending=settled.ending,
            muted=pulse.muted or pulse.overlay,
        )

    def beat(self) -> Fraction:
        """Quarter notes since the barline when an open chord is counted as if closed here."""
        pulse = self.pulse
        if pulse.chord and not pulse.grace and not pulse.muted and not pulse.overlay:
            pulse = pulse.copy()
            pulse.close_chord(Fraction(1))
        return pulse.position

    def settle(self) -> None:
        """Complete the pending token as the end of the text would."""
        mode, pending = self.mode, self.pending
        if mode == "header field":
            self._header_field(pending)
        elif mode == "header":
            if pending.strip():
                self._begin_body()
                self._feed_all(pending)
                self.settle()
        elif mode == "token":
            if self._in_decoration():
                self.pending = ""
                self._take("unknown", pending[0])
                self.line_start = False
                self._feed_all(pending[1:])
                self.settle()
            elif pending:
                self._complete()
        elif mode in ("field", "inline", "quote", "comment"):
            self._complete()

    def feed(self, character: str) -> None:
        """Read one more character."""
        mode = self.mode
        if mode == "token":
            self._feed_token(character)
        elif mode == "header":
            self._feed_header(character)
        elif mode == "header field":
            if character in "\r\n":
                self._header_field(self.pending)
                self.feed(character)
            else:
                self._extend(character)
        elif mode in ("field", "comment"):
            if character in "\r\n":
                self._complete()
                self._feed_token(character)
            else:
                self._extend(character)
        elif mode in ("quote", "inline"):
            if character in "\r\n":
                self._complete()
                self._feed_token(character)
            else:
                self._extend(character)
                if character == ('"' if mode == "quote" else "]"):
                    self._complete()

    def _feed_all(self, text: str) -> None:
        for character in text:
            self.feed(character)

    def _extend(self, character: str) -> None:
        if self.pending[-1:] == ":" and character.isspace():
            return  # spaces before a value are no part of it
        if len(self.pending) < _LONGEST_PENDING:
            self.pending += character

    # The header ---------------------------------------------------------------------------------

    def _feed_header(self, character: str) -> None:
        pending = self.pending
        if character in "\r\n":
            if pending.strip():
                self._begin_body()
                self._feed_all(pending + character)
            self.pending = "" if self.mode == "header" else self.pending
        elif not pending and character == "%":
            self.mode = "header field"
            self.pending = "%"
        elif len(pending) == 1 and character == ":" and pending in HEADER_FIELDS:
            self.mode = "header field"
            self.pending = pending + ":"
        elif (not pending and character in HEADER_FIELDS) or (pending + character).isspace():
            self.pending = (pending + character)[:_LONGEST_PENDING]
        else:
            self._begin_body()
            self._feed_all(pending + character)

    def _header_field(self, pending: str) -> None:
        self.pending = ""
        self.mode = "header"
        if pending[0] != "%":
            self._field(pending[0], bare_value(pending[2:]), header=True)
            if pending[0] == "K":
                self._begin_body()
                self.line_empty = False

    def _begin_body(self) -> None:
        self.mode = "token"
        self.pending = ""
        self.line_start = True
        self.line_empty = True
        self.pulse.begin()

    # The tune -----------------------------------------------------------------------------------

    def _in_decoration(self) -> bool:
        return self.mode == "token" and self.pending[:1] in ("!", "+")

    def _feed_token(self, character: str) -> None:
        pending = self.pending
        if not pending:
            self._begin_token(character)
            return
        if pending[0] in "!+":
            self._feed_decoration(character)
            return
        text = pending + character
        if len(text) == 2 and character == ":" and self.line_start and pending in BODY_FIELDS:
            self.mode, self.pending = "field", text
            return
        match = TOKEN.match("x" + text, 1)
        if match is not None and match.end() == len(text) + 1:
            self.pending = text
            if match.lastgroup == "inline" and len(text) == 3:
                self.mode = "inline"
            return
        self._complete()
        if self.mode == "token":
            self._begin_token(character)

    def _begin_token(self, character: str) -> None:
        self.pending = character
        if character == '"':
            self.mode = "quote"
        elif character == "%":
            self.mode = "comment"

    def _feed_decoration(self, character: str) -> None:
        pending = self.pending
        mark = pending[0]
        if pending == "+" and character == ":" and self.line_start:
            self.mode, self.pending = "field", "+:"
        elif character == mark and len(pending) > 1:
            self.pending = ""
            self._take("decoration", pending + character)
            self.line_start = False
        elif (
            character == mark
            or character in _NOT_IN_DECORATION
            or character.isspace()
            or len(pending) >= _DECORATION_LENGTH
        ):
            # Never closed: the mark means nothing, and what follows it is music after all.
            self.pending = ""
            self._take("unknown", mark)
            self.line_start = False
            self._feed_all(pending[1:] + character)
        else:
            self.pending = pending + character

    def _complete(self) -> None:
        """The pending token is complete: it takes effect."""
        text, mode = self.pending, self.mode
        self.pending, self.mode = "", "token"
        if mode == "token":
            match = TOKEN.match("x" + text, 1)
            name = (match.lastgroup if match else None) or "unknown"
        else:
            name = mode
        self._take(name, text)
        self.line_start = name == "newline"

    def _take(self, name: str, text: str) -> None:
        """A token's effect on time and brackets, as in `reader`."""
        pulse = self.pulse
        if name == "newline":
            if self.line_empty and self.tune_begun:
                self.mode = "ended"
            self.line_empty = True
            if pulse.chord is not None:
                self._close_open()
            return
        if name == "space":
            return
        self.line_empty = False
        if name == "field":
            self._close_open()
            if text[0] == "X":
                self.mode = "ended"
            else:
                self._field(text[0], bare_value(text[2:]))
        elif name == "inline":
            if len(text) > 2:
                self._field(text[1], text[3:].removesuffix("]").strip())
            elif not pulse.muted and not pulse.overlay:
                self._open_chord()
        elif pulse.muted or (pulse.overlay and name != "bar"):
            return
        elif name == "bar":
            if text != ":":
                self._bar(text)
            return
        else:
            self._music(name, text)
        self.after_bar = False

    def _music(self, name: str, text: str) -> None:
        pulse = self.pulse
        if name == "note":
            times = multiplier(text.lstrip("^_=ABCDEFGabcdefg,'"))
            if pulse.chord is not None:
                pulse.chord_note(times)
            else:
                self._place(times)
        elif name == "rest":
            if pulse.chord is not None or pulse.grace:
                return
            times = multiplier(text[1:])
            if text[0] in "zx":
                self._place(times)
            else:
                pulse.rest_bars(times)
                self.notes += 1
                self.tune_begun = True
        elif name == "open":
            self._open_chord()
        elif name == "close":
            if pulse.chord is not None:
                self._close_chord(multiplier(text[1:]))
        elif name == "grace":
            if text == "}":
                if pulse.grace and pulse.chord is not None:
                    self._close_chord(Fraction(1))
                pulse.grace = False
            else:
                if pulse.grace:
                    self._close_open()
                pulse.grace = True
        elif name == "broken":
            if pulse.chord is None and not pulse.grace:
                pulse.broken(text)
        elif name == "tuplet":
            pulse.start_tuplet(text)
        elif name == "slur":
            self.slurs = self.slurs + 1 if text == "(" else max(self.slurs - 1, 0)
        elif name == "ending":
            if text[0] == "[" or self.after_bar:
                self._close_open()
                self.ending = True
        elif name == "overlay":
            self._close_open()
            pulse.overlay = True

    def _place(self, times: Fraction) -> None:
        self.tune_begun = True
        if not self.pulse.grace:
            self.pulse.place(times)
            self.notes += 1

    def _open_chord(self) -> None:
        if self.pulse.chord is not None:
            self._close_chord(Fraction(1))
        self.pulse.open_chord()

    def _close_chord(self, times: Fraction) -> None:
        inner, self.pulse.chord = self.pulse.chord, None
        if inner:
            self._place(inner * times)

    def _close_open(self) -> None:
        if self.pulse.chord is not None:
            self._close_chord(Fraction(1))
        self.pulse.grace = False

    def _bar(self, text: str) -> None:
        self._close_open()
        self.pulse.barline()
        if self.notes:
            self.bar += 1
            self.notes = 0
        self.after_bar = True
        if text[0] == ":":
            self.repeat = self.ending = False
        if text[-1] == ":":
            self.repeat, self.ending = True, False

    def _field(self, name: str, value: str, *, header: bool = False) -> None:
        if name == "M":
            self.pulse.set_meter(value)
        elif name == "L":
            self.pulse.set_unit(value)
        elif name == "V" and not (header and self.pulse.voice is not None):
            self._close_open()
            self.pulse.set_voice(value)


def _extensible(token: str, pulse: Pulse) -> bool:
    """Whether a length may follow what stands here."""
    if not token or pulse.grace:
        return False
    return token[-1] in "ABCDEFGabcdefgzxZX,'0123456789/" or token == "]"
