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

    Grids have a row a cell with its value, parallel coordinates a row a line. Columns without any
    value are left out.
    """
    rows: list[dict[str, Any]] = []
    for trace in figure.data:
        rows += _ROWS.get(trace.type, _points)(trace)
    return pd.DataFrame(rows).dropna(axis="columns", how="all")


def with_titles(figure: go.Figure, table: pd.DataFrame) -> pd.DataFrame:
    """The numbers of a figure with its axes' titles for x and y, lines first and intervals last.

    A figure of several pairs of axes keeps x and y: their titles differ.
    """
    if "low" in table and "y" in table:
        table = table.sort_values("y", key=lambda y: y.isna(), kind="stable")
    axes = [axis for axis in figure.layout if str(axis).startswith(("xaxis", "yaxis"))]
    if len(axes) > 2:
        return table
    names = {}
    for axis in ("x", "y"):
        title = as_written(getattr(figure.layout, f"{axis}axis").title.text)
        if title and title not in table:
            names[axis] = title
    return table.rename(columns=names)


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
    if trace.type == "scatter" and trace.fill == "toself":
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
