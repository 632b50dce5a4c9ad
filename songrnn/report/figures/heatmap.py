"""What one neuron does on a text: every character on a ground that says its activation."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from songrnn.report.document import Drawing
from songrnn.report.figures.drawing import INK, MIDDLE, ORANGE, PURPLE, QUIET, WIDTH, draw, mix

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

COLUMNS = 60
# Colours of the scale beside it.
_STEPS = 41
_VISIBLE = {"\n": "↵", " ": "␣", "\t": "⇥"}


def heatmap(text: str, values: Sequence[float]) -> Drawing:
    """Characters in rows of COLUMNS, with the scale from −1 (purple) to +1 (orange).

    values: one activation, −1 to 1, for each character of the text.
    """
    if len(text) != len(values):
        raise ValueError(f"{len(text)} characters but {len(values)} values")
    rows = -(-len(text) // COLUMNS)

    def paint(canvas: "Canvas") -> None:
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import LinearSegmentedColormap, Normalize
        from matplotlib.patches import Rectangle

        # Few enough steps that matplotlib draws the bar as shapes: as pixels, it would be a picture
        # within the picture, which no page shows whose pictures name nothing outside.
        scale = LinearSegmentedColormap.from_list("activation", [PURPLE, MIDDLE, ORANGE], N=_STEPS)
        ax = canvas.subplots()
        ax.set_axis_off()
        ax.grid(visible=False)
        ax.set_xlim(0, COLUMNS)
        ax.set_ylim(rows, 0)
        for place, (character, value) in enumerate(zip(text, values, strict=True)):
            row, column = divmod(place, COLUMNS)
            ax.add_patch(Rectangle((column, row + 0.04), 1, 0.92, facecolor=colour_of(value), lw=0))
            ax.text(
                column + 0.5,
                row + 0.5,
                _VISIBLE.get(character, character),
                ha="center",
                va="center",
                fontsize=7.5,
                family="monospace",
                color=QUIET if character in _VISIBLE else INK,
            )
        bar = canvas.colorbar(
            ScalarMappable(Normalize(-1, 1), scale),
            ax=ax,
            fraction=0.03,
            pad=0.01,
            ticks=[-1, 0, 1],
        )
        assert bar.solids is not None
        bar.solids.set_edgecolor("face")
        bar.outline.set_visible(False)
        bar.ax.tick_params(length=0, labelsize=7)

    return draw(paint, height=0.24 * rows + 0.2, width=WIDTH)


def colour_of(value: float) -> str:
    """The ground of an activation: purple at −1, nearly white at 0, orange at 1."""
    bounded = min(max(float(value), -1.0), 1.0)
    return mix(MIDDLE, PURPLE if bounded < 0 else ORANGE, abs(bounded))
