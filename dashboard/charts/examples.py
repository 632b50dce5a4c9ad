"""Places in tunes under each other, each character coloured by what a neuron does there."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.activations import colour_scale, scale_of
from dashboard.charts.theme import MONOSPACE, Palette, inert, template, visible


def windows(
    texts: Sequence[str],
    values: Sequence[np.ndarray],
    names: Sequence[str],
    *,
    before: int,
    after: int,
    places: Sequence[int],
    colours: Palette,
    quantity: str = "hidden",
) -> go.Figure:
    """A row for each place: `before` characters before it, itself, `after` behind it.

    texts, values: of the tunes, (T,) values each; places: the character of each, framed. names:
    what each row is.
    """
    letters, laid = _laid_out(texts, values, places, before, after)
    low, high = scale_of(quantity, np.concatenate([*values, np.zeros(1)]))
    figure = go.Figure(
        go.Heatmap(
            z=laid,
            x=list(range(-before, after + 1)),
            y=list(range(len(texts))),
            text=letters,
            texttemplate="%{text}",
            textfont={"family": MONOSPACE, "size": 13, "color": colours.ink},
            hovertemplate="%{text}: %{z:.2f}<extra></extra>",
            hoverongaps=False,
            zmin=low,
            zmax=high,
            colorscale=colour_scale(colours, quantity),
            showscale=False,
            ygap=4,
        )
    )
    figure.add_shape(
        type="rect",
        x0=-0.5,
        x1=0.5,
        y0=-0.5,
        y1=len(texts) - 0.5,
        line={"color": colours.ink, "width": 1},
    )
    figure.update_layout(
        template=template(colours),
        height=40 + 30 * len(texts),
        dragmode=False,
        margin={"l": 10, "r": 10, "t": 8, "b": 8},
        xaxis={"visible": False, "fixedrange": True},
        yaxis={
            "autorange": "reversed",
            "tickvals": list(range(len(names))),
            "ticktext": [inert(name) for name in names],
            "showgrid": False,
            "fixedrange": True,
        },
    )
    return figure


def _laid_out(
    texts: Sequence[str],
    values: Sequence[np.ndarray],
    places: Sequence[int],
    before: int,
    after: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Letters and values, (rows, before + 1 + after): "" and NaN beyond a text."""
    width = before + 1 + after
    laid = np.full((len(texts), width), np.nan)
    letters = np.full((len(texts), width), "", dtype=object)
    for row, (text, value, place) in enumerate(zip(texts, values, places, strict=True)):
        for column in range(width):
            at = place - before + column
            if 0 <= at < len(value):
                laid[row, column], letters[row, column] = value[at], inert(visible(text[at]))
    return letters, laid
