"""What a file is divided into: tunes, each knowing where in the file it stands, and refusals."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from songrnn.notation.text_strings import text_of

_TITLE = re.compile(r"^T:[ \t]*(.*)", re.MULTILINE)
_NUMBER = re.compile(r"^X:[ \t]*([^\n%]*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FileTune:
    """A tune of a file as ABC text of its own: the fields of the file's header are in it.

    place: where it begins, "line 12" or "row 3". lines: for each line of `text` the line of the
    file (from 1) it is from; empty where it was made of something else than ABC. indent: how many
    characters were taken off before each line.
    """

    text: str
    place: str
    lines: Sequence[int] = ()
    indent: int = 0

    @property
    def number(self) -> str:
        """Its X:, "" without."""
        match = _NUMBER.search(self.text)
        return match[1].strip() if match else ""

    @property
    def title(self) -> str:
        """Its first T:, "" without."""
        return title_of(self.text)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column in the file, both from 1, of a character of `text`."""
        line = self.text.count("\n", 0, offset)
        column = offset - (self.text.rfind("\n", 0, offset) + 1) + 1
        number = self.lines[min(line, len(self.lines) - 1)] if self.lines else line + 1
        return number, column + self.indent


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was left out: where it is, its title if it is a tune, and why."""

    place: str
    title: str
    reason: str

    def __str__(self) -> str:
        title = f" {self.title!r}" if self.title else ""
        return f"{self.place}{title}: {self.reason}"


def title_of(text: str) -> str:
    """The first T: of a tune's text, for messages."""
    match = _TITLE.search(text)
    return text_of(match[1].strip()) if match else ""
