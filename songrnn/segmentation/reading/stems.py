"""Stems, and what hangs on them: beams and flags, which tell how short a note is."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.segmentation.reading.components import Component, joined
from songrnn.segmentation.reading.shapes import Shapes

_LEAST = 1.2  # height of a stem, in staff spaces
_BEAM, _STEP = 0.5, 0.75  # thickness of a beam, and from one to the next
_LOOK = (0.25, 0.35, 0.45)  # beside the stem, where beams are counted, in staff spaces
_MOST = 4  # beams


@dataclass(frozen=True)
class Stem:
    """A stem: its column and the rows of its ends."""

    x: float
    top: float
    bottom: float
    left: float
    right: float

    def tip(self, highest: float, lowest: float) -> float:
        """Row of the end away from its noteheads, whose middles lie from `highest` to `lowest`."""
        up = highest - self.top >= self.bottom - lowest
        return self.top if up else self.bottom


def find_stems(parts: list[Component], space: float) -> list[Stem]:
    """Stems of one staff. The pieces that noteheads cut one into are put together."""
    thin = [part for part in parts if part.width <= 0.8 * space]
    groups: list[list[Component]] = []
    for part in sorted(thin, key=lambda each: (round(each.x), each.top)):
        home = next(
            (
                group
                for group in groups
                if abs(group[-1].x - part.x) <= 0.3 * space
                and -0.3 * space <= part.top - max(each.bottom for each in group) <= 1.6 * space
            ),
            None,
        )
        if home is None:
            groups.append([part])
        else:
            home.append(part)
    stems = []
    for group in groups:
        whole = joined(group)
        if whole.height >= _LEAST * space:
            stems.append(Stem(whole.x, whole.top, whole.bottom - 1, whole.left, whole.right - 1))
    return stems


def stem_of(head: Component, stems: list[Stem], space: float) -> int | None:
    """Index of the stem that a notehead is on: it touches the head's left or right side."""
    best: tuple[float, int] | None = None
    for index, stem in enumerate(stems):
        over = max(stem.top - head.bottom, head.top - stem.bottom)
        side = min(abs(stem.x - head.left), abs(stem.x - (head.right - 1)))
        if over <= 0.35 * space and side <= 0.4 * space:
            away = side + max(over, 0)
            if best is None or away < best[0]:
                best = (away, index)
    return best[1] if best else None


def beam_count(
    stem: Stem, tip: float, rows: list[float], beams: list[Component], space: float
) -> tuple[int, frozenset[int]]:
    """How many beams the stem has, on the side that has more, and which components they are in.

    tip: row of its end. rows: of its noteheads.
    """
    up = tip <= min(rows)
    edge = min(rows) - 0.6 * space if up else max(rows) + 0.6 * space
    reach = (_MOST * _STEP + 0.5) * space
    top = tip - 0.6 * space if up else max(tip - reach, edge)
    bottom = min(tip + reach, edge) if up else tip + 0.6 * space
    hung: set[int] = set()
    sides = []
    for sign, start in ((-1, stem.left), (1, stem.right)):
        counts = []
        for away in _LOOK:
            column = round(start + sign * away * space)
            total = 0
            for index, beam in enumerate(beams):
                runs = _runs(beam, column, top, bottom)
                if runs:
                    hung.add(index)
                total += sum(
                    1 + max(round((run / space - _BEAM) / _STEP), 0)
                    for run in runs
                    if run >= 0.2 * space
                )
            counts.append(total)
        sides.append(Counter(counts).most_common(1)[0][0])
    return min(max(sides), _MOST), frozenset(hung) if max(sides) else frozenset()


def flag_count(stem: Stem, tip: float, flags: list[Component], space: float, shapes: Shapes) -> int:
    """How many flags the stem has."""
    near = [
        flag
        for flag in flags
        if -0.4 * space <= flag.left - stem.x <= 0.6 * space
        and flag.top - 0.8 * space <= tip <= flag.bottom + 0.8 * space
    ]
    if not near:
        return 0
    name, _ = shapes.nearest(max(near, key=lambda flag: flag.ink.sum()), space)
    return int(name)


def _runs(part: Component, column: int, top: float, bottom: float) -> list[int]:
    """Lengths of the part's dark runs in a column, between two rows."""
    if not part.left <= column < part.right:
        return []
    ink: NDArray[np.bool_] = part.ink[:, column - part.left].copy()
    rows = np.arange(part.top, part.bottom)
    ink &= (rows >= top) & (rows <= bottom)
    change = np.flatnonzero(np.diff(np.concatenate([[0], ink.astype(np.int8), [0]])))
    return (change[1::2] - change[::2]).tolist()
