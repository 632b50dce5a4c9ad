"""Pages to learn from and to be judged on: engraved when first needed, kept under data/.

A set of pages is decided by its corpus, kind, split, size and seed; the same ones are drawn again on any
machine. Tunes keep the split of their family, so no melody of a page that judges was learnt from.
"""

import hashlib
import io
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import count as counting
from pathlib import Path
from typing import Literal

import numpy as np

from songrnn.corpus.tunebook import Split, Tune, Tunebook
from songrnn.disk import read_bytes, replace_file, storing
from songrnn.errors import EngravingError, ScoreError, SegmentationError
from songrnn.notation.reader import read
from songrnn.paths import common_data_directory
from songrnn.segmentation.classes import CLASSES
from songrnn.segmentation.colouring import Pixels
from songrnn.segmentation.engraved import (
    KNOWN_FONTS,
    UNSEEN_FONT,
    Layout,
    Page,
    draw_layout,
    engrave_tune,
)
from songrnn.segmentation.scans import scan

# clean: as engraved, in a known font. unseen: in a font no page of training has. scans: clean ones, scanned.
Kind = Literal["clean", "unseen", "scans"]
KINDS: tuple[Kind, ...] = ("clean", "unseen", "scans")

# Pages of a set when nothing else is asked for.
USUAL_PAGES: dict[Split, int] = {"train": 120, "validation": 30, "test": 30}

Progress = Callable[[str, float], None]

_VERSION = 3  # of how pages are drawn; another one is another folder
_LARGEST = 64 << 20  # bytes of a picture
_MINIM = 2  # quarter notes; what is as long has an open notehead


@dataclass(frozen=True)
class PageSet:
    """Pages in a folder, opened one at a time. layouts: what decided each one's picture."""

    folder: Path
    tunes: tuple[str, ...]
    layouts: tuple[Layout, ...]
    pixels: tuple[tuple[int, ...], ...]
    classes: tuple[str, ...] = tuple(each.name for each in CLASSES)
    channels: int = 1

    def __len__(self) -> int:
        return len(self.tunes)

    def __getitem__(self, index: int) -> Page:
        if not 0 <= index < len(self):
            raise IndexError(index)
        image, mask = (
            _read_picture(self.folder / f"{index:04}{what}.png") for what in ("", "-mask")
        )
        return Page(image, mask, self.tunes[index], self.layouts[index])

    def __iter__(self) -> Iterator[Page]:
        return (self[index] for index in range(len(self)))

    def pair(self, index: int) -> tuple[Pixels, Pixels]:
        """The page's image and mask."""
        page = self[index]
        return page.image, page.mask

    @property
    def balance(self) -> dict[str, float]:
        """Class -> share of all pixels."""
        totals = np.array(self.pixels, dtype=np.int64).sum(axis=0)
        return {each.name: float(totals[each.number] / totals.sum()) for each in CLASSES}


def page_set(
    book: Tunebook,
    split: Split,
    kind: Kind = "clean",
    *,
    pages: int | None = None,
    seed: int = 0,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> PageSet:
    """The pages of a split; engraved now where they are not there yet, 0.3 seconds a page.

    pages: how many, `USUAL_PAGES` when left out, and at most as many as there are tunes. folder:
    for all sets, data/segmentation when left out. Raises SegmentationError when no tune of the
    split can be engraved; StorageError.
    """
    count = pages or USUAL_PAGES[split]
    parts = (_VERSION, book.sha256, split, kind, count, seed)
    key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]
    root = folder or common_data_directory() / "segmentation"
    place = root / f"{book.name}-{split}-{kind}-{count}-{key}"
    found = _read(place)
    if found is None:
        _build(book, split, kind, count, seed, place, progress)
        found = _read(place)
    if found is None:
        raise SegmentationError(f"The pages in {place} cannot be read; delete the folder.")
    return found


def _build(
    book: Tunebook,
    split: Split,
    kind: Kind,
    count: int,
    seed: int,
    place: Path,
    progress: Progress | None,
) -> None:
    with storing(place):
        place.mkdir(parents=True, exist_ok=True)
    tunes = book.split(split)
    # A set of another split or kind draws other tunes and layouts, one of another size begins alike.
    salt = zlib.crc32(f"{split}/{kind}".encode())
    order = _order(tunes, np.random.default_rng([seed, salt]))
    fonts = (UNSEEN_FONT,) if kind == "unseen" else KNOWN_FONTS
    rows: list[dict[str, object]] = []
    for index in order:
        if len(rows) == count:
            break
        rng = np.random.default_rng([seed, salt, index])
        page = _drawn(tunes[index], draw_layout(rng, fonts), kind, rng)
        if page is None:
            continue
        name = f"{len(rows):04}"
        _write_picture(place / f"{name}.png", page.image)
        _write_picture(place / f"{name}-mask.png", page.mask)
        pixels = np.bincount(page.mask.ravel(), minlength=len(CLASSES)).tolist()
        rows.append({"tune": page.tune, "layout": asdict(page.layout), "pixels": pixels})
        if progress is not None:
            progress(f"Engraving pages to {_PURPOSE[split]}", len(rows) / count)
    if not rows:
        raise SegmentationError(f"No tune of {book.name}'s {split} split could be engraved.")
    replace_file(place / "pages.json", json.dumps(rows).encode())


def _order(tunes: Sequence[Tune], rng: np.random.Generator) -> Iterator[int]:
    """Each tune once, in an order drawn at random, but every other one has an open notehead as long
    as there are such: one tune in eight has, and a page for each would show hardly any."""
    left = rng.permutation(len(tunes)).tolist()
    is_open = cache(lambda index: _has_open_notehead(tunes[index]))
    for turn in counting(1):
        if not left:
            return
        at = (
            next((at for at, index in enumerate(left) if is_open(index)), 0) if turn % 2 == 0 else 0
        )
        yield left.pop(at)


def _has_open_notehead(tune: Tune) -> bool:
    try:
        return any(event.duration >= _MINIM and event.pitches for event in read(tune.text).events)
    except ScoreError:
        return False


_PURPOSE: dict[Split, str] = {
    "train": "learn from",
    "validation": "validate on",
    "test": "test on",
}


def _drawn(tune: Tune, layout: Layout, kind: Kind, rng: np.random.Generator) -> Page | None:
    """The tune's page; None for a tune that cannot be put on one."""
    try:
        page = engrave_tune(tune.text, layout, tune=tune.id)
    except (ScoreError, EngravingError):
        return None
    if kind != "scans":
        return page
    image, mask = scan(page.image, page.mask, rng)
    return Page(image, mask, page.tune, page.layout)


def _read(place: Path) -> PageSet | None:
    """The set in a folder; None when it was never finished or was changed."""
    try:
        rows = json.loads(read_bytes(place / "pages.json"))
        return PageSet(
            place,
            tuple(str(row["tune"]) for row in rows),
            tuple(Layout(**row["layout"]) for row in rows),
            tuple(tuple(map(int, row["pixels"])) for row in rows),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write_picture(path: Path, pixels: Pixels) -> None:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=3)
    replace_file(path, buffer.getvalue(), durable=False, most=_LARGEST)


def _read_picture(path: Path) -> Pixels:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(read_bytes(path, most=_LARGEST))) as image:
            return np.array(image.convert("L"))
    except (OSError, ValueError) as error:
        raise SegmentationError(
            f"The page {path} cannot be read; delete its folder and it is drawn again."
        ) from error
