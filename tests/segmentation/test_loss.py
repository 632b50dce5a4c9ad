"""Losses against sums done by hand."""

import math

import pytest
import torch
from torch import nn

from songrnn.segmentation.loss import IGNORED, balanced_weights, dice_loss, segmentation_loss


def test_ignored_pixels_change_nothing() -> None:
    torch.manual_seed(0)
    scores = torch.randn(1, 3, 4, 4)
    truth = torch.randint(0, 3, (1, 4, 4))
    truth[0, 0] = IGNORED
    whole = segmentation_loss(scores, truth, dice=1.0)
    assert whole.item() == pytest.approx(
        segmentation_loss(scores[:, :, 1:], truth[:, 1:], dice=1.0).item(), abs=1e-6
    )


def test_cross_entropy_of_even_scores_is_the_logarithm_of_the_classes() -> None:
    truth = torch.randint(0, 5, (2, 3, 3))
    assert segmentation_loss(torch.zeros(2, 5, 3, 3), truth).item() == pytest.approx(math.log(5))


def test_weights_weigh_as_in_torch() -> None:
    scores, truth = torch.randn(2, 3, 5), torch.randint(0, 3, (2, 5))
    weights = torch.tensor([0.2, 1.0, 3.0])
    expected = nn.CrossEntropyLoss(weight=weights)(scores, truth)
    assert segmentation_loss(scores, truth, weights=weights).item() == pytest.approx(
        expected.item(), abs=1e-6
    )


def test_dice_of_certain_labels_is_counted_by_hand() -> None:
    # Truth 0 0 1 1, labels 0 1 1 1: Dice of 0 is 2·1/(1+2), of 1 is 2·2/(3+2).
    labels = torch.tensor([[0, 1, 1, 1]])
    scores = 50 * nn.functional.one_hot(labels, 3).movedim(-1, 1).float()
    truth = torch.tensor([[0, 0, 1, 1]])
    assert dice_loss(scores, truth).item() == pytest.approx(1 - (2 / 3 + 4 / 5) / 2, abs=1e-5)


def test_right_labels_have_no_dice_loss() -> None:
    truth = torch.tensor([[0, 2, 1]])
    scores = 50 * nn.functional.one_hot(truth, 3).movedim(-1, 1).float()
    assert dice_loss(scores, truth).item() == pytest.approx(0, abs=1e-5)


def test_balanced_weights_have_mean_one_over_the_pixels() -> None:
    pixels = [900, 90, 10, 0]
    weights = balanced_weights(pixels)
    assert weights[3] == 0
    assert weights[0] < weights[1] < weights[2]
    assert weights[2] / weights[0] == pytest.approx(math.sqrt(90), rel=1e-5)
    shares = torch.tensor(pixels) / 1000
    assert (weights * shares).sum().item() == pytest.approx(1, abs=1e-6)
