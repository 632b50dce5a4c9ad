"""What probes read off: one task over the states of a network, and over the runs of a study."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from dashboard.charts.theme import Palette, inert, template
from songrnn.statistics import Interval


def over_states(
    run: Mapping[str, Interval],
    twin: Mapping[str, Interval],
    floors: Mapping[str, float],
    *,
    title: str,
    colours: Palette,
) -> go.Figure:
    """One task by state, such as "hidden 1", with its intervals, beside an untrained network.

    floors: what the task is told by without the state, drawn as dotted lines with their names.
    """
    figure = go.Figure()
    for name, found, colour, dash in (
        ("this run", run, colours.accent, "solid"),
        ("untrained network", twin, colours.quiet, "dash"),
    ):
        figure.add_scatter(
            x=[inert(state) for state in found],
            y=[each.estimate for each in found.values()],
            error_y=_whiskers(found, thickness=1.2, width=4),
            mode="lines+markers",
            name=name,
            line={"color": colour, "width": 1.5, "dash": dash},
            marker={"size": 8, "color": colour},
            hovertemplate=f"{name}, %{{x}}: %{{y:.2f}}<extra></extra>",
        )
    ends = [bound for found in (run, twin) for each in found.values() for bound in _ends(each)]
    for name, value in floors.items():
        line = {"color": colours.quiet, "dash": "dot", "width": 1}
        figure.add_hline(y=value, line=line, name=name)
    for value, names in _together(floors, [*ends, *floors.values()]):
        figure.add_annotation(
            x=1,
            xref="x domain",
            xanchor="right",
            y=value,
            yanchor="bottom",
            text=" · ".join(names),
            showarrow=False,
            font={"size": 11, "color": colours.quiet},
        )
    figure.update_layout(
        template=template(colours),
        height=320,
        # Room on the right for the names of the dotted lines.
        xaxis={"title": {"text": "state"}, "range": [-0.3, len(run) - 0.3]},
        yaxis={"title": {"text": title}},
        legend={"y": 1.02, "yanchor": "bottom", "x": 0, "orientation": "h"},
    )
    return figure


def _whiskers(found: Mapping[str, Interval], *, thickness: float, width: int) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [each.high - each.estimate for each in found.values()],
        "arrayminus": [each.estimate - each.low for each in found.values()],
        "thickness": thickness,
        "width": width,
    }


def _ends(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high


def _together(floors: Mapping[str, float], drawn: Sequence[float]) -> list[tuple[float, list[str]]]:
    """(height, names) of the dotted lines: those too near for a line of text each share one."""
    room = 0.08 * (max(drawn) - min(drawn))
    found: list[tuple[float, list[str]]] = []
    for name, value in sorted(floors.items(), key=lambda floor: floor[1]):
        if found and value - found[-1][0] < room:
            found[-1] = (value, [name, *found[-1][1]])
        else:
            found.append((value, [name]))
    return found


def over_runs(
    figures: Mapping[str, Mapping[str, Interval]], setting: str, *, colours: Palette
) -> go.Figure:
    """Every task by the value of a study's setting: task -> value -> figure, a line each."""
    figure = go.Figure()
    for number, (task, found) in enumerate(figures.items()):
        colour = colours.kinds[number % len(colours.kinds)]
        figure.add_scatter(
            x=list(found),
            y=[each.estimate for each in found.values()],
            error_y=_whiskers(found, thickness=1, width=3),
            mode="lines+markers",
            name=inert(task),
            line={"color": colour, "width": 1.5, "dash": "solid" if number < 8 else "dash"},
            hovertemplate=f"{inert(task)}, {setting} %{{x}}: %{{y:.2f}}<extra></extra>",
        )
    figure.update_layout(
        template=template(colours),
        height=460,
        xaxis={"title": {"text": setting.replace("_", " ")}, "type": "category"},
        yaxis={"title": {"text": "mean IoU, or R²"}},
        legend={"y": -0.2, "yanchor": "top", "x": 0, "orientation": "h", "font": {"size": 11}},
    )
    return figure
