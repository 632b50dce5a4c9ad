"""A scan is decided by its generator, keeps its size and moves the mask with the page."""

import numpy as np

from songrnn.segmentation.classes import BY_NAME
from songrnn.segmentation.colouring import is_ink
from songrnn.segmentation.engraved import Page
from songrnn.segmentation.scans import _moved_mask, scan

STAFF_LINE = BY_NAME["staff_line"].number


def test_the_same_generator_gives_the_same_scan(page: Page) -> None:
    first = scan(page.image, page.mask, np.random.default_rng(3))
    again = scan(page.image, page.mask, np.random.default_rng(3))
    other = scan(page.image, page.mask, np.random.default_rng(4))
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert (first[0] != other[0]).any()


def test_no_strength_leaves_the_mask_and_nearly_the_page(page: Page) -> None:
    image, mask = scan(page.image, page.mask, np.random.default_rng(0), strength=0)
    assert (mask == page.mask).all()
    assert np.corrcoef(image.ravel(), page.image.ravel())[0, 1] > 0.999


def test_mask_and_page_move_together(page: Page) -> None:
    image, mask = scan(page.image, page.mask, np.random.default_rng(1))
    assert image.shape == mask.shape == page.mask.shape
    assert image.dtype == mask.dtype == np.uint8
    assert set(np.unique(mask)) <= set(np.unique(page.mask))
    ink, paper = image[mask > 0].mean(), image[mask == 0].mean()
    assert ink < paper - 60


def test_a_turned_staff_line_has_no_gap() -> None:
    """A line of 0.77 pixels between two rows is as grey as any, and turned it is greyer."""
    for split in (0.0, 0.25, 1 / 3, 0.5):
        image = np.full((80, 240), 255, np.uint8)
        for top in range(20, 60, 8):
            image[top] = round(255 * (1 - 0.77 * (1 - split)))
            image[top + 1] = round(255 * (1 - 0.77 * split))
        mask = np.where(is_ink(image), STAFF_LINE, 0).astype(np.uint8)
        for seed in range(4):
            _, moved = scan(image, mask, np.random.default_rng(seed))
            lines = (moved[:, 20:220] == STAFF_LINE).astype(int)
            assert ((np.diff(lines, axis=0) == 1).sum(axis=0) == 5).all()


def test_moved_ink_is_of_the_nearest_ink() -> None:
    image = np.full((40, 40), 255, np.uint8)
    mask = np.zeros((40, 40), np.uint8)
    image[10:20, 10:20], mask[10:20, 10:20] = 0, 3
    image[10:20, 20:30], mask[10:20, 20:30] = 0, 5
    y, x = np.meshgrid(*[np.arange(40, dtype=np.float32)] * 2, indexing="ij")
    moved = _moved_mask(mask, mask > 0, y, x + np.float32(0.3))
    assert (moved == mask).all()
    moved = _moved_mask(mask, np.roll(mask > 0, -1, axis=1), y, x + np.float32(0.6))
    assert (moved == np.roll(mask, -1, axis=1)).all()
