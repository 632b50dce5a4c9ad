"""Loss curves that compare runs over seeds.

Every seed is drawn. A mean gets its 95 % interval from three runs on; with fewer there is no
band, because it would only look like knowledge.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dashboard.charts.baselines import add_baselines, near
from dashboard.charts.run_curves import Band, RunCurve, average, smoothed, thin, values
from dashboard.charts.setting_colours import setting_colours
from dashboard.charts.theme import Palette, inert, run_colours, template
from songrnn.tuning.contrasts import FEWEST_SEEDS
from songrnn.tuning.sentences import label
from songrnn.tuning.study import RECIPE, Value

_SEED = re.compile(r"-seed-\d+$")


@dataclass(frozen=True)
class Grouping:
    """Which curves make one line, and what tells the lines apart.

    colour, facet: the setting that decides a group's colour and its panel; without a colour each
    group gets a shade of its cell's hue. group: the settings whose values make a group; by
    default all but the seed, so that only seeds are averaged.
    """

    curves: Sequence[RunCurve]
    colour: str | None = None
    facet: str | None = None
    group: Sequence[str] | None = None

    def panels(self) -> list[Value | None]:
        """The values of the facet, one a panel; a single None without a facet."""
        return [*values(self.curves, self.facet)] if self.facet else [None]

    def members(self) -> Iterator[tuple[str, list[RunCurve], bool]]:
        """(name, curves, whether the legend shows it) of each group and split.

        The legend names a group once, by its validation line where it has one.
        """
        found: dict[tuple[tuple[Value, ...], str], list[RunCurve]] = {}
        for curve in self.curves:
            if len(curve.x):
                names = self.group
                if names is None:
                    names = sorted(curve.settings.keys() - {"seed"})
                key = tuple(curve.settings[name] for name in names)
                found.setdefault((key, curve.split), []).append(curve)
        named: set[str] = set()
        for (key, split), curves in found.items():
            name = self.name(curves[0])
            explained = split == "validation" or (key, "validation") not in found
            yield name, curves, explained and name not in named
            if explained:
                named.add(name)

    def name(self, curve: RunCurve) -> str:
        """What tells a curve's group from the others: its settings that differ among the curves."""
        group = self.group
        if RECIPE in curve.settings and (group is None or RECIPE in group):
            return inert(label(RECIPE, curve.settings[RECIPE]))
        names = [name for name in curve.settings if name != "seed"] if group is None else group
        differing = [n for n in names if n != self.facet and len(values(self.curves, n)) > 1]
        if group is None and len(differing) > (1 if self.colour is None else 2):
            return _SEED.sub("", curve.run)  # shorter than a list of settings, and known
        return ", ".join(inert(label(name, curve.settings[name])) for name in differing or ["cell"])

    def tints(self, colours: Palette) -> Mapping[Value, str]:
        """Value of the colour setting, or name of a group -> colour."""
        if self.colour is not None:
            return setting_colours(colours, self.colour, self.curves)
        named = {self.name(curve): str(curve.settings["cell"]) for curve in self.curves}
        tints: dict[Value, str] = {}
        tints.update(run_colours(colours, list(named.items())).items())
        return tints


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
    log_y: bool = False,
    focus: bool = True,
    smoothing: float = 0.0,
    measures: Mapping[str, Sequence[RunCurve]] | None = None,
    height: int = 440,
) -> go.Figure:
    """Thin lines for runs; for each group a mean and, from three runs on, its 95 % interval.

    colour, facet, group: see `Grouping`. baselines: name -> value of a dotted line. focus: leave
    the steep beginning outside the picture, where no difference can be seen. smoothing: share
    kept of the running mean at each point, 0 for none; it changes what is drawn, and the chart
    says so. measures: title -> curves of the same runs, each in a row of its own under the losses,
    over the same x: enlarging one enlarges all.
    """
    grouping, others = Grouping(curves, colour, facet, group), measures or {}
    panels, tints = grouping.panels(), grouping.tints(colours)
    titles = [inert(label(facet, value)) for value in panels if facet and value is not None]
    figure = _panels(titles, len(panels), len(others))
    _draw_row(figure, 1, grouping, tints, smoothing=smoothing, log=log_y)
    for row, drawn in enumerate(others.values(), start=2):
        _draw_row(figure, row, replace(grouping, curves=drawn), tints, smoothing=smoothing)
    ends = [float(x) for curve in curves if len(curve.x) for x in (curve.x[0], curve.x[-1])]
    extent = (min(ends, default=0.0), max(ends, default=1.0))
    for column in range(1, len(panels) + 1):
        last = column == len(panels)
        add_baselines(
            figure, baselines or {}, colours, extent, column=column, labelled=last, at_start=True
        )
    _lay_out(figure, colours, height, len(others), titled=bool(titles), smoothing=smoothing)
    figure.update_xaxes(title_text=x_title, row=1 + len(others))
    figure.update_yaxes(type="log" if log_y else "linear", row=1)
    if focus and (span := _focus(curves, baselines or {})):
        figure.update_yaxes(range=[float(np.log10(end)) for end in span] if log_y else span, row=1)
    for row, title in enumerate((y_title, *others), start=1):
        figure.update_yaxes(title_text=title, row=row, col=1)
    return figure


# Pixels that a measure below the losses adds to the chart.
_ROW_HEIGHT = 190


def _panels(titles: Sequence[str], columns: int, measures: int) -> go.Figure:
    """An empty figure: the losses above, a row for each measure below, their x axes in step."""
    return make_subplots(
        rows=1 + measures,
        cols=columns,
        shared_yaxes=True,
        shared_xaxes="columns",
        horizontal_spacing=0.03,
        vertical_spacing=0.06 if measures else 0.0,
        row_heights=[0.46, *[0.54 / measures] * measures] if measures else None,
        subplot_titles=titles or None,
    )


