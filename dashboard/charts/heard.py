"""A figure as a small table in HTML: what a screen reader reads in place of the picture."""

import html
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.numbers import as_written, figure_numbers

# Up to so many rows the numbers stand there as they are; of more, what a line does.
FEW = 24
# Of a chart with very many lines; the file of numbers has all.
_MOST = 60


def heard_table(figure: go.Figure, title: str) -> str:
    """The table, its caption the chart in words.

    >>> figure = go.Figure(go.Scatter(name="loss", x=[1, 2, 3], y=[3.0, 2.0, 2.5]))
    >>> heard_table(figure, "A loss").count("<tr>")
    4
    """
    size = sum(_size(trace) for trace in figure.data)
    table = figure_numbers(figure) if size <= FEW else _courses(figure)
    names = {"x": _title(figure.layout.xaxis, "x"), "y": _title(figure.layout.yaxis, "y")}
    head = "".join(f'<th scope="col">{_words(names.get(str(each), each))}</th>' for each in table)
    rows = "".join(
        "<tr>" + "".join(f"<td>{_words(value)}</td>" for value in row) + "</tr>"
        for row in table.head(_MOST).itertuples(index=False)
    )
    left_out = len(table) - _MOST
    note = f" {left_out} more lines are in the file of numbers." if left_out > 0 else ""
    return (
        f'<div class="heard-only"><table><caption>{_words(title)}{note}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _size(trace: Any) -> int:
    """How many rows of numbers a trace has, at least."""
    if trace.type == "heatmap":
        return int(np.size(trace.z)) if trace.z is not None else 0
    if trace.type == "parcoords":
        return max((len(axis.values) for axis in trace.dimensions), default=0)
    return len(trace.x) if trace.x is not None else 0


def _courses(figure: go.Figure) -> pd.DataFrame:
    """A row a line: how many points it has, where it begins and ends, its least and its greatest."""
    return pd.DataFrame(list(_course_rows(figure)))


def _course_rows(figure: go.Figure) -> Iterable[dict[str, Any]]:
    for trace in figure.data:
        if trace.type == "scatter" and trace.fill == "toself":
            continue  # the band around a line
        values = trace.z if trace.type == "heatmap" else trace.y
        if trace.type in ("histogram", "parcoords") or values is None:
            yield {"line": as_written(trace.name) or trace.type, "points": _size(trace)}
            continue
        numbers = _numbers(values)
        if not len(numbers):
            continue
        course = {"line": as_written(trace.name) or "", "points": len(numbers)}
        if trace.type != "heatmap":
            course |= {"first": numbers[0], "last": numbers[-1]}
        yield course | {"least": numbers.min(), "greatest": numbers.max()}


def _numbers(values: Any) -> np.ndarray:
    """Those of the values that are numbers; none where they are words."""
    try:
        numbers = np.ravel(np.asarray(values, dtype=np.float64))
    except (TypeError, ValueError):
        return np.empty(0)
    return numbers[np.isfinite(numbers)]


def _title(axis: Any, otherwise: str) -> str:
    words: str | None = as_written(axis.title.text if axis and axis.title else None)
    return words or otherwise


def _words(value: Any) -> str:
    if isinstance(value, float | np.floating):
        value = "" if np.isnan(value) else f"{value:.4g}"
    return html.escape(str(value))
