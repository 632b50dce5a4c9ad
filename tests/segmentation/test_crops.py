"""Crops: decided by seed and step, balanced, and cut as the picture is."""

from pathlib import Path

import numpy as np
import pytest

from songrnn.segmentation.classes import BY_NAME, CLASSES, IGNORED
from songrnn.segmentation.colouring import Pixels
from songrnn.segmentation.crops import Crops, _cut, as_input
from songrnn.segmentation.engraved import Page
from songrnn.segmentation.settings import SegmentationSettings
from songrnn.segmentation.voc import VocSet


class OnePage:
    classes = tuple(each.name for each in CLASSES)
    channels = 1

    def __init__(self, page: Page) -> None:
        self.page = page

    def __len__(self) -> int:
        return 1

    def pair(self, index: int) -> tuple[Pixels, Pixels]:
        return self.page.image, self.page.mask


def settings(**changes: object) -> SegmentationSettings:
    values = {"crop": 48, "batch_size": 8, "scans": 0.5, **changes}
    return SegmentationSettings.model_validate(values)


def test_a_step_always_gets_the_same_crops(page: Page) -> None:
    one, other = (Crops(OnePage(page), settings(), 5) for _ in range(2))
    other.batch(0)
    first, again = one.batch(7), other.batch(7)
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert (Crops(OnePage(page), settings(), 6).batch(7)[0] != first[0]).any()


def test_rare_classes_come_as_often_as_others(page: Page) -> None:
    crops = Crops(OnePage(page), settings(rare=1.0, scans=0.0), 0)
    even = Crops(OnePage(page), settings(rare=0.0, scans=0.0), 0)
    rest = BY_NAME["rest"].number

    def seen(drawn: Crops) -> int:
        return sum(
            bool((mask == rest).any()) for step in range(12) for mask in drawn.batch(step)[1]
        )

    assert seen(crops) > seen(even)


def test_inputs_are_ink_between_0_and_1(page: Page) -> None:
    inputs, truths = Crops(OnePage(page), settings(scans=0.0), 0).batch(0)
    assert inputs.shape == (8, 1, 48, 48)
    assert truths.shape == (8, 48, 48)
    assert 0 <= inputs.min() <= inputs.max() <= 1
    assert inputs[:, 0][truths > 0].mean() > inputs[:, 0][truths == 0].mean() + 0.5


def test_flips_mirror_picture_and_mask_together(voc: Path) -> None:
    plain = Crops(VocSet(voc, "train"), settings(flip=False), 0)
    flipped = Crops(VocSet(voc, "train"), settings(flip=True), 0)
    for a, b in zip(*(np.moveaxis(c.batch(0)[0], 1, -1) for c in (plain, flipped)), strict=True):
        assert (a == b).all() or (a == b[:, ::-1]).all()
    assert (plain.batch(0)[1] != flipped.batch(0)[1]).any()


def test_jitter_changes_colours_and_no_mask(voc: Path) -> None:
    plain = Crops(VocSet(voc, "train"), settings(), 0).batch(0)
    changed = Crops(VocSet(voc, "train"), settings(jitter=0.4), 0).batch(0)
    assert (plain[1] == changed[1]).all()
    assert np.abs(plain[0] - changed[0]).max() > 0.05
    assert np.abs(changed[0]).max() <= 1


def test_outside_of_a_photograph_nothing_is_counted(voc: Path) -> None:
    truths = Crops(VocSet(voc, "train"), settings(crop=80), 0).batch(0)[1]
    assert (truths == IGNORED).any()


@pytest.mark.parametrize(("top", "left"), [(-3, -2), (0, 0), (5, 7), (30, 30), (-40, 0)])
def test_a_cut_is_the_picture_where_there_is_one(top: int, left: int) -> None:
    picture = np.arange(100, dtype=np.uint8).reshape(10, 10)
    square = _cut(picture, top, left, 6, 255)
    for row in range(6):
        for column in range(6):
            inside = 0 <= top + row < 10 and 0 <= left + column < 10
            expected = picture[top + row, left + column] if inside else 255
            assert square[row, column] == expected


def test_colours_become_three_channels() -> None:
    inputs = as_input(np.full((2, 3, 3), 255, np.uint8))
    assert inputs.shape == (3, 2, 3)
    assert (inputs == 1).all()
