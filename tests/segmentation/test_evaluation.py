"""Figures of labels: perfect, shifted and hand-counted ones, and scikit-learn as the oracle."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, jaccard_score

from songrnn.metrics import mean_iou
from songrnn.segmentation.engraved import Page
from songrnn.segmentation.evaluation import evaluate_labels
from songrnn.segmentation.loss import IGNORED

NAMES = ("paper", "line", "head")


def test_a_perfect_prediction_has_one_in_all_figures(page: Page) -> None:
    names = tuple(f"class {number}" for number in range(17))
    found = evaluate_labels([(page.mask, page.mask)], names)
    assert found.accuracy == found.mean_iou == found.frequency_weighted_iou == 1.0
    assert set(found.iou.values()) == {1.0}


def test_a_shifted_line_is_counted_by_hand() -> None:
    # A line of 10 pixels, two rows thick, labelled one row too low: 10 of 30 overlap.
    truth = np.zeros((10, 10), np.uint8)
    truth[4:6] = 1
    found = evaluate_labels([(np.roll(truth, 1, axis=0), truth)], ("paper", "line"))
    assert found.iou["line"] == pytest.approx(10 / 30)
    assert found.iou["paper"] == pytest.approx(70 / 90)
    assert found.accuracy == pytest.approx(80 / 100)
    assert found.mean_iou == pytest.approx((10 / 30 + 70 / 90) / 2)
    assert found.frequency_weighted_iou == pytest.approx(0.2 * 10 / 30 + 0.8 * 70 / 90)


def test_accuracy_can_be_high_where_mean_iou_is_low() -> None:
    truth = np.zeros((100, 100), np.uint8)
    truth[:2, :60] = 1
    found = evaluate_labels([(np.zeros_like(truth), truth)], ("paper", "line"))
    assert found.accuracy == pytest.approx(0.988)
    assert found.mean_iou == pytest.approx(0.494)


def test_ignored_pixels_are_not_counted() -> None:
    truth = np.array([[0, 1, IGNORED, 2]], np.uint8)
    found = evaluate_labels([(np.array([[0, 1, 1, 1]], np.uint8), truth)], NAMES)
    assert found.confusion.sum() == 3
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.iou == pytest.approx({"paper": 1.0, "line": 0.5, "head": 0.0})


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), classes=st.integers(2, 6))
def test_figures_equal_scikit_learns(seed: int, classes: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, (3, 7, 5)).astype(np.uint8)
    labels = np.where(rng.random(truth.shape) < 0.6, truth, rng.integers(0, classes, truth.shape))
    names = tuple(map(str, range(classes)))
    found = evaluate_labels(zip(labels.astype(np.uint8), truth, strict=True), names)
    flat = truth.ravel(), labels.ravel()
    assert (found.confusion == confusion_matrix(*flat, labels=range(classes))).all()
    present = sorted(set(flat[0].tolist()))
    each = jaccard_score(*flat, labels=present, average=None, zero_division=0)
    assert list(found.iou.values()) == pytest.approx(each.tolist())
    assert found.mean_iou == pytest.approx(each.mean())
    if present == list(range(classes)):
        weighted = jaccard_score(*flat, average="weighted")
        assert found.frequency_weighted_iou == pytest.approx(weighted)
    assert found.accuracy == pytest.approx((flat[0] == flat[1]).mean())


def test_intervals_hold_their_estimate_and_shrink_with_pages() -> None:
    rng = np.random.default_rng(0)

    def pages(count: int) -> list[tuple[np.ndarray, np.ndarray]]:
        drawn = []
        for _ in range(count):
            truth = rng.integers(0, 3, (20, 20)).astype(np.uint8)
            wrong = rng.random(truth.shape) < rng.uniform(0.05, 0.3)
            drawn.append((np.where(wrong, 0, truth).astype(np.uint8), truth))
        return drawn

    few, many = (evaluate_labels(pages(count), NAMES).interval(mean_iou) for count in (5, 60))
    for interval in (few, many):
        assert interval.low <= interval.estimate <= interval.high
    assert many.half_width < few.half_width
    by_class = evaluate_labels(pages(20), NAMES).class_intervals()
    assert all(each.low <= each.estimate <= each.high for each in by_class.values())