def _draw_row(
    figure: go.Figure,
    row: int,
    grouping: Grouping,
    tints: Mapping[Value, str],
    *,
    smoothing: float,
    log: bool = False,
) -> None:
    """The curves of one row; the legend names those of the first."""
    panels = grouping.panels()
    for name, members, shown in grouping.members():
        settings = members[0].settings
        tint = tints[settings[grouping.colour] if grouping.colour else name]
        drawn = [replace(curve, y=smoothed(curve.y, smoothing)) for curve in members]
        column = panels.index(settings[grouping.facet]) + 1 if grouping.facet else 1
        dashed = row == 1 and members[0].split == "train"
        for trace in _traces(drawn, name, tint, shown=shown and row == 1, log=log, dashed=dashed):
            figure.add_trace(trace, row=row, col=column)


def hidden_runs(figure: go.Figure, curves: Sequence[RunCurve], *, log: bool = False) -> list[str]:
    """Runs of which the picture shows nothing at first, because all their losses lie beside it."""
    span = figure.layout.yaxis.range or (-np.inf, np.inf)
    low, high = (10.0**end if log else end for end in span)
    seen = {c.run for c in curves if len(c.y) and ((c.y >= low) & (c.y <= high)).any()}
    return [run for run in dict.fromkeys(c.run for c in curves if len(c.y)) if run not in seen]


def _lay_out(
    figure: go.Figure,
    colours: Palette,
    height: int,
    measures: int,
    *,
    titled: bool,
    smoothing: float,
) -> None:
    whole = height + measures * _ROW_HEIGHT
    figure.update_layout(
        template=template(colours),
        height=whole,
        margin={"l": 8, "r": 8, "t": 40 if titled else 16, "b": 8},
        hovermode="closest",
        uirevision="tuning",
        legend={"orientation": "h", "yanchor": "top", "y": -0.18 * height / whole, "x": 0},
    )
    if smoothing:
        figure.add_annotation(
            text=f"smoothed ({smoothing:g}), for the eye only",
            font={"color": colours.quiet, "size": 13},
            showarrow=False,
            **{"xref": "paper", "yref": "paper", "x": 1, "y": 1, "xanchor": "right"},
        )


def _focus(
    curves: Sequence[RunCurve], baselines: Mapping[str, float]
) -> tuple[float, float] | None:
    """The range of y from a fifth of each finished run's way on, with the baselines near it."""
    drawn = [curve for curve in curves if len(curve.x)]
    first = min((float(curve.x[0]) for curve in drawn), default=0.0)
    last = max((float(curve.x[-1]) for curve in drawn), default=0.0)
    ends = [float(curve.x[-1]) if curve.complete else last for curve in drawn]
    late = [
        curve.y[curve.x >= first + 0.2 * (end - first)]
        for curve, end in zip(drawn, ends, strict=True)
    ]
    if last == first or not any(map(len, late)):
        return None
    everything = np.concatenate(late)
    low, high = float(everything.min()), float(everything.max())
    low = min([low, *(value for value in near(baselines, [low, high]).values() if value < high)])
    pad = 0.05 * (high - low) or 0.05
    return low - pad, high + pad


def _traces(
    members: Sequence[RunCurve],
    name: str,
    tint: str,
    *,
    shown: bool,
    log: bool = False,
    dashed: bool = False,
) -> Iterator[go.Scatter]:
    """The band, the runs and the mean of one group; shown: whether the legend names it."""
    split = members[0].split
    dash = "dash" if dashed else "solid"
    several = len(members) > 1
    complete = [curve for curve in members if curve.complete]
    band = average(complete) if len(complete) >= FEWEST_SEEDS else None
    if band is not None and band.low is not None and band.high is not None:
        if log:  # an end at or below 0 has no place there, and the band would fill the picture
            band = replace(band, low=np.maximum(band.low, band.mean / 2))
        yield _interval(band, name, tint)
    for index, curve in enumerate(members):
        x, y = thin(curve.x, curve.y)
        yield go.Scatter(
            x=x,
            y=y,
            mode="lines" if len(x) > 1 else "markers",
            line={"color": tint, "width": 0.8 if several else 2.2, "dash": dash},
            opacity=0.45 if band is not None else 1.0,
            legendgroup=name,
            showlegend=shown and band is None and index == 0,
            name=name if band is None else curve.run,
            hovertemplate=f"{curve.run}, {split}: %{{y:.4f}} at %{{x:.4g}}<extra></extra>",
        )
    if band is not None:
        x, y = thin(band.x, band.mean)
        yield go.Scatter(
            x=x,
            y=y,
            mode="lines",
            line={"color": tint, "width": 2.4, "dash": dash},
            legendgroup=name,
            showlegend=shown,
            name=name,
            hovertemplate=(
                f"{name}, mean of {band.n}, {split}: %{{y:.4f}} at %{{x:.4g}}<extra></extra>"
            ),
        )


def _interval(band: Band, name: str, tint: str) -> go.Scatter:
    assert band.low is not None
    assert band.high is not None
    red, green, blue = (int(tint[i : i + 2], 16) for i in (1, 3, 5))
    return go.Scatter(
        x=np.concatenate([band.x, band.x[::-1]]),
        y=np.concatenate([band.high, band.low[::-1]]),
        mode="lines",  # few points would be drawn as dots
        fill="toself",
        fillcolor=f"rgba({red},{green},{blue},0.18)",
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
        legendgroup=name,
        name=f"95 % interval, {name}",
    )
