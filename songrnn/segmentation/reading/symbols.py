"""What stands on each staff of a page.

Distances here and in the modules this one calls are in staff spaces; the numbers are engravers'
habits (by SMuFL's metrics of its standard font a notehead is 1.18 wide and 1 high, a beam 0.5
thick with 0.25 between two).
"""

import numpy as np

from songrnn.segmentation.colouring import Pixels
from songrnn.segmentation.reading.components import Component, components, mended
from songrnn.segmentation.reading.marks import read_barlines, read_changes
from songrnn.segmentation.reading.notes import (
    find_heads,
    read_notes,
    read_rests,
    set_accidentals,
    set_dots,
)
from songrnn.segmentation.reading.shapes import Shapes
from songrnn.segmentation.reading.signs import Sign, StaffSigns
from songrnn.segmentation.reading.staves import Staff, nearest_staff
from songrnn.segmentation.reading.stems import find_stems

# Grace notes' heads are drawn at two thirds to three quarters; as areas of the box, of the usual.
_GRACE = 0.75
# A staff line is at most so thick; a sign has at least the ink of a square of so many a side.
_CUT, _SIGN = 0.4, 0.4


class PageParts:
    """The components of a labelled page, dealt out to its staves."""

    def __init__(
        self, labels: Pixels, staves: list[Staff], space: float, confidence: Pixels | None = None
    ) -> None:
        self.labels = labels
        self.staves = staves
        self.space = space
        self.confidence = confidence

    def of(self, *names: str, least: float = 0.15) -> list[list[Component]]:
        """For each staff its components of these classes; `least` is the side of a square."""
        dealt: list[list[Component]] = [[] for _ in self.staves]
        for part in components(
            self.labels, names, confidence=self.confidence, least=(least * self.space) ** 2
        ):
            index = nearest_staff(self.staves, part.centre, part.middle)
            if index is not None:
                dealt[index].append(part)
        return dealt

    def whole(self, name: str) -> list[list[Component]]:
        """For each staff the signs of a class whose thin strokes a staff line may have cut."""
        return [
            [
                each
                for each in mended(pieces, _CUT * self.space)
                if each.ink.sum() >= (_SIGN * self.space) ** 2
            ]
            for pieces in self.of(name, least=0.1)
        ]


def read_staves(parts: PageParts, shapes: dict[str, Shapes]) -> list[StaffSigns]:
    """The signs of each staff of a page."""
    heads = parts.of("notehead_filled", "notehead_open", least=0.3)
    stems, beams, flags = parts.of("stem"), parts.of("beam", least=0.4), parts.whole("flag")
    accidentals, dots = parts.whole("accidental"), parts.of("dot")
    rests, lines = parts.of("rest", least=0.35), parts.of("barline")
    clefs, keys, meters = (
        parts.of("clef", least=0.3),
        parts.whole("key_signature"),
        parts.of("meter", least=0.3),
    )
    found = []
    for index, staff in enumerate(parts.staves):
        marks = find_heads(heads[index], staff, parts.labels)
        set_accidentals(marks, accidentals[index], staff, shapes["accidental"])
        signs = read_notes(
            marks, find_stems(stems[index], staff.space), beams[index], flags[index], staff, shapes
        )
        signs += read_rests(rests[index], staff, shapes["rest"])
        set_dots(signs, dots[index], staff)
        bars = read_barlines(lines[index], staff)
        changes = read_changes(clefs[index], keys[index], meters[index], staff, shapes)
        found.append(
            StaffSigns(
                staff,
                sorted(signs, key=lambda each: each.x),
                bars,
                sorted(changes, key=lambda each: each.x),
            )
        )
    _mark_graces(found)
    return found


def _mark_graces(staves: list[StaffSigns]) -> None:
    """Those whose heads are filled, and smaller than a head of this page usually is."""

    def size(sign: Sign, space: float) -> float:
        return max(head.part.height * head.part.width for head in sign.heads) / space**2

    sized = [
        (sign, size(sign, each.staff.space)) for each in staves for sign in each.signs if sign.heads
    ]
    if sized:
        usual = float(np.median([area for _, area in sized]))
        for sign, area in sized:
            sign.grace = area < _GRACE * usual and not any(head.open for head in sign.heads)
