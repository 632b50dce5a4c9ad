"""Weights are drawn with the deviations that the papers give."""

import math

import pytest
import torch
from torch import nn

from songrnn.segmentation.initialization import draw_weights, fans
from songrnn.segmentation.settings import NetInitialization, UNetSettings
from songrnn.segmentation.unet import UNet


def test_fans_count_sums_and_uses() -> None:
    assert fans(nn.Conv2d(8, 16, 3)) == (72, 144)
    assert fans(nn.Conv1d(8, 16, 3)) == (24, 48)
    assert fans(nn.ConvTranspose2d(16, 8, 2, stride=2)) == (16, 32)


@pytest.mark.parametrize("how", ["kaiming", "xavier_uniform", "xavier_normal"])
def test_spread_follows_the_formula(how: NetInitialization) -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(64, 96, 3)
    draw_weights(layer, how)
    n_in, n_out = 64 * 9, 96 * 9
    sigma = math.sqrt(2 / n_in) if how == "kaiming" else math.sqrt(2 / (n_in + n_out))
    assert layer.weight.std().item() == pytest.approx(sigma, rel=0.02)
    assert abs(layer.weight.mean().item()) < sigma / 50
    assert layer.bias is not None
    assert not layer.bias.any()
    if how == "xavier_uniform":
        assert layer.weight.abs().max().item() <= math.sqrt(6 / (n_in + n_out))


@pytest.mark.parametrize("how", ["kaiming", "xavier_uniform", "xavier_normal"])
def test_torch_draws_convolutions_of_the_same_spread(how: NetInitialization) -> None:
    """torch's own initializers as the oracle."""
    torch.manual_seed(0)
    ours, theirs = nn.Conv2d(48, 48, 3), nn.Conv2d(48, 48, 3)
    draw_weights(ours, how)
    oracle = {
        "kaiming": lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu"),
        "xavier_uniform": nn.init.xavier_uniform_,
        "xavier_normal": nn.init.xavier_normal_,
    }
    oracle[how](theirs.weight)
    assert ours.weight.std().item() == pytest.approx(theirs.weight.std().item(), rel=0.02)


def test_kaiming_keeps_the_size_of_activations_through_many_relus() -> None:
    """√(2/n) does; √(n/2), as some notes print it, is 288 times that for 3 × 3 × 64."""
    torch.manual_seed(0)
    x = start = torch.randn(1, 64, 24, 24)
    for _ in range(10):
        layer = nn.Conv2d(64, 64, 3, padding=1, padding_mode="circular", bias=False)
        draw_weights(layer, "kaiming")
        x = layer(x).relu()
    assert 0.2 < (x.pow(2).mean() / start.pow(2).mean()).item() < 5


def test_a_seed_decides_all_weights() -> None:
    def drawn(seed: int) -> torch.Tensor:
        torch.manual_seed(seed)
        return UNet(UNetSettings(depth=1), inputs=1, classes=3).readout.weight

    assert torch.equal(drawn(1), drawn(1))
    assert not torch.equal(drawn(1), drawn(2))
