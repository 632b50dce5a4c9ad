"""What small corpora come to by what their training began with, and what a compressor needs."""

import plotly.graph_objects as go

from dashboard.charts.theme import Palette, template
from songrnn.tuning.start_study import STARTS, Starts

# Beside each other in a region's column.
_PLACES = {"best": -0.2, "small": 0.0, "baseline": 0.2}
_HALF_COLUMN = 0.36


def start_losses(found: Starts, colours: Palette, *, height: int = 440) -> go.Figure:
    """A column for each region: a dot a run, coloured by what it began with; dotted is PPMd."""
    figure = go.Figure()
    tints = dict(zip(STARTS, (colours.accent, *colours.kinds[1:]), strict=False))
    for start, about in STARTS.items():
        rows = [
            (place + _PLACES[start], bits, f"{region.title}, {about.title}, seed {seed}")
            for place, region in enumerate(found.regions)
            for seed, bits in region.losses.get(start, {}).items()
        ]
        if not rows:
            continue
        x, y, words = zip(*rows, strict=True)
        figure.add_scatter(
            x=x,
            y=y,
            mode="markers",
            name=about.title,
            marker={"color": tints[start], "size": 9, "opacity": 0.85},
            customdata=words,
            hovertemplate="%{customdata}: %{y:.4f} bits<extra></extra>",
        )
    x_line: list[float | None] = []
    y_line: list[float | None] = []
    for place, region in enumerate(found.regions):
        x_line += [place - _HALF_COLUMN, place + _HALF_COLUMN, None]
        y_line += [region.ppmd, region.ppmd, None]
    figure.add_scatter(
        x=x_line,
        y=y_line,
        mode="lines",
        name="PPMd order 12",
        line={"color": colours.quiet, "dash": "dot", "width": 2},
        hovertemplate="PPMd order 12: %{y:.4f} bits<extra></extra>",
    )
    figure.update_layout(template=template(colours), height=height, hovermode="closest")
    figure.update_layout(legend={"y": 1.02, "yanchor": "bottom", "x": 0})
    figure.update_xaxes(
        tickvals=list(range(len(found.regions))),
        ticktext=[region.title.replace(", ", ",<br>") for region in found.regions],
        range=(-0.6, len(found.regions) - 0.4),
    )
    figure.update_yaxes(title_text="best validation loss, bits per character")
    return figure
