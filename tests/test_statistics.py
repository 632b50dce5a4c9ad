"""Statistics, against numbers worked by hand, printed tables and other ways to the same."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from scipy import stats
from scipy.spatial import distance

from songrnn.statistics import (
    benjamini_hochberg,
    bootstrap_interval,
    differences_from,
    jensen_shannon,
    mean_interval,
    paired_difference,
    share_interval,
    sign_flip_p,
    slopes,
    student_t_quantile,
)


def test_interval_of_three_values_worked_by_hand() -> None:
    # mean 2, standard deviation 1, t(0.975, 2) = 4.302653: 4.302653 / sqrt(3) = 2.484138
    interval = mean_interval([1.0, 2.0, 3.0])
    assert interval.estimate == 2.0
    assert interval.half_width == pytest.approx(2.484138, abs=1e-6)
    assert not interval.excludes_zero


def test_one_value_allows_no_interval() -> None:
    interval = mean_interval([1.7])
    assert interval.estimate == 1.7
    assert math.isnan(interval.low)
    assert not interval.excludes_zero


@pytest.mark.parametrize(
    ("probability", "degrees", "printed"),
    [
        (0.975, 1, 12.706),
        (0.975, 2, 4.303),
        (0.975, 5, 2.571),
        (0.995, 10, 3.169),
        (0.95, 30, 1.697),
    ],
)
def test_t_quantiles_are_those_of_the_printed_tables(
    probability: float, degrees: int, printed: float
) -> None:
    assert student_t_quantile(probability, degrees) == pytest.approx(printed, abs=5e-4)
    assert student_t_quantile(1 - probability, degrees) == pytest.approx(-printed, abs=5e-4)


@pytest.mark.parametrize("probability", [0.0, 1.0, math.nan])
def test_what_is_no_probability_has_no_quantile(probability: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        student_t_quantile(probability, 3)


def test_paired_difference_is_scipys_interval() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=6), rng.normal(size=6)
    expected = stats.ttest_rel(a, b).confidence_interval(0.95)
    interval = paired_difference(a, b)
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))


def test_differences_from_a_base_are_those_of_the_linear_model() -> None:
    rng = np.random.default_rng(2)
    table = rng.normal(0, 0.1, (4, 5)) + rng.normal(0, 1, 5)  # rows and blocks
    found = differences_from(table[0], table[1:])
    design = np.array(
        [
            [*(row == k for k in range(1, 4)), *(column == k for k in range(5))]
            for row in range(4)
            for column in range(5)
        ],
        dtype=float,
    )
    fit, residual, *_ = np.linalg.lstsq(design, table.ravel())
    covariance = residual[0] / (20 - 8) * np.linalg.inv(design.T @ design)
    reach = stats.t.ppf(1 - 0.05 / 6, 12) * np.sqrt(np.diag(covariance)[:3])
    assert [each.estimate for each in found] == pytest.approx(fit[:3])
    assert [each.half_width for each in found] == pytest.approx(reach)


def test_differences_from_a_base_hold_together_as_often_as_they_say() -> None:
    rng = np.random.default_rng(3)
    together = 0
    for _ in range(400):
        table = rng.normal(0, 1, (6, 3)) + rng.normal(0, 3, 3)
        found = differences_from(table[0], table[1:])
        together += all(each.low <= 0 <= each.high for each in found)
    # Bonferroni's is a bound, so at least 95 %; 0.93 is two standard errors below.
    assert together / 400 >= 0.93


def test_six_seeds_of_one_sign_have_the_least_possible_p() -> None:
    assert sign_flip_p([0.1, 0.2, 0.3, 0.1, 0.2, 0.4]) == 2 / 64


def test_sign_flip_p_worked_by_hand() -> None:
    # Sums of ±1 ±2 ±3 are ±6, ±4, ±2, 0, 0: of eight, four reach |1 − 2 − 3| = 4.
    assert sign_flip_p([1.0, -2.0, -3.0]) == 0.5
    assert sign_flip_p([0.0, 0.0]) == 1.0


def test_sign_flip_p_is_scipys() -> None:
    values = np.random.default_rng(2).normal(0.4, 1, size=9)
    expected = stats.permutation_test(
        (values, np.zeros(9)), lambda a, b: np.mean(a - b), permutation_type="samples"
    ).pvalue
    assert sign_flip_p(values) == pytest.approx(expected)


def test_slope_is_that_of_polyfit_and_each_row_has_its_own() -> None:
    x = [50, 100, 150, 200, 250]
    y = np.array([[2.0, 1.9, 1.85, 1.8, 1.7], [2.1, 2.0, 1.9, 1.8, 1.7]])
    expected = [np.polyfit(x, row, 1)[0] for row in y]
    assert slopes(x, y) == pytest.approx(expected)
    assert slopes(x, y)[1] == pytest.approx(-0.002)


def test_a_slope_over_one_place_is_refused() -> None:
    with pytest.raises(ValueError, match="two different places"):
        slopes([1, 1], [[1.0, 2.0]])


def test_bootstrap_covers_the_mean_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(200):
        interval = bootstrap_interval(rng.exponential(size=60), rng, resamples=200)
        covered += interval.low <= 1.0 <= interval.high
    assert 0.85 <= covered / 200 <= 1.0


def test_missing_values_are_refused_not_averaged() -> None:
    with pytest.raises(ValueError, match="finite"):
        mean_interval([1.0, math.nan])


@pytest.mark.parametrize(("hits", "n"), [(0, 1), (0, 12), (3, 10), (7, 7), (180, 400)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_interval_of_a_share_holds_what_the_score_test_does_not_reject(
    hits: int, n: int, confidence: float
) -> None:
    # Wilson's ends are the shares π with |hits/n − π| = z √(π (1 − π) / n).
    interval = share_interval(hits, n, confidence=confidence)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    for end in (interval.low, interval.high):
        reach = z * math.sqrt(end * (1 - end) / n)
        assert abs(interval.estimate - end) == pytest.approx(reach, abs=1e-9)
    assert interval.low <= interval.estimate == hits / n <= interval.high


@pytest.mark.parametrize(("hits", "n"), [(0, 0), (3, 2), (-1, 4)])
def test_impossible_shares_are_refused(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="hits"):
        share_interval(hits, n)


def test_jensen_shannon_is_scipys_distance_squared() -> None:
    rng = np.random.default_rng(4)
    p, q = rng.integers(0, 5, size=(2, 30))
    assert jensen_shannon(p, q) == pytest.approx(distance.jensenshannon(p, q, base=2) ** 2)
    assert jensen_shannon(p, q) == jensen_shannon(q, p)


def test_jensen_shannon_is_zero_for_equal_and_one_for_disjoint() -> None:
    assert jensen_shannon([1, 2, 3], [10, 20, 30]) == 0
    assert jensen_shannon([1, 0, 2], [0, 5, 0]) == 1


@pytest.mark.parametrize(("p", "q"), [([0, 0], [1, 1]), ([1, -1], [1, 1]), ([1], [1, 1])])
def test_what_is_no_distribution_is_refused(p: list[int], q: list[int]) -> None:
    with pytest.raises(ValueError, match="distribution"):
        jensen_shannon(p, q)


def test_adjusted_p_values_reject_what_the_step_up_procedure_rejects() -> None:
    values = np.random.default_rng(5).random(50) ** 3
    ordered = np.sort(values)
    for rate in (0.01, 0.05, 0.2):
        passing = np.flatnonzero(ordered <= rate * np.arange(1, 51) / 50)
        rejected = values <= (ordered[passing[-1]] if len(passing) else -1)
        np.testing.assert_array_equal(benjamini_hochberg(values) <= rate, rejected)


def test_p_values_beyond_one_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        benjamini_hochberg([0.2, 1.2])
