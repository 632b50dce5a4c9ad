"""The atlas: every neuron's score for every property, and in which order neurons stand."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from dashboard.charts.theme import Palette, inert, template

Scores = NDArray[np.floating]


def atlas(
    scores: Scores,
    neurons: Sequence[int],
    properties: Sequence[str],
    names: Sequence[str],
    *,
    least: float,
    colours: Palette,
) -> go.Figure:
    """Neurons across, properties down, coloured by score from 0 to 1.

    scores: (N, P), NaN where nothing was kept. neurons: N numbers, names: N as people read them;
    both in the order they stand in. least: the score a label needs. Each neuron has a point at its
    best property, full when the score suffices for a label; its custom data is the number.
    """
    figure = go.Figure(_scores(scores, properties, names, least, colours))
    figure.add_trace(_best(scores, neurons, names, least, colours))
    figure.update_layout(
        template=template(colours),
        height=150 + 17 * len(properties),
        clickmode="event+select",
        dragmode="pan",
        # The names are those of the axis, which hover asks: with each cell they were a megabyte.
        xaxis={
            "title": {"text": "neurons"},
            "showticklabels": False,
            "constrain": "domain",
            "tickvals": list(range(len(names))),
            "ticktext": [inert(name) for name in names],
            "ticks": "",
            "showgrid": False,
        },
        yaxis={
            "tickvals": list(range(len(properties))),
            "ticktext": list(properties),
            "autorange": "reversed",
            "tickfont": {"size": 11},
            "showgrid": False,
        },
    )
    return figure


def _scores(
    scores: Scores, properties: Sequence[str], names: Sequence[str], least: float, colours: Palette
) -> go.Heatmap:
    """All scores, (N, P), coloured from 0 to 1."""
    shown = np.clip(scores, 0, 1).T  # (P, N)
    return go.Heatmap(
        z=shown.round(3),
        x=list(range(len(names))),
        y=list(range(len(properties))),
        hovertemplate="neuron %{x}<br>%{y}: R² %{z:.2f}<extra></extra>",
        zmin=0,
        zmax=1,
        colorscale=[(0.0, colours.middle), (least, colours.orange), (1.0, colours.accent)],
        colorbar={
            "orientation": "h",
            "thickness": 10,
            "len": 0.7,  # on a phone its numbers need that
            "x": 0,
            "xanchor": "left",
            "y": 1.0,
            "yanchor": "bottom",
            "tickvals": [0, least, 1],
            "tickangle": 0,
            "outlinewidth": 0,
            "title": {"text": "R²", "side": "top"},
        },
        hoverongaps=False,
    )


def _best(
    scores: Scores, neurons: Sequence[int], names: Sequence[str], least: float, colours: Palette
) -> go.Scatter:
    """A point for each neuron at its best property, full when that suffices for a label."""
    known = np.nan_to_num(scores, nan=-np.inf)
    best = known.argmax(axis=1) if scores.size else np.zeros(0, np.int64)
    enough = known.max(axis=1, initial=-np.inf) >= least
    return go.Scatter(
        x=list(range(len(neurons))),
        y=best.tolist(),
        mode="markers",
        customdata=[int(neuron) for neuron in neurons],
        text=[f"neuron {inert(name)}" for name in names],
        hovertemplate="%{text}<br>click to open<extra></extra>",
        marker={
            "size": 7 if len(neurons) <= 200 else 5,
            "color": [colours.ink if full else "rgba(0,0,0,0)" for full in enough],
            "line": {"width": 1, "color": colours.quiet},
        },
        unselected={"marker": {"opacity": 1}},
        selected={"marker": {"size": 12}},
        showlegend=False,
    )


def saturation(shares: Mapping[str, Scores], *, colours: Palette) -> go.Figure:
    """How often each neuron's gates are all but shut and all but open, a panel a gate.

    shares: gate -> (H, 2), of characters with the gate below 0.1 and above 0.9. After Karpathy,
    Johnson and Fei-Fei 2015, figure 4.
    """
    figure = make_subplots(cols=len(shares), subplot_titles=list(shares), shared_yaxes=True)
    for column, (name, found) in enumerate(shares.items(), start=1):
        figure.add_scatter(
            x=found[:, 0],
            y=found[:, 1],
            mode="markers",
            name=name,
            text=[f"neuron {number}" for number in range(len(found))],
            marker={"size": 6, "color": colours.orange, "opacity": 0.7,
                    "line": {"width": 1, "color": colours.quiet}},
            hovertemplate="%{text}: shut %{x:.0%}, open %{y:.0%}<extra></extra>",
            row=1,
            col=column,
        )  # fmt: skip
        # No neuron can lie beyond: the two shares add up to 1 at the most.
        figure.add_scatter(
            x=[0, 1],
            y=[1, 0],
            mode="lines",
            line={"color": colours.faint, "width": 1},
            hoverinfo="skip",
            row=1,
            col=column,
        )
    figure.update_layout(
        template=template(colours), height=320, showlegend=False, margin={"t": 28, "b": 40}
    )
    figure.update_annotations(font={"size": 13, "color": colours.quiet})
    figure.update_xaxes(range=[-0.03, 1.03], tickformat=".0%", title={"text": "below 0.1"})
    figure.update_yaxes(range=[-0.03, 1.03], tickformat=".0%")
    figure.update_yaxes(title={"text": "above 0.9"}, col=1)
    return figure


def by_label(scores: Scores, least: float) -> NDArray[np.intp]:
    """Neurons with the same best property side by side, the clearest first; the unclear last."""
    known = np.nan_to_num(scores, nan=-np.inf)
    best, most = known.argmax(axis=1), known.max(axis=1)
    return np.lexsort((-most, np.where(most >= least, best, scores.shape[1])))


def by_likeness(scores: Scores) -> NDArray[np.intp]:
    """Neurons with like scores side by side: from the clearest on, always the nearest one left.

    >>> by_likeness(np.array([[0.9, 0], [0, 0.8], [0.7, 0], [0, 0.7]])).tolist()
    [0, 2, 3, 1]
    """
    known = np.clip(np.nan_to_num(scores, nan=0.0), 0, 1)
    if not len(known):
        return np.zeros(0, np.intp)
    left = np.ones(len(known), bool)
    at = int(known.max(axis=1).argmax())
    order = [at]
    left[at] = False
    while left.any():
        distance = ((known - known[at]) ** 2).sum(axis=1)
        distance[~left] = np.inf
        at = int(distance.argmin())
        order.append(at)
        left[at] = False
    return np.array(order, np.intp)
