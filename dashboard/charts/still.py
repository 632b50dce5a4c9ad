"""Simple figures as the page's own HTML: a browser shows them at once, where drawing by plotly takes
it tenths of a second a chart, and loading plotly itself as much as all else of a first page.

Lines without axes, letters on coloured cells, bars. What plotly tells where one points is there as a
title. The same figures are the ones that are saved.
"""

import html
import math
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.theme import mix

# Percent above and below lines, so that one at the edge keeps its width.
_EDGE = 3
_FIELD = re.compile(r"%\{(\w+)(?::([^}]*))?\}")
_TAG = re.compile(r"<extra>.*?</extra>|<(?!br>)[^>]*>")
# The widest letter of a monospaced face, as a share of its size.
_LETTER = 0.64


def still(figure: go.Figure, alt: str) -> str:
    """The figure. alt: the same in words.

    Lines without axes, a heat map with letters and no axes but for the names of rows, or panels of
    bars from 0 up, under each other; of anything else a ValueError.
    """
    kinds = sorted({trace.type for trace in figure.data}) or ["scatter"]
    draw = {("scatter",): _lines, ("heatmap",): _cells, ("bar",): _bars}.get(tuple(kinds))
    if draw is None:
        raise ValueError(f"no still picture of {', '.join(kinds)}")
    return f'<div class="still" role="img" aria-label="{_words(alt)}">{draw(figure)}</div>'


def _lines(figure: go.Figure) -> str:
    """The traces as lines, the first at the bottom; along them what is told of each point."""
    shown = [trace for trace in figure.data if len(trace.x)]
    if not shown:
        return ""
    x_of, y_of = _onto([trace.x for trace in shown]), _onto([trace.y for trace in shown])
    drawn: list[str] = []
    told: list[str] = []
    for trace in shown:
        there = np.isfinite(np.asarray(trace.y, np.float64))
        x, y = np.asarray(trace.x)[there], np.asarray(trace.y)[there]
        points = list(
            zip(
                x_of(x).tolist(),
                (_EDGE + (1 - 2 * _EDGE / 100) * (100 - y_of(y))).tolist(),
                strict=True,
            )
        )
        drawn.append(
            f'<polyline points="{" ".join(f"{a:.2f},{b:.2f}" for a, b in points)}" '
            f'stroke="{trace.line.color}" stroke-width="{trace.line.width or 2}" '
            'vector-effect="non-scaling-stroke" stroke-linejoin="round"/>'
        )
        said = [_said(trace.hovertemplate, {"x": a, "y": b}) for a, b in zip(x, y, strict=True)]
        told.extend(_told_at(points, said))
    margin = figure.layout.margin
    height = figure.layout.height - (margin.t or 0) - (margin.b or 0)
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" preserveAspectRatio="none" '
        f'fill="none">{"".join(drawn)}</svg>'
    )
    return (
        f'<div class="lines" style="height:{height}px;margin:{margin.t or 0}px 0 {margin.b or 0}px">'
        f'<img alt="" src="data:image/svg+xml,{quote(svg)}">{"".join(told)}</div>'
    )


def _told_at(points: Sequence[tuple[float, float]], said: Sequence[str]) -> Iterable[str]:
    """Around each point of a line a place that tells of it, as wide as to its neighbours."""
    wide = 100 / max(len(points) - 1, 1)
    for (x, y), words in zip(points, said, strict=True):
        yield (
            f'<i style="left:{x - wide / 2:.1f}%;width:{wide:.1f}%;top:calc({y:.1f}% - 5px)" '
            f'title="{words}"></i>'
        )


def _onto(values: Sequence[Any]) -> Callable[[Any], np.ndarray]:
    """From the values of all traces to percent of the room there is."""
    known = np.concatenate([np.asarray(each, np.float64) for each in values])
    known = known[np.isfinite(known)]
    least, most = (known.min(), known.max()) if len(known) else (0.0, 1.0)
    size = (most - least) or 1.0

    def percent(each: Any) -> np.ndarray:
        return (np.asarray(each, np.float64) - least) / size * 100

    return percent


def _cells(figure: go.Figure) -> str:
    """Rows of letters, each on the colour of its value; names of rows before them, framed columns."""
    (trace,) = figure.data
    values, letters = np.asarray(trace.z, np.float64), np.asarray(trace.text, dtype=object)
    more = None if trace.customdata is None else np.asarray(trace.customdata)
    names = list(figure.layout.yaxis.ticktext or ())
    framed = _framed(figure, values.shape[1])
    rows = []
    for row, (numbers, words) in enumerate(zip(values, letters, strict=True)):
        cells = [f"<span>{_words(names[row])}</span>"] if names else []
        for column, (value, letter) in enumerate(zip(numbers, words, strict=True)):
            if not np.isfinite(value):
                cells.append("<i></i>")
                continue
            about = {"z": value, "text": letter}
            if more is not None:
                about["customdata"] = more[row, column]
            mark = ' class="framed"' if column in framed else ""
            cells.append(
                f'<b{mark} style="background:{colour_at(trace, value)}" '
                f'title="{_said(trace.hovertemplate, about)}">{_words(letter)}</b>'
            )
        rows.append("".join(cells))
    return _grid(figure, trace, values.shape, rows, named=bool(names))


