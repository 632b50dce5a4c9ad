"""Where the staves run: five lines each, followed from left to right, however the paper is bent.

The page is cut into narrow strips. In each strip a comb of five teeth, one staff space apart, is
laid over the pixels that are called staff line; where it fits best there is a staff. What fits in
neighbouring strips at nearly one height is one staff.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.segmentation.classes import BY_NAME
from songrnn.segmentation.colouring import Pixels

_TEETH = np.arange(-2, 3)
_STRIP = 2.0  # width of a strip, in staff spaces
_LEAST_FIT = 2.5  # of five lines
_COVERED = 0.6  # weight of ink that may cover a line: a beam can hide one over a whole strip
_REACH = 0.7  # from strip to strip, in staff spaces
_LONGEST_GAP = 8  # strips without a staff that one may have
_LEAST_STRIPS = 5
_NEAREST = 4.5  # two staves are at least this far apart, in staff spaces
# Symbols farther from the middle line belong to no staff, in staff spaces.
FARTHEST = 10.0


_Trace = list[tuple[int, float, float]]  # (strip, middle, space), from left to right


@dataclass(frozen=True)
class Staff:
    """A staff: `middles` of its middle line at `columns`, and pixels from line to line."""

    columns: NDArray[np.float64]
    middles: NDArray[np.float64]
    space: float

    def middle(self, x: float) -> float:
        """Row of the middle line at column x."""
        return float(np.interp(x, self.columns, self.middles))

    def position(self, x: float, y: float) -> float:
        """Steps above the middle line: 4 is the top line, -4 the lowest one, -6 a ledger line."""
        return 2 * (self.middle(x) - y) / self.space

    @property
    def left(self) -> float:
        """Column where it begins."""
        return float(self.columns[0] - _STRIP * self.space / 2)

    @property
    def right(self) -> float:
        """Column where it ends."""
        return float(self.columns[-1] + _STRIP * self.space / 2)


def find_staves(labels: Pixels, space: float) -> list[Staff]:
    """The staves of a labelled page (H, W) from top to bottom. space: pixels from line to line."""
    lines = labels == BY_NAME["staff_line"].number
    covered = (labels != BY_NAME["background"].number) & ~lines
    width = max(round(_STRIP * space), 3)
    growing: list[_Trace] = []
    for strip, left in enumerate(range(0, labels.shape[1], width)):
        strip_of = slice(left, left + width)
        profile = lines[:, strip_of].mean(axis=1)  # (H,)
        ink = profile + _COVERED * covered[:, strip_of].mean(axis=1)
        for middle, found in _fits(profile, ink, space):
            near = [
                each
                for each in growing
                if strip - each[-1][0] <= _LONGEST_GAP
                and strip != each[-1][0]
                and abs(each[-1][1] - middle) <= _REACH * space
            ]
            if near:
                closest = min(near, key=lambda each: abs(each[-1][1] - middle))
                closest.append((strip, middle, found))
            else:
                growing.append([(strip, middle, found)])
    staves = [
        Staff(
            np.array([(strip + 0.5) * width for strip, _, _ in each]),
            np.array([middle for _, middle, _ in each]),
            float(np.median([found for _, _, found in each])),
        )
        for each in _whole(growing, space)
        if len(each) >= _LEAST_STRIPS
    ]
    return sorted(staves, key=lambda staff: float(np.median(staff.middles)))


def _whole(growing: list[_Trace], space: float) -> list[_Trace]:
    """Pieces of one staff put together; what lies within a longer staff is none of its own."""
    kept: list[_Trace] = []
    for trace in sorted(growing, key=len, reverse=True):
        for other in kept:
            strips, middles, _ = zip(*other, strict=True)
            away = [abs(float(np.interp(strip, strips, middles)) - y) for strip, y, _ in trace]
            if np.median(away) < _REACH * space:
                taken = set(strips)
                other += [each for each in trace if each[0] not in taken]
                other.sort()
                break
            if np.median(away) < _NEAREST * space and strips[0] <= trace[0][0] <= strips[-1]:
                break
        else:
            kept.append(trace)
    return kept


def nearest_staff(staves: list[Staff], x: float, y: float) -> int | None:
    """Index of the staff that a symbol at (x, y) belongs to; None when none is near."""
    distances = [
        abs(staff.middle(x) - y) / staff.space
        if staff.left - 2 * staff.space <= x <= staff.right + 2 * staff.space
        else np.inf
        for staff in staves
    ]
    if not distances or min(distances) > FARTHEST:
        return None
    return int(np.argmin(distances))


def _fits(
    profile: NDArray[np.float64], ink: NDArray[np.float64], space: float
) -> list[tuple[float, float]]:
    """Middle line and staff space of each staff in a strip; profile, ink: (H,), of lines and of all."""
    height = len(profile)
    wide = np.maximum(ink, np.maximum(np.roll(ink, 1), np.roll(ink, -1)))
    reach = int(np.ceil(2 * space)) + 1
    padded = np.pad(wide, reach)
    rows = np.arange(height) + reach
    score = np.sum([padded[rows + round(tooth * space)] for tooth in _TEETH], axis=0)
    found = []
    while len(score) and (best := float(score.max())) >= _LEAST_FIT:
        first = int(np.argmax(score))
        last = first  # of the plateau that the widening makes
        while last + 1 < height and score[last + 1] >= best - 1e-9:
            last += 1
        peak = (first + last) // 2
        found.append(_refined(profile, peak, space))
        score[max(first - round(3 * space), 0) : last + round(3 * space)] = 0
    return found


def _refined(profile: NDArray[np.float64], peak: int, space: float) -> tuple[float, float]:
    """Middle and space of a staff by a line through the centres of what lies under each tooth."""
    teeth, centres, weights = [], [], []
    reach = max(space / 3, 1.5)
    for tooth in _TEETH:
        about = peak + tooth * space
        rows = np.arange(max(int(about - reach), 0), min(int(about + reach) + 2, len(profile)))
        ink = profile[rows]
        if ink.sum() > 0:
            teeth.append(float(tooth))
            centres.append(float((rows * ink).sum() / ink.sum()))
            weights.append(float(ink.sum()))
    if len(teeth) < 3:
        return float(peak), space
    slope, middle = np.polyfit(teeth, centres, 1, w=np.sqrt(weights))
    return float(middle), float(slope)
