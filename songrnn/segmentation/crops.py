"""What a step learns from: crops of labelled pictures, cut where they are worth looking at.

The crops of a step are a function of the seed and the step alone, so there is nothing to store
for resuming. Most of a page is paper: a share of the crops is cut around a pixel of a class drawn
at random, each class as often as any other.
"""

from collections import OrderedDict
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from songrnn.segmentation.classes import BACKGROUND, IGNORED
from songrnn.segmentation.colouring import Pixels
from songrnn.segmentation.scans import scan
from songrnn.segmentation.settings import SegmentationSettings

Floats = NDArray[np.float32]

_KEPT_BYTES = 600 << 20  # of opened pictures
_PLACES = 64  # remembered of each class in each picture
_MARGIN = 8  # pixels around a crop that scanning turns into it


class LabelledPictures(Protocol):
    """Pictures with masks. classes: names by number. channels: 1 (grey) or 3 (colours)."""

    @property
    def classes(self) -> tuple[str, ...]: ...

    @property
    def channels(self) -> int: ...

    def __len__(self) -> int: ...

    def pair(self, index: int) -> tuple[Pixels, Pixels]:
        """Picture (H, W) or (H, W, 3) and mask (H, W)."""
        ...


def as_input(picture: Pixels) -> Floats:
    """Picture (H, W) or (H, W, 3) -> what a network reads, (C, H, W).

    Grey: 0 for white paper to 1 for black ink. Colours: −1 to 1.
    """
    if picture.ndim == 2:
        return np.subtract(1, picture[None] / np.float32(255), dtype=np.float32)
    return np.moveaxis(picture / np.float32(127.5) - 1, -1, 0).astype(np.float32)


class Crops:
    """Draws the crops of each step. pixels: (K,) of each class in all pictures, IGNORED left out."""

    def __init__(
        self, pictures: LabelledPictures, settings: SegmentationSettings, seed: int
    ) -> None:
        self.pictures, self.settings, self.seed = pictures, settings, seed
        self._kept: OrderedDict[int, tuple[Pixels, Pixels]] = OrderedDict()
        self._bytes = 0
        # Class -> [(picture, places (N, 2))], background left out.
        self._places: dict[int, list[tuple[int, NDArray[np.int32]]]] = {}
        self.pixels = np.zeros(len(pictures.classes), dtype=np.int64)
        for index in range(len(pictures)):
            self._note_places(index)
        self._drawable = sorted(self._places)

    @property
    def steps_per_epoch(self) -> int:
        """Steps in which as many crops are read as pictures × crops a picture."""
        return max(
            len(self.pictures) * self.settings.crops // self.settings.batch_size,
            1,
        )

    def batch(self, step: int) -> tuple[Floats, NDArray[np.int64]]:
        """Inputs (B, C, h, w) and truths (B, h, w) of a step, counted from 0."""
        pairs = [
            self._crop(np.random.default_rng([self.seed, step, number]))
            for number in range(self.settings.batch_size)
        ]
        inputs = np.stack([as_input(picture) for picture, _ in pairs])
        return inputs, np.stack([mask for _, mask in pairs]).astype(np.int64)

    def _crop(self, rng: np.random.Generator) -> tuple[Pixels, Pixels]:
        settings = self.settings
        scanned = rng.random() < settings.scans and self.pictures.channels == 1
        margin = _MARGIN if scanned else 0
        index, middle = self._place(rng)
        picture, mask = self._open(index)
        size = settings.crop
        if middle is None:
            top, left = (_anywhere(length, size, rng) for length in mask.shape)
        else:
            top, left = (int(at - rng.integers(size // 4, size - size // 4)) for at in middle)
        window = (top - margin, left - margin, size + 2 * margin)
        grey = 255 if self.pictures.channels == 1 else 0
        blank = BACKGROUND if self.pictures.channels == 1 else IGNORED
        picture, mask = _cut(picture, *window, grey), _cut(mask, *window, blank)
        if scanned:
            picture, mask = scan(picture, mask, rng, strength=float(rng.uniform(0.2, 1.1)))
            inner = slice(margin, margin + size)
            picture, mask = picture[inner, inner], mask[inner, inner]
        if settings.flip and rng.random() < 0.5:
            picture, mask = picture[:, ::-1], mask[:, ::-1]
        if settings.jitter:
            picture = _jittered(picture, settings.jitter, rng)
        return picture, mask

    def _place(self, rng: np.random.Generator) -> tuple[int, NDArray[np.int32] | None]:
        """A picture and where to look in it; None for anywhere."""
        if not self._drawable or rng.random() >= self.settings.rare:
            return int(rng.integers(len(self.pictures))), None
        entries = self._places[self._drawable[rng.integers(len(self._drawable))]]
        index, places = entries[rng.integers(len(entries))]
        return index, places[rng.integers(len(places))]

    def _note_places(self, index: int) -> None:
        mask = self._open(index)[1]
        counts = np.bincount(mask.ravel(), minlength=256)
        self.pixels += counts[: len(self.pixels)]
        rng = np.random.default_rng([self.seed, index])
        order = np.argsort(mask, axis=None, kind="stable")
        ends = np.cumsum(counts)
        for number in range(len(self.pictures.classes)):
            if number == BACKGROUND or not counts[number]:
                continue
            flat = order[ends[number] - counts[number] : ends[number]]
            flat = flat[rng.integers(len(flat), size=min(len(flat), _PLACES))]
            places = np.stack(np.unravel_index(flat, mask.shape), axis=1).astype(np.int32)
            self._places.setdefault(number, []).append((index, places))

    def _open(self, index: int) -> tuple[Pixels, Pixels]:
        if index in self._kept:
            self._kept.move_to_end(index)
            return self._kept[index]
        pair = self._kept[index] = self.pictures.pair(index)
        self._bytes += sum(array.nbytes for array in pair)
        while self._bytes > _KEPT_BYTES and len(self._kept) > 1:
            _, gone = self._kept.popitem(last=False)
            self._bytes -= sum(array.nbytes for array in gone)
        return pair


def _anywhere(length: int, size: int, rng: np.random.Generator) -> int:
    """Where a crop begins; one that is larger than the picture lies around it."""
    spare = length - size
    return int(rng.integers(min(spare, 0), max(spare, 0) + 1))


def _cut(pixels: Pixels, top: int, left: int, size: int, outside: int) -> Pixels:
    """A square of `size`; what lies outside of the picture has the value `outside`."""
    square = np.full((size, size, *pixels.shape[2:]), outside, dtype=np.uint8)
    rows = slice(max(top, 0), max(min(top + size, pixels.shape[0]), 0))
    columns = slice(max(left, 0), max(min(left + size, pixels.shape[1]), 0))
    part = pixels[rows, columns]
    if part.size:
        down, right = rows.start - top, columns.start - left
        square[down : down + part.shape[0], right : right + part.shape[1]] = part
    return square


def _jittered(picture: Pixels, reach: float, rng: np.random.Generator) -> Pixels:
    """Brightness, contrast and (of colours) saturation times 1 ± reach."""
    bright, contrast, saturation = rng.uniform(1 - reach, 1 + reach, 3)
    values = picture.astype(np.float32) * bright
    values = values.mean() + contrast * (values - values.mean())
    if values.ndim == 3:
        grey = values.mean(axis=-1, keepdims=True)
        values = grey + saturation * (values - grey)
    return np.clip(values, 0, 255).astype(np.uint8)
