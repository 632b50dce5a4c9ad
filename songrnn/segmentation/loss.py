"""What a U-Net's training makes small: cross entropy, weighted or not, and the Dice loss."""

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from songrnn.segmentation.classes import IGNORED


def segmentation_loss(
    scores: Tensor, truth: Tensor, *, weights: Tensor | None = None, dice: float = 0.0
) -> Tensor:
    """Mean cross entropy in nats per pixel + dice · Dice loss.

    scores: (B, K, …). truth: (B, …) class numbers, IGNORED where unknown. weights: (K,), how
    much a pixel of each class counts; the mean is over the weights.
    """
    loss = nn.functional.cross_entropy(scores, truth, weight=weights, ignore_index=IGNORED)
    if dice:
        loss = loss + dice * dice_loss(scores, truth)
    return loss


def dice_loss(scores: Tensor, truth: Tensor) -> Tensor:
    """1 − mean over the classes present of 2 Σ p t / (Σ p + Σ t) (Milletari et al. 2016, linear).

    scores: (B, K, …) before softmax; truth: (B, …). p: probability of the class, t: 1 where it is
    true; both summed over all pixels of the batch that are not IGNORED.
    """
    counted = truth != IGNORED
    probabilities = scores.float().softmax(dim=1).movedim(1, -1)[counted]  # (N, K)
    true = nn.functional.one_hot(truth[counted], probabilities.shape[1]).float()  # (N, K)
    present = true.sum(dim=0) > 0
    both = (probabilities * true).sum(dim=0)
    either = probabilities.sum(dim=0) + true.sum(dim=0)
    return 1 - (2 * both / either)[present].mean()


def balanced_weights(pixels: ArrayLike) -> Tensor:
    """Pixels of each class (K,) -> weights (K,) with the mean 1 over the pixels.

    1/√share, so that rare classes count more without drowning the others; a class without pixels
    counts nothing.
    """
    counts = np.asarray(pixels, dtype=np.float64)
    shares = counts / counts.sum()
    raw = np.divide(1, np.sqrt(shares), out=np.zeros_like(shares), where=shares > 0)
    return torch.from_numpy(raw / (raw * shares).sum()).float()
