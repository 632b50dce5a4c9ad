"""A scan is decided by its generator, keeps its size and moves the mask with the page."""

import numpy as np

from songrnn.segmentation.engraved import Page
from songrnn.segmentation.scans import scan


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
