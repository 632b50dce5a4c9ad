"""How nets learned to label pixels, and a page with the labels that one gave it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from songrnn.report.document import Drawing
from songrnn.report.figures.curves import Line, draw_line, legend_rows
from songrnn.report.figures.drawing import ACCENT, FAINT, WIDTH, draw, mix

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

Pixels = NDArray[np.uint8]

# Share of a training after which accuracies are all near 1, where they differ in the second digit.
_BEGINNING = 0.15


def pixel_curves(panels: Sequence[tuple[str, Sequence[Line]]], *, x: str = "epoch") -> Drawing:
    """Panels side by side, each with the same lines under its own name: (y title, lines).

    Losses are on a logarithmic scale; accuracies without their first epochs, which would press the
    rest to nothing.
    """
    names = [line.name for line in panels[0][1]]
    columns, rows = legend_rows(names)

    def paint(canvas: "Canvas") -> None:
        found = canvas.subplots(1, len(panels))
        for ax, (y, lines) in zip(found, panels, strict=True):
            ax.set_xlabel(x)
            ax.set_ylabel(y)
            ax.tick_params(length=0)
            for line in lines:
                draw_line(ax, line, interval=False)
            if "loss" in y:
                _logarithmic(ax)
            elif "accuracy" in y:
                late = [
                    value
                    for line in lines
                    for at, values in line.curves
                    for value in values[at >= at[0] + _BEGINNING * (at[-1] - at[0])]
                ]
                if late:
                    pad = 0.05 * (max(late) - min(late)) or 0.01
                    ax.set_ylim(min(late) - pad, max(late) + pad)
        handles = found[0].get_legend_handles_labels()
        if len(names) > 1:
            canvas.legend(*handles, loc="outside lower center", ncols=columns)

    return draw(paint, height=2.3 + (0.17 * rows if len(names) > 1 else 0.0))


def _logarithmic(ax: "Axes") -> None:
    """Ticks in plain numbers: mathematics is switched off, since names may hold its signs."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=6))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())


def labelled(
    image: Pixels, labels: Pixels, truth: Pixels, classes: Sequence[tuple[str, str]]
) -> Drawing:
    """A page twice: its pixels in the colours of their classes, and the wrong ones of them in red.

    image: (H, W), 255 is paper. labels, truth: (H, W) class numbers. classes: name and colour of
    each number, paper first.
    """
    palette = np.array([_channels(colour) for _, colour in classes], np.uint8)  # (K, 3)
    coloured = np.where((labels > 0)[..., None], palette[labels], image[..., None])
    faded = np.repeat((255 - 0.35 * (255.0 - image)).astype(np.uint8)[..., None], 3, axis=2)
    wrong = np.where((labels != truth)[..., None], np.array(_channels(ACCENT), np.uint8), faded)
    present = [number for number in range(1, len(classes)) if (labels == number).any()]
    columns, rows = legend_rows([classes[number][0] for number in present])

    def paint(canvas: "Canvas") -> None:
        from matplotlib.patches import Patch

        for ax, pixels, title in zip(
            canvas.subplots(2, 1),
            (coloured, wrong),
            ("labels of the network", "wrong pixels"),
            strict=True,
        ):
            ax.imshow(pixels, interpolation="none")
            ax.set_title(title, fontsize=8, loc="left")
            ax.set_xticks([])
            ax.set_yticks([])
            ax.grid(visible=False)
            for spine in ax.spines.values():
                spine.set_color(mix(FAINT, "#FFFFFF", 0.5))
        canvas.legend(
            handles=[Patch(color=classes[at][1], label=classes[at][0]) for at in present],
            loc="outside lower center",
            ncols=columns,
        )

    height = 2 * WIDTH * image.shape[0] / image.shape[1] + 0.6 + 0.17 * rows
    return draw(paint, height=height)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
