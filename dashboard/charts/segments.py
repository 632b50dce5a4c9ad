"""A page with its labelled pixels over it, how they are confused, and how nets learned them."""

import base64
import io
import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.charts.theme import Palette, inert, template, value_colours

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]

# A wrong pixel, whatever it was called.
WRONG = "#d00000"
# Pixels of a page that are sent to the browser; of a larger one every second, third, …
_MOST_SENT = 4_000_000
_ROWS = 640  # a chart is at most this high


def page_chart(
    image: Pixels,
    shown: Pixels,
    classes: Sequence[tuple[str, str]],
    *,
    opacity: float,
    colours: Palette,
    boxes: Sequence[tuple[Box, str]] = (),
) -> go.Figure:
    """A page (H, W), 255 is paper, and over it the pixels of `shown` (H, W), numbers from 1 on.

    classes: label and colour of 1, 2, …; a legend names those that occur. boxes: (top, bottom,
    left, right) of what is pointed at, with what the pointer says there.
    """
    height, width = image.shape
    step = math.ceil(math.sqrt(image.size / _MOST_SENT))
    figure = go.Figure()
    figure.add_layout_image(
        source=_png(_covered(image[::step, ::step], shown[::step, ::step], classes, opacity)),
        xref="x",
        yref="y",
        x=0,
        y=0,
        sizex=width,
        sizey=height,
        sizing="stretch",
        layer="below",
    )
    for number, (label, colour) in enumerate(classes, start=1):
        if (shown == number).any():
            figure.add_scatter(
                x=[None],
                y=[None],
                mode="markers",
                name=inert(label),
                marker={"color": colour, "symbol": "square", "size": 11},
            )
    if boxes:
        figure.add_scatter(
            x=[(left + right) / 2 for (_, _, left, right), _ in boxes],
            y=[(top + bottom) / 2 for (top, bottom, _, _), _ in boxes],
            mode="markers",
            marker={
                "symbol": "circle-open",
                "size": 22,
                "color": colours.accent,
                "line": {"width": 2},
            },
            name="unsure",
            text=[inert(words) for _, words in boxes],
            hovertemplate="%{text}<extra></extra>",
        )
    _frame(figure, height, width, colours)
    return figure


def _frame(figure: go.Figure, height: int, width: int, colours: Palette) -> None:
    """No axes; a legend that only names; the wheel zooms and dragging moves."""
    figure.update_layout(
        template=template(colours),
        height=min(max(round(1180 * height / width), 160), _ROWS) + 90,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        plot_bgcolor="#ffffff",
        legend={"orientation": "h", "y": -0.01, "yanchor": "top", "x": 0, "itemclick": False}
        | {"itemdoubleclick": False},
        dragmode="pan",
    )
    figure.update_xaxes(visible=False, range=[0, width], constrain="domain")
    figure.update_yaxes(visible=False, range=[height, 0], scaleanchor="x", constrain="domain")


def confusion_chart(
    confusion: NDArray[np.int64], names: Sequence[str], *, colours: Palette
) -> go.Figure:
    """Share of each true class's pixels (rows) that got each label (columns); absent ones left out."""
    present = np.flatnonzero(confusion.sum(axis=0) + confusion.sum(axis=1))
    counts = confusion[np.ix_(present, present)]
    totals = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    labels = [names[int(index)] for index in present]
    figure = go.Figure(
        go.Heatmap(
            z=counts / totals,
            x=labels,
            y=labels,
            zmin=0,
            zmax=1,
            colorscale=[[0, colours.paper], [1, colours.accent]],
            customdata=counts,
            hovertemplate="%{y}, called %{x}: %{z:.1%} (%{customdata:,} pixels)<extra></extra>",
            colorbar={"title": {"text": "share"}, "tickformat": ".0%"},
        )
    )
    figure.update_layout(
        template=template(colours),
        height=560,
        xaxis={"title": {"text": "labelled as"}, "tickangle": -45},
        yaxis={"title": {"text": "true class"}, "autorange": "reversed"},
    )
    return figure


def learning_chart(
    histories: Mapping[str, Sequence[pd.DataFrame]], measure: str, *, title: str, colours: Palette
) -> go.Figure:
    """A figure of the validations against the step, a line a run, a colour a setting.

    histories: setting -> the histories of its runs, one a seed.
    """
    figure = go.Figure()
    shades = dict(zip(histories, value_colours(colours, list(histories)), strict=True))
    for setting, runs in histories.items():
        for index, history in enumerate(runs):
            rows = history[(history["split"] == "validation") & history[measure].notna()]
            figure.add_scatter(
                x=rows["step"],
                y=rows[measure],
                mode="lines+markers",
                marker={"size": 4},
                line={"width": 1.5, "color": shades[setting]},
                name=inert(setting),
                legendgroup=setting,
                showlegend=index == 0,
                hovertemplate=f"{inert(setting)}, step %{{x}}: %{{y:.3f}}<extra></extra>",
            )
    figure.update_layout(
        template=template(colours),
        height=300 + 24 * len(histories),  # in a narrow window each name has a line of its own
        xaxis={"title": {"text": "step"}},
        # A loss falls by orders of magnitude; on an even axis its end would be a flat line.
        yaxis={"title": {"text": title}}
        | ({"type": "log", "dtick": 1} if measure == "loss" else {}),
        legend={"orientation": "h", "y": -0.25, "yanchor": "top", "x": 0},
    )
    return figure


def _covered(
    image: Pixels, shown: Pixels, classes: Sequence[tuple[str, str]], opacity: float
) -> Pixels:
    """The page with the colours of `shown` over it, (H, W, 3)."""
    page = np.repeat(image[:, :, None], 3, axis=2)
    table = np.zeros((len(classes) + 1, 3), np.uint8)
    for number, (_, colour) in enumerate(classes, start=1):
        table[number] = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    mixed = (1 - opacity) * page + opacity * table[shown]
    return np.where(shown[:, :, None] > 0, mixed.round().astype(np.uint8), page)


def _png(pixels: Pixels) -> str:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=4)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
