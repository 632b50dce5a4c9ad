"""A labelled page as a tune in ABC, each note with its place on the page and how sure it is."""

from dataclasses import dataclass

from songrnn.errors import NoStaffError
from songrnn.segmentation.colouring import Pixels
from songrnn.segmentation.reading.groups import group_signs
from songrnn.segmentation.reading.shapes import known_shapes
from songrnn.segmentation.reading.spelling import spell
from songrnn.segmentation.reading.staves import find_staves
from songrnn.segmentation.reading.symbols import PageParts, read_staves


@dataclass(frozen=True)
class ReadSign:
    """A note, chord or rest: its characters in the ABC, its box in pixels (top, bottom, left,
    right), and how sure it is, 0 to 1: the mean probability of its noteheads' pixels, less where
    a head lies between two positions or has no stem."""

    span: tuple[int, int]
    box: tuple[int, int, int, int]
    confidence: float


@dataclass(frozen=True)
class PageReading:
    """abc: the tune. signs: in the order of the text. staves: how many were read."""

    abc: str
    signs: tuple[ReadSign, ...]
    staves: int

    @property
    def confidence(self) -> float:
        """Mean over the signs; 0 when there are none."""
        return sum(s.confidence for s in self.signs) / len(self.signs) if self.signs else 0.0


def read_labels(
    labels: Pixels, space: float, *, confidence: Pixels | None = None, title: str = "From a page"
) -> PageReading:
    """Read labels (H, W), class numbers, of a page whose staff lines are `space` pixels apart.

    confidence: (H, W), probabilities times 255. Raises NoStaffError where no staff is labelled;
    EngravingError when the pictures of signs cannot be engraved.
    """
    staves = find_staves(labels, space)
    if not staves:
        raise NoStaffError("No staff was labelled on this page, so there is nothing to read.")
    parts = PageParts(labels, staves, space, confidence)
    shapes = known_shapes()
    found = read_staves(parts, shapes)
    group_signs(parts, found, shapes)
    abc, spans = spell(found, " ".join(title.split()) or "From a page")
    signs = [
        ReadSign(spans[id(sign)], sign.box, sign.confidence)
        for staff in found
        for sign in staff.signs
        if id(sign) in spans
    ]
    return PageReading(abc, tuple(sorted(signs, key=lambda each: each.span)), len(staves))
