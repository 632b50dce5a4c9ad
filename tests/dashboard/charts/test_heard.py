"""What a screen reader reads in place of a chart."""

import re

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.heard import FEW, heard_table


def cells(table: str) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", table)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]


def test_few_numbers_are_all_read_under_the_names_of_the_axes() -> None:
    figure = go.Figure(go.Bar(x=["LSTM", "RNN"], y=[1.79, 2.12]))
    figure.update_layout(xaxis_title="cell", yaxis_title="loss, bits")
    table = heard_table(figure, "Losses & cells")
    assert "<caption>Losses &amp; cells</caption>" in table
    assert cells(table) == [["cell", "loss, bits"], ["LSTM", "1.79"], ["RNN", "2.12"]]


def test_of_long_lines_the_course_is_read_and_bands_are_left_out() -> None:
    x = np.arange(FEW + 1)
    band = go.Scatter(x=[0, 1, 1, 0], y=[0, 0, 1, 1], fill="toself")
    figure = go.Figure([band, go.Scatter(name="a", x=x, y=(x - 3.0) ** 2)])
    header, line = cells(heard_table(figure, "A curve"))
    course = dict(zip(header, line, strict=True))
    assert course == {"line": "a", "points": "25", "first": "9", "last": "441", "least": "0", "greatest": "441"}  # fmt: skip


def test_a_grid_is_read_by_its_range() -> None:
    figure = go.Figure(go.Heatmap(z=np.arange(100.0).reshape(10, 10), name="scores"))
    assert cells(heard_table(figure, "A grid"))[1] == ["scores", "100", "0", "99"]


def test_nothing_written_by_others_becomes_a_tag() -> None:
    figure = go.Figure(go.Bar(name="&lt;img src=x&gt;<br>b", x=[1], y=["<i"]))
    assert "<img" not in heard_table(figure, "<script>")
    assert "&lt;img src=x&gt; b" in heard_table(figure, "<script>")
