"""The charts of counting: the response with its interval, the spectrum."""

from dashboard.charts.counting import response_chart, spectrum_chart
from dashboard.charts.theme import LIGHT
from songrnn.inspection.counting import Step
from songrnn.statistics import Interval

STEPS = [Step(n, Interval(n / 10, n / 10 - 0.2, n / 10 + 0.3, 7), 0.1, 50 - n) for n in range(3)]


def test_the_mean_lies_in_its_band() -> None:
    band, mean = response_chart(STEPS, colours=LIGHT).data
    assert list(mean.x) == [0, 1, 2]
    assert list(mean.y) == [0.0, 0.1, 0.2]
    assert list(band.x) == [0, 1, 2, 2, 1, 0]
    assert list(band.y) == [0.3, 0.4, 0.5, 0.0, -0.1, -0.2]
    assert [tuple(each) for each in mean.customdata] == [(50, 7), (49, 7), (48, 7)]


def test_the_spectrum_has_a_rule_at_once_a_bar() -> None:
    figure = spectrum_chart((0.5, 1.0, 1.5), (0.01, 0.2, 0.02), colours=LIGHT)
    assert list(figure.data[0].y) == [0.01, 0.2, 0.02]
    (rule,) = figure.layout.shapes
    assert rule.x0 == rule.x1 == 1
