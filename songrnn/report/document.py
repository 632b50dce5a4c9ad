"""What a report consists of, before it is HTML, Markdown or LaTeX.

Texts may hold `code` and **strong** words (see `inline.py`); what others wrote goes through
`inline.plain` first. Bytes of songs and drawings are made once and written by every format.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Paragraph:
    """Sentences."""

    text: str


@dataclass(frozen=True)
class Points:
    """A list of sentences of equal weight."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Formula:
    """A displayed formula: as LaTeX, and as a line of plain text for where there is none."""

    latex: str
    text: str


@dataclass(frozen=True)
class Code:
    """Characters shown as they are, in a monospaced face."""

    text: str


@dataclass(frozen=True)
class Table:
    """Rows of cells that are text already. numeric: the columns set flush right."""

    name: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()


@dataclass(frozen=True)
class Drawing:
    """A picture: svg for a screen, page for a printed page (a PDF file, or PNG where suffix says so)."""

    svg: str
    page: bytes
    suffix: Literal["pdf", "png"] = "pdf"


@dataclass(frozen=True)
class Figure:
    """A drawing with its caption; alt: what it shows in words; table: its numbers."""

    name: str
    caption: str
    alt: str
    drawing: Drawing
    table: Table | None = None


@dataclass(frozen=True)
class SongPart:
    """A song: text, staff and sound. stem: of its files. missing: why a staff or sound is not there.

    files: ending -> bytes, `txt` first. about: what its figures say.
    """

    title: str
    stem: str
    about: str
    text: str
    staff: Drawing | None
    files: dict[str, bytes]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Heading:
    """The title of a part of a section."""

    text: str


Block = Paragraph | Points | Formula | Code | Table | Figure | SongPart | Heading


@dataclass(frozen=True)
class Section:
    """A part of the report. key: how it is asked for, and its anchor."""

    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Report:
    """The document. author, date: as given, empty for none."""

    title: str
    author: str
    date: str
    abstract: tuple[str, ...]
    sections: tuple[Section, ...]

    def figures(self) -> Iterator[Figure]:
        """All figures, in order."""
        yield from (block for block in self.blocks() if isinstance(block, Figure))

    def songs(self) -> Iterator[SongPart]:
        """All songs, in order."""
        yield from (block for block in self.blocks() if isinstance(block, SongPart))

    def blocks(self) -> Iterator[Block]:
        """Everything, in order."""
        for section in self.sections:
            yield from section.blocks


def table_of(
    name: str,
    caption: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    words: Sequence[int] = (0,),
) -> Table:
    """A table whose columns are numbers but for those in `words`."""
    numeric = tuple(place for place in range(len(columns)) if place not in words)
    return Table(name, caption, tuple(columns), tuple(tuple(row) for row in rows), numeric)
