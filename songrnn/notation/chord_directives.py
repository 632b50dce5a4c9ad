"""Directives on how chord symbols are heard: %%MIDI gchord and its kin, as abc2midi has them."""

import re
from typing import NamedTuple

from songrnn.notation.reading import Kind, Reading

OBEYED = frozenset(
    ["gchord", "gchordon", "gchordoff", "chordprog", "bassprog", "chordvol", "bassvol"]
)
_DIRECTIVE = re.compile(
    r"(?:^%%MIDI[ \t]+|^I:[ \t]*MIDI[ \t=]+|\[I:[ \t]*MIDI[ \t=]+)"
    r"(?P<name>[a-z]{4,12})\b[ \t]*(?P<value>[^\r\n%\]]{0,200})",
    re.MULTILINE,
)
_NUMBER = re.compile(r"[0-9]{1,3}")
_OCTAVE = re.compile(r"octave=([+-]?[0-2])\b")
_KINDS = (Kind.COMMENT, Kind.FIELD_NAME, Kind.INLINE_FIELD)


class Directive(NamedTuple):
    """position: where it stands in the text. name: without MIDI. value: what follows it."""

    position: int
    name: str
    value: str

    @property
    def number(self) -> int | None:
        """The number that the value begins with."""
        match = _NUMBER.match(self.value)
        return int(match[0]) if match else None

    @property
    def octave(self) -> int:
        """The octaves that octave= moves by."""
        match = _OCTAVE.search(self.value)
        return int(match[1]) if match else 0


def chord_directives(reading: Reading) -> list[Directive]:
    """The directives on chord symbols of a text, in order.

    >>> from songrnn.notation.reader import read
    >>> chord_directives(read("X:1\\nK:C\\n%%MIDI gchord fzc\\nC|"))
    [Directive(position=8, name='gchord', value='fzc')]
    """
    blocks = _blocks(reading.text)
    return [
        Directive(match.start(), match["name"], match["value"].strip())
        for match in _DIRECTIVE.finditer(reading.text)
        if match["name"] in OBEYED
        and reading.kinds[match.start()] in _KINDS
        and not any(start <= match.start() < end for start, end in blocks)
    ]


def _blocks(text: str) -> list[tuple[int, int]]:
    """Where typeset text stands, between %%begin… and %%end…, which is no directive."""
    return [match.span() for match in re.finditer(r"(?ms)^%%begin(\w+).*?(?:^%%end\1|\Z)", text)]
