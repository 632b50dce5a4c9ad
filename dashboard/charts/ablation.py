"""What switching neurons off costs, compared with random sets of the same size."""

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.theme import Palette, template
from songrnn.inspection.ablation import Effect
from songrnn.statistics import Interval


def effect_chart(effects: Sequence[Effect], *, colours: Palette) -> go.Figure:
    """Change in bits per character by the number of units held.

    With a label: where it holds and elsewhere, else over all characters; each with its interval.
    The points are random sets of as many units, measured as the first line is.
    """
    figure = go.Figure()
    counts = [len(effect.units) for effect in effects]
    labelled = effects[0].where is not None
    rng = np.random.default_rng(0)  # the points are spread sideways to be seen; that is all
    x, y = list[float](), list[float]()
    for place, effect in enumerate(effects):
        found = effect.random_where if labelled else effect.random_overall
        x += (place - 0.18 + rng.uniform(-0.09, 0.09, len(found))).tolist()
        y += found
    figure.add_scatter(
        x=x,
        y=y,
        mode="markers",
        name="random sets of the same size" + (", where it holds" if labelled else ""),
        marker={"size": 5, "color": colours.quiet, "opacity": 0.35},
        hovertemplate="a random set: %{y:+.3f}<extra></extra>",
    )
    lines = (
        [
            ("where the label holds", "where", colours.accent),
            ("elsewhere", "elsewhere", colours.ink),
        ]
        if labelled
        else [("all characters", "overall", colours.accent)]
    )
    for shift, (name, field, colour) in enumerate(lines):
        figure.add_trace(_line([getattr(effect, field) for effect in effects], name, colour, shift))
    figure.update_layout(
        template=template(colours),
        height=340,
        xaxis={
            "title": {"text": "neurons switched off"},
            "tickvals": list(range(len(counts))),
            "ticktext": [str(count) for count in counts],
            "range": [-0.5, len(counts) - 0.5],
        },
        yaxis={"title": {"text": "change, bits per character"}, "zeroline": True,
               "zerolinecolor": colours.faint},
        legend={"y": 1.02, "yanchor": "bottom", "x": 0},
    )  # fmt: skip
    return figure


def _line(found: Sequence[Interval | None], name: str, colour: str, shift: int) -> go.Scatter:
    """Changes with their intervals; shift: 0 for the first line, 1 for the second, next to it."""
    present = [(n, each) for n, each in enumerate(found) if each is not None]
    return go.Scatter(
        x=[n + 0.12 * shift for n, _ in present],
        y=[each.estimate for _, each in present],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [_length(each.high - each.estimate) for _, each in present],
            "arrayminus": [_length(each.estimate - each.low) for _, each in present],
            "thickness": 1.5,
            "width": 4,
            "color": colour,
        },
        mode="lines+markers",
        name=name,
        line={"color": colour, "width": 1.5, "dash": "dot" if shift else "solid"},
        marker={"size": 8, "color": colour, "symbol": "diamond" if shift else "circle"},
        hovertemplate="%{y:+.3f} bits<extra>" + name + "</extra>",
    )


def _length(value: float) -> float:
    return 0.0 if math.isnan(value) else value
