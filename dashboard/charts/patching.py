"""How long a patch of the state moves what is predicted."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.charts.theme import Palette, template


def lasting(bits: Sequence[float], *, colours: Palette) -> go.Figure:
    """Bits by which each prediction is moved, by the characters read since the patch."""
    figure = go.Figure(
        go.Scatter(
            x=list(range(1, len(bits) + 1)),
            y=list(bits),
            mode="lines+markers",
            line={"color": colours.accent, "width": 1.5},
            marker={"size": 5, "color": colours.accent},
            hovertemplate="%{x} after the patch: %{y:.2f} bits<extra></extra>",
        )
    )
    figure.update_layout(
        template=template(colours),
        height=260,
        xaxis={"title": {"text": "characters since the patch"}},
        yaxis={"title": {"text": "moved by, bits"}, "rangemode": "tozero"},
    )
    return figure
