"""The chart of an ablation: where the label holds and elsewhere, with intervals, over random sets."""

import pytest

from dashboard.charts.ablation import dose_chart, effect_chart
from dashboard.charts.theme import LIGHT
from songrnn.inspection.ablation import Effect
from songrnn.inspection.dose import Dose
from songrnn.inspection.units import Unit
from songrnn.statistics import Interval


def effect(count: int, *, labelled: bool = True) -> Effect:
    def change(at: float) -> Interval:
        return Interval(at, at - 0.1, at + 0.2, 20)

    return Effect(
        units=tuple(Unit("hidden", 0, n) for n in range(count)),
        label="barline",
        overall=change(0.2 * count),
        where=change(count) if labelled else None,
        elsewhere=change(0.1 * count) if labelled else None,
        value="resample",
        specific=change(0.9 * count) if labelled else None,
        place_overall=90.0,
        place_where=97.0 if labelled else None,
        place_specific=97.0 if labelled else None,
        random_overall=(0.01, 0.02),
        random_where=(0.05, 0.06) if labelled else (),
        random_specific=(0.02, 0.03) if labelled else (),
        p=0.01,
        influence=1.0,
        matched_influence=1.0,
        others={},
        tunes=20,
        placed=20,
        characters=100,
    )


def test_where_the_label_holds_and_elsewhere_are_lines_with_intervals() -> None:
    random, where, elsewhere = effect_chart([effect(1), effect(4)], colours=LIGHT).data
    assert list(where.y) == [1, 4]
    assert list(where.error_y.array) == pytest.approx([0.2, 0.2])
    assert list(where.error_y.arrayminus) == pytest.approx([0.1, 0.1])
    assert list(elsewhere.y) == pytest.approx([0.1, 0.4])
    assert list(random.y) == [0.05, 0.06, 0.05, 0.06]


def test_without_a_label_all_characters_are_shown() -> None:
    random, overall = effect_chart([effect(2, labelled=False)], colours=LIGHT).data
    assert list(overall.y) == pytest.approx([0.4])
    assert list(random.y) == [0.01, 0.02]


def dose(quantile: float, *values: float, labelled: bool = True) -> Dose:
    change = Interval(quantile, quantile - 0.1, quantile + 0.1, 20)
    where = change if labelled else None
    return Dose(quantile, values, change, where, where, tunes=20, characters=100)


def test_a_dose_curve_runs_over_the_values_of_its_one_neuron() -> None:
    where, elsewhere = dose_chart([dose(0.1, -0.5), dose(0.9, 0.75)], colours=LIGHT).data
    assert list(where.x) == list(elsewhere.x) == [-0.5, 0.75]
    assert list(where.y) == [0.1, 0.9]
    assert list(where.error_y.array) == pytest.approx([0.1, 0.1])


def test_a_dose_curve_of_several_neurons_runs_over_their_quantiles() -> None:
    curve = [dose(0.1, -0.5, 0.1, labelled=False), dose(0.9, 0.75, 0.2, labelled=False)]
    (overall,) = dose_chart(curve, colours=LIGHT).data
    assert list(overall.x) == pytest.approx([10, 90])
