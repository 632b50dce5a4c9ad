"""How tables, lines of code and files are set in LaTeX so that nothing leaves the paper.

Lengths are estimates: TeX measures letters, this counts them, a little too wide.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from songrnn.report import inline
from songrnn.report.document import Table

# Width of the text in points: A4 less two margins of 25 mm.
_TEXT = 455.0
# Size of type -> a letter's width in points, and the space at each side of a column.
_SIZES = {r"\small": (5.3, 5.0), r"\footnotesize": (4.8, 4.0), r"\scriptsize": (4.3, 3.0)}
# A heading over numbers has lines of so many letters where its numbers are narrower.
_HEADING = 10
# A column of words is not set narrower than this many letters.
_NARROWEST = 18
# After so many letters without a space or barline a line of code may break anyway.
_UNBROKEN = 20


@dataclass(frozen=True)
class Setting:
    """How a table is set: size of type, points beside a column, column types, headings."""

    size: str
    space: float
    columns: str
    headings: str


def set_table(table: Table) -> Setting:
    """The largest type in which the table fits, columns of words narrowed where that helps."""
    chosen = Setting("", 0.0, "", "")
    for size, (letter, space) in _SIZES.items():
        free = (_TEXT - 2 * space * len(table.columns)) / letter
        widths = _widths(table)
        words = [place for place in range(len(table.columns)) if place not in table.numeric]
        left = free - sum(width for place, width in enumerate(widths) if place not in words)
        fits = sum(widths) <= free
        narrowed = widths if fits else _shared(widths, words, left)
        columns = "".join(
            "r"
            if place in table.numeric
            else "l"
            if narrowed[place] >= widths[place]
            else rf">{{\raggedright\arraybackslash}}p{{{narrowed[place] * letter:.0f}pt}}"
            for place in range(len(table.columns))
        )
        chosen = Setting(size, space, columns, _headings(table, narrowed))
        if fits or all(narrowed[p] >= min(widths[p], _NARROWEST) for p in words):
            break
    return chosen


def _widths(table: Table) -> list[float]:
    """Letters of each column; a heading over numbers may stand in several lines."""
    found = []
    for place, name in enumerate(table.columns):
        cells = max((_letters(row[place]) for row in table.rows), default=0)
        heads = [*map(len, name.split()), min(len(name), _HEADING)]
        found.append(float(max(cells, *(heads if place in table.numeric else [len(name)]))))
    return found


def _shared(widths: Sequence[float], words: Sequence[int], left: float) -> list[float]:
    """Widths with the columns of words made to share `left`, the narrow ones first served."""
    found, waiting = list(widths), sorted(words, key=lambda place: widths[place])
    while waiting:
        place = waiting.pop(0)
        found[place] = max(min(widths[place], left / (len(waiting) + 1)), 4.0)
        left -= found[place]
    return found


def _letters(text: str) -> int:
    return sum(len(words) for _, words in inline.spans(text))


def _headings(table: Table, widths: Sequence[float]) -> str:
    made = []
    for place, name in enumerate(table.columns):
        if place in table.numeric and len(name) > widths[place]:
            lines = r"\\".join(inline.to_latex(line) for line in _filled(name, widths[place]))
            made.append(rf"\shortstack[r]{{{lines}}}")
        else:
            made.append(inline.to_latex(name))
    return " & ".join(made)


def _filled(name: str, width: float) -> list[str]:
    """Words in as few lines of this many letters as there may be."""
    lines: list[str] = []
    for word in name.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def code_lines(text: str) -> str:
    """Text as it is, line by line, where TeX would read marks: each line set as code.

    A line that is too long may break at spaces and after barlines, in need anywhere.
    """
    return "\\\\\n".join(
        rf"\texttt{{{_breakable(line)}}}" for line in text.rstrip("\n").split("\n")
    )


def _breakable(line: str) -> str:
    made, unbroken = [], 0
    for character in line:
        unbroken += 1
        if character == " ":
            made.append(r"\ ")
            unbroken = 0
            continue
        made.append(inline.latex_characters(character))
        if character == "|" or unbroken >= _UNBROKEN:
            made.append(r"\allowbreak{}")
            unbroken = 0
    return "".join(made)


def file_name(stem: str) -> str:
    """A name that every TeX finds: it takes what follows a dot for the kind of a file.

    Names with a dot and with a hyphen, such as those of runs, stay apart.

    >>> file_name("past-sowell-t0.5")
    'past-sowell-t0_-5'
    """
    return re.sub(r"[^A-Za-z0-9_-]", "-", stem.replace("_", "__").replace(".", "_-"))
