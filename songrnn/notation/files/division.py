"""The text of an ABC file divided into its tunes (ABC 2.1, sections 2.2 and 2.3).

A tune begins with X: and ends at an empty line, at the next X:, or where markup says so. The
file header's fields go into every tune that lacks them (2.2.2). Free text, typeset text, mail,
Markdown and HTML around tunes are counted and left out; so are lines of prose within the music.
A file without any X: is divided at empty lines into those parts that have a K:.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from songrnn.notation.files.file_tunes import FileTune, Refusal, title_of
from songrnn.notation.files.lines import (
    BLOCK,
    END,
    FIELD,
    TYPESET,
    ends_a_tune,
    has_markup,
    is_header_field,
    is_music,
    without_tags,
)
from songrnn.notation.files.tune_lines import ALL_OF, ONE_OF, FileLines, LeftOut, TuneLines

NO_NUMBER = "it does not begin with X:, as a tune among others must (section 2.2.1)"

_START = re.compile(r"([ \t>]*)X:[ \t]*([0-9]?)")
_OF_THE_BOOK = frozenset("T")  # T: above the tunes names the book
_OF_THE_FILE = re.compile(r"(?:%%|I:)[ \t]*abc-(?:charset|version|creator|edited-by)|%[^%]|%$")
# What is not notes, before the first note is looked for.
_NOT_NOTES = re.compile(
    r'"[^"\n]*"?|%.*|![^!\s]{1,40}!|\[[A-Za-z]:[^][\n]*\]|^[H-Zh-z+]:.*|\{[^}\n]*\}?', re.MULTILINE
)
_NOTE = re.compile(r"[A-Ga-g]")


def divide(text: str, left_out: LeftOut) -> Iterator[FileTune | Refusal]:
    """The tunes of an ABC text, and those that cannot be used; `left_out` is added to."""
    lines = text.split("\n")
    numbers: list[int] | range = range(1, len(lines) + 1)
    if has_markup(text):
        lines, numbers = without_tags(lines)
    file = FileLines(lines, numbers, left_out)
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


def _read_header(file: FileLines, end: int) -> None:
    """The file header: paragraphs of nothing but fields, directives and comments (2.2.2)."""
    at = 0
    while at < end:
        stop = at
        while stop < end and file.lines[stop].strip():
            stop += 1
        numbered = zip(file.lines[at:stop], file.numbers[at:stop], strict=True)
        paragraph = [(line.strip(), number) for line, number in numbered]
        if all(_of_header(line) for line, _ in paragraph):
            file.header += [
                (line, number)
                for line, number in paragraph
                if line[0] not in _OF_THE_BOOK and not _OF_THE_FILE.match(line)
            ]
        else:
            _count(file, at, stop)
        at = stop + 1


def _of_header(line: str) -> bool:
    if line.startswith("%"):
        return TYPESET.match(line) is None
    return line[1:2] == ":" and line[0] in ONE_OF | ALL_OF | _OF_THE_BOOK


def _count(file: FileLines, start: int, stop: int, *, after_tune: bool = False) -> None:
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


def _cut(file: FileLines, start: int, end: int) -> Iterator[FileTune | Refusal]:
    """The tune that begins at line `start`, and what stands between it and line `end`."""
    first = file.lines[start]
    prefix = first[: len(first) - len(first.lstrip(" \t>"))]
    tune = TuneLines(file, prefix, start)
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


def _after(file: FileLines, start: int, end: int) -> Iterator[Refusal]:
    """What follows a tune: text of several kinds, and tunes that lack their X:."""
    lines = file.lines[start:end]
    if any(line.startswith("K:") for line in lines):
        starts = [*_starts_without_number(lines), len(lines)]
        end = start + starts[0]
        for first, last in pairwise(starts):
            title = title_of("\n".join(lines[first:last]))
            yield Refusal(f"line {file.numbers[start + first]}", title, NO_NUMBER)
    _count(file, start, end, after_tune=True)
