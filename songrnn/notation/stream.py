"""The reader one character at a time: where in the music a text that is still being written is.

`StreamingReader` cuts the text into the same tokens as `reader.read`, and `token_time` counts them
with the same `Pulse`. It keeps no text: it is small, cheap to copy, and two readers with equal
`key()` go on alike, whatever was written before. Whole-bar decoding rests on that.
tests/notation/test_stream.py holds it to `read`, at every beginning of any text.
"""

from typing import Literal

from songrnn.notation.headers import bare_value
from songrnn.notation.position import Inside, Position
from songrnn.notation.pulse import Pulse
from songrnn.notation.tables import BODY_FIELDS, HEADER_FIELDS, TOKEN
from songrnn.notation.token_time import TokenTime

Mode = Literal["header", "header field", "token", "field", "inline", "quote", "comment", "ended"]
# A field's value counts up to here; longer ones say nothing more.
_LONGEST_PENDING = 256
_DECORATION_LENGTH = 33  # the mark and 32 characters, as in tables.TOKEN
_NOT_IN_DECORATION = frozenset(' \t\n\r\f\v|[]"')


class StreamingReader:
    """Reads a tune one character at a time.

    >>> reader = StreamingReader()
    >>> for character in "M:6/8\\nK:D\\nA3/2": reader.feed(character)
    >>> reader.position.beat, reader.position.expected, reader.position.extensible
    (Fraction(3, 4), Fraction(3, 1), True)
    """

    __slots__ = ("line_start", "mode", "pending", "time")

    def __init__(self, text: str = "") -> None:
        self.time = TokenTime()
        # What pending is: a token ("" or part of one), or something that lasts to its own end.
        self.mode: Mode = "header"
        self.pending = ""
        self.line_start = True  # pending begins a line
        self._feed_all(text)

    @property
    def pulse(self) -> Pulse:
        """Time within the bar."""
        return self.time.pulse

    def copy(self) -> "StreamingReader":
        """The same state, free to go another way."""
        other = StreamingReader.__new__(StreamingReader)
        other.time = self.time.copy()
        other.mode = self.mode
        other.pending = self.pending
        other.line_start = self.line_start
        return other

    def key(self) -> tuple[object, ...]:
        """A hashable value: readers with equal ones go on alike (but for the number of the bar)."""
        return self.mode, self.pending, self.line_start, self.time.key()

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
            beat=settled.time.beat,
            expected=pulse.meter.length,
            extensible=mode == "token" and _extensible(token, own),
            token=token,
            chord=pulse.chord is not None,
            grace=pulse.grace,
            tuplet_left=pulse.tuplet_left,
            broken=pulse.factor != 1,
            slurs=settled.time.slurs,
            bar=settled.time.bar,
            notes=settled.time.notes,
            repeat=settled.time.repeat,
            ending=settled.time.ending,
            muted=pulse.muted or pulse.overlay,
        )

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
            self.time.change(pending[0], bare_value(pending[2:]), header=True)
            if pending[0] == "K":
                self._begin_body()
                self.time.line_empty = False

    def _begin_body(self) -> None:
        self.mode = "token"
        self.pending = ""
        self.line_start = True
        self.time.line_empty = True
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
        self.time.take(name, text)
        if self.time.ended:
            self.mode = "ended"


def _extensible(token: str, pulse: Pulse) -> bool:
    """Whether a length may follow what stands here."""
    if not token or pulse.grace:
        return False
    return token[-1] in "ABCDEFGabcdefgzxZX,'0123456789/" or token == "]"
