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
    class_iou,
    confusion_matrix,
    frequency_weighted_iou,
    intersection_over_union,
    mean_intersection_over_union,
    mean_iou,
    mutual_information,
    pixel_accuracy,
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


classes = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60)


@settings(deadline=None)
@given(classes)
def test_confusion_and_its_figures_are_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    guesses, truths = ([pair[side] for pair in pairs] for side in (0, 1))
    counts = confusion_matrix(guesses, truths, 5)
    assert (counts == oracle.confusion_matrix(truths, guesses, labels=range(5))).all()
    assert pixel_accuracy(counts) == pytest.approx(oracle.accuracy_score(truths, guesses))
    present = sorted(set(truths))
    each = oracle.jaccard_score(truths, guesses, labels=present, average=None)
    found = class_iou(counts)
    assert found[present] == pytest.approx(each)
    assert np.isnan(np.delete(found, present)).all()
    assert mean_iou(counts) == pytest.approx(each.mean())
    shares = [truths.count(number) / len(truths) for number in present]
    assert frequency_weighted_iou(counts) == pytest.approx(float(each @ shares))


def test_what_is_ignored_is_not_counted() -> None:
    assert confusion_matrix([[0, 1], [1, 1]], [[0, 9], [1, 0]], 2, ignored=9).tolist() == [
        [1, 1],
        [0, 1],
    ]


def test_nothing_counted_has_no_figures() -> None:
    empty = confusion_matrix([], [], 3)
    assert not empty.any()
    assert all(math.isnan(f(empty)) for f in (pixel_accuracy, mean_iou, frequency_weighted_iou))


def test_classes_out_of_range_and_unequal_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        confusion_matrix([2], [0], 2)
    with pytest.raises(ValueError, match="1 guesses but 2 truths"):
        confusion_matrix([0], [0, 1], 2)
