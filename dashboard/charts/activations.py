"""Neurons on a text: a heat map of its characters, and several neurons along the text."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dashboard.charts.theme import MONOSPACE, Palette, diverging, template, visible
from songrnn.cells import QUANTITIES

# Gates lie in 0–1; states and candidates in −1–1 but for the cell state, which is unbounded.
GATES = frozenset(quantity.name for quantity in QUANTITIES.values() if quantity.is_gate)


def scale_of(quantity: str, values: np.ndarray) -> tuple[float, float]:
    """(lowest, highest) value the colours stand for: 0–1 for gates, else symmetric about 0."""
    if quantity in GATES:
        return 0.0, 1.0
    bound = max(1.0, float(np.abs(values).max(initial=0.0)))
    return -bound, bound


def colour_scale(colours: Palette, quantity: str) -> list[tuple[float, str]]:
    """Purple–white–orange for signed values, white–orange for gates."""
    signed = diverging(colours)
    if quantity not in GATES:
        return signed
    return [((position - 0.5) * 2, colour) for position, colour in signed if position >= 0.5]


def grid(text: str, values: np.ndarray, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """A text and its values, (T,), laid out in rows: lines of the text, broken at `columns`.

    Returns positions (R, columns) int64, -1 where there is no character, and values
    (R, columns) float64, NaN there. A newline ends its row and has its own cell.
    """
    rows: list[list[int]] = [[]]
    for position, character in enumerate(text):
        if len(rows[-1]) == columns:
            rows.append([])
        rows[-1].append(position)
        if character == "\n":
            rows.append([])
    if not rows[-1]:
        rows.pop()
    positions = np.full((len(rows), columns), -1, np.int64)
    for index, row in enumerate(rows):
        positions[index, : len(row)] = row
    laid = np.full(positions.shape, np.nan)
    there = positions >= 0
    laid[there] = np.asarray(values, np.float64)[positions[there]]
    return positions, laid


def heat_map(
    text: str,
    values: np.ndarray,
    *,
    colours: Palette,
    quantity: str = "hidden",
    columns: int = 60,
    cell_height: int = 24,
    letter_size: int = 14,
    legend: bool = True,
) -> go.Figure:
    """The text, each character on the colour of its value. values: (T,), one a character."""
    positions, laid = grid(text, values, columns)
    letters = np.array([[visible(text[p]) if p >= 0 else "" for p in row] for row in positions])
    low, high = scale_of(quantity, values)
    figure = go.Figure(
        go.Heatmap(
            z=laid,
            text=letters,
            texttemplate="%{text}",
            textfont={"family": MONOSPACE, "size": letter_size, "color": colours.ink},
            customdata=positions,
            hovertemplate="%{text} at %{customdata}: %{z:.4f}<extra></extra>",
            hoverongaps=False,
            zmin=low,
            zmax=high,
            colorscale=colour_scale(colours, quantity),
            showscale=legend,
            colorbar={
                "thickness": 12,
                "tickvals": [low, (low + high) / 2, high],
                "outlinewidth": 0,
            },
            xgap=1,
            ygap=1,
        )
    )
    figure.update_layout(
        template=template(colours),
        height=max(60, 16 + cell_height * len(positions)),
        margin={"l": 0, "r": 0, "t": 4, "b": 4},
        xaxis={"visible": False, "range": [-0.5, columns - 0.5]},
        yaxis={"visible": False, "autorange": "reversed"},
    )
    return figure


def stack(
    text: str,
    values: np.ndarray,
    names: Sequence[str],
    *,
    colours: Palette,
    quantity: str = "hidden",
) -> go.Figure:
    """Several neurons along one text, a row each. values: (N, T), names: N."""
    low, high = scale_of(quantity, values)
    letters = np.array([visible(character) for character in text])
    figure = go.Figure(
        go.Heatmap(
            z=np.asarray(values, np.float64),
            y=list(names),
            customdata=np.broadcast_to(letters, values.shape),
            hovertemplate="neuron %{y}, %{customdata} at %{x}: %{z:.4f}<extra></extra>",
            zmin=low,
            zmax=high,
            colorscale=colour_scale(colours, quantity),
            colorbar={"thickness": 12, "tickvals": [low, (low + high) / 2, high]},
            ygap=2,
        )
    )
    ends = [index + 0.5 for index, character in enumerate(text) if character == "\n"]
    rule = {"type": "line", "y0": 0, "y1": 1, "yref": "y domain"}
    line = {"color": colours.quiet, "width": 1}
    figure.update_layout(
        template=template(colours),
        # All at once: plotly checks every rule again for each that is added.
        shapes=[{"x0": end, "x1": end, "line": line, **rule} for end in ends],
        height=90 + 30 * len(names),
        xaxis={"title": {"text": "character (rules: ends of lines)"}},
        yaxis={"type": "category", "autorange": "reversed"},
    )
    return figure


def histogram(shares: np.ndarray, *, colours: Palette) -> go.Figure:
    """How often a neuron has which value: shares (bins,) over −1 to 1."""
    edges = np.linspace(-1, 1, len(shares) + 1)
    figure = go.Figure(
        go.Bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=np.asarray(shares, np.float64),
            width=2 / len(shares),
            marker={"color": colours.quiet, "line": {"width": 0}},
            hovertemplate="%{x:.2f}: %{y:.1%}<extra></extra>",
        )
    )
    figure.update_layout(
        template=template(colours),
        height=220,
        xaxis={"title": {"text": "activation"}, "range": [-1.03, 1.03]},
        yaxis={"tickformat": ".0%"},
    )
    return figure


def gate_histograms(shares: Mapping[str, np.ndarray], *, colours: Palette) -> go.Figure:
    """How often each gate has which value, a row each: shares (bins,) over 0 to 1."""
    figure = make_subplots(
        rows=len(shares), shared_xaxes=True, vertical_spacing=0.12, subplot_titles=list(shares)
    )
    for row, (name, each) in enumerate(shares.items(), start=1):
        edges = np.linspace(0, 1, len(each) + 1)
        figure.add_bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=np.asarray(each, np.float64),
            width=1 / len(each),
            name=name,
            marker={"color": colours.orange, "line": {"width": 0}},
            hovertemplate="%{x:.2f}: %{y:.1%}<extra>" + name + "</extra>",
            row=row,
            col=1,
        )
    figure.update_layout(
        template=template(colours), height=60 + 90 * len(shares), showlegend=False, margin={"t": 24}
    )
    figure.update_annotations(font={"size": 13, "color": colours.quiet})
    figure.update_yaxes(tickformat=".0%", nticks=3)
    figure.update_xaxes(range=[-0.01, 1.01])
    return figure
