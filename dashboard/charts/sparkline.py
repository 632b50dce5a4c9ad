"""The shape of a training in a card: validation losses without axes."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.charts.run_curves import RunCurve
from dashboard.charts.theme import Palette, run_colours, template


def sparkline(curves: Sequence[RunCurve], *, colours: Palette, height: int = 90) -> go.Figure:
    """Validation losses along the epochs, from the first epoch on where there are several."""
    figure = go.Figure()
    shade = run_colours(colours, [(curve.run, str(curve.settings["cell"])) for curve in curves])
    for curve in curves:
        shown = curve.x >= 1 if (curve.x >= 1).sum() > 1 else curve.x >= 0
        figure.add_scatter(
            x=curve.x[shown],
            y=curve.y[shown],
            mode="lines",
            line={"color": shade[curve.run], "width": 2},
            hovertemplate=f"{curve.run}<br>epoch %{{x:g}}: %{{y:.3f}} bits<extra></extra>",
            showlegend=False,
        )
    figure.update_layout(
        template=template(colours),
        height=height,
        margin={"l": 0, "r": 0, "t": 4, "b": 4},
        xaxis={"visible": False},
        yaxis={"visible": False},
    )
    return figure
