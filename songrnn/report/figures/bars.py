"""Counts as bars, and figures of songs by temperature."""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from songrnn.report.document import Drawing
from songrnn.report.figures.drawing import CELLS, INK, QUIET, axes, draw

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

# Letters of an axis title in a line, which a low picture has room for.
_LABEL = 28


def histogram(values: Sequence[int], x: str, y: str, bins: int = 40) -> Drawing:
    """How many values lie in each of `bins` equal ranges."""
    counts, edges = np.histogram(values, bins=bins)

    def paint(canvas: "Canvas") -> None:
        ax = axes(canvas, x, y)
        ax.bar(edges[:-1], counts, width=np.diff(edges), align="edge", color=QUIET, linewidth=0)

    return draw(paint, height=2.2)


def by_temperature(
    rows: Sequence[tuple[float, float, float | None, float | None]], real: float | None, y: str
) -> Drawing:
    """An estimate by temperature with its interval, and the same of real tunes as a line.

    rows: (temperature, estimate, low, high), temperatures rising.
    """

    def paint(canvas: "Canvas") -> None:
        ax = axes(canvas, "temperature", textwrap.fill(y, _LABEL))
        x = [row[0] for row in rows]
        middle = [row[1] for row in rows]
        low = [row[1] if row[2] is None else row[2] for row in rows]
        high = [row[1] if row[3] is None else row[3] for row in rows]
        ax.fill_between(x, low, high, color=CELLS["lstm"], alpha=0.18, lw=0)
        ax.plot(x, middle, "o-", color=CELLS["lstm"], markersize=3, linewidth=1.4)
        if real is not None:
            ax.axhline(real, color=INK, linewidth=1.2)
            ax.annotate(
                f"real tunes {real:.2f}",
                (1, real),
                xycoords=("axes fraction", "data"),
                ha="right",
                va="bottom",
                fontsize=8,
            )

    return draw(paint, height=2.4)
