"""Loss curves: training dashed, validation solid, baselines grey and dotted with their name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.theme import CELL_NAMES, Palette, run_colours, template

Unit = Literal["bits", "nats"]
Axis = Literal["epoch", "step", "seconds"]

UNIT_COLUMNS = {"bits": "bits_per_character", "nats": "loss"}
UNIT_NAMES = {"bits": "bits per character", "nats": "nats per character"}
AXIS_NAMES = {"epoch": "epoch", "step": "step", "seconds": "seconds of training"}
BASELINE_NAMES = {"ppmd_12": "PPMd order 12"}

# More points than a screen has columns cannot be seen; buckets keep their extremes.
MOST_POINTS = 2000

# The share of a training that the first view leaves out.
VIEW_FROM = 0.1


@dataclass(frozen=True)
class Curve:
    """One run's history: a frame with the columns of HistoryRow."""

    name: str
    cell: str
    history: pd.DataFrame

    def split(self, name: str, unit: Unit, axis: Axis) -> tuple[np.ndarray, np.ndarray]:
        """x and y of one split, (N,) each, rows without a value left out."""
        rows = self.history[self.history["split"] == name]
        x = rows[axis].to_numpy(dtype=np.float64)
        y = rows[UNIT_COLUMNS[unit]].to_numpy(dtype=np.float64)
        finite = np.isfinite(x) & np.isfinite(y)
        return x[finite], y[finite]


def thin(x: np.ndarray, y: np.ndarray, most: int = MOST_POINTS) -> tuple[np.ndarray, np.ndarray]:
    """At most `most` points of a line: each bucket keeps its lowest and its highest.

    Spikes stay, the first and last point too. x, y: (N,) in drawing order.
    """
    count = len(y)
    if count <= most:
        return x, y
    edges = np.linspace(0, count, (most - 2) // 2 + 1).astype(np.int64)
    kept = {0, count - 1}
    for start, end in pairwise(edges):
        part = y[start:end]
        kept.update((start + int(part.argmin()), start + int(part.argmax())))
    order = np.array(sorted(kept))
    return x[order], y[order]


def loss_curves(
    curves: Sequence[Curve],
    *,
    colours: Palette,
    unit: Unit = "bits",
    axis: Axis = "epoch",
    log: bool = False,
    training: bool = True,
    baselines: Mapping[str, float] | None = None,
    height: int = 460,
) -> go.Figure:
    """Loss over training, one colour a run.

    baselines: name -> bits per character; drawn in the unit shown. The first view leaves out
    the first tenth of a training (a double click shows it): what is compared happens later, and
    the loss of an untrained network would flatten it.
    """
    figure = go.Figure()
    shade = run_colours(colours, [(curve.name, curve.cell) for curve in curves])
    lows: list[float] = []
    tops: list[float] = []
    for curve in curves:
        for split, dash, width in (("train", "dash", 1.2), ("validation", "solid", 2.4)):
            if split == "train" and not training:
                continue
            x, y = curve.split(split, unit, axis)
            if not len(y):
                continue
            epochs = curve.split(split, unit, "epoch")[0]
            learned = epochs >= max(1.0, VIEW_FROM * epochs[-1])
            compared = y[learned] if learned.any() else y
            lows.append(float(compared.min()))
            tops.append(float(compared[0] if split == "train" else compared.max()))
            x, y = thin(x, y)
            figure.add_scatter(
                x=x,
                y=y,
                name=curve.name,
                legendgroup=curve.name,
                showlegend=split == "validation",
                mode="lines+markers" if len(y) == 1 else "lines",
                line={"color": shade[curve.name], "dash": dash, "width": width},
                opacity=0.65 if split == "train" else 1.0,
                hovertemplate=(
                    f"<b>{curve.name}</b> · {CELL_NAMES.get(curve.cell, curve.cell)} · "
                    f"{'training' if split == 'train' else 'validation'}<br>"
                    f"{AXIS_NAMES[axis]} %{{x:,.4~g}}<br>%{{y:.4f}} {UNIT_NAMES[unit]}"
                    "<extra></extra>"
                ),
            )
    factor = 1.0 if unit == "bits" else float(np.log(2))
    for name, bits in (baselines or {}).items():
        value = bits * factor
        lows.append(value)
        tops.append(value)
        figure.add_hline(
            y=value,
            line={"color": colours.quiet, "dash": "dot", "width": 1.5},
            annotation={
                "text": f"{BASELINE_NAMES.get(name, name)} {value:.3f}",
                "font": {"color": colours.quiet, "size": 13},
                "bgcolor": colours.paper,
            },
            annotation_position="top right",
        )
    figure.update_layout(
        template=template(colours),
        height=height,
        hovermode="closest",
        uirevision="loss",
        legend={"y": -0.16, "yanchor": "top", "x": 0, "xanchor": "left"},
        xaxis={"title": {"text": AXIS_NAMES[axis]}, "rangemode": "tozero"},
        yaxis={
            "title": {"text": UNIT_NAMES[unit]},
            "type": "log" if log else "linear",
            "tickformat": ".2f",
        },
    )
    if lows:
        low, top = min(lows), max(tops)
        margin = max(top - low, 0.02) * 0.06
        view = (max(low - margin, low * 0.5), top + margin)
        figure.update_yaxes(
            range=[float(np.log10(edge)) for edge in view] if log else list(view),
            **({"dtick": "D1"} if log and view[1] / view[0] > 10 else {"nticks": 8}),
        )
    return figure


def sparkline(curves: Sequence[Curve], *, colours: Palette, height: int = 90) -> go.Figure:
    """Validation loss from the first epoch on, without axes: the shape, for a card."""
    figure = go.Figure()
    shade = run_colours(colours, [(curve.name, curve.cell) for curve in curves])
    for curve in curves:
        x, y = curve.split("validation", "bits", "epoch")
        shown = x >= 1 if (x >= 1).sum() > 1 else x >= 0
        figure.add_scatter(
            x=x[shown],
            y=y[shown],
            mode="lines",
            line={"color": shade[curve.name], "width": 2},
            hovertemplate=f"{curve.name}<br>epoch %{{x:g}}: %{{y:.3f}} bits<extra></extra>",
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
