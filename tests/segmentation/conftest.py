"""A data set in PASCAL VOC's layout of coloured shapes, and a page of a short tune."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from songrnn.segmentation.engraved import Layout, Page, engrave_tune

TUNE = """X:1
T:A Short One
M:3/4
L:1/8
K:D
FG|:A2 d>c d2|^G4 z2|(B2 A)=c F/G/A|D6:|
"""


def write_voc(folder: Path, *, train: int = 6, val: int = 3, size: int = 40) -> Path:
    """Red squares (1) and green discs (2) on a blue ground, a border of 255 around each."""
    for part in ("JPEGImages", "SegmentationClass", "ImageSets/Segmentation"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "classes.txt").write_text("background\nsquare\ndisc\n")
    rng = np.random.default_rng(0)
    names = [f"2007_{number:06}" for number in range(train + val)]
    for name in names:
        mask = np.zeros((size, size + 8), np.uint8)
        y, x = np.mgrid[: mask.shape[0], : mask.shape[1]]
        for number in (1, 2):
            row, column = rng.integers(8, size - 8, 2)
            near = (
                np.maximum(abs(y - row), abs(x - column))
                if number == 1
                else np.hypot(y - row, x - column)
            )
            mask[near < 9] = 255
            mask[near < 7] = number
        colours = np.array([[30, 30, 200], [220, 40, 40], [40, 200, 40]], np.uint8)
        shown = np.where(mask == 255, 0, mask)
        Image.fromarray(colours[shown]).save(folder / "JPEGImages" / f"{name}.jpg", quality=95)
        palette = Image.frombytes("P", mask.shape[::-1], mask.tobytes())
        palette.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0] + [224] * (3 * 253))
        palette.save(folder / "SegmentationClass" / f"{name}.png")
    lists = folder / "ImageSets" / "Segmentation"
    (lists / "train.txt").write_text("\n".join(names[:train]) + "\n")
    (lists / "val.txt").write_text("\n".join(names[train:]) + "\n")
    return folder


@pytest.fixture(scope="session")
def voc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_voc(tmp_path_factory.mktemp("voc"))


@pytest.fixture(scope="session")
def page() -> Page:
    return engrave_tune(TUNE, Layout(staff_space=10, width=70), tune="short")
