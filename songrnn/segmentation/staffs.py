"""Is there a staff, and how large is it: told from the picture alone, before any network looks.

In a column of pixels that crosses a staff between its notes, five thin dark runs follow one
another at one distance, and each of the five goes on to the left and to the right. That distance,
taken over all columns, is the staff space (after Cardoso and Rebelo 2010, who look at
neighbouring dark and light runs). Photographs and pages of text have no such columns.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.segmentation.colouring import Pixels

# Pixels from line to line that are looked for; smaller staves cannot be read.
LEAST_SPACE, LARGEST_SPACE = 4, 120
_LINES = 5
# Share of all columns that cross a staff somewhere, at least, and how many there must be.
_LEAST_SHARE, _LEAST_COLUMNS = 0.08, 12
# How much of a line's surroundings, a staff space and at least ten pixels to each side, is dark.
_LEAST_DARK, _LEAST_REACH = 0.9, 10
# Ink is darker than what is around it by this share of how much blackest and paper differ.
_INK = 0.1


@dataclass(frozen=True)
class StaffSize:
    """space: pixels from line to line. thickness: of a line. columns: share that cross a staff."""

    space: float
    thickness: float
    columns: float


def find_staff_size(grey: Pixels, *, least_share: float = _LEAST_SHARE) -> StaffSize | None:
    """The size of the staves on a page (H, W); None when there are none.

    least_share: of all columns that must cross a staff in plain sight. Faint and torn lines need
    a lower one, with which something else may be taken for a staff.
    """
    ink = _ink(grey)
    column, start, end = _dark_runs(ink)
    if len(start) < _LINES:
        return None
    middles, thickness = (start + end - 1) / 2, end - start
    same = column[1:] == column[:-1]
    steps = np.where(same, np.diff(middles), np.inf)  # from a run to the next of its column
    thin = np.minimum(thickness[1:], thickness[:-1]) * 2.2 < steps
    wanted = thin & (steps >= LEAST_SPACE) & (steps <= LARGEST_SPACE)
    counts = np.bincount(np.rint(steps[wanted]).astype(np.int64), minlength=LARGEST_SPACE + 2)
    # A staff's lines are a pixel nearer or farther here and there.
    smooth = counts + np.roll(counts, 1) + np.roll(counts, -1)
    best: StaffSize | None = None
    for guess in np.argsort(smooth)[::-1][:3]:
        runs = _Runs(column, middles, steps, thickness)
        along = _along(ink, max(int(guess), _LEAST_REACH))
        found = _measured(runs, along, int(guess), least_share)
        if found is not None and (best is None or found.columns > best.columns):
            best = found
    return best


@dataclass(frozen=True)
class _Runs:
    """Dark runs, column by column. steps: from each to the next of its column, else infinite."""

    column: NDArray[np.int64]
    middle: NDArray[np.float64]
    steps: NDArray[np.float64]
    thickness: NDArray[np.int64]


def _measured(
    runs: _Runs, along: NDArray[np.bool_], guess: int, least_share: float
) -> StaffSize | None:
    """The staves with about that distance of lines. along: (H, W), where lines would go on."""
    if guess < LEAST_SPACE:
        return None
    reach = max(0.15 * guess, 1.0)
    fits = np.abs(runs.steps - guess) <= reach
    if len(fits) < _LINES - 1:
        return None
    windows = np.lib.stride_tricks.sliding_window_view(fits, _LINES - 1).all(axis=1)
    lines = np.flatnonzero(windows)[:, None] + np.arange(_LINES)  # (staves crossed, 5)
    if not len(lines):
        return None
    even = np.ptp(runs.steps[lines[:, :-1]], axis=1) <= reach
    fine = runs.thickness[lines].max(axis=1) <= max(0.3 * guess, 2) + 1
    going_on = along[runs.middle[lines].astype(np.int64), runs.column[lines]].all(axis=1)
    lines = lines[even & fine & going_on]
    crossing, width = len(np.unique(runs.column[lines[:, 0]])), along.shape[1]
    if crossing < max(_LEAST_COLUMNS, least_share * width):
        return None
    return StaffSize(
        space=float(runs.steps[lines[:, :-1]].mean()),
        thickness=float(runs.thickness[lines].mean()),
        columns=crossing / width,
    )


def _along(ink: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """Where it is dark for `reach` pixels to both sides, a row higher or lower included."""
    from scipy import ndimage

    thick = ink.copy()
    thick[1:] |= ink[:-1]
    thick[:-1] |= ink[1:]
    share = ndimage.uniform_filter1d(thick.astype(np.float32), 2 * reach + 1, axis=1)
    dark: NDArray[np.bool_] = share >= _LEAST_DARK
    return dark


def _ink(grey: Pixels) -> NDArray[np.bool_]:
    """Where it is darker than the paper around, however uneven that is.

    Grain is smoothed away along the rows, which leaves the lines of a staff as they are.
    """
    from scipy import ndimage

    values = ndimage.gaussian_filter(grey.astype(np.float32), (0.4, 2.5))
    around = ndimage.uniform_filter(values, max(min(grey.shape) // 12, 31), mode="nearest")
    contrast = float(np.median(values) - np.percentile(values, 1))
    dark: NDArray[np.bool_] = values < around - max(_INK * contrast, 6.0)
    return dark


def _dark_runs(
    ink: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Column, first row and the row after the last of each dark run, column by column."""
    height = ink.shape[0]
    padded = np.zeros((ink.shape[1], height + 2), dtype=np.int8)
    padded[:, 1:-1] = ink.T
    change = np.diff(padded, axis=1)  # (W, H + 1)
    column, start = np.nonzero(change == 1)
    _, end = np.nonzero(change == -1)
    return column, start, end
