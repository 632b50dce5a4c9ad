"""Shapes, skip connections and the number of weights of the U-Net."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from songrnn.segmentation.settings import UNetSettings
from songrnn.segmentation.unet import UNet, weights_of


@settings(max_examples=15, deadline=None)
@given(
    depth=st.integers(1, 4),
    norm=st.sampled_from(["batch", "none"]),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
)
def test_the_output_has_the_size_of_the_input(
    depth: int, norm: str, height: int, width: int
) -> None:
    shape = UNetSettings(depth=depth, base_width=2, normalization=norm)  # type: ignore[arg-type]
    network = UNet(shape, inputs=3, classes=5).eval()
    assert network(torch.zeros(2, 3, height, width)).shape == (2, 5, height, width)


def test_in_one_dimension_each_character_gets_its_scores() -> None:
    network = UNet(UNetSettings(depth=3), inputs=7, classes=4, dimensions=1)
    assert network(torch.zeros(2, 7, 101)).shape == (2, 4, 101)
    assert any(isinstance(module, nn.BatchNorm1d) for module in network.modules())


def test_channels_double_until_the_widest() -> None:
    network = UNet(UNetSettings(depth=4, base_width=8, widest=48), inputs=1, classes=2)
    firsts = [block[0].out_channels for block in network.down]  # type: ignore[index]
    assert firsts == [8, 16, 32, 48, 48]


def test_weights_of_one_level_are_counted_by_hand() -> None:
    network = UNet(
        UNetSettings(depth=1, base_width=2, widest=64, normalization="none"), inputs=1, classes=3
    )
    down = (9 * 1 * 2 + 2) + (9 * 2 * 2 + 2) + (9 * 2 * 4 + 4) + (9 * 4 * 4 + 4)
    up = (4 * 4 * 2 + 2) + (9 * 4 * 2 + 2) + (9 * 2 * 2 + 2)
    assert sum(p.numel() for p in network.parameters()) == down + up + (2 * 3 + 3)


def test_without_the_skip_fine_detail_would_be_lost() -> None:
    """A pixel's own row and column matter though the way down has halved the picture twice."""
    torch.manual_seed(0)
    network = UNet(UNetSettings(depth=2, normalization="none"), inputs=1, classes=2).eval()
    picture = torch.zeros(1, 1, 16, 16)
    at, beside = picture.clone(), picture.clone()
    at[0, 0, 8, 8] = beside[0, 0, 8, 9] = 1
    assert not torch.allclose(network(at), network(beside))


def test_no_normalization_means_no_statistics() -> None:
    with_norm = UNet(UNetSettings(depth=1), inputs=1, classes=2)
    without = UNet(UNetSettings(depth=1, normalization="none"), inputs=1, classes=2)
    assert any("running_mean" in name for name in weights_of(with_norm))
    assert not any("running" in name for name in weights_of(without))
    assert not any("num_batches" in name for name in weights_of(with_norm))


@pytest.mark.parametrize("dimensions", [1, 2])
def test_it_learns_to_copy_a_picture(dimensions: int) -> None:
    torch.manual_seed(0)
    network = UNet(UNetSettings(depth=2, base_width=4), inputs=1, classes=2, dimensions=dimensions)
    optimizer = torch.optim.Adam(network.parameters(), 0.02)
    truth = torch.randint(0, 2, (4, *[16] * dimensions))
    losses = []
    for _ in range(40):
        loss = nn.functional.cross_entropy(network(truth[:, None].float()), truth)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < 0.25 * losses[0]
