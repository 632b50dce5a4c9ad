"""How far back a network looks, and which neurons feed which."""

import math
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.theme import Palette, inert, template
from songrnn.inspection.reach import Reach
from songrnn.inspection.wiring import Edge, Neuron

# How far an arrow is bent, of its length, so that there and back, and one gate and another, are two
# lines; steps that it is drawn in.
_BEND = 0.18
_STEPS = 24
# Letters of a line beside a neuron.
_LABEL = 14


def course(found: Sequence[Reach], names: Sequence[str], *, colours: Palette) -> go.Figure:
    """The share of the effect that lies within each distance, a line for each thing watched; a
    point where half of it is reached, with its interval."""
    figure = go.Figure()
    kinds = colours.kinds
    for number, (each, name) in enumerate(zip(found, names, strict=True)):
        total = np.cumsum(each.effect)
        if not total[-1] > 0:
            continue
        colour = kinds[number % len(kinds)]
        figure.add_scatter(
            x=list(range(len(total))),
            y=(total / total[-1]).round(4).tolist(),
            mode="lines",
            name=name,
            legendgroup=name,
            line={"color": colour, "width": 1.5},
            hovertemplate=f"{name}: within %{{x}} characters %{{y:.0%}}<extra></extra>",
        )
        half = each.half
        figure.add_scatter(
            x=[half.estimate],
            y=[0.5],
            mode="markers",
            legendgroup=name,
            showlegend=False,
            marker={"size": 8, "color": colour},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [half.high - half.estimate],
                "arrayminus": [half.estimate - half.low],
                "color": colour,
                "thickness": 1.5,
            },
            hovertemplate=f"{name}: half within %{{x:.0f}} characters "
            f"({half.low:.0f} to {half.high:.0f})<extra></extra>",
        )
    figure.update_layout(
        template=template(colours),
        height=340,
        xaxis={"title": {"text": "characters after the replaced one"}, "range": [-1, 120]},
        yaxis={"title": {"text": "share of the effect"}, "tickformat": ".0%", "range": [0, 1.02]},
        legend={"y": -0.22, "yanchor": "top", "x": 0, "orientation": "h"},
    )
    return figure


def wires(labels: Mapping[Neuron, str], edges: Sequence[Edge], *, colours: Palette) -> go.Figure:
    """The neurons on a ring a layer, an arrow from each to those that it feeds.

    labels: (layer, neuron) -> words. Width is the size of the effect, orange raises the gate,
    purple lowers it; an edge to the neuron itself is left out.
    """
    places = _places(list(labels))
    figure, drawn = go.Figure(), Counter[tuple[Neuron, Neuron]]()
    most = max((abs(edge.effect) for edge in edges), default=1.0) or 1.0
    for edge in sorted(edges, key=lambda edge: abs(edge.effect)):
        if edge.source == edge.target:
            continue
        pair = edge.source, edge.target
        drawn[pair] += 1
        x, y = _arrow(places[edge.source], places[edge.target], _BEND * (0.4 + 0.6 * drawn[pair]))
        gate = "raises" if edge.effect > 0 else "lowers"
        words = (
            f"{_number(edge.source)} {gate} the {edge.gate} of {_number(edge.target)}: "
            f"{edge.effect:+.2f}, number {edge.rank + 1} of the {edge.of} that it listens to"
        ).replace("-", "−")
        colour = colours.orange if edge.effect > 0 else colours.purple
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines+markers",
            line={"color": colour, "width": 0.8 + 4 * abs(edge.effect) / most, "shape": "spline"},
            marker={
                "size": [0] * (len(x) - 1) + [7 + 5 * abs(edge.effect) / most],
                "symbol": "arrow",
                "angleref": "previous",
                "color": colour,
                "opacity": 1,
                "line": {"width": 0},
            },
            opacity=0.8,
            text=[words] * len(x),
            hovertemplate="%{text}<extra></extra>",
            showlegend=False,
        )
    figure.add_scatter(
        x=[places[each][0] for each in labels],
        y=[places[each][1] for each in labels],
        mode="markers+text",
        marker={"size": 15, "color": colours.panel, "line": {"width": 1.5, "color": colours.ink}},
        text=[
            "<br>".join([_number(each), *map(inert, textwrap.wrap(words, _LABEL))])
            for each, words in labels.items()
        ],
        textposition=[_side(places[each]) for each in labels],
        textfont={"size": 12, "color": colours.ink},
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
        cliponaxis=False,
    )
    return _bare(figure, len({layer for layer, _ in labels}), colours)


def _bare(figure: go.Figure, rings: int, colours: Palette) -> go.Figure:
    """Without axes, as wide as its rings."""
    hidden = {"visible": False, "fixedrange": True}
    figure.update_layout(
        template=template(colours),
        height=520,
        dragmode=False,
        margin={"l": 20, "r": 20, "t": 40, "b": 40},
        xaxis={**hidden, "range": [-2, 2 + 3.4 * (rings - 1)]},
        yaxis={**hidden, "range": [-1.35, 1.35]},
    )
    return figure


def _number(neuron: Neuron) -> str:
    return f"{neuron[0] + 1}/{neuron[1]}"


def _places(neurons: Sequence[Neuron]) -> dict[Neuron, tuple[float, float]]:
    """Where each stands: those of a layer on a circle, the layers side by side."""
    found = {}
    for ring, layer in enumerate(sorted({layer for layer, _ in neurons})):
        here = [each for each in neurons if each[0] == layer]
        for number, each in enumerate(here):
            angle = math.tau * number / len(here) + math.pi / 2
            found[each] = 3.4 * ring + math.cos(angle), math.sin(angle)
    return found


def _side(place: tuple[float, float]) -> str:
    x = (place[0] + 1.7) % 3.4 - 1.7
    if abs(x) < 0.3:
        return "top center" if place[1] > 0 else "bottom center"
    return "middle right" if x > 0 else "middle left"


def _arrow(
    start: tuple[float, float], end: tuple[float, float], bend: float
) -> tuple[list[float], list[float]]:
    """A bent line from one point to just before another."""
    a, b = np.array(start), np.array(end)
    across = np.array([a[1] - b[1], b[0] - a[0]])
    middle = (a + b) / 2 + bend * across
    length = max(float(np.linalg.norm(b - a)), 1e-6)
    t = np.linspace(min(0.08 / length, 0.4), 1 - min(0.1 / length, 0.4), _STEPS)[:, None]
    points = (1 - t) ** 2 * a + 2 * t * (1 - t) * middle + t**2 * b
    return points[:, 0].round(4).tolist(), points[:, 1].round(4).tolist()
