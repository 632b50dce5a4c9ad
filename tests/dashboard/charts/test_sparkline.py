"""A sparkline holds the validation values, one line a run in the colour of its cell."""

import numpy as np

from dashboard.charts.run_curves import RunCurve
from dashboard.charts.sparkline import sparkline
from dashboard.charts.theme import LIGHT


def test_each_run_is_a_line_from_its_first_epoch_on() -> None:
    lines = [
        RunCurve(cell, {"cell": cell}, np.arange(4.0), np.array([9.0, 2.0, 1.5, 1.4]))
        for cell in ("lstm", "rnn")
    ]
    figure = sparkline(lines, colours=LIGHT)
    assert [list(trace.y) for trace in figure.data] == [[2.0, 1.5, 1.4]] * 2
    assert [trace.line.color for trace in figure.data] == ["#0072B2", "#D55E00"]


def test_a_run_with_one_value_shows_it() -> None:
    figure = sparkline(
        [RunCurve("a", {"cell": "gru"}, np.zeros(1), np.full(1, 6.5))], colours=LIGHT
    )
    assert list(figure.data[0].y) == [6.5]
