"""Tiles give what the whole picture gives, and each pixel once."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from songrnn.segmentation.inference import _pieces, label_tiles
from songrnn.segmentation.settings import UNetSettings
from songrnn.segmentation.unet import UNet


def labelled(network: UNet, picture: np.ndarray) -> np.ndarray:
    labels = np.full(picture.shape, 255, np.uint8)
    for rows, columns, scores in label_tiles(network, picture):
        labels[rows, columns] = scores.argmax(dim=0).numpy()
    return labels


@settings(max_examples=60, deadline=None)
@given(length=st.integers(1, 3000), tile=st.sampled_from([128, 256, 512]))
def test_kept_parts_cover_each_pixel_once(length: int, tile: int) -> None:
    seen = np.zeros(length, int)
    for kept, around in _pieces(length, tile, 32):
        seen[kept] += 1
        assert around.start <= kept.start < kept.stop <= around.stop
        assert around.stop - around.start <= tile
        assert around.start == 0 or kept.start - around.start >= 32
        assert around.stop == length or around.stop - kept.stop >= 32
    assert (seen == 1).all()


def test_tiles_agree_with_the_whole_picture() -> None:
    torch.manual_seed(0)
    # 9 pixels on each side enter a score at this depth, so an overlap of 16 hides every border.
    network = UNet(UNetSettings(depth=1, base_width=4), inputs=1, classes=5).eval()
    picture = np.random.default_rng(0).integers(0, 256, (150, 210), dtype=np.uint8)
    with torch.inference_mode():
        whole = network(torch.from_numpy(1 - picture[None, None] / np.float32(255)))[0]
    for rows, columns, scores in label_tiles(network, picture, tile=64, overlap=16):
        assert torch.allclose(scores, whole[:, rows, columns], atol=1e-5)
    assert (labelled(network, picture) == whole.argmax(dim=0).numpy()).all()


@pytest.mark.parametrize("shape", [(16, 16), (17, 600), (530, 31)])
def test_every_pixel_of_the_picture_gets_a_label(shape: tuple[int, int]) -> None:
    network = UNet(UNetSettings(depth=2, base_width=2), inputs=1, classes=3).eval()
    assert (labelled(network, np.zeros(shape, np.uint8)) < 3).all()  # 255 where none was given
