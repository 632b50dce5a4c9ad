"""Counts and lengths of a corpus as figures."""

from dashboard.charts.theme import LIGHT
from dashboard.charts.tunes import counts, lengths


def test_the_most_frequent_value_is_on_top() -> None:
    (bars,) = counts({"6/8": 3, "4/4": 10, "9/8": 1}, colours=LIGHT).data
    assert list(bars.y) == ["9/8", "6/8", "4/4"]
    assert list(bars.x) == [1, 3, 10]


def test_what_is_rare_is_gathered_and_nothing_is_lost() -> None:
    values = {f"K{i}": i + 1 for i in range(20)}
    (bars,) = counts(values, colours=LIGHT, most=5).data
    assert bars.y[0] == "15 others"
    assert sum(bars.x) == sum(values.values())


def test_shares_are_of_all_values() -> None:
    (bars,) = counts({"a": 1, "b": 3}, colours=LIGHT).data
    assert list(bars.customdata) == [25.0, 75.0]


def test_every_tune_is_in_one_bar_of_the_histogram() -> None:
    data = [1, 49, 50, 51, 299, 300, 301]
    (bars,) = lengths(data, colours=LIGHT).data
    assert sum(bars.y) == len(data)
    assert bars.y[0] == 2  # 0-49
    assert bars.y[1] == 2  # 50-99


def test_the_median_is_marked() -> None:
    figure = lengths([100, 200, 600], colours=LIGHT)
    assert figure.layout.shapes[0].x0 == 200
    assert figure.layout.annotations[0].text == "median 200"


def test_an_empty_corpus_draws_an_empty_figure() -> None:
    assert sum(lengths([], colours=LIGHT).data[0].y) == 0
    assert len(counts({}, colours=LIGHT).data[0].y) == 0
