"""Charts that compare runs over seeds: curves with bands, and final losses by setting.

Every seed is drawn. A mean gets its 95 % interval from three runs on; with fewer there is no
band, because it would only look like knowledge.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from dashboard.charts.curves import MOST_POINTS, thin
from dashboard.charts.theme import Palette, run_colours, shades, template, value_colours
from songrnn.statistics import student_t_quantile
from songrnn.tuning.answers import FEWEST_SEEDS, Answer, label
from songrnn.tuning.study import RECIPE, Value


@dataclass(frozen=True)
class RunCurve:
    """One run's curve. settings: its settings by name, `cell` and `seed` among them.

    x, y: (n,), x rising. split: `validation` (drawn solid) or `train` (dashed). complete: whether
    the run came to its end; one that did not is drawn, but enters no mean.
    """

    run: str
    settings: Mapping[str, Value]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    split: str = "validation"
    complete: bool = True


@dataclass(frozen=True)
class Band:
    """Mean of n curves over x (K,), with its 95 % interval; low is None below three curves."""

    x: NDArray[np.float64]
    mean: NDArray[np.float64]
    low: NDArray[np.float64] | None
    high: NDArray[np.float64] | None
    n: int


def tuning_curves(
    curves: Sequence[RunCurve],
    colours: Palette,
    *,
    x_title: str,
    y_title: str,
    colour: str | None = None,
    facet: str | None = None,
    group: Sequence[str] | None = None,
    baselines: Mapping[str, float] | None = None,
    log_x: bool = False,
    log_y: bool = False,
    focus: bool = True,
    smoothing: float = 0.0,
    height: int = 440,
) -> go.Figure:
    """Thin lines for runs; for each group a mean and, from three runs on, its 95 % interval.

    colour, facet: the setting that decides a group's colour and its panel; without a colour each
    group gets a shade of its cell's hue. group: the settings
    whose values make a group; by default all but the seed, so that only seeds are averaged.
    baselines: name -> value of a dotted line. focus: leave the steep beginning outside the
    picture, where no difference can be seen. smoothing: share kept of the running mean at each
    point, 0 for none; it changes what is drawn, and the chart says so.
    """
    panels: list[Value | None] = [*_values(curves, facet)] if facet else [None]
    figure = make_subplots(
        rows=1,
        cols=len(panels),
        shared_yaxes=True,
        horizontal_spacing=0.03,
        subplot_titles=[label(facet, value) for value in panels if facet and value is not None]
        or None,
    )
    tints = _tints(colours, colour, curves, group, facet)
    groups = _grouped(curves, group)
    explained = {
        key: "validation" if (key, "validation") in groups else "train" for key, _ in groups
    }
    named: set[str] = set()
    for (key, split), members in groups.items():
        first = members[0]
        name = _group_name(curves, first, group, facet)
        tint = tints[first.settings[colour] if colour else name]
        column = panels.index(first.settings[facet]) + 1 if facet else 1
        drawn = [replace(curve, y=_smoothed(curve.y, smoothing)) for curve in members]
        show = split == explained[key] and name not in named
        traces = _group_traces(drawn, name, tint, split, show=show)
        named |= {name} if show else set()
        for trace in traces:
            figure.add_trace(trace, row=1, col=column)
    ends = [float(x) for curve in curves if len(curve.x) for x in (curve.x[0], curve.x[-1])]
    extent = (min(ends, default=0.0), max(ends, default=1.0))
    for column in range(1, len(panels) + 1):
        last = column == len(panels)
        _add_baselines(
            figure, baselines or {}, colours, column, extent, labelled=last, at_start=True
        )
    figure.update_layout(
        template=template(colours),
        height=height,
        margin={"l": 8, "r": 8, "t": 40 if facet else 16, "b": 8},
        hovermode="closest",
        uirevision="tuning",
        legend={"orientation": "h", "yanchor": "top", "y": -0.18, "x": 0},
    )
    figure.update_xaxes(title_text=x_title, type="log" if log_x else "linear")
    figure.update_yaxes(type="log" if log_y else "linear")
    if focus and (span := _focus(curves, baselines or {})):
        figure.update_yaxes(range=[float(np.log10(end)) for end in span] if log_y else span)
    if smoothing:
        figure.add_annotation(
            text=f"smoothed ({smoothing:g}), for the eye only",
            font={"color": colours.quiet, "size": 13},
            showarrow=False,
            **{"xref": "paper", "yref": "paper", "x": 1, "y": 1, "xanchor": "right"},
        )
    figure.update_yaxes(title_text=y_title, col=1)
    return figure


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
    """Best loss by the value of the varied setting: seeds as dots joined by seed, the mean
    beside them, with its 95 % interval from three seeds on.

    baselines, in bits: those far from all losses are left out, they would squeeze the rest. nats:
    show nats instead of bits.
    """
    figure = make_subplots(rows=1, cols=1)
    groups = answer.groups
    factor, unit = (float(np.log(2)), "nats") if nats else (1.0, "bits")
    tints = _value_tints(colours, setting, [group.value for group in groups])
    places = {group.value: place for place, group in enumerate(groups)}
    for seed in sorted({seed for group in groups for seed in group.seeds}):
        own = [group for group in groups if seed in group.seeds]
        losses = [group.bits[group.seeds.index(seed)] * factor for group in own]
        figure.add_trace(
            go.Scatter(
                x=[places[group.value] for group in own],
                y=losses,
                mode="lines+markers",
                line={"color": colours.faint, "width": 1},
                marker={"color": [tints[places[group.value]] for group in own], "size": 7},
                customdata=[label(setting, group.value) for group in own],
                hovertemplate=f"%{{customdata}}, seed {seed}: %{{y:.4f}} {unit}<extra></extra>",
                showlegend=False,
                name=f"seed {seed}",
            )
        )
    for group in groups:
        sure = group.mean.n >= FEWEST_SEEDS
        mean = group.mean.estimate * factor
        reach = group.mean.half_width * factor if sure else 0.0
        interval = f" ± {reach:.4f}" if sure else ""
        figure.add_trace(
            go.Scatter(
                x=[places[group.value] + 0.16],
                y=[mean],
                error_y={"array": [reach], "thickness": 2, "width": 0} if sure else None,
                mode="markers+text",
                marker={"symbol": "diamond", "size": 10, "color": colours.ink},
                text=[f"{mean:.3f}"],
                textposition="middle right",
                textfont={"size": 14},
                hovertemplate=(
                    f"{label(setting, group.value)}: mean {mean:.4f}{interval} {unit} "
                    f"of {group.mean.n} seeds<extra></extra>"
                ),
                showlegend=False,
                name=f"mean, {label(setting, group.value)}",
            )
        )
    edges = (-0.5, len(places) - 0.2)
    near = _near(baselines or {}, [bits for group in groups for bits in group.bits])
    shown = {name: bits * factor for name, bits in near.items()}
    _add_baselines(figure, shown, colours, 1, edges, labelled=True)
    figure.update_layout(template=template(colours), height=height, hovermode="closest")
    figure.update_xaxes(
        tickvals=list(places.values()),
        ticktext=[label(setting, value) for value in places],
        range=edges,
    )
    figure.update_yaxes(title_text=y_title)
    return figure


def outside(figure: go.Figure, baselines: Mapping[str, float], *, log: bool = False) -> list[str]:
    """The names of baselines that the figure does not show at first."""
    drawn = {trace.name for trace in figure.data}
    span = figure.layout.yaxis.range or (-np.inf, np.inf)
    low, high = (10.0**end if log else end for end in span)
    return [name for name, at in baselines.items() if name not in drawn or not low <= at <= high]


def thinned(curves: Sequence[RunCurve]) -> str | None:
    """`showing n of N points` when a curve has more than are drawn; None when all are."""
    total = sum(len(curve.x) for curve in curves)
    drawn = sum(min(len(curve.x), MOST_POINTS) for curve in curves)
    if drawn == total:
        return None
    return f"showing {drawn:,} of {total:,} points, lowest and highest of each bucket kept"


def average(curves: Sequence[RunCurve]) -> Band:
    """Mean of curves over the range they share, with Student's t interval from three on.

    Where their x differ (wall time), each is interpolated linearly at the first one's places.
    """
    low = max(float(curve.x[0]) for curve in curves)
    high = min(float(curve.x[-1]) for curve in curves)
    grid = curves[0].x[(curves[0].x >= low) & (curves[0].x <= high)]
    rows = np.stack([np.interp(grid, curve.x, curve.y) for curve in curves])  # (n, K)
    n, mean = len(rows), rows.mean(axis=0)
    if n < FEWEST_SEEDS:
        return Band(grid, mean, None, None, n)
    reach = student_t_quantile(0.975, n - 1) * rows.std(axis=0, ddof=1) / np.sqrt(n)
    return Band(grid, mean, mean - reach, mean + reach, n)


def _tints(
    colours: Palette,
    colour: str | None,
    curves: Sequence[RunCurve],
    group: Sequence[str] | None,
    facet: str | None,
) -> Mapping[Value, str]:
    if colour is not None:
        return setting_colours(colours, colour, curves)
    named = {_group_name(curves, one, group, facet): str(one.settings["cell"]) for one in curves}
    tints: dict[Value, str] = {}
    tints.update(run_colours(colours, list(named.items())).items())
    return tints


def setting_colours(colours: Palette, setting: str, curves: Sequence[RunCurve]) -> dict[Value, str]:
    """A colour for each value of a setting: the cells' own, else the values' places."""
    values = _values(curves, setting)
    return dict(zip(values, _value_tints(colours, setting, values), strict=True))


def _value_tints(colours: Palette, setting: str, values: Sequence[Value]) -> list[str]:
    if setting == "cell":
        return [shades(colours, str(value), 1)[0] for value in values]
    return value_colours(colours, values)


def _near(baselines: Mapping[str, float], values: Sequence[float]) -> dict[str, float]:
    """The baselines no further from the values than half their spread (at least 0.1)."""
    if not values:
        return dict(baselines)
    low, high = min(values), max(values)
    reach = max((high - low) / 2, 0.1)
    return {name: at for name, at in baselines.items() if low - reach < at < high + reach}


def _focus(
    curves: Sequence[RunCurve], baselines: Mapping[str, float]
) -> tuple[float, float] | None:
    """The range of y from a fifth of the way on, with the baselines near it."""
    drawn = [curve for curve in curves if len(curve.x)]
    first = min((float(curve.x[0]) for curve in drawn), default=0.0)
    last = max((float(curve.x[-1]) for curve in drawn), default=0.0)
    late = [curve.y[curve.x >= first + 0.2 * (last - first)] for curve in drawn]
    if last == first or not any(map(len, late)):
        return None
    everything = np.concatenate(late)
    low, high = float(everything.min()), float(everything.max())
    low = min([low, *(value for value in _near(baselines, [low, high]).values() if value < high)])
    pad = 0.05 * (high - low) or 0.05
    return low - pad, high + pad


def _values(curves: Sequence[RunCurve], setting: str) -> list[Value]:
    """A setting's values: numbers by size, words in the order in which the curves come."""
    values = dict.fromkeys(curve.settings[setting] for curve in curves)
    return sorted(values, key=lambda value: (1, 0.0) if isinstance(value, str) else (0, value))


