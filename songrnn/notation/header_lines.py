"""The lines of a tune's header (ABC 2.1, 2.2.1 and 3): it ends with K:, and nowhere else.

A text that does not begin with a field is a fragment and has no header. One whose header never
comes to a K: has music from the first line on that is not a field.
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from songrnn.notation.blocks import begins_block, end_of_block
from songrnn.notation.reading import Kind

_LINE = re.compile(r"[^\r\n]*")
_LINE_END = re.compile(r"\r?\n|\r")
_FIELD = re.compile(r"(?P<name>[A-Za-z+]):[^\r\n]*")

LineKind = Literal["field", "directive", "comment", "block", "empty", "text"]
HEADER_KINDS = {"comment": Kind.COMMENT, "block": Kind.COMMENT, "empty": Kind.SPACE}


class HeaderLine(NamedTuple):
    """text[start:end], without its line end. name: the letter of a field, else ""."""

    start: int
    end: int
    kind: LineKind
    name: str = ""


def header_lines(text: str) -> list[HeaderLine]:
    """The lines of the header, the last of them K: when there is one."""
    found: list[HeaderLine] = []
    music = -1  # the first line that is not of a header
    for line in _lines(text):
        if line.kind == "text":
            if not any(before.kind == "field" for before in found):
                return found  # a fragment
            if music < 0:
                music = len(found)
        elif music >= 0 and (line.name == "X" or line.kind == "empty"):
            break  # the tune is over: it has no K:
        found.append(line)
        if line.name == "K":
            return found
    return found if music < 0 else found[:music]


def _lines(text: str) -> Iterator[HeaderLine]:
    at = 0
    while at < len(text):
        line = _LINE.match(text, at)
        end = line.end() if line else len(text)
        if (block := begins_block(text, at)) is not None:
            end, _ = end_of_block(text, at, block)
            yield HeaderLine(at, end, "block")
        elif (field := _FIELD.match(text, at)) is not None:
            yield HeaderLine(at, end, "field", field["name"])
        elif text[at:end].startswith("%"):
            yield HeaderLine(at, end, "directive" if text[at : at + 2] == "%%" else "comment")
        elif text[at:end].strip():
            yield HeaderLine(at, end, "text")
        else:
            yield HeaderLine(at, end, "empty")
        newline = _LINE_END.match(text, end)
        at = newline.end() if newline else end
