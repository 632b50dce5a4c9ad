"""Figures about a corpus: meters, keys, lengths."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.theme import Palette, inert, template


def counts(
    values: Mapping[str, int], *, colours: Palette, unit: str = "tunes", most: int = 16
) -> go.Figure:
    """Horizontal bars, the largest on top, what is rarer than the `most` first in one bar."""
    ranked = sorted(values.items(), key=lambda item: (-item[1], item[0]))
    rest = ranked[most:]
    shown = ranked[:most] + ([(f"{len(rest)} others", sum(n for _, n in rest))] if rest else [])
    total = sum(values.values()) or 1
    names = [inert(name) for name, _ in shown][::-1]
    numbers = np.array([number for _, number in shown][::-1])
    figure = go.Figure(
        go.Bar(
            x=numbers,
            y=names,
            orientation="h",
            marker={"color": colours.quiet},
            text=[f"{n:,}" for n in numbers],
            textposition="outside",
            textfont={"color": colours.quiet},
            cliponaxis=False,
            customdata=numbers / total * 100,
            hovertemplate=f"%{{y}}: %{{x:,}} {unit}, %{{customdata:.1f}} %<extra></extra>",
        )
    )
    figure.update_layout(
        template=template(colours),
        height=40 + 24 * len(shown),
        bargap=0.35,
        margin={"r": 48},
        xaxis={"visible": False},
        yaxis={
            "type": "category",
            "showgrid": False,
            "tickfont": {"color": colours.ink},
            "ticksuffix": "  ",
        },
    )
    return figure


def lengths(values: Sequence[int], *, colours: Palette, height: int = 260) -> go.Figure:
    """Histogram of tune lengths in characters, with the median as a labelled line."""
    data = np.asarray(values)
    edges = np.arange(0, (data.max() if len(data) else 0) + 51, 50)
    numbers, edges = np.histogram(data, edges)
    figure = go.Figure(
        go.Bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=numbers,
            width=46,
            marker={"color": colours.quiet},
            customdata=np.stack([edges[:-1], edges[1:] - 1], axis=1),
            hovertemplate="%{customdata[0]}–%{customdata[1]} characters: %{y:,} tunes<extra></extra>",
        )
    )
    if len(data):
        figure.add_vline(
            x=float(np.median(data)),
            line={"color": colours.accent, "width": 1.5},
            annotation={
                "text": f"median {np.median(data):.0f}",
                "font": {"color": colours.accent, "size": 13},
            },
            annotation_position="top right",
        )
    figure.update_layout(
        template=template(colours),
        height=height,
        # The few very long tunes would squeeze the rest; they are there when one zooms out.
        xaxis={
            "title": {"text": "characters of a tune"},
            "ticklabelstandoff": 6,  # its 0 and that of the other axis are apart
            "range": [0, float(np.quantile(data, 0.99)) * 1.1] if len(data) else None,
        },
        yaxis={"title": {"text": "tunes"}},
    )
    return figure
