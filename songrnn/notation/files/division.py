"""The text of an ABC file divided into its tunes (ABC 2.1, sections 2.2 and 2.3).

A tune begins with X: and ends at an empty line, at the next X:, or where markup says so. The
file header's fields go into every tune that lacks them (2.2.2). Free text, typeset text, mail,
Markdown and HTML around tunes are counted and left out; so are lines of prose within the music.
A file without any X: is divided at empty lines into those parts that have a K:.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from songrnn.notation.files.file_tunes import FileTune, Refusal, title_of
from songrnn.notation.files.lines import (
    BLOCK,
    END,
    FIELD,
    TYPESET,
    ends_a_tune,
    has_markup,
    is_body_field,
    is_header_field,
    is_misplaced_field,
    is_music,
    is_prose,
    without_tags,
)

NO_NUMBER = "it does not begin with X:, as a tune among others must (section 2.2.1)"

_START = re.compile(r"([ \t>]*)X:[ \t]*([0-9]?)")
# Section 3: fields that a file header may hold; of these a tune's own one counts alone.
_ONE_OF = frozenset("ABCDFGHLMNORSZ")
_ALL_OF = frozenset("IUmr")
_OF_THE_FILE = re.compile(r"(?:%%|I:)[ \t]*abc-(?:charset|version|creator|edited-by)|%[^%]|%$")
# What is not notes, before the first note is looked for.
_NOT_NOTES = re.compile(
    r'"[^"\n]*"?|%.*|![^!\s]{1,40}!|\[[A-Za-z]:[^][\n]*\]|^[H-Zh-z+]:.*|\{[^}\n]*\}?', re.MULTILINE
)
_NOTE = re.compile(r"[A-Ga-g]")


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
class _Lines:
    """The lines of a file, for each the number it has there, and what was left out of them."""

    lines: list[str]
    numbers: list[int] | range
    left_out: LeftOut
    header: list[tuple[str, int]] = field(default_factory=list)


def divide(text: str, left_out: LeftOut) -> Iterator[FileTune | Refusal]:
    """The tunes of an ABC text, and those that cannot be used; `left_out` is added to."""
    lines = text.split("\n")
    numbers: list[int] | range = range(1, len(lines) + 1)
    if has_markup(text):
        lines, numbers = without_tags(lines)
    file = _Lines(lines, numbers, left_out)
    starts = list(_starts(lines)) or list(_starts_without_number(lines))
    _read_header(file, starts[0] if starts else len(lines))
    for start, end in pairwise([*starts, len(lines)]):
        yield from _cut(file, start, end)


def lack_of(body: str | None) -> str:
    """Why a tune cannot be used, or "": its music is missing (None: its key too)."""
    if body is None:
        return "it has no key (K:), so where its music begins is unknown"
    return "" if _NOTE.search(_NOT_NOTES.sub(" ", body)) else "it has no notes"


def _starts(lines: list[str]) -> Iterator[int]:
    """The lines that begin a tune: X:, not within a block of typeset text."""
    block = ""
    for index, line in enumerate(lines):
        if block:
            block = "" if line.lstrip().startswith("%%end" + block) else block
        elif "X:" in line:
            match = _START.match(line)
            after = lines[index + 1].lstrip(" \t>") if index + 1 < len(lines) else ""
            # "X: marks the spot" is free text, unless a field follows it.
            if match and (match[2] or FIELD.match(after)):
                yield index
        elif "%%" in line and (begin := BLOCK.match(line.lstrip())):
            block = begin[1]


def _starts_without_number(lines: list[str]) -> Iterator[int]:
    """The first lines of paragraphs that begin with a field, where the one before has its key."""
    empty = keyed = True
    for index, line in enumerate(lines):
        bare = line.lstrip(" \t>")
        if not bare.strip() or line == END:
            empty = True
            continue
        if empty and keyed and is_header_field(bare):
            yield index
            keyed = False
        keyed = keyed or bare.startswith("K:")
        empty = False


def _read_header(file: _Lines, end: int) -> None:
    """The file header: paragraphs of nothing but fields, directives and comments (2.2.2)."""
    at = 0
    while at < end:
        stop = at
        while stop < end and file.lines[stop].strip():
            stop += 1
        numbered = zip(file.lines[at:stop], file.numbers[at:stop], strict=True)
        paragraph = [(line.strip(), number) for line, number in numbered]
        if all(_of_header(line) for line, _ in paragraph):
            file.header += [item for item in paragraph if not _OF_THE_FILE.match(item[0])]
        else:
            _count(file, at, stop)
        at = stop + 1


def _of_header(line: str) -> bool:
    if line.startswith("%"):
        return TYPESET.match(line) is None
    return line[1:2] == ":" and (line[0] in _ONE_OF or line[0] in _ALL_OF)


def _count(file: _Lines, start: int, stop: int, *, after_tune: bool = False) -> None:
    """Name lines that are in no tune."""
    block = ""
    for line in file.lines[start:stop]:
        bare = line.strip(" \t>")
        if block:
            file.left_out.typeset += 1
            block = "" if bare.startswith("%%end" + block) else block
        elif line != END and (not bare or (bare[0] == "%" and not TYPESET.match(bare))):
            continue
        elif begin := BLOCK.match(bare):
            file.left_out.typeset += 1
            block = begin[1]
        elif bare[0] == "%":
            file.left_out.typeset += 1
        elif ends_a_tune(line):
            file.left_out.markup += 1
        elif after_tune and is_music(bare):
            file.left_out.after_end += 1
        else:
            file.left_out.free += 1


def _cut(file: _Lines, start: int, end: int) -> Iterator[FileTune | Refusal]:
    """The tune that begins at line `start`, and what stands between it and line `end`."""
    first = file.lines[start]
    prefix = first[: len(first) - len(first.lstrip(" \t>"))]
    tune = _Cutting(file, prefix, start)
    stop = tune.run(end)
    text = tune.text()
    place = f"line {file.numbers[start]}"
    body = None if tune.body is None else "\n".join(tune.kept[tune.body :])
    if reason := lack_of(body):
        yield Refusal(place, title_of(text), reason)
    else:
        file.left_out.tunes += 1
        file.left_out.indented += bool(prefix)
        yield FileTune(text, place, tune.numbers(), len(prefix))
    if stop < end:
        yield from _after(file, stop, end)


def _after(file: _Lines, start: int, end: int) -> Iterator[Refusal]:
    """What follows a tune: text of several kinds, and tunes that lack their X:."""
    lines = file.lines[start:end]
    if any(line.startswith("K:") for line in lines):
        starts = [*_starts_without_number(lines), len(lines)]
        end = start + starts[0]
        for first, last in pairwise(starts):
            title = title_of("\n".join(lines[first:last]))
            yield Refusal(f"line {file.numbers[start + first]}", title, NO_NUMBER)
    _count(file, start, end, after_tune=True)


class _Cutting:
    """The lines of one tune, as they are gone through."""

    def __init__(self, file: _Lines, prefix: str, start: int) -> None:
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
            if not line:
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
            if line[0] not in _ONE_OF or line[0] not in letters
        ]
        place = 1 if own and own[0][0].startswith("X:") else 0
        return [*own[:place], *added, *own[place:]]


def _listed(items: list[str]) -> str:
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + f" and {items[-1]}"
