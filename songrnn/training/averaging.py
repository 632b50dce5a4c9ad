"""A moving average of the weights: what is evaluated and stored when averaging is on."""

import copy
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

N = TypeVar("N", bound=nn.Module)


class WeightAverage(Generic[N]):
    """An exponential moving average of a network's weights (Polyak averaging).

    `network` holds the averaged weights. Early steps count more, (1 + t) / (10 + t), lest the
    average be of the random start.
    """

    def __init__(self, network: N, decay: float) -> None:
        self.decay = decay
        self.network = copy.deepcopy(network).requires_grad_(False)
        self._averaged: list[Tensor] = list(self.network.parameters())

    @torch.no_grad()
    def update(self, network: N, step: int) -> None:
        """Take in the weights after optimizer step `step`, counted from 1."""
        decay = min(self.decay, (1 + step) / (10 + step))
        weights: list[Tensor] = list(network.parameters())
        torch._foreach_lerp_(self._averaged, weights, 1 - decay)
        # Means and variances of batch normalization belong to the weights they were taken with.
        for averaged, buffer in zip(self.network.buffers(), network.buffers(), strict=True):
            if averaged.is_floating_point():
                averaged.lerp_(buffer, 1 - decay)
            else:  # how many batches were counted
                averaged.copy_(buffer)
