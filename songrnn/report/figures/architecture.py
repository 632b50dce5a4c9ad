"""The network of a run, drawn from its settings: what is there, in the order data passes it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from songrnn.cells import CELLS
from songrnn.config import ModelConfig
from songrnn.report.document import Drawing
from songrnn.report.figures.drawing import CELLS as COLOURS
from songrnn.report.figures.drawing import FAINT, INK, OTHER_CELL, QUIET, draw

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas


@dataclass(frozen=True)
class Stage:
    """One box from bottom to top. width: numbers it hands on. recurrent: it also feeds itself."""

    name: str
    size: str
    colour: str = FAINT
    recurrent: bool = False
    thin: bool = False


def stages(model: ModelConfig, vocabulary: int) -> list[Stage]:
    """What a character passes on its way to the prediction of the next one, in order.

    >>> [stage.name for stage in stages(ModelConfig(dropout=0.2), 90)][:3]
    ['character', 'embedding', 'dropout 0.2']
    """
    dropout = [Stage(f"dropout {model.dropout:g}", "", thin=True)] if model.dropout else []
    title = CELLS[model.cell].title
    found = [
        Stage("character", f"one of {vocabulary}"),
        Stage("embedding", f"{model.embedding_size} numbers"),
        *dropout,
    ]
    for layer in range(model.layers):
        found.append(
            Stage(
                f"{title} layer {layer + 1}",
                f"{model.hidden_size} units",
                COLOURS.get(model.cell, OTHER_CELL),
                recurrent=True,
            )
        )
        if layer + 1 < model.layers:
            found += dropout
    if model.normalization != "none":
        found.append(Stage(f"{model.normalization} normalization", "", thin=True))
    return [
        *found,
        *dropout,
        Stage("readout", f"{vocabulary} logits"),
        Stage("softmax", "p(next character)"),
    ]


def architecture(model: ModelConfig, vocabulary: int) -> Drawing:
    """Three steps of the network side by side, unrolled in time."""
    parts = stages(model, vocabulary)

    def paint(canvas: "Canvas") -> None:
        ax = canvas.subplots()
        ax.set_axis_off()
        ax.grid(visible=False)
        for column, word in enumerate(("t − 1", "t", "t + 1")):
            _column(ax, parts, column, word, last=column == 2, drop=model.weight_drop)
        ax.set_xlim(-0.55, 3.05)
        ax.set_ylim(-0.9, len(parts) - 0.2)

    return draw(paint, height=0.52 * len(parts) + 0.7)


def _column(
    ax: "Axes", parts: list[Stage], column: int, word: str, *, last: bool, drop: float
) -> None:
    from matplotlib.patches import FancyBboxPatch

    x = column * 1.12
    ax.text(x + 0.35, -0.75, f"step {word}", ha="center", color=QUIET, fontsize=8)
    for y, stage in enumerate(parts):
        tall = 0.34 if stage.thin else 0.6
        bottom = y - tall / 2
        ax.add_patch(
            FancyBboxPatch(
                (x, bottom),
                0.7,
                tall,
                boxstyle="round,pad=0,rounding_size=0.06",
                facecolor="white" if stage.colour == FAINT else stage.colour + "22",
                edgecolor=QUIET if stage.colour == FAINT else stage.colour,
                linewidth=0.8,
                linestyle="--" if stage.thin else "-",
            )
        )
        words = stage.name if not stage.size else f"{stage.name}\n{stage.size}"
        ax.text(
            x + 0.35, y, words, ha="center", va="center", fontsize=7, color=INK, linespacing=1.1
        )
        if y + 1 < len(parts):
            _arrow(
                ax,
                (x + 0.35, bottom + tall),
                (x + 0.35, y + 1 - (0.17 if parts[y + 1].thin else 0.3)),
            )
        if stage.recurrent:
            _arrow(ax, (x + 0.7, y), (x + (0.98 if last else 1.12), y))
            if not last and drop:
                ax.text(x + 0.91, y + 0.14, f"drop {drop:g}", ha="center", fontsize=6, color=QUIET)


def _arrow(ax: "Axes", start: tuple[float, float], end: tuple[float, float]) -> None:
    arrow = {"arrowstyle": "-|>", "color": QUIET, "lw": 0.8, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", xy=end, xytext=start, arrowprops=arrow)
