"""The reader one character at a time: where in the music a text that is still being written is.

`StreamingReader` cuts the text into the same tokens as `reader.read`, and `token_time` counts them
with the same `Pulse`. It keeps no text: it is small, cheap to copy, and two readers with equal
`key()` go on alike, whatever was written before. Whole-bar decoding rests on that.
tests/notation/test_stream.py holds it to `read`, at every beginning of any text.
"""

from typing import Literal

from songrnn.notation.blocks import begins_block
from songrnn.notation.headers import bare_value
from songrnn.notation.position import Position, position_of
from songrnn.notation.pulse import Pulse
from songrnn.notation.tables import BODY_FIELDS, LETTERS_OF_FIELDS, TOKEN
from songrnn.notation.token_time import TokenTime

Mode = Literal[
    "header", "header field", "token", "field", "inline", "quote", "comment", "block", "ended"
]
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

    __slots__ = (
        "_block",
        "_headed",
        "_header",
        "_in_body",
        "_line",
        "_line_name",
        "line_start",
        "mode",
        "pending",
        "time",
    )

    def __init__(self, text: str = "") -> None:
        self.time = TokenTime()
        # What pending is: a token ("" or part of one), or something that lasts to its own end.
        self.mode: Mode = "header"
        self.pending = ""
        self.line_start = True  # pending begins a line
        self._block = ""  # the name of the block of text it is in
        self._in_body = False
        self._headed = False  # a field has been read before any music
        # A header ends at K: and nowhere else. What looks like music before it may be a line of the
        # header after all: then this is how things stood, with the fields that came since.
        self._header: TokenTime | None = None
        # The same for a line that may be a field of the header in the body, such as "Z:…".
        self._line: TokenTime | None = None
        self._line_name = ""
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
        other._block = self._block
        other._in_body = self._in_body
        other._headed = self._headed
        other._header = None if self._header is None else self._header.copy()
        other._line = self._line  # never changed, only taken back
        other._line_name = self._line_name
        return other

    def key(self) -> tuple[object, ...]:
        """A hashable value: readers with equal ones go on alike (but for the number of the bar)."""
        return (
            self.mode,
            self.pending,
            self.line_start,
            self.time.key(),
            self._block,
            None if self._header is None else self._header.key(),
            None if self._line is None else self._line.key(),
        )

    @property
    def position(self) -> Position:
        """Where the text so far ends, an unfinished token counted as if it were complete."""
        return position_of(self)

    @property
    def in_decoration(self) -> bool:
        """Whether what is pending may become a decoration such as !f!."""
        return self.mode == "token" and self.pending[:1] in ("!", "+")

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
            if self.in_decoration:
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
                if self.mode != "block":
                    self.feed(character)
            else:
                self._extend(character)
        elif mode in ("field", "comment"):
            if character in "\r\n":
                self._complete()
                if self.mode == "token":
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

        elif mode == "block":
            self._feed_block(character)

    def _feed_block(self, character: str) -> None:
        if character not in "\r\n":
            self._extend(character)
        elif self.pending.startswith(f"%%end{self._block}"):
            self.mode = "token" if self._in_body else "header"
            self.pending, self._block = "", ""
            self.feed(character)
        else:
            self.pending = ""

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
        elif len(pending) == 1 and character == ":" and pending in LETTERS_OF_FIELDS:
            self.mode = "header field"
            self.pending = pending + ":"
        elif (not pending and character in LETTERS_OF_FIELDS) or (pending + character).isspace():
            self.pending = (pending + character)[:_LONGEST_PENDING]
        else:
            self._begin_body()
            self._feed_all(pending + character)

    def _header_field(self, pending: str) -> None:
        self.pending = ""
        self.mode = "header"
        if pending[0] == "%":
            self._begin_block(pending)
            return
        self._headed = True
        self.time.change(pending[0], bare_value(pending[2:]), header=True)
        if pending[0] == "K":
            self._headed = False  # it is complete
            self._begin_body()
            self.time.line_empty = False

    def _begin_body(self) -> None:
        if self._headed:
            self._header = self.time.copy()
        self._in_body = True
        self.mode = "token"
        self.pending = ""
        self.line_start = True
        self.time.line_empty = True
        self.pulse.begin()

    def _header_after_all(self, name: str, text: str) -> bool:
        """A token while no K: has come yet; whether it is that K:, which ends the header."""
        header = self._header
        if header is None:
            return False
        if name == "newline" and self.time.line_empty:
            self._header = None
        elif name == "field":
            header.change(text[0], bare_value(text[2:]), header=True)
            if text[0] == "K":
                self._header, self._headed = None, False
                self.time = header
                self.pulse.begin()
                self.time.line_empty = False
                return True
        return False

    def _begin_block(self, comment: str) -> None:
        if (name := begins_block(comment, 0)) is not None:
            self._block, self.mode = name, "block"

    # The tune -----------------------------------------------------------------------------------

    def _feed_token(self, character: str) -> None:
        pending = self.pending
        if not pending:
            self._begin_token(character)
            return
        if pending[0] in "!+":
            self._feed_decoration(character)
            return
        text = pending + character
        if character == ":" and self.line_start and pending in LETTERS_OF_FIELDS:
            if pending in BODY_FIELDS:
                self.mode, self.pending = "field", text
                return
            if pending.isupper():
                self._line = self.time.copy()  # before the note that it may be
                self._line_name = pending
        elif pending == ":" and self._line is not None and character not in "|:]\r\n":
            self.time, self._line = self._line, None
            self.mode, self.pending = "field", self._line_name + ":" + character
            self.line_start = True
            return
        elif self._line is not None:
            self._line = None
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
        if name == "comment" and self.line_start:
            self._begin_block(text)
        self._take(name, text)
        self.line_start = name == "newline"

    def _take(self, name: str, text: str) -> None:
        if self._header_after_all(name, text):
            return
        self.time.take(name, text)
        if self.time.ended:
            self.mode = "ended"
