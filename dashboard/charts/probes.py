"""What probes read off: one task over the states of a network, and over the runs of a study."""

from collections.abc import Mapping

import plotly.graph_objects as go

from dashboard.charts.theme import Palette, template
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
            x=list(found),
            y=[each.estimate for each in found.values()],
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [each.high - each.estimate for each in found.values()],
                "arrayminus": [each.estimate - each.low for each in found.values()],
                "thickness": 1.2,
                "width": 4,
            },
            mode="lines+markers",
            name=name,
            line={"color": colour, "width": 1.5, "dash": dash},
            marker={"size": 8, "color": colour},
            hovertemplate=f"{name}, %{{x}}: %{{y:.2f}}<extra></extra>",
        )
    for name, value in floors.items():
        figure.add_hline(
            y=value,
            line={"color": colours.quiet, "dash": "dot", "width": 1},
            annotation={
                "text": name,
                "font": {"size": 11, "color": colours.quiet},
                "yanchor": "bottom",
            },
            annotation_position="top right",
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
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [each.high - each.estimate for each in found.values()],
                "arrayminus": [each.estimate - each.low for each in found.values()],
                "thickness": 1,
                "width": 3,
            },
            mode="lines+markers",
            name=task,
            line={"color": colour, "width": 1.5, "dash": "solid" if number < 8 else "dash"},
            hovertemplate=f"{task}, {setting} %{{x}}: %{{y:.2f}}<extra></extra>",
        )
    figure.update_layout(
        template=template(colours),
        height=460,
        xaxis={"title": {"text": setting.replace("_", " ")}, "type": "category"},
        yaxis={"title": {"text": "mean IoU, or R²"}},
        legend={"y": -0.2, "yanchor": "top", "x": 0, "orientation": "h", "font": {"size": 11}},
    )
    return figure
