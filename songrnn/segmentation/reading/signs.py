"""What a staff can hold, as it is passed from one part of the reading to the next.

Columns and rows are pixels.
"""

from dataclasses import dataclass, field
from fractions import Fraction

from songrnn.segmentation.reading.components import Component
from songrnn.segmentation.reading.staves import Staff
from songrnn.segmentation.reading.stems import Stem


@dataclass
class Head:
    """A notehead. position: steps above the middle line. accidental: name of its shape, or None."""

    part: Component
    position: int
    residual: float  # how far it lies from the middle of that position, in steps
    open: bool
    accidental: str | None = None


@dataclass
class Sign:
    """Something with a duration. left, x: its first and its middle column.

    heads: highest first; empty for a rest. duration: quarter notes, dots included. box: top,
    bottom, left, right. grace: it takes no time. beams: those it hangs on, by number on its staff.
    tuplet: p notes in the time of q. begins: how many signs the tuplet has that begins here.
    """

    left: float
    x: float
    heads: list[Head]
    duration: Fraction
    confidence: float
    box: tuple[int, int, int, int]
    grace: bool = False
    stem: Stem | None = None
    dots: int = 0
    beams: frozenset[int] = frozenset()
    tuplet: tuple[int, int] | None = None
    begins: int = 0
    tied: bool = False
    slurs_open: int = 0
    slurs_close: int = 0


@dataclass
class Bar:
    """A barline: `text` in ABC."""

    left: float
    x: float
    text: str
    ending: str = ""


@dataclass
class Change:
    """A clef, a key signature or a meter: kind "clef", "key" or "meter".

    value: name of the clef or meter. altered: of a key, (name of the accidental, position).
    """

    left: float
    x: float
    kind: str
    value: str = ""
    altered: list[tuple[str, int]] = field(default_factory=list)


@dataclass
class StaffSigns:
    """All of one staff, from left to right."""

    staff: Staff
    signs: list[Sign]
    bars: list[Bar]
    changes: list[Change]
