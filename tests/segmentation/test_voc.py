"""PASCAL VOC's layout: what is read, and what is refused, by the name of the file."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from songrnn.errors import ConfigError, SegmentationError
from songrnn.segmentation.data import load_data
from songrnn.segmentation.palette import palette_png
from songrnn.segmentation.voc import VOC_CLASSES, VocSet


@pytest.fixture
def copy(voc: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(voc, tmp_path / "voc"))


def test_pictures_masks_and_lists_are_read(voc: Path) -> None:
    train, val = VocSet(voc, "train"), VocSet(voc, "val")
    assert (len(train), len(val)) == (6, 3)
    picture, mask = train.pair(0)
    assert picture.shape == (40, 48, 3)
    assert mask.shape == (40, 48)
    assert set(np.unique(mask)) <= {0, 1, 2, 255}
    red = picture[mask == 1].mean(axis=0)
    assert red[0] > red[1] + 80


def test_voc_itself_has_21_classes(copy: Path) -> None:
    (copy / "classes.txt").unlink()
    assert VocSet(copy, "val").classes == VOC_CLASSES
    assert len(VOC_CLASSES) == 21


def break_list(folder: Path) -> None:
    (folder / "ImageSets/Segmentation/train.txt").write_text("")


def break_name(folder: Path) -> None:
    (folder / "ImageSets/Segmentation/train.txt").write_text("../../etc/passwd\n")


def break_mask(folder: Path) -> None:
    (folder / "SegmentationClass/2007_000000.png").write_bytes(b"no picture")


def break_size(folder: Path) -> None:
    Image.new("P", (5, 5)).save(folder / "SegmentationClass/2007_000000.png")


def break_class(folder: Path) -> None:
    data = palette_png(np.full((40, 48), 9, np.uint8), ["#000000"])
    (folder / "SegmentationClass/2007_000000.png").write_bytes(data)


def break_mode(folder: Path) -> None:
    Image.new("RGB", (48, 40)).save(folder / "SegmentationClass/2007_000000.png")


def break_file(folder: Path) -> None:
    (folder / "JPEGImages/2007_000000.jpg").unlink()


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (break_list, "names no pictures"),
        (break_name, "not a picture's name"),
        (break_mask, "2007_000000 cannot be read"),
        (break_size, "different size"),
        (break_class, "has the class 9"),
        (break_mode, "not a palette picture"),
        (break_file, "2007_000000"),
    ],
)
def test_what_is_wrong_is_named(copy: Path, harm: object, words: str) -> None:
    harm(copy)  # type: ignore[operator]
    with pytest.raises(SegmentationError, match=words):
        VocSet(copy, "train").pair(0)


def test_a_folder_of_another_kind_is_explained(tmp_path: Path) -> None:
    with pytest.raises(SegmentationError, match="JPEGImages/"):
        load_data(f"voc:{tmp_path}")
    with pytest.raises(ConfigError, match="engraved:CORPUS"):
        load_data("pictures")


def test_a_palette_picture_holds_any_numbers(tmp_path: Path) -> None:
    labels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    path = tmp_path / "labels.png"
    path.write_bytes(palette_png(labels, ["#ffffff", "#ff0000"]))
    with Image.open(path) as image:
        assert image.mode == "P"
        assert (np.array(image) == labels).all()
        assert image.convert("RGB").getpixel((1, 0)) == (255, 0, 0)
