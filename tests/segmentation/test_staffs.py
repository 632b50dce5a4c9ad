"""Is there a staff, and how large: on engraved pages, on scans, and on what is none."""

import numpy as np
import pytest
from scipy import ndimage

from songrnn.segmentation.engraved import Layout, Page, engrave_tune
from songrnn.segmentation.pictures import resized
from songrnn.segmentation.scans import scan
from songrnn.segmentation.staffs import find_staff_size

TUNE = "X:1\nM:3/4\nL:1/8\nK:D\nA2 d>c d2|^G4 z2|(B2 A)=c F/G/A|D6|]\n"


@pytest.mark.parametrize("space", [8.5, 10, 12])
def test_the_staff_space_is_measured(space: float) -> None:
    page = engrave_tune(TUNE, Layout(staff_space=space, width=70))
    found = find_staff_size(page.image)
    assert found is not None
    assert found.space == pytest.approx(space, abs=0.35)


@pytest.mark.parametrize("factor", [0.55, 2.0, 4.0])
def test_pages_of_other_sizes_are_measured_too(page: Page, factor: float) -> None:
    found = find_staff_size(resized(page.image, factor))
    assert found is not None
    assert found.space == pytest.approx(10 * factor, rel=0.07)


@pytest.mark.parametrize("seed", range(4))
def test_scans_are_measured(page: Page, seed: int) -> None:
    image, _ = scan(page.image, page.mask, np.random.default_rng(seed))
    found = find_staff_size(image)
    assert found is not None
    assert found.space == pytest.approx(10, abs=0.6)


def photograph(seed: int) -> np.ndarray:
    """Smooth shapes with fur: noise of several sizes."""
    rng = np.random.default_rng(seed)
    layers = [
        ndimage.gaussian_filter(rng.standard_normal((400, 500)), size) * size for size in (1, 4, 20)
    ]
    total = sum(layers)
    return np.clip(128 + 60 * total / total.std(), 0, 255).astype(np.uint8)


def text_page() -> np.ndarray:
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("L", (700, 500), 255)
    pen = ImageDraw.Draw(image)
    font = ImageFont.load_default(16)
    for line in range(20):
        pen.text((20, 10 + 23 * line), "The quick brown fox jumps over the lazy dog " * 2, 0, font)
    return np.array(image)


@pytest.mark.parametrize(
    "picture",
    [
        *(photograph(seed) for seed in range(4)),
        text_page(),
        np.full((300, 300), 255, np.uint8),
        np.zeros((300, 300), np.uint8),
        np.random.default_rng(0).integers(0, 256, (300, 300), dtype=np.uint8),
        np.tile(np.repeat([0, 255], 8).astype(np.uint8)[:, None], (2, 300)),
    ],
    ids=[*(f"photograph {seed}" for seed in range(4)), "text", "white", "black", "noise", "bars"],
)
def test_where_there_is_no_staff_none_is_invented(picture: np.ndarray) -> None:
    assert find_staff_size(picture) is None
