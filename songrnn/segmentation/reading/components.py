"""Connected pixels of one class, as boxes with a shape."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.segmentation.classes import BY_NAME
from songrnn.segmentation.colouring import Pixels

_GRID = (24, 16)  # rows and columns that shapes are compared on
SHAPE_SIZE = _GRID[0] * _GRID[1] + 2


@dataclass(frozen=True)
class Component:
    """Pixels that touch. box: rows and columns, ends excluded. x, y: centre of its pixels.

    ink: (h, w), where in the box it is. confidence: mean probability of its pixels, 0 to 1.
    """

    top: int
    bottom: int
    left: int
    right: int
    x: float
    y: float
    ink: NDArray[np.bool_]
    confidence: float = 1.0

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def middle(self) -> float:
        """Row in the middle of the box."""
        return (self.top + self.bottom - 1) / 2

    @property
    def centre(self) -> float:
        """Column in the middle of the box."""
        return (self.left + self.right - 1) / 2


def components(
    labels: Pixels, names: Iterable[str], *, confidence: Pixels | None = None, least: float = 1
) -> list[Component]:
    """What of the classes `names` hangs together, corners included, from `least` pixels on."""
    from scipy import ndimage

    wanted = np.isin(labels, [BY_NAME[name].number for name in names])
    marked, _ = ndimage.label(wanted, structure=np.ones((3, 3)))
    found = []
    for number, box in enumerate(ndimage.find_objects(marked), start=1):
        ink = marked[box] == number
        if ink.sum() < least:
            continue
        sure = 1.0 if confidence is None else float(confidence[box][ink].mean() / 255)
        found.append(_component(ink, box[0].start, box[1].start, sure))
    return found


def joined(parts: list[Component]) -> Component:
    """Several components as one."""
    top, left = min(p.top for p in parts), min(p.left for p in parts)
    bottom, right = max(p.bottom for p in parts), max(p.right for p in parts)
    ink = np.zeros((bottom - top, right - left), dtype=bool)
    for p in parts:
        ink[p.top - top : p.bottom - top, p.left - left : p.right - left] |= p.ink
    sure = float(np.average([p.confidence for p in parts], weights=[p.ink.sum() for p in parts]))
    return _component(ink, top, left, sure)


def piece(
    whole: Component, rows: slice = slice(None), columns: slice = slice(None)
) -> Component | None:
    """Some rows and columns of a component's box; None where it has no pixels there."""
    ink = whole.ink[rows, columns]
    if not ink.any():
        return None
    up, down = np.flatnonzero(ink.any(axis=1))[[0, -1]]
    left, right = np.flatnonzero(ink.any(axis=0))[[0, -1]]
    top = whole.top + (rows.start or 0) + int(up)
    start = whole.left + (columns.start or 0) + int(left)
    return _component(ink[up : down + 1, left : right + 1], top, start, whole.confidence)


def clusters(parts: list[Component], gap: float) -> list[list[Component]]:
    """Components in groups from left to right; within one no gap is wider than `gap` pixels."""
    groups: list[list[Component]] = []
    end = -np.inf
    for part in sorted(parts, key=lambda each: each.left):
        if part.left - end > gap:
            groups.append([])
        groups[-1].append(part)
        end = max(end, part.right) if len(groups[-1]) > 1 else part.right
    return groups


def mended(parts: list[Component], gap: float) -> list[Component]:
    """Pieces that a staff line cut apart as one again: one stands over the other, with at most
    `gap` rows between them."""
    whole: list[Component] = []
    for part in sorted(parts, key=lambda each: each.top):
        above = next(
            (
                place
                for place, each in enumerate(whole)
                if 0 <= part.top - each.bottom <= gap
                and min(part.right, each.right) > max(part.left, each.left)
            ),
            None,
        )
        if above is None:
            whole.append(part)
        else:
            whole[above] = joined([whole[above], part])
    return whole


def shape_of(part: Component, space: float) -> NDArray[np.float64]:
    """What it looks like as a vector: its ink on a grid of 24 by 16, then height and width in
    staff spaces, which weigh as much as a tenth of the grid a space."""
    from PIL import Image
    from scipy import ndimage

    picture = Image.fromarray(part.ink.astype(np.uint8) * 255)
    grid = np.asarray(picture.resize((_GRID[1], _GRID[0]), Image.Resampling.BOX), dtype=np.float64)
    # Softened, or a picture shifted by half a cell would be another one.
    cells = ndimage.gaussian_filter(grid / 255, 1.0).ravel()
    weight = np.sqrt(cells.size / 10)
    return np.concatenate([cells, weight * np.array([part.height, part.width]) / space])


def _component(ink: NDArray[np.bool_], top: int, left: int, confidence: float) -> Component:
    rows, columns = np.nonzero(ink)
    return Component(
        top=top,
        bottom=top + ink.shape[0],
        left=left,
        right=left + ink.shape[1],
        x=left + float(columns.mean()),
        y=top + float(rows.mean()),
        ink=ink,
        confidence=confidence,
    )
