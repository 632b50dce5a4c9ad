"""Where trainings led: the best loss of each run by the value of the setting that was varied."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dashboard.charts.baselines import add_baselines, near
from dashboard.charts.setting_colours import value_tints
from dashboard.charts.theme import Palette, template
from songrnn.tuning.answers import Answer
from songrnn.tuning.contrasts import FEWEST_SEEDS, Group
from songrnn.tuning.sentences import label


def final_values(
    answer: Answer,
    setting: str,
    colours: Palette,
    *,
    baselines: Mapping[str, float] | None = None,
    y_title: str = "best validation loss, bits per character",
    nats: bool = False,
    height: int = 440,
) -> go.Figure:
    """Best loss by the value of the varied setting: seeds as dots joined by seed, and next to
    them the mean, with its 95 % interval from three seeds on.

    baselines, in bits: those far from all losses are left out, they would squeeze the rest.
    nats: show nats instead of bits.
    """
    figure = make_subplots(rows=1, cols=1)
    groups = answer.groups
    factor, unit = (float(np.log(2)), "nats") if nats else (1.0, "bits")
    for seed in sorted({seed for group in groups for seed in group.seeds}):
        figure.add_trace(_seed(answer, setting, colours, seed, factor, unit))
    for place, group in enumerate(groups):
        figure.add_trace(_mean(group, setting, colours, place, factor, unit))
    edges = (-0.5, len(groups) - 0.2)
    shown = near(baselines or {}, [bits for group in groups for bits in group.bits])
    add_baselines(figure, {name: bits * factor for name, bits in shown.items()}, colours, edges)
    figure.update_layout(template=template(colours), height=height, hovermode="closest")
    figure.update_xaxes(
        tickvals=list(range(len(groups))),
        ticktext=[label(setting, group.value) for group in groups],
        range=edges,
    )
    figure.update_yaxes(title_text=y_title)
    return figure


def _seed(
    answer: Answer, setting: str, colours: Palette, seed: int, factor: float, unit: str
) -> go.Scatter:
    """The losses of one seed at all values, joined."""
    tints = value_tints(colours, setting, [group.value for group in answer.groups])
    own = [(place, group) for place, group in enumerate(answer.groups) if seed in group.seeds]
    return go.Scatter(
        x=[place for place, _ in own],
        y=[group.bits[group.seeds.index(seed)] * factor for _, group in own],
        mode="lines+markers",
        line={"color": colours.faint, "width": 1},
        marker={"color": [tints[place] for place, _ in own], "size": 7},
        customdata=[label(setting, group.value) for _, group in own],
        hovertemplate=f"%{{customdata}}, seed {seed}: %{{y:.4f}} {unit}<extra></extra>",
        showlegend=False,
        name=f"seed {seed}",
    )


def _mean(
    group: Group, setting: str, colours: Palette, place: int, factor: float, unit: str
) -> go.Scatter:
    """The mean of the seeds of one value, to the right of them."""
    sure = group.mean.n >= FEWEST_SEEDS
    mean = group.mean.estimate * factor
    reach = group.mean.half_width * factor if sure else 0.0
    interval = f" ± {reach:.4f}" if sure else ""
    words = label(setting, group.value)
    return go.Scatter(
        x=[place + 0.16],
        y=[mean],
        error_y={"array": [reach], "thickness": 2, "width": 0} if sure else None,
        mode="markers+text",
        marker={"symbol": "diamond", "size": 10, "color": colours.ink},
        text=[f"{mean:.3f}"],
        textposition="middle right",
        textfont={"size": 14},
        hovertemplate=(
            f"{words}: mean {mean:.4f}{interval} {unit} of {group.mean.n} seeds<extra></extra>"
        ),
        showlegend=False,
        name=f"mean, {words}",
    )