def _grid(
    figure: go.Figure, trace: Any, shape: tuple[int, ...], rows: Sequence[str], *, named: bool
) -> str:
    """The rows under each other, as high as the figure; in little room the letters are smaller."""
    count, columns = shape
    size, margin = trace.textfont.size, figure.layout.margin
    before = "max-content " if named else ""
    inner = figure.layout.height - (margin.t or 0) - (margin.b or 0)
    across = (columns + (12 if named else 0)) * _LETTER
    style = (
        f"grid-template-columns:{before}repeat({columns},minmax(0,1fr));"
        f"grid-auto-rows:{inner / max(count, 1) - (trace.ygap or 0):.1f}px;"
        f"gap:{trace.ygap or 0}px {trace.xgap or 0}px;"
        f"padding:{margin.t or 0}px {margin.r or 0}px {margin.b or 0}px {margin.l or 0}px;"
        f"font-size:min({size}px,{100 / across:.2f}cqw);color:{trace.textfont.color}"
    )
    return f'<div class="cells" style="{style}">{"".join(rows)}</div>'


def _framed(figure: go.Figure, columns: int) -> set[int]:
    """The columns that a rectangle lies around."""
    (trace,) = figure.data
    places = range(columns) if trace.x is None else trace.x
    return {
        column
        for column, place in enumerate(places)
        if any(each.type == "rect" and each.x0 < place < each.x1 for each in figure.layout.shapes)
    }


def colour_at(trace: Any, value: float) -> str:
    """The colour of a value on a heat map's scale.

    >>> scale = [(0, "#000000"), (1, "#FFFFFF")]
    >>> colour_at(go.Heatmap(zmin=-1, zmax=1, colorscale=scale), 0.0)
    '#808080'
    """
    share = min(max((value - trace.zmin) / (trace.zmax - trace.zmin), 0.0), 1.0)
    stops = list(trace.colorscale)
    for (low, first), (high, last) in pairwise(stops):
        if share <= high:
            return mix(first, last, (share - low) / ((high - low) or 1.0))
    colour: str = stops[-1][1]
    return colour


def _bars(figure: go.Figure) -> str:
    """A panel for each trace: its title, bars over what is told of them, the marks of its axes; the
    marks of the horizontal axis stand under the last."""
    titles = [each.text for each in figure.layout.annotations]
    panels = []
    for place, trace in enumerate(figure.data):
        across = figure.layout[(trace.xaxis or "x").replace("x", "xaxis")]
        upward = figure.layout[(trace.yaxis or "y").replace("y", "yaxis")]
        title = f"<p>{_words(titles[place])}</p>" if place < len(titles) else ""
        panels.append(f"{title}<div>{_panel(trace, across, upward)}</div>")
    low, high = across.range
    marks = "".join(
        f'<span style="left:{100 * (at - low) / (high - low):.2f}%">{_number(at, "g")}</span>'
        for at in _marks(low, high, 5)
    )
    name = f"<p>{_words(across.title.text)}</p>" if across.title.text else ""
    height = figure.layout.height
    return (
        f'<div class="bars" style="height:{height}px">{"".join(panels)}<u>{marks}</u>{name}</div>'
    )


def _panel(trace: Any, across: Any, upward: Any) -> str:
    """Bars, and lines behind them with what they stand for."""
    low, high = across.range
    heights = np.nan_to_num(np.asarray(trace.y, np.float64))
    top = float(heights.max(initial=0.0)) * 1.05 or 1.0
    lines = "".join(
        f'<s style="bottom:{100 * at / top:.2f}%">{_number(at, upward.tickformat or "g")}</s>'
        for at in _marks(0, top, upward.nticks or 4)
    )
    wide = 100 * float(trace.width) / (high - low)
    bars = "".join(
        f'<i style="left:{100 * (x - low) / (high - low) - wide / 2:.2f}%;width:{wide:.2f}%" '
        f'title="{_said(trace.hovertemplate, {"x": x, "y": y})}">'
        f'<b style="height:{100 * y / top:.2f}%;background:{trace.marker.color}"></b></i>'
        for x, y in zip(np.asarray(trace.x, np.float64), heights, strict=True)
    )
    return lines + bars


def _marks(low: float, high: float, most: int) -> list[float]:
    """Round numbers from one end to the other, `most` at the most.

    >>> _marks(-1.03, 1.03, 5), _marks(0, 0.23, 3)
    ([-1.0, -0.5, 0.0, 0.5, 1.0], [0.0, 0.2])
    """
    size = 10.0 ** math.floor(math.log10(high - low)) / 10
    for step in (size * factor for factor in (1, 2, 5, 10, 20, 50, 100)):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first < most:
            return [round(number * step, 12) for number in range(first, last + 1)]
    return [low]


def _number(value: float, form: str) -> str:
    return format(value, form).replace("-", "−")


def _said(told: str | None, about: dict[str, Any]) -> str:
    """What a template says of a point."""

    def value(found: re.Match[str]) -> str:
        known, digits = about[found[1]], found[2]
        return _number(round(float(known), 12) + 0.0, digits) if digits else str(known)

    form = _TAG.sub("", told or "").replace("<br>", "\n")
    return _words(_FIELD.sub(value, form))


def _words(text: Any) -> str:
    """Text for a page, whether or not it was escaped for plotly before."""
    return html.escape(html.unescape(str(text)))
