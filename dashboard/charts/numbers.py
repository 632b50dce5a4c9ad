"""The numbers behind a figure, as a table: for a spreadsheet, and for who cannot see the picture."""

import html
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

_TAG = re.compile(r"</?[a-z][^<>]*>")


def figure_numbers(figure: go.Figure) -> pd.DataFrame:
    """A row a point: the line it is of, x, y, and low and high of its interval where it has one.

    Grids have a row a cell with its value, parallel coordinates a row a line, straight lines across
    the figure a row if they have a name. Columns without any value are left out.
    """
    parts = [(trace, list(_ROWS.get(trace.type, _points)(trace))) for trace in figure.data]
    rows = [row for place in range(len(parts)) for row in _with_line(parts, place)]
    rows += [
        {"line": shape.name, "y": shape.y0}
        for shape in figure.layout.shapes
        if shape.name and shape.type == "line" and shape.y0 == shape.y1
    ]
    return pd.DataFrame(rows).dropna(axis="columns", how="all")


def with_titles(figure: go.Figure, table: pd.DataFrame) -> pd.DataFrame:
    """The numbers of a figure with its axes' titles for x and y, lines first and intervals last.

    A figure of several pairs of axes keeps x and y: their titles differ. Of bars that lie, x is what
    stands at the side.
    """
    if "low" in table and "y" in table:
        table = table.sort_values("y", key=lambda y: y.isna(), kind="stable")
    axes = [axis for axis in figure.layout if str(axis).startswith(("xaxis", "yaxis"))]
    if len(axes) > 2:
        return table
    titles = [
        as_written(getattr(figure.layout, f"{axis}axis").title.text) or axis for axis in ("x", "y")
    ]
    if any(trace.type == "bar" and trace.orientation == "h" for trace in figure.data):
        titles.reverse()
        titles = [
            other if title in "xy" else title for title, other in zip(titles, "xy", strict=True)
        ]
    names = dict(zip("xy", titles, strict=True))
    kept = [column for column in table if column not in names]
    if len({*titles, *kept}) < len(titles) + len(kept):
        return table
    return table.rename(columns=names)


def _with_line(
    parts: Sequence[tuple[Any, list[dict[str, Any]]]], place: int
) -> list[dict[str, Any]]:
    """The rows of a trace, with the ends of the band that was drawn around it; none of such a band."""
    trace, rows = parts[place]
    if _is_band(trace):
        return [] if _line_of(parts, place) is not None else rows
    found = rows
    for other, (_, ends) in enumerate(parts):
        if _is_band(parts[other][0]) and _line_of(parts, other) == place:
            by_x = {end["x"]: {"low": end["low"], "high": end["high"]} for end in ends}
            found = [{**row, **by_x.get(row["x"], {})} for row in found]
    return found


def _line_of(parts: Sequence[tuple[Any, list[dict[str, Any]]]], band: int) -> int | None:
    """The place of the line that a band is around: the next one, else the one before, that has all of
    its x, and its name or that of its group, if it has either."""
    trace, ends = parts[band]
    wanted, named = {end["x"] for end in ends}, trace.legendgroup or trace.name
    for place in [*range(band + 1, len(parts)), *range(band - 1, -1, -1)]:
        other, rows = parts[place]
        if other.type != "scatter" or _is_band(other) or (named and other.name != named):
            continue
        if wanted and wanted <= {row["x"] for row in rows}:
            return place
    return None


def _is_band(trace: Any) -> bool:
    return bool(trace.type == "scatter" and trace.fill == "toself")


def _listed(values: Any) -> list[Any]:
    return [] if values is None else [as_written(value) for value in np.asarray(values).tolist()]


def as_written(value: Any) -> Any:
    """A value, words as people wrote them: what a chart says is HTML, of the few tags that plotly
    knows; those of others are escaped.

    >>> as_written("a<br>b &amp; &lt;i&gt;")
    'a b & <i>'
    """
    return html.unescape(_TAG.sub(" ", value)) if isinstance(value, str) else value


def _named(trace: Any) -> dict[str, Any]:
    return {"line": as_written(trace.name)} if trace.name else {}


def _points(trace: Any) -> Iterable[dict[str, Any]]:
    if _is_band(trace):
        return _band(trace)
    x, y = _listed(trace.x), _listed(trace.y)
    if trace.type == "bar" and trace.orientation == "h":
        x, y = y, x
    reach = (
        _listed(trace.error_y.array) if trace.error_y and trace.error_y.array is not None else []
    )
    below = (
        _listed(trace.error_y.arrayminus)
        if reach and trace.error_y.arrayminus is not None
        else reach
    )
    return [
        {
            **_named(trace),
            "x": a,
            "y": b,
            **({"low": b - below[place], "high": b + reach[place]} if reach else {}),
        }
        for place, (a, b) in enumerate(zip(x, y, strict=False))
    ]


def _band(trace: Any) -> Iterable[dict[str, Any]]:
    """An interval's outline: there along one end, back along the other."""
    x, y = _listed(trace.x), _listed(trace.y)
    half = len(x) // 2
    pairs = zip(x[:half], y[:half], reversed(y[half:]), strict=False)
    return [{**_named(trace), "x": at, "low": min(a, b), "high": max(a, b)} for at, a, b in pairs]


def _grid(trace: Any) -> Iterable[dict[str, Any]]:
    values = _listed(trace.z)
    x = _listed(trace.x) or list(range(len(values[0]) if values else 0))
    y = _listed(trace.y) or list(range(len(values)))
    return [
        {**_named(trace), "x": x[column], "y": y[row], "value": value}
        for row, line in enumerate(values)
        for column, value in enumerate(line)
    ]


def _lines(trace: Any) -> Iterable[dict[str, Any]]:
    columns = {axis.label: _words(axis) for axis in trace.dimensions}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _words(axis: Any) -> Sequence[Any]:
    """An axis's values, as it names them where it does."""
    values = _listed(axis.values)
    if axis.ticktext is None:
        return values
    named = dict(zip(_listed(axis.tickvals), _listed(axis.ticktext), strict=True))
    return [named.get(value, value) for value in values]


def _counted(trace: Any) -> Iterable[dict[str, Any]]:
    return [{**_named(trace), "x": value} for value in _listed(trace.x)]


_ROWS = {"heatmap": _grid, "parcoords": _lines, "histogram": _counted}
