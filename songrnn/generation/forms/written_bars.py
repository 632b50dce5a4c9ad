"""A tune's body cut into bars while it is being written: what each says, and what stands between.

It follows the text alone and counts no time. A bar's *content* goes from its first character that
is neither space nor barline to the next barline; the barlines, repeats and numbers of endings
between two contents are the *border*, without its spaces.
"""

from copy import copy

_SPACES = frozenset(" \n`")
_NUMBERS = frozenset("123456")
# A colon behind a letter that is no note and no rest, alone on its line or in brackets, belongs to a
# field, such as K:, and not to a barline. Elsewhere the letter is a decoration: H:| ends on a fermata.
_FIELDS = frozenset("HIJKLMNOPQRSTUVWYhijklmnopqrstuvw")


class WrittenBars:
    """The bars of one body. `feed` takes in the next character.

    contents: of the bars that are over. content: of the one being written. border: behind the last
    of `contents`, as far as it is written; before the first bar, what the body opens with.
    in_border: no character of the next content has come yet. quoted: within "…". last: the latest
    character. lost: there was something other than bars, and what came since means nothing.

    >>> bars = WrittenBars("CDEF|GABc:|")
    >>> bars.contents, bars.border
    (('CDEF', 'GABc'), ':|')
    """

    __slots__ = (
        "_bracket", "_new_line", "border", "content", "contents", "in_border", "last", "lost", "quoted",
    )  # fmt: skip

    def __init__(self, text: str = "") -> None:
        self.contents: tuple[str, ...] = ()
        self.content = self.border = self.last = ""
        self.in_border = True
        self.quoted = self.lost = False
        self._bracket = False  # "[" came in a border: of an ending's number, or of a chord
        self._new_line = False
        for character in text:
            self.feed(character)

    def copy(self) -> "WrittenBars":
        """The same so far, to go on by itself."""
        return copy(self)

    @property
    def bracketed(self) -> bool:
        """Whether "[" has just come in a border, so that a number or a chord follows."""
        return self._bracket

    def feed(self, character: str) -> bool:
        """Take in the next character; whether it ends a bar's content."""
        self.last = character
        if self.in_border:
            self._feed_border(character)
            return False
        if character == '"':
            self.quoted = not self.quoted
        elif character == "%" and not self.quoted:
            self.lost = True
        elif character in "|:" and not self.quoted:
            alone = self.content[-2:-1] in ("", "\n", "[")
            self.lost |= character == ":" and alone and self.content[-1:] in _FIELDS
            self.contents = (*self.contents, self.content.rstrip(" \n`"))
            self.content, self.border = "", character
            self.in_border, self._new_line = True, False
            return True
        self.content += character
        return False

    def _feed_border(self, character: str) -> None:
        if self._bracket:
            self._bracket = False
            if character in _NUMBERS:
                self.border += "[" + character
            else:
                self._begin("[" + character)
        elif character in _SPACES:
            self._new_line |= character == "\n"
        elif character == "|" and self._new_line and self.border == "|":
            self._new_line = False  # the line begins with the barline that ended the last one
        elif character in "|:]" or character in _NUMBERS:
            self.border += character
        elif character == "[":
            self._bracket = True
        else:
            self._begin(character)

    def _begin(self, content: str) -> None:
        self.content, self.in_border = content, False
        self.quoted = content == '"'
        self.lost |= content == "%"