def _grouped(
    curves: Sequence[RunCurve], group: Sequence[str] | None
) -> dict[tuple[tuple[Value, ...], str], list[RunCurve]]:
    found: dict[tuple[tuple[Value, ...], str], list[RunCurve]] = {}
    for curve in curves:
        if not len(curve.x):
            continue
        names = sorted(curve.settings.keys() - {"seed"}) if group is None else group
        key = tuple(curve.settings[name] for name in names)
        found.setdefault((key, curve.split), []).append(curve)
    return found


def _group_name(
    curves: Sequence[RunCurve], first: RunCurve, group: Sequence[str] | None, facet: str | None
) -> str:
    """What tells a group from the others: its settings that differ among the curves."""
    if RECIPE in first.settings and (group is None or RECIPE in group):
        return label(RECIPE, first.settings[RECIPE])
    names = [name for name in first.settings if name != "seed"] if group is None else list(group)
    differing = [name for name in names if name != facet and len(_values(curves, name)) > 1]
    if not differing:
        return label("cell", first.settings["cell"])
    return ", ".join(label(name, first.settings[name]) for name in differing)


def _group_traces(
    members: Sequence[RunCurve], name: str, tint: str, split: str, *, show: bool
) -> list[go.Scatter]:
    dash = "dash" if split == "train" else "solid"
    several = len(members) > 1
    traces = []
    complete = [curve for curve in members if curve.complete]
    band = average(complete) if len(complete) >= FEWEST_SEEDS else None
    if band is not None and band.low is not None and band.high is not None:
        traces.append(
            go.Scatter(
                x=np.concatenate([band.x, band.x[::-1]]),
                y=np.concatenate([band.high, band.low[::-1]]),
                fill="toself",
                fillcolor=_transparent(tint, 0.18),
                line={"width": 0},
                hoverinfo="skip",
                showlegend=False,
                legendgroup=name,
                name=f"95 % interval, {name}",
            )
        )
    for index, curve in enumerate(members):
        x, y = thin(curve.x, curve.y)
        traces.append(
            go.Scatter(
                x=x,
                y=y,
                mode="lines" if len(x) > 1 else "markers",
                line={"color": tint, "width": 0.8 if several else 2.2, "dash": dash},
                opacity=0.45 if band is not None else 1.0,
                legendgroup=name,
                showlegend=show and band is None and index == 0,
                name=name if band is None else curve.run,
                hovertemplate=f"{curve.run}, {split}: %{{y:.4f}} at %{{x:.4g}}<extra></extra>",
            )
        )
    if band is not None:
        x, y = thin(band.x, band.mean)
        traces.append(
            go.Scatter(
                x=x,
                y=y,
                mode="lines",
                line={"color": tint, "width": 2.4, "dash": dash},
                legendgroup=name,
                showlegend=show,
                name=name,
                hovertemplate=(
                    f"{name}, mean of {band.n}, {split}: %{{y:.4f}} at %{{x:.4g}}<extra></extra>"
                ),
            )
        )
    return traces


def _smoothed(y: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """Exponential running mean, corrected for its start (Kingma & Ba 2015, section 3)."""
    if not weight:
        return y
    smooth, kept = np.empty_like(y), 0.0
    for index, value in enumerate(y):
        kept = weight * kept + (1 - weight) * value
        smooth[index] = kept / (1 - weight ** (index + 1))
    return smooth


def _add_baselines(
    figure: go.Figure,
    baselines: Mapping[str, float],
    colours: Palette,
    column: int,
    extent: tuple[float, float],
    *,
    labelled: bool,
    at_start: bool = False,
) -> None:
    """Dotted lines over extent, their name and value at the line's end, or at its start where
    the curves leave more room there.

    They are traces, not shapes: an annotation would sit at another height on a log axis.
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


def _transparent(colour: str, share: float) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share})"
