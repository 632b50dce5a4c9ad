"""What a neuron does after a barline, and how strongly it beats at each frequency."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.charts.theme import Palette, template
from songrnn.inspection.counting import Step


def response_chart(steps: Sequence[Step], *, colours: Palette) -> go.Figure:
    """Mean activation by the distance after a barline, with its interval over tunes."""
    x = [step.distance for step in steps]
    figure = go.Figure()
    figure.add_scatter(
        x=[*x, *reversed(x)],
        y=[*[step.mean.high for step in steps], *[step.mean.low for step in reversed(steps)]],
        fill="toself",
        mode="lines",
        line={"width": 0},
        fillcolor=colours.faint,
        name="95 % interval",
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=x,
        y=[step.mean.estimate for step in steps],
        mode="lines+markers",
        name="mean",
        line={"color": colours.accent, "width": 1.5},
        marker={"size": 6, "color": colours.accent},
        customdata=[(step.characters, step.mean.n) for step in steps],
        hovertemplate="%{x} after the barline: %{y:.3f}, %{customdata[0]:,} characters of "
        "%{customdata[1]} tunes<extra></extra>",
    )
    figure.update_layout(
        template=template(colours),
        height=300,
        xaxis={"title": {"text": "characters after the barline"}},
        yaxis={"title": {"text": "activation"}},
        legend={"y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return figure


def spectrum_chart(
    frequencies: Sequence[float], power: Sequence[float], *, colours: Palette
) -> go.Figure:
    """Share of the variance at each frequency, in cycles a bar; a rule at once a bar."""
    figure = go.Figure(
        go.Scatter(
            x=list(frequencies),
            y=list(power),
            mode="lines",
            line={"color": colours.accent, "width": 1.5},
            hovertemplate="%{x:.2f} cycles a bar: %{y:.1%} of the variance<extra></extra>",
        )
    )
    figure.add_vline(x=1, line={"color": colours.quiet, "width": 1, "dash": "dot"})
    figure.update_layout(
        template=template(colours),
        height=300,
        xaxis={"title": {"text": "cycles a bar"}},
        yaxis={"title": {"text": "share of the variance"}, "tickformat": ".0%"},
    )
    return figure
