"""The lines of one tune of a file: which of them are the tune's, and where it ends."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from songrnn.notation.files.lines import (
    BLOCK,
    END,
    ends_a_tune,
    is_body_field,
    is_header_field,
    is_misplaced_field,
    is_prose,
)

# Section 3: fields that a file header may hold; of these a tune's own one counts alone. Q: is not
# among those of the standard, but means what it would in a tune.
ONE_OF = frozenset("ABCDFGHLMNOQRSZ")
ALL_OF = frozenset("IUmr")


@dataclass
class LeftOut:
    """Lines that are in the file and in no tune."""

    free: int = 0
    typeset: int = 0
    markup: int = 0
    prose: int = 0
    misplaced: int = 0
    after_end: int = 0
    indented: int = 0
    tunes: int = 0

    def sentences(self) -> Iterator[str]:
        """What to tell of them."""
        around = [
            f"{count:,} of {what}"
            for count, what in (
                (self.free, "free text"),
                (self.typeset, "typeset text"),
                (self.markup, "markup or mail"),
            )
            if count
        ]
        if around:
            yield f"Lines around the tunes were left out: {_listed(around)}."
        if self.prose:
            yield f"Lines of words within the music were left out: {self.prose:,}."
        if self.misplaced:
            yield f"Fields that belong before the music were left out of it: {self.misplaced:,}."
        if self.after_end:
            yield (
                f"Lines of music after an empty line were left out: {self.after_end:,}; "
                "an empty line ends a tune (section 2.2.1)."
            )
        if self.indented:
            yield f"The indentation of {self.indented:,} of {self.tunes:,} tunes was taken off."


@dataclass
class FileLines:
    """The lines of a file, for each the number it has there, and what was left out of them."""

    lines: list[str]
    numbers: list[int] | range
    left_out: LeftOut
    header: list[tuple[str, int]] = field(default_factory=list)


class TuneLines:
    """The lines of one tune, as they are gone through."""

    def __init__(self, file: FileLines, prefix: str, start: int) -> None:
        self.file = file
        self.prefix = prefix
        self.at = start
        self.kept: list[str] = []
        self.indices: list[int] = []
        self.body: int | None = None  # how many lines are kept when the music begins
        self.music = False
        self.block = ""
        self.own_letters = False

    def run(self, end: int) -> int:
        """Go through the lines up to `end`; the index of the first that is not the tune's."""
        lines, prefix = self.file.lines, self.prefix
        quoted = prefix.rstrip()
        width = len(prefix)
        while self.at < end:
            line = lines[self.at]
            if prefix:
                if line.startswith(prefix):
                    line = line[width:]
                elif quoted and not line.startswith(quoted):
                    return self.at
                else:
                    line = line.lstrip(" \t>")
            line = line.rstrip()
            if not line or (line == END and self.block):
                if self.block:
                    self.keep("%")
                elif self.music or not self.goes_on(end):
                    return self.at
            elif self.block:
                self.keep(line)
                if line.startswith("%%end" + self.block):
                    self.block = ""
            elif not self.take(line):
                return self.at
            self.at += 1
        return end

    def goes_on(self, end: int) -> bool:
        """Whether a tune without music so far goes on after an empty line."""
        for line in self.file.lines[self.at + 1 : end]:
            bare = line.strip(" \t>")
            if bare and bare[0] != "%":
                if self.body is None:
                    return is_header_field(bare)
                return not ends_a_tune(bare) and not is_prose(bare, self.own_letters)
        return False

    def keep(self, line: str) -> None:
        self.kept.append(line)
        self.indices.append(self.at)

    def take(self, line: str) -> bool:
        """Take in a line that is not empty; whether the tune goes on."""
        if line[0] in " \t":
            bare = line.lstrip()
            field = is_body_field if self.body is not None else is_header_field
            if field(bare) or bare[0] == "%":
                line = bare
        if line[0] == "%":
            begin = BLOCK.match(line)
            self.block = begin[1] if begin else ""
            self.keep(line)
        elif self.body is None:
            if ends_a_tune(line):
                return False
            self.keep(line)
            if line.startswith("K:"):
                self.body = len(self.kept)
            self.own_letters = self.own_letters or line[:2] in ("U:", "m:")
        elif is_body_field(line):
            self.keep(line)
            self.own_letters = self.own_letters or line[:2] in ("U:", "m:")
        elif ends_a_tune(line):
            return False
        elif is_prose(line, self.own_letters):
            self.file.left_out.prose += 1
        elif is_misplaced_field(line):
            self.file.left_out.misplaced += 1
        else:
            self.keep(line)
            self.music = True
        return True

    def text(self) -> str:
        """The tune, with the file header's fields after its X: line."""
        lines = self._with_header()
        return "\n".join(line for line, _ in lines) + "\n" if lines else ""

    def numbers(self) -> tuple[int, ...] | range:
        if not self.file.header and isinstance(self.file.numbers, range):
            first, last = self.indices[0], self.indices[-1]
            if last - first + 1 == len(self.indices):
                return range(first + 1, last + 2)
        return tuple(number for _, number in self._with_header())

    def _with_header(self) -> list[tuple[str, int]]:
        numbers = self.file.numbers
        own = [(line, numbers[i]) for line, i in zip(self.kept, self.indices, strict=True)]
        if not self.file.header or self.body is None:
            return own
        letters = {line[0] for line in self.kept[: self.body] if is_header_field(line)}
        added = [
            (line, number)
            for line, number in self.file.header
            if line[0] not in ONE_OF or line[0] not in letters
        ]
        place = 1 if own and own[0][0].startswith("X:") else 0
        return [*own[:place], *added, *own[place:]]


def _listed(items: list[str]) -> str:
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + f" and {items[-1]}"
