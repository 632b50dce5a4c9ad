"""What other models need for the same text, as dotted lines that carry their name."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.theme import Palette


def baseline_lines(measured: Mapping[str, Mapping[str, float]] | None) -> dict[str, float]:
    """PPMd and the best n-gram on validation: name -> bits per character.

    measured: split -> name -> bits per character, as `songrnn.corpus.baselines` measures them;
    None while that is still going on.
    """
    found = (measured or {}).get("validation", {})
    lines = {"PPMd order 12": found["ppmd_12"]} if "ppmd_12" in found else {}
    grams = {name: bits for name, bits in found.items() if name.startswith("ngram_")}
    if grams:
        best = min(grams, key=lambda name: grams[name])
        lines[f"{best.removeprefix('ngram_')}-gram"] = grams[best]
    return lines


def near(baselines: Mapping[str, float], losses: Sequence[float]) -> dict[str, float]:
    """The baselines no further from the losses than half their spread (at least 0.1)."""
    if not losses:
        return dict(baselines)
    low, high = min(losses), max(losses)
    reach = max((high - low) / 2, 0.1)
    return {name: at for name, at in baselines.items() if low - reach < at < high + reach}


def outside(figure: go.Figure, baselines: Mapping[str, float], *, log: bool = False) -> list[str]:
    """The names of baselines that the figure does not show at first."""
    drawn = {trace.name for trace in figure.data}
    span = figure.layout.yaxis.range or (-np.inf, np.inf)
    low, high = (10.0**end if log else end for end in span)
    return [name for name, at in baselines.items() if name not in drawn or not low <= at <= high]


def add_baselines(
    figure: go.Figure,
    baselines: Mapping[str, float],
    colours: Palette,
    extent: tuple[float, float],
    *,
    column: int = 1,
    labelled: bool = True,
    at_start: bool = False,
) -> None:
    """Dotted lines over extent, their name and value at the line's end, or at its start where
    the curves leave more room there.

    They are traces, not shapes: an annotation would stand at another height on a log axis.
    """
    for name, value in baselines.items():
        text = f"{name} {value:.2f}" if labelled else ""
        figure.add_trace(
            go.Scatter(
                x=extent,
                y=[value, value],
                mode="lines+text",
                line={"color": colours.quiet, "width": 1.2, "dash": "dot"},
                text=[text, ""] if at_start else ["", text],
                textposition="top right" if at_start else "top left",
                textfont={"color": colours.quiet, "size": 13},
                hovertemplate=f"{name}: %{{y:.4f}}<extra></extra>",
                showlegend=False,
                name=name,
            ),
            row=1,
            col=column,
        )
