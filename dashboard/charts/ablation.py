"""What switching neurons off costs, compared with sets of as much influence."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.theme import Palette, template
from songrnn.inspection.ablation import Effect
from songrnn.inspection.dose import Dose
from songrnn.statistics import Interval


def effect_chart(effects: Sequence[Effect], *, colours: Palette) -> go.Figure:
    """Change in bits per character by the number of units held.

    With a label: where it holds and elsewhere, else over all characters; each with its interval.
    The points are other sets of as much influence, measured as the first line is.
    """
    figure = go.Figure()
    counts = [len(effect.units) for effect in effects]
    labelled = effects[0].where is not None
    _add_matched_sets(figure, effects, labelled=labelled, colours=colours)
    _add_changes(figure, list(range(len(effects))), effects, 0.12, labelled, colours)
    figure.update_layout(
        template=template(colours),
        height=340,
        xaxis={
            "title": {"text": "neurons switched off"},
            "tickvals": list(range(len(counts))),
            "ticktext": [str(count) for count in counts],
            "range": [-0.5, len(counts) - 0.5],
        },
        yaxis=_change_axis(colours),
        legend={"y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return figure


def _add_matched_sets(
    figure: go.Figure, effects: Sequence[Effect], *, labelled: bool, colours: Palette
) -> None:
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
        name="sets of as much influence" + (", where it holds" if labelled else ""),
        marker={"size": 5, "color": colours.quiet, "opacity": 0.35},
        hovertemplate="another set: %{y:+.3f}<extra></extra>",
    )


def dose_chart(doses: Sequence[Dose], *, colours: Palette) -> go.Figure:
    """Change in bits per character over the value that units are fixed at.

    One unit: over its values; several, each at its own: over the quantile of all.
    """
    figure = go.Figure()
    labelled = doses[0].where is not None
    one = len(doses[0].values) == 1
    x = [dose.values[0] if one else 100 * dose.quantile for dose in doses]
    _add_changes(figure, x, doses, 0.0, labelled, colours)
    title = "value the neuron is fixed at" if one else "quantile of their values, per cent"
    figure.update_layout(
        template=template(colours),
        height=320,
        xaxis={"title": {"text": title}},
        yaxis=_change_axis(colours),
        legend={"y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return figure


def _change_axis(colours: Palette) -> dict[str, Any]:
    return {
        "title": {"text": "change, bits per character"},
        "zeroline": True,
        "zerolinecolor": colours.faint,
    }


def _add_changes(
    figure: go.Figure,
    x: Sequence[float],
    found: Sequence[Effect | Dose],
    apart: float,
    labelled: bool,
    colours: Palette,
) -> None:
    """One line over all characters, or one where the label holds and one elsewhere."""
    overall = [("all characters", "overall", colours.accent)]
    two = [
        ("where the label holds", "where", colours.accent),
        ("elsewhere", "elsewhere", colours.ink),
    ]
    for number, (name, field, colour) in enumerate(two if labelled else overall):
        changes = [getattr(each, field) for each in found]
        places = [place + apart * number for place in x]
        figure.add_trace(_line(places, changes, name, colour, dotted=bool(number)))


def _line(
    x: Sequence[float],
    found: Sequence[Interval | None],
    name: str,
    colour: str,
    *,
    dotted: bool,
) -> go.Scatter:
    """Changes with their intervals."""
    present = [(place, each) for place, each in zip(x, found, strict=True) if each is not None]
    return go.Scatter(
        x=[place for place, _ in present],
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
        line={"color": colour, "width": 1.5, "dash": "dot" if dotted else "solid"},
        marker={"size": 8, "color": colour, "symbol": "diamond" if dotted else "circle"},
        hovertemplate="%{y:+.3f} bits<extra>" + name + "</extra>",
    )


def _length(value: float) -> float:
    return 0.0 if math.isnan(value) else value
