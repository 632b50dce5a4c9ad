"""Metrics, by hand and against scikit-learn."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from songrnn.metrics import (
    accuracy,
    auroc,
    bits,
    intersection_over_union,
    mean_intersection_over_union,
    mutual_information,
)

ids = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40)
# Few distinct scores, so that ties are common.
scored = st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=2, max_size=40)


def test_three_bits_are_the_log_of_eight() -> None:
    assert bits(math.log(8)) == pytest.approx(3)


def test_intersection_over_union_by_hand() -> None:
    # Symbol 0: right once, guessed or true at 0 and 1. Symbol 1: right at 2, touched at 1 and 2.
    # Symbol 4: never guessed. Symbol 3 is guessed but true nowhere, so it has no figure.
    figures = intersection_over_union([0, 0, 1, 3], [0, 1, 1, 4], 6)
    np.testing.assert_array_equal(figures, [0.5, 0.5, math.nan, math.nan, 0, math.nan])
    assert mean_intersection_over_union([0, 0, 1, 3], [0, 1, 1, 4], 6) == pytest.approx(1 / 3)


@settings(deadline=None)
@given(ids)
def test_accuracy_and_intersection_over_union_are_scikit_learns(
    pairs: list[tuple[int, int]],
) -> None:
    guesses, truths = np.array(pairs).T
    present = sorted(set(truths.tolist()))
    expected = oracle.jaccard_score(truths, guesses, labels=present, average=None, zero_division=0)
    figures = intersection_over_union(guesses, truths, 6)
    np.testing.assert_allclose(figures[present], expected)
    assert np.flatnonzero(~np.isnan(figures)).tolist() == present
    assert mean_intersection_over_union(guesses, truths, 6) == pytest.approx(np.mean(expected))
    assert accuracy(guesses, truths) == pytest.approx(oracle.accuracy_score(truths, guesses))


@settings(deadline=None)
@given(scored)
def test_auroc_is_scikit_learns_with_ties(pairs: list[tuple[int, bool]]) -> None:
    scores, positive = map(np.array, zip(*pairs, strict=True))
    if positive.all() or not positive.any():
        assert np.isnan(auroc(scores, positive))
    else:
        assert auroc(scores, positive) == pytest.approx(oracle.roc_auc_score(positive, scores))


def test_auroc_of_many_columns_is_that_of_each() -> None:
    rng = np.random.default_rng(0)
    scores, positive = rng.normal(size=(50, 3)), rng.random(50) < 0.3
    figures = auroc(scores, positive)
    assert figures.shape == (3,)
    np.testing.assert_array_equal(figures, [auroc(column, positive) for column in scores.T])
    np.testing.assert_allclose(auroc(-scores, positive), 1 - figures)


@settings(deadline=None)
@given(ids)
def test_mutual_information_is_what_the_entropies_leave(pairs: list[tuple[int, int]]) -> None:
    def entropy(values: list[object]) -> float:
        shares = np.array(list(Counter(values).values())) / len(values)
        return float(-(shares * np.log2(shares)).sum())

    a, b = ([pair[side] for pair in pairs] for side in (0, 1))
    expected = entropy([*a]) + entropy([*b]) - entropy([*pairs])
    assert mutual_information(a, b) == pytest.approx(expected, abs=1e-12)


def test_independent_values_share_no_information() -> None:
    assert mutual_information([0, 0, 1, 1], [0, 1, 0, 1]) == 0
    assert mutual_information([0, 0, 1, 1], ["x", "x", "y", "y"]) == 1


@pytest.mark.parametrize("measure", [accuracy, auroc, mutual_information])
def test_lengths_must_match_and_something_must_be_there(measure) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=r"shape|as many"):
        measure([0, 1], [0, 1, 1])
    with pytest.raises(ValueError, match="no observations"):
        measure([], [])


def test_ids_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 2"):
        intersection_over_union([3], [0], 3)
