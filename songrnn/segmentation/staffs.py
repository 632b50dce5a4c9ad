"""Is there a staff, and how large is it: told from the picture alone, before any network looks.

In a column of pixels that crosses a staff between its notes, five thin dark runs follow one
another at one distance. That distance, taken over all columns, is the staff space (after Cardoso and
Rebelo 2010, who look at neighbouring dark and light runs). A photograph has no such columns.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.segmentation.colouring import Pixels

# Pixels from line to line that are looked for; smaller staves cannot be read.
LEAST_SPACE, LARGEST_SPACE = 4, 120
_LINES = 5
# Share of all columns that cross a staff somewhere, at least, and how many there must be.
_LEAST_SHARE, _LEAST_COLUMNS = 0.04, 12


@dataclass(frozen=True)
class StaffSize:
    """space: pixels from line to line. thickness: of a line. columns: share that cross a staff."""

    space: float
    thickness: float
    columns: float


def find_staff_size(grey: Pixels) -> StaffSize | None:
    """The size of the staves on a page (H, W); None when there are none."""
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
        found = _measured(column, steps, thickness, int(guess), grey.shape[1])
        if found is not None and (best is None or found.columns > best.columns):
            best = found
    return best


def _measured(
    column: NDArray[np.int64],
    steps: NDArray[np.float64],
    thickness: NDArray[np.int64],
    guess: int,
    width: int,
) -> StaffSize | None:
    if guess < LEAST_SPACE:
        return None
    reach = max(0.15 * guess, 1.0)
    fits = np.abs(steps - guess) <= reach
    runs = _LINES - 1
    if len(fits) < runs:
        return None
    windows = np.lib.stride_tricks.sliding_window_view(fits, runs).all(axis=1)
    places = np.flatnonzero(windows)  # first line of five
    lines = places[:, None] + np.arange(_LINES)
    even = np.ptp(steps[lines[:, :-1]], axis=1) <= reach if len(places) else np.zeros(0, bool)
    fine = thickness[lines].max(axis=1) <= max(0.5 * guess, 2) if len(places) else even
    places = places[even & fine]
    crossing = len(np.unique(column[places]))
    if crossing < max(_LEAST_COLUMNS, _LEAST_SHARE * width):
        return None
    lines = places[:, None] + np.arange(_LINES)
    return StaffSize(
        space=float(steps[lines[:, :-1]].mean()),
        thickness=float(thickness[lines].mean()),
        columns=crossing / width,
    )


def _ink(grey: Pixels) -> NDArray[np.bool_]:
    """Where it is darker than the paper around, however uneven that is."""
    from scipy import ndimage

    values = grey.astype(np.float32)
    window = max(min(grey.shape) // 12, 31)
    around = ndimage.uniform_filter(values, window, mode="nearest")
    spread = np.sqrt(
        np.maximum(ndimage.uniform_filter(values**2, window, mode="nearest") - around**2, 0)
    )
    # Sauvola and Pietikäinen 2000, with k = 0.2 and R = 128.
    dark: NDArray[np.bool_] = values < around * (1 + 0.2 * (spread / 128 - 1))
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
