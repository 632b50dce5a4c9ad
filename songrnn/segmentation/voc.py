"""Pictures in PASCAL VOC's layout (Everingham et al. 2010), read here.

    FOLDER/JPEGImages/NAME.jpg
    FOLDER/SegmentationClass/NAME.png       palette picture of class numbers, 255 is not counted
    FOLDER/ImageSets/Segmentation/train.txt a name a line; val.txt likewise
    FOLDER/classes.txt                      a name a line, background first; VOC's 21 without it

torchvision's VOCSegmentation would read the same, but its compiled part does not load beside
the processor's build of torch that the lab uses.
"""

import hashlib
from pathlib import Path
from typing import Literal

import numpy as np

from songrnn.disk import read_bytes
from songrnn.errors import SegmentationError
from songrnn.segmentation.classes import IGNORED
from songrnn.segmentation.colouring import Pixels

VOC_CLASSES = (
    *("background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat"),
    *("chair", "cow", "diningtable", "dog", "horse", "motorbike", "person", "pottedplant"),
    *("sheep", "sofa", "train", "tvmonitor"),
)
_LARGEST_LIST = 16 << 20  # bytes


class VocSet:
    """One list of a folder: its pictures as (H, W, 3), its masks as (H, W)."""

    channels = 3

    def __init__(self, folder: Path, split: Literal["train", "val"]) -> None:
        """Raises SegmentationError naming the file that is missing or wrong."""
        self.folder = folder
        self.classes = _classes(folder)
        self.names = _names(folder, split)

    def __len__(self) -> int:
        return len(self.names)

    def pair(self, index: int) -> tuple[Pixels, Pixels]:
        """Picture (H, W, 3) and mask (H, W). Raises SegmentationError naming the file."""
        from PIL import Image

        name = self.names[index]
        image = self.folder / "JPEGImages" / f"{name}.jpg"
        mask = self.folder / "SegmentationClass" / f"{name}.png"
        try:
            with Image.open(image) as opened:
                pixels = np.array(opened.convert("RGB"))
            with Image.open(mask) as opened:
                if opened.mode not in ("P", "L"):
                    raise SegmentationError(
                        f"{mask} is not a palette picture of class numbers ({opened.mode})."
                    )
                numbers = np.array(opened)
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            raise SegmentationError(f"A picture of {name} cannot be read: {error}.") from error
        if pixels.shape[:2] != numbers.shape:
            raise SegmentationError(f"{image} and {mask} are of different size.")
        wrong = numbers[(numbers >= len(self.classes)) & (numbers != IGNORED)]
        if wrong.size:
            raise SegmentationError(
                f"{mask} has the class {int(wrong[0])}, but there are {len(self.classes)} classes "
                "(classes.txt names them)."
            )
        return pixels, numbers


def fingerprint(folder: Path) -> str:
    """Hash over the lists, the names of the classes and the sizes of the pictures' files."""
    digest = hashlib.sha256("\n".join(_classes(folder)).encode())
    for split in ("train", "val"):
        for name in _names(folder, split):
            sizes = [
                _size(folder / place / f"{name}{ending}")
                for place, ending in (("JPEGImages", ".jpg"), ("SegmentationClass", ".png"))
            ]
            digest.update(f"\n{split} {name} {sizes}".encode())
    return digest.hexdigest()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise SegmentationError(f"{path} is missing, though a list names it.") from error


def _classes(folder: Path) -> tuple[str, ...]:
    path = folder / "classes.txt"
    if not path.exists():
        return VOC_CLASSES
    names = tuple(_lines(path))
    if not 2 <= len(names) <= IGNORED:
        raise SegmentationError(f"{path} names {len(names)} classes; 2 to 255 can be.")
    return names


def _names(folder: Path, split: str) -> tuple[str, ...]:
    path = folder / "ImageSets" / "Segmentation" / f"{split}.txt"
    names = tuple(line.split()[0] for line in _lines(path))
    if not names:
        raise SegmentationError(f"{path} names no pictures.")
    for name in names:
        if "/" in name or "\\" in name or name.startswith("."):
            raise SegmentationError(f"{path} names {name!r}, which is not a picture's name.")
    return names


def _lines(path: Path) -> list[str]:
    try:
        text = read_bytes(path, most=_LARGEST_LIST).decode("utf-8")
    except FileNotFoundError as error:
        raise SegmentationError(
            f"{path} is missing; PASCAL VOC's layout has JPEGImages/, SegmentationClass/ and "
            "ImageSets/Segmentation/ with train.txt and val.txt."
        ) from error
    except (OSError, ValueError) as error:
        raise SegmentationError(f"{path} cannot be read: {error}.") from error
    return [line.strip() for line in text.splitlines() if line.strip()]
