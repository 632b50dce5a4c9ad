"""Macros (ABC 2.1, 9): what `m:` fields stand for, written into the music.

`m:~G3=G{A}G{F}G` is static: wherever ~G3 stands in the music, the rest is played. In
`m:~n3=n{o}n{m}n` the n is any note, and h to z are the notes around it in the scale. A use is
replaced before anything else is read, user-defined symbols (U:) among it; every character of the
new text knows the characters that it stands for.
"""

import re
from typing import NamedTuple

from songrnn.notation.blocks import begins_block, end_of_block
from songrnn.notation.header_lines import header_lines
from songrnn.notation.tables import LETTERS, TOKEN

_DEFINES = re.compile(r"(?:^|\[)m:", re.MULTILINE)
_DEFINITION = re.compile(
    r"\s*(?P<target>[^=\s|\"%\[\]]{1,31}|\[[^=\s|\"%]{1,30})\s*=\s*(?P<text>.*?)\s*"
)
_LONGEST = 200  # characters that a macro stands for
_MOST = 100  # macros of a tune
_GROWTH, _ROOM = 20, 4_000  # a text grows to so many times its length, and so much more
# What divides bars, lines and fields stays where it can be seen; words are no notes.
_NOT_MUSIC = re.compile(r"[|%\\:\r\n]|\[[A-Za-z]:")
_WORDS = re.compile(r"[\"!+]")
_NOTE = r"(?P<accidental>\^\^|__|[\^_=])?(?P<letter>[A-Ga-g])(?P<octave>[,']{0,8})"
_SKIPPED = frozenset(["field", "inline", "comment", "quote", "decoration", "newline", "space"])


class Macro(NamedTuple):
    """target: what is looked for. text: what is played. any_note: whether n stands for any note."""

    target: str
    text: str
    any_note: bool


class WrittenOut(NamedTuple):
    """text: without the m: fields and with what they stand for. origins: for each of its
    characters the range of the original that it comes from, and at last the original's end."""

    text: str
    origins: list[tuple[int, int]]


def parse_macro(value: str) -> Macro | None:
    """The macro that an m: field defines, None when it is none that can be written out.

    >>> parse_macro("~n3 = n{o}n{m}n")
    Macro(target='~n3', text='n{o}n{m}n', any_note=True)
    """
    match = _DEFINITION.fullmatch(value)
    if match is None:
        return None
    target, text = match["target"], match["text"]
    any_note = "n" in target
    if len(text) > _LONGEST or _NOT_MUSIC.search(text) or target.count("n") > 1:
        return None
    if any_note and _WORDS.search(text):
        return None
    return Macro(target, text, any_note)


def written_out(text: str) -> WrittenOut | None:
    """The text with its macros written out; None when it defines none that can be.

    >>> written_out("m:~n2=n{m}n\\nK:C\\n~G2 ~c2|").text
    'K:C\\nG{F}G c{B}c|'
    """
    if _DEFINES.search(text) is None:
        return None
    writer = _Writer(text)
    writer.header()
    writer.music()
    return writer.result() if writer.macros else None


class _Writer:
    """One pass over one text."""

    def __init__(self, text: str) -> None:
        self.source = text
        self.macros: dict[Macro, re.Pattern[str]] = {}  # the longest target first
        self._body = 0
        self._at = 0  # up to here the source is written
        self._pieces: list[str] = []
        self._origins: list[tuple[int, int]] = []

    def result(self) -> WrittenOut:
        self._keep(len(self.source))
        end = len(self.source)
        return WrittenOut("".join(self._pieces), [*self._origins, (end, end)])

    def header(self) -> None:
        """The definitions above the music; the body begins after them."""
        for line in header_lines(self.source):
            if line.name == "m" and self._define(self.source[line.start + 2 : line.end]):
                self._drop(line.start, _after_line(self.source, line.end))
            self._body = line.end

    def music(self) -> None:
        """The uses, and further definitions."""
        at, limit = self._body, _GROWTH * len(self.source) + _ROOM
        while match := TOKEN.match(self.source, at):
            name, start, at = match.lastgroup or "", match.start(), match.end()
            if name in _SKIPPED:
                at = self._passed(name, start, at)
                continue
            use = self._use(start) if len(self._origins) < limit else None
            if use is not None:
                self._keep(start)
                played, at = use
                self._pieces.append(played)
                self._origins += [(start, at)] * len(played)
                self._at = at

    def _passed(self, name: str, start: int, end: int) -> int:
        """Past what holds no uses; the end of it."""
        text = self.source
        if name == "comment" and (block := begins_block(text, start)) is not None:
            return end_of_block(text, start, block)[0]
        if name == "field" and text[start] == "m" and self._define(text[start + 2 : end]):
            end = _after_line(text, end)
            self._drop(start, end)
        elif text[start : start + 3] == "[m:" and self._define(text[start + 3 : end].rstrip("]")):
            self._drop(start, end)
        return end

    def _define(self, value: str) -> bool:
        """Add a macro; whether it is one."""
        macro = parse_macro(value.partition("%")[0])
        if macro is None or len(self.macros) >= _MOST:
            return False
        self.macros[macro] = _pattern_of(macro)
        known = {old.target: old for old in self.macros}  # the last of a target counts
        longest = sorted(known, key=len, reverse=True)
        self.macros = {known[target]: self.macros[known[target]] for target in longest}
        return True

    def _use(self, start: int) -> tuple[str, int] | None:
        """What is played for what stands here, and the end of that; None when it is no macro."""
        for macro, pattern in self.macros.items():
            if match := pattern.match(self.source, start):
                return (_moved(macro.text, match) if macro.any_note else macro.text), match.end()
        return None

    def _keep(self, end: int) -> None:
        """Write the source up to `end` as it is."""
        self._pieces.append(self.source[self._at : end])
        self._origins += [(place, place + 1) for place in range(self._at, end)]
        self._at = end

    def _drop(self, start: int, end: int) -> None:
        self._keep(start)
        self._at = end


def _pattern_of(macro: Macro) -> re.Pattern[str]:
    """What a macro is looked for by. ~G3 is not in ~G3/2, nor in ~G32."""
    before, any_note, after = macro.target.partition("n")
    end = "(?![0-9/])" if macro.target[-1] in "0123456789/" else ""
    return re.compile(re.escape(before) + (_NOTE if any_note else "") + re.escape(after) + end)


def _moved(text: str, note: re.Match[str]) -> str:
    """What is played for a note: n is itself with its accidental, h to z its neighbours."""
    octave = note["letter"].islower() + note["octave"].count("'") - note["octave"].count(",")
    place = 7 * octave + LETTERS.index(note["letter"].upper())

    def named(match: re.Match[str]) -> str:
        steps = ord(match[0]) - ord("n")
        octaves, letter = divmod(place + steps, 7)
        sign = "" if steps else note["accidental"] or ""
        if octaves > 0:
            return sign + LETTERS[letter].lower() + "'" * (octaves - 1)
        return sign + LETTERS[letter] + "," * -octaves

    return re.sub("[h-z]", named, text)


def _after_line(text: str, end: int) -> int:
    """Past the end of a line."""
    return end + (2 if text[end : end + 2] == "\r\n" else 1 if end < len(text) else 0)
