"""Loss curves: of one run, and of a study with means over seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from songrnn.report.document import Drawing
from songrnn.report.figures.drawing import INK, QUIET, axes, draw
from songrnn.statistics import student_t_quantile
from songrnn.tuning.contrasts import FEWEST_SEEDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

Floats = NDArray[np.float64]
# Of a training, the share whose losses do not decide how high the picture is.
_BEGINNING = 0.4
# Of the legend's small letters as many stand in a line.
_LETTERS = 100


@dataclass(frozen=True)
class Line:
    """Curves that belong together: those of one value's seeds. x (K,) epochs, y bits (K,) each.

    training: of the same runs, losses on the windows being learned from.
    """

    name: str
    colour: str
    curves: tuple[tuple[Floats, Floats], ...]
    training: tuple[tuple[Floats, Floats], ...] = ()


def loss_curves(
    lines: Sequence[Line],
    baselines: Mapping[str, float],
    *,
    y: str = "loss, bits per character",
) -> Drawing:
    """Validation solid, training dashed; means with their 95 % interval from three seeds on.

    baselines: name -> bits. The steep beginning is left out of the picture; `beginning`
    says where it lies. y: what the other axis shows.
    """
    columns, rows = legend_rows([line.name for line in lines])

    def paint(canvas: "Canvas") -> None:
        ax = axes(canvas, "epoch", y)
        for line in lines:
            _training(ax, line)
            draw_line(ax, line)
        low, high = _span(lines, _BEGINNING)
        for name, bits in baselines.items():
            if low - 0.3 < bits < high + 0.1:
                low, high = min(low, bits), max(high, bits)
                named_line(ax, name, bits)
        pad = 0.05 * (high - low) or 0.05
        ax.set_ylim(low - pad, high + pad)
        handles, names = ax.get_legend_handles_labels()
        if names:
            # Below the axes: a line may run anywhere within them.
            canvas.legend(handles, names, loc="outside lower center", ncols=columns)

    return draw(paint, height=3.2 + 0.17 * rows)


def legend_rows(names: Sequence[str]) -> tuple[int, int]:
    """(columns, rows) of a legend below a picture: as many columns as the longest name leaves room
    for."""
    columns = max(1, _LETTERS // (max(map(len, names), default=0) + 8))
    columns = min(columns, max(len(names), 1))
    return columns, -(-len(names) // columns)


def beginning(lines: Sequence[Line]) -> str:
    """What the picture of these losses leaves out, as a sentence; empty when it is nothing."""
    curves = [curve for line in lines for curve in line.curves if len(curve[0])]
    low, high = _span(lines, _BEGINNING)
    first = [y[0] for _, y in curves if y[0] > high + 0.05 * (high - low)]
    if not first:
        return ""
    least, most = f"{min(first):.1f}", f"{max(first):.1f}"
    return (
        f" The first epochs, which begin at {least if least == most else f'{least} to {most}'} bits, "
        "lie above the picture."
    )


def _training(ax: "Axes", line: Line) -> None:
    """The training losses, dashed: of several seeds their mean."""
    if not line.training:
        return
    if len(line.training) >= FEWEST_SEEDS:
        x, y, _ = mean_curve(line.training)
    else:
        x, y = line.training[0]
    alone = len(line.training) == 1
    ax.plot(
        x,
        y,
        color=line.colour,
        linestyle="--",
        linewidth=1.6 if alone else 0.9,
        label="training" if alone else None,
    )


def draw_line(ax: "Axes", line: Line, *, interval: bool = True) -> None:
    """The curves of a line, thin where there are several, and their mean, with its interval if so
    wanted."""
    several = len(line.curves) > 1
    mean = mean_curve(line.curves) if len(line.curves) >= FEWEST_SEEDS else None
    for place, (x, y) in enumerate(line.curves):
        ax.plot(
            x,
            y,
            color=line.colour,
            linewidth=0.5 if several else 1.6,
            alpha=0.45 if mean is not None else 1.0,
            label=line.name if mean is None and place == 0 else None,
        )
    if mean is not None:
        x, middle, reach = mean
        if interval:
            ax.fill_between(x, middle - reach, middle + reach, color=line.colour, alpha=0.18, lw=0)
        ax.plot(x, middle, color=line.colour, linewidth=1.8, label=line.name)


def mean_curve(curves: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats, Floats]:
    """(x (K,), mean (K,), half width of its 95 % interval (K,)) over the epochs that all share."""
    low, high = max(x[0] for x, _ in curves), min(x[-1] for x, _ in curves)
    grid = curves[0][0][(curves[0][0] >= low) & (curves[0][0] <= high)]
    rows = np.stack([np.interp(grid, x, y) for x, y in curves])  # (n, K)
    n = len(rows)
    reach = student_t_quantile(0.975, n - 1) * rows.std(axis=0, ddof=1) / np.sqrt(n)
    return grid, rows.mean(axis=0), reach


def _span(lines: Sequence[Line], begin: float) -> tuple[float, float]:
    """The least and the largest value from `begin` of the way on (0–1)."""
    curves = [curve for line in lines for curve in (*line.curves, *line.training) if len(curve[0])]
    if not curves:
        return 0.0, 1.0
    first, last = min(x[0] for x, _ in curves), max(x[-1] for x, _ in curves)
    late = np.concatenate([y[x >= first + begin * (last - first)] for x, y in curves])
    return (float(late.min()), float(late.max())) if len(late) else (0.0, 1.0)


def named_line(ax: "Axes", name: str, bits: float) -> None:
    """A dotted line across, its name and value behind its end."""
    ax.axhline(bits, color=QUIET, linewidth=0.9, linestyle=":")
    ax.annotate(
        f"{name}\n{bits:.2f}",
        (1.01, bits),
        xycoords=("axes fraction", "data"),
        ha="left",
        va="center",
        color=QUIET,
        fontsize=8,
    )


def sparse_ticks(ax: "Axes", names: Sequence[str]) -> None:
    """Names along the x axis, slanted where they would meet."""
    ax.set_xticks(range(len(names)), list(names))
    if sum(map(len, names)) > 70:
        ax.tick_params(axis="x", labelrotation=25)
        for label in ax.get_xticklabels():
            label.set_horizontalalignment("right")
            label.set_color(INK)
