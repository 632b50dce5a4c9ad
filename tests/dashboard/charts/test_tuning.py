"""What the tuning charts draw: every seed, a band only where there is one, baselines by name."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.charts.baselines import outside
from dashboard.charts.run_curves import RunCurve
from dashboard.charts.theme import LIGHT
from dashboard.charts.tuning import hidden_runs, tuning_curves

EPOCHS = np.arange(1.0, 6.0)


def curve(
    cell: str, seed: int, level: float, split: str = "validation", units: int = 150
) -> RunCurve:
    settings = {"cell": cell, "hidden_size": units, "seed": seed}
    return RunCurve(f"{cell}-{units}-seed-{seed}", settings, EPOCHS, level - EPOCHS / 10, split)


def draw(curves: list[RunCurve], **options: object):
    return tuning_curves(curves, LIGHT, x_title="epoch", y_title="bits", **options)


def bands(figure) -> list[str]:
    return [trace.name for trace in figure.data if trace.fill == "toself"]


def test_two_seeds_get_no_band_and_no_mean() -> None:
    figure = draw([curve("lstm", seed, 2.0) for seed in range(2)])
    assert bands(figure) == []
    assert len(figure.data) == 2


def test_three_seeds_get_thin_lines_a_mean_and_a_band() -> None:
    figure = draw([curve("lstm", seed, 2.0 + seed) for seed in range(3)])
    assert bands(figure) == ["95 % interval, LSTM"]
    assert [round(trace.line.width, 1) for trace in figure.data] == [0, 0.8, 0.8, 0.8, 2.4]


def test_a_run_still_training_is_drawn_but_enters_no_mean() -> None:
    seeds = [curve("lstm", seed, 2.0) for seed in range(3)]
    young = RunCurve("young", seeds[0].settings, EPOCHS[:2], np.array([9.0, 8.0]), complete=False)
    drawn = {trace.name: trace for trace in draw([*seeds, young]).data}
    assert list(drawn["young"].y) == [9.0, 8.0]
    assert list(drawn["LSTM"].x) == list(EPOCHS)
    assert drawn["LSTM"].y == pytest.approx(2.0 - EPOCHS / 10)


def test_only_seeds_are_averaged_unless_asked() -> None:
    curves = [curve("lstm", seed, 2.0, units=units) for seed in range(3) for units in (50, 150)]
    assert len(bands(draw(curves))) == 2
    assert bands(draw(curves, group=["cell"])) == ["95 % interval, LSTM"]


def test_colour_is_the_cells_own_and_training_is_dashed() -> None:
    figure = draw([curve("lstm", 0, 2.0), curve("rnn", 0, 2.1), curve("rnn", 0, 2.0, "train")])
    assert [trace.line.color for trace in figure.data] == ["#0072B2", "#D55E00", "#D55E00"]
    assert [trace.line.dash for trace in figure.data] == ["solid", "solid", "dash"]
    assert sum(bool(trace.showlegend) for trace in figure.data) == 2


def test_without_a_colour_each_group_gets_a_shade_of_its_cells_hue() -> None:
    small, large = curve("lstm", 0, 2.0, units=50), curve("lstm", 0, 1.9, units=250)
    tints = [trace.line.color for trace in draw([small, large, curve("rnn", 0, 2.1)]).data]
    assert len(set(tints)) == 3
    assert tints[:2] == [LIGHT.cells["lstm"][0], LIGHT.cells["lstm"][1]]


def test_values_of_a_setting_get_colours_along_a_scale_and_words_their_own() -> None:
    small, large = curve("lstm", 0, 2.0, units=50), curve("lstm", 0, 1.9, units=250)
    units = draw([small, large], colour="hidden_size").data
    assert [trace.line.color for trace in units] == [LIGHT.steps[0], LIGHT.steps[-1]]
    recipes = [
        replace(small, settings={**small.settings, "recipe": name, "dropout": dropout})
        for name, dropout in (("whole", 0.4), ("bare", 0.0))
    ]
    figure = draw(recipes, colour="recipe")
    assert [trace.line.color for trace in figure.data] == list(LIGHT.kinds[:2])
    assert [trace.name for trace in figure.data] == ["whole", "bare"]


def test_the_picture_reaches_to_a_baseline_below_the_curves_not_to_one_above() -> None:
    baselines = {"PPMd": 1.6, "5-gram": 2.6}
    figure = draw([curve("lstm", seed, 2.0) for seed in range(3)], baselines=baselines)
    assert outside(figure, baselines) == ["5-gram"]


def test_one_panel_for_each_value_of_the_facet() -> None:
    figure = draw([curve("lstm", 0, 2.0), curve("rnn", 0, 2.1)], facet="cell")
    assert [trace.xaxis for trace in figure.data] == ["x", "x2"]
    assert [note.text for note in figure.layout.annotations] == ["LSTM", "RNN"]


def test_smoothing_is_named_in_the_chart_and_leaves_a_flat_line_flat() -> None:
    flat = RunCurve("a", {"cell": "lstm", "seed": 0}, EPOCHS, np.full(5, 2.0))
    figure = draw([flat], smoothing=0.6)
    assert "0.6" in figure.layout.annotations[0].text
    assert figure.data[0].y == pytest.approx(flat.y)


def test_baselines_are_dotted_named_lines_also_on_a_log_axis() -> None:
    figure = draw([curve("lstm", 0, 2.0)], baselines={"PPMd order 12": 1.98}, log_y=True)
    line = figure.data[-1]
    assert (line.name, line.line.dash, tuple(line.y)) == ("PPMd order 12", "dot", (1.98, 1.98))
    assert line.text[0] == "PPMd order 12 1.98"


def test_nothing_to_draw_is_an_empty_chart_not_an_error() -> None:
    assert len(draw([]).data) == 0


def test_the_steep_beginning_is_left_outside_unless_wanted() -> None:
    fall = RunCurve(
        "a", {"cell": "lstm", "seed": 0}, np.arange(6.0), np.array([9, 3, 2.2, 2.1, 2.0, 2])
    )
    low, high = draw([fall], focus=True).layout.yaxis.range
    assert low < 2.0
    assert 3 < high < 4
    assert draw([fall], focus=False).layout.yaxis.range is None


def test_a_long_run_is_drawn_with_few_points_and_keeps_its_spikes() -> None:
    y = np.sin(np.arange(100_000.0))
    y[54_321] = 50.0
    drawn = draw([RunCurve("a", {"cell": "lstm", "seed": 0}, np.arange(100_000.0), y)]).data[0]
    assert len(drawn.x) <= 2000
    assert max(drawn.y) == 50.0


def test_in_wall_time_a_mean_ends_at_the_mean_time_of_the_ends() -> None:
    seeds = [curve("lstm", seed, 2.0) for seed in range(3)]
    timed = [
        replace(each, x=EPOCHS * pace) for each, pace in zip(seeds, (10.0, 20.0, 60.0), strict=True)
    ]
    drawn = {trace.name: trace for trace in draw(timed).data}
    assert list(drawn["LSTM"].x) == pytest.approx(EPOCHS * 30)
    assert drawn["LSTM"].y == pytest.approx(2.0 - EPOCHS / 10)


def test_a_band_on_a_log_axis_stays_above_zero() -> None:
    losses = np.array([1.0, 1.0, 6.0])
    seeds = [curve("lstm", n, 0.0) for n in range(3)]
    wild = [replace(s, y=np.full(5, loss)) for s, loss in zip(seeds, losses, strict=True)]
    band = next(trace for trace in draw(wild, log_y=True).data if trace.fill == "toself")
    assert min(band.y) == pytest.approx(losses.mean() / 2)


def test_runs_that_differ_in_several_settings_are_called_by_their_names() -> None:
    curves = [curve("lstm", 0, 2.0), curve("rnn", 0, 2.1, units=50)]
    assert {t.name for t in draw(curves).data} >= {"lstm-150", "rnn-50"}


def test_a_run_beside_the_picture_is_named() -> None:
    curves = [curve("lstm", 0, 2.0), curve("rnn", 0, 2.0)]
    figure = draw(curves)
    figure.update_yaxes(range=[1.4, 2.0])
    far = curve("gru", 0, 9.0)
    assert hidden_runs(figure, [*curves, far]) == [far.run]


def test_measures_stand_below_the_losses_over_the_same_x_in_the_same_colours() -> None:
    runs = [curve(cell, seed, 2.0) for cell in ("lstm", "gru") for seed in range(3)]
    rates = [replace(run, y=run.y / 1000, split="train") for run in runs]
    figure = draw(runs, measures={"learning rate": rates}, log_y=True)
    assert figure.layout.yaxis2.title.text == "learning rate"
    assert figure.layout.yaxis.type == "log"
    assert figure.layout.yaxis2.type != "log"
    assert figure.layout.yaxis2.range is None
    assert figure.layout.xaxis.matches == "x2"
    first, second = (
        {trace.name: trace for trace in figure.data if trace.yaxis == axis} for axis in ("y", "y2")
    )
    assert first.keys() == second.keys()
    assert all(first[name].line.color == second[name].line.color for name in first)
    assert not any(trace.showlegend for trace in second.values())
    assert second["LSTM"].line.dash == "solid"
    assert second["LSTM"].y == pytest.approx((2.0 - EPOCHS / 10) / 1000)


def test_a_run_without_a_measure_changes_no_other() -> None:
    runs = [curve("lstm", 0, 2.0), curve("gru", 0, 2.1)]
    nothing = replace(runs[1], x=EPOCHS[:0], y=EPOCHS[:0], split="train")
    figure = draw(runs, measures={"accuracy": [replace(runs[0], y=EPOCHS / 10), nothing]})
    assert [trace.name for trace in figure.data if trace.yaxis == "y2"] == ["LSTM"]


def test_a_band_has_no_dots_however_few_its_points() -> None:
    figure = draw([curve("lstm", seed, 2.0 + seed) for seed in range(3)])
    assert {trace.mode for trace in figure.data} == {"lines"}


def test_a_long_run_beside_short_ones_leaves_them_in_the_picture() -> None:
    short = curve("lstm", 0, 2.0)
    long = replace(curve("gru", 0, 1.4), x=EPOCHS * 20, y=1.4 - EPOCHS / 100)
    figure = draw([short, long])
    assert hidden_runs(figure, [short, long]) == []


def test_runs_that_differ_in_much_are_called_by_their_names_in_the_legend() -> None:
    other = curve("gru", 0, 2.0)
    other = replace(other, settings={**other.settings, "layers": 2, "hidden_size": 448})
    first = curve("lstm", 0, 2.0)
    first = replace(first, settings={**first.settings, "layers": 1})
    assert [trace.name for trace in draw([first, other], colour="cell").data] == [
        "lstm-150",
        "gru-150",
    ]
