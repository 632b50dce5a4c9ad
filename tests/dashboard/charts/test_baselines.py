"""Baselines: which are drawn, under which names, and which the picture does not reach."""

import plotly.graph_objects as go

from dashboard.charts.baselines import add_baselines, baseline_lines, near, outside
from dashboard.charts.theme import LIGHT


def test_the_compressor_and_the_best_n_gram_of_validation_are_shown() -> None:
    measured = {
        "validation": {"ppmd_12": 1.98, "ngram_4": 2.3, "ngram_5": 2.2, "ngram_6": 2.25},
        "test": {"ppmd_12": 1.0},
    }
    assert baseline_lines(measured) == {"PPMd order 12": 1.98, "5-gram": 2.2}


def test_nothing_measured_is_no_line() -> None:
    assert baseline_lines(None) == {}
    assert baseline_lines({}) == {}
    assert baseline_lines({"validation": {}}) == {}


def test_a_baseline_far_from_all_losses_is_not_near() -> None:
    assert near({"a": 2.0, "b": 9.0, "c": 0.1}, [1.9, 2.1]) == {"a": 2.0}
    assert near({"a": 2.0}, []) == {"a": 2.0}


def test_lines_are_dotted_and_say_name_and_value() -> None:
    figure = go.Figure().set_subplots(1, 1)
    add_baselines(figure, {"PPMd": 1.98}, LIGHT, (0.0, 5.0))
    (line,) = figure.data
    assert (line.name, line.line.dash, tuple(line.y)) == ("PPMd", "dot", (1.98, 1.98))
    assert line.text[1] == "PPMd 1.98"


def test_those_the_picture_does_not_reach_are_named() -> None:
    figure = go.Figure().set_subplots(1, 1)
    add_baselines(figure, {"low": 1.0, "high": 3.0}, LIGHT, (0.0, 5.0))
    figure.update_yaxes(range=[0.5, 2.0])
    assert outside(figure, {"low": 1.0, "high": 3.0, "undrawn": 1.5}) == ["high", "undrawn"]
    figure.update_yaxes(range=[-1, 0.2])
    assert outside(figure, {"low": 1.0, "high": 3.0}, log=True) == ["high"]
