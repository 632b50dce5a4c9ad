"""The numbers of a figure are those it was drawn from."""

from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard.charts.numbers import figure_numbers, with_titles
from dashboard.charts.parallel import parallel
from dashboard.charts.run_curves import RunCurve
from dashboard.charts.temperature import temperature_curve
from dashboard.charts.theme import LIGHT
from dashboard.charts.tunes import counts
from dashboard.charts.tuning import tuning_curves
from songrnn.quality.temperature_file import TemperatureStudy

CHECKPOINTS = Path(__file__).resolve().parents[3] / "checkpoints"


def curve(run: str, losses: list[float]) -> RunCurve:
    x = np.arange(len(losses), dtype=float)
    return RunCurve(run, {"cell": "lstm", "seed": int(run[-1])}, x, np.array(losses))


def test_curves_and_their_interval_come_back() -> None:
    curves = [curve(f"run-{seed}", [2.0 + seed, 1.0 + seed]) for seed in range(3)]
    table = figure_numbers(tuning_curves(curves, LIGHT, x_title="epoch", y_title="loss"))
    own = table[table["line"] == "run-1"]
    assert own["x"].tolist() == [0.0, 1.0]
    assert own["y"].tolist() == [3.0, 2.0]
    band = table[table["low"].notna()]
    middle = table[(table["line"] == "LSTM") & table["y"].notna()]
    assert band["line"].tolist() == middle["line"].tolist() == ["LSTM", "LSTM"]  # one row each
    assert ((band["low"].to_numpy() + band["high"].to_numpy()) / 2) == pytest.approx(
        middle["y"].to_numpy()
    )


def test_an_estimate_and_its_interval_are_one_row_and_real_tunes_have_theirs() -> None:
    study = TemperatureStudy.read(CHECKPOINTS / "lstm-150")
    assert study is not None
    figure = temperature_curve(study.rows, "well_formed", colour="#000", colours=LIGHT)
    table = with_titles(figure, figure_numbers(figure))
    assert list(table) == ["line", "temperature", "y", "low", "high"]
    kept = {row.temperature: row.figures["well_formed"] for row in study.rows}
    for _, row in table[table["line"] == "well-formed songs"].iterrows():
        found = kept[row["temperature"]]
        assert (row["y"], row["low"], row["high"]) == (found.estimate, found.low, found.high)
    (real,) = table[table["line"] == "real tunes"]["y"]
    assert real == kept[None].estimate
    assert len(table) == len(study.rows)


def test_a_band_goes_to_the_line_of_its_name_and_stays_where_there_is_none() -> None:
    around = {"x": [0, 1, 1, 0], "y": [2, 3, 1, 0], "fill": "toself"}
    lines = [go.Scatter(x=[0, 1], y=[9, 9], name="b"), go.Scatter(x=[0, 1], y=[1, 2], name="a")]
    table = figure_numbers(go.Figure([*lines, go.Scatter(name="a", **around)]))
    assert table[table["line"] == "a"][["low", "high"]].to_numpy().tolist() == [[0, 2], [1, 3]]
    assert table[table["line"] == "b"]["low"].isna().all()
    alone = figure_numbers(go.Figure([lines[0], go.Scatter(name="c", **around)]))
    assert alone[alone["line"] == "c"]["high"].tolist() == [2, 3]


def test_bars_that_lie_have_the_titles_of_their_own_axes() -> None:
    figure = go.Figure(go.Bar(x=[5, 7], y=["C", "D"], orientation="h"))
    figure.update_layout(xaxis_title="tunes", yaxis_title="key")
    table = with_titles(figure, figure_numbers(figure))
    assert table.to_dict("list") == {"key": ["C", "D"], "tunes": [5, 7]}
    figure.update_layout(yaxis_title="tunes")
    assert list(with_titles(figure, figure_numbers(figure))) == ["x", "y"]


def test_a_grid_has_a_row_a_cell() -> None:
    figure = go.Figure(go.Heatmap(z=[[1, 2], [3, 4]], x=["a", "b"]))
    assert figure_numbers(figure).to_dict("list") == {
        "x": ["a", "b", "a", "b"], "y": [0, 0, 1, 1], "value": [1, 2, 3, 4],
    }  # fmt: skip


def test_bars_across_and_error_bars() -> None:
    across = go.Bar(x=[5, 7], y=["C", "D"], orientation="h")
    assert figure_numbers(go.Figure(across)).to_dict("list") == {"x": ["C", "D"], "y": [5, 7]}
    dots = go.Scatter(x=[1], y=[2.0], error_y={"array": [0.5], "arrayminus": [0.25]}, name="m")
    assert figure_numbers(go.Figure(dots)).to_dict("records") == [
        {"line": "m", "x": 1, "y": 2.0, "low": 1.75, "high": 2.5}
    ]


def test_settings_are_named_as_their_axis_names_them() -> None:
    runs = [({"cell": "lstm"}, 1.8), ({"cell": "gru"}, 1.9)]
    figure = parallel(runs, ["cell"], names={"cell": "cell"}, loss="bits", colours=LIGHT)
    assert figure_numbers(figure).to_dict("list") == {"cell": ["lstm", "gru"], "bits": [1.8, 1.9]}


def test_words_of_others_come_back_as_they_wrote_them() -> None:
    figure = counts({"march & reel": 2, "<i>jig</i>": 1}, colours=LIGHT)
    assert figure_numbers(figure)["x"].tolist() == ["<i>jig</i>", "march & reel"]


def test_a_file_of_numbers_names_its_columns_as_the_axes_and_has_lines_before_intervals() -> None:
    band = go.Scatter(name="95 %", x=[0, 1, 1, 0], y=[3, 2, 1, 2], fill="toself")
    figure = go.Figure([band, go.Scatter(name="LSTM", x=[0, 1], y=[2.5, 1.5])])
    figure.update_layout(xaxis_title="epoch", yaxis_title="loss, bits")
    table = with_titles(figure, figure_numbers(figure))
    assert table["line"].tolist() == ["LSTM", "LSTM", "95 %", "95 %"]
    assert table["loss, bits"].tolist()[:2] == [2.5, 1.5]
    assert {"line", "epoch", "loss, bits", "low", "high"} == set(table)


def test_numbers_of_several_axes_keep_their_letters() -> None:
    figure = go.Figure([go.Scatter(x=[0], y=[1]), go.Scatter(x=[0], y=[2], yaxis="y2")])
    figure.update_layout(xaxis_title="epoch", yaxis_title="loss", yaxis2={"title": "accuracy"})
    assert set(with_titles(figure, figure_numbers(figure))) == {"x", "y"}
