"""The temperature study as small charts: a figure along the temperature, real tunes as a line."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.charts.theme import Palette, template
from songrnn.quality.temperature_file import Row

PANELS = {
    "told_apart": "told from real tunes, AUC",
    "well_formed": "well-formed songs",
    "valid": "well-formed songs, as counted before",
    "repeated_bars": "bars said again",
    "fifth_is_first": "fifth bar is the first",
    "sections_on_tonic": "sections that end on the tonic",
    "square_sections": "sections of 4, 8, 12 … bars",
    "right_bars": "complete bars",
    "seen_notes": "runs of 8 notes seen",
    "longest_notes": "longest copied run, notes",
    "divergence": "divergence, bits",
    "characters": "length, characters",
}
_SHARES = {
    *("well_formed", "valid", "right_bars", "seen_notes", "repeated_bars", "fifth_is_first"),
    *("sections_on_tonic", "square_sections"),
}


def temperature_curve(
    rows: Sequence[Row],
    name: str,
    *,
    colour: str,
    colours: Palette,
    suggested: float | None = None,
    height: int = 240,
) -> go.Figure:
    """One figure of PANELS: estimate and 95 % interval along the temperature, real tunes as a straight line.

    A dotted vertical line marks the temperature that is suggested. Where one song is all there
    can be, at temperature 0, it is an open circle apart from the line.
    """
    figure = go.Figure(_traces(rows, name, colour))
    real = next((row for row in rows if row.temperature is None), None)
    if real is not None and name in real.figures:
        figure.add_hline(
            y=real.figures[name].estimate,
            line={"color": colours.ink, "width": 1.5},
            name="real tunes",
        )
    if suggested is not None:
        figure.add_vline(x=suggested, line={"color": colours.quiet, "width": 1, "dash": "dot"})
    figure.update_layout(
        template=template(colours),
        height=height,
        xaxis={"title": {"text": "temperature"}},
        yaxis={"rangemode": "tozero", "tickformat": ".0%" if name in _SHARES else None},
    )
    return figure


def _traces(rows: Sequence[Row], name: str, colour: str) -> list[go.Scatter]:
    """The band, the line and the lone songs of one figure."""
    found = [
        (row.temperature, row.figures[name], row.songs)
        for row in rows
        if row.temperature is not None and name in row.figures
    ]
    line = [(t, figure) for t, figure, songs in found if songs > 1]
    lone = [(t, figure) for t, figure, songs in found if songs == 1]
    banded = [(t, f) for t, f in line if f.low is not None and f.high is not None]
    return [
        go.Scatter(
            x=[t for t, _ in banded] + [t for t, _ in reversed(banded)],
            y=[f.high for _, f in banded] + [f.low for _, f in reversed(banded)],
            fill="toself",
            fillcolor=colour,
            opacity=0.2,
            line={"width": 0},
            hoverinfo="skip",
            showlegend=False,
        ),
        go.Scatter(
            x=[t for t, _ in line],
            y=[f.estimate for _, f in line],
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"size": 5},
            customdata=[_interval(f.low, f.high, f.n) for _, f in line],
            hovertemplate="T %{x}: %{y:.3g}%{customdata}<extra></extra>",
            showlegend=False,
            name=PANELS[name],
        ),
        go.Scatter(
            x=[t for t, _ in lone],
            y=[f.estimate for _, f in lone],
            mode="markers",
            marker={"size": 7, "symbol": "circle-open", "color": colour},
            hovertemplate="T %{x}: %{y:.3g} (one song)<extra></extra>",
            showlegend=False,
            name=f"{PANELS[name]}, one song",
        ),
    ]


def _interval(low: float | None, high: float | None, n: int) -> str:
    songs = f"{n} song{'s' if n > 1 else ''}"
    return f" ({songs})" if low is None else f" ({low:.3g} to {high:.3g}, {songs})"
