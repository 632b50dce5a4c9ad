"""What a sign of a class is: a sharp or a flat, a quaver rest or a crotchet rest, 6/8 or 3/4.

The network says that pixels are an accidental, not which one. So a score that holds each sign
once, in a known order, is engraved in each font the network knows, in three sizes; a sign on a page is the one that
the nearest of these shows (1-nearest neighbour on `shape_of`).
"""

import contextlib
import functools
import hashlib
import io
import json
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from songrnn.disk import read_bytes, replace_file, storing
from songrnn.errors import EngravingError, ReadOnlyError, StorageError
from songrnn.notation.reader import read
from songrnn.notation.score import to_musicxml
from songrnn.paths import common_data_directory
from songrnn.segmentation.engraved import KNOWN_FONTS, Layout, Page, engrave_score
from songrnn.segmentation.reading.components import (
    SHAPE_SIZE,
    Component,
    clusters,
    components,
    joined,
    shape_of,
)
from songrnn.segmentation.reading.staves import find_staves

_METERS = (
    *("2/4", "3/4", "4/4", "6/8", "9/8", "12/8", "3/8", "2/2", "3/2", "6/4", "5/4", "C", "C|"),
    *("7/8", "5/8", "4/8", "4/2"),
)
_ACCIDENTALS = ("sharp", "flat", "natural", "double_sharp", "double_flat")
# Quarter notes that a rest or a flag stands for.
_RESTS = ("2", "1", "1/2", "1/4", "1/8")
_FLAGS = ("1", "1", "2", "2", "3", "3")  # how many, stem up and stem down in turn
_TUPLETS = ("2", "3", "4", "5", "6")
_CLEFS = ("treble", "bass", "alto")

_VERSION = 3  # of how signs are drawn and compared
_USES = ("meter", "accidental", "rest", "flag", "tuplet", "clef")
_Signs = dict[str, list[tuple[str, NDArray[np.float64]]]]

# Pixels from line to line of the sheets: where a thin line lies between pixels decides whether it
# is one or two wide, so one size shows each sign in too few ways.
_SPACES = (10.0, 9.3, 11.1)
_SHIPPED = Path(__file__).with_name("signs.npz")
_GAP = 0.8  # signs of one cluster are nearer, in staff spaces


def _bars() -> str:
    meters = "|".join(f"[M:{meter}]A" for meter in _METERS)
    tuplets = "|".join(f"({p}:2:{p}" + "A/2" * int(p) for p in _TUPLETS)
    return (
        f"{meters}|[M:none] ^A _A =A ^^A __A | A z2 A z A z/2 A z/4 A z/8 A |"
        f"A/2 A c/2 A A/4 A c/4 A A/8 A c/8 A|{tuplets}|"
    )


def _sheets() -> Iterator[Page]:
    """The score of all signs in each font and size: one long staff for the signs, two below for
    the other clefs."""
    text = (
        "X:1\nT:Signs\nM:none\nL:1/4\nV:1 clef=treble\nV:2 clef=bass\nV:3 clef=alto\nK:C\n"
        f"V:1\n{_bars()}\nV:2\nA\nV:3\nA\n"
    )
    score = to_musicxml(read(text))
    for font in KNOWN_FONTS:
        for space in _SPACES:
            layout = Layout(font=font, staff_space=space, width=320, title=False)
            yield engrave_score(score, layout)


class Shapes:
    """The signs of one class, with their vectors."""

    def __init__(self, names: list[str], vectors: NDArray[np.float64]) -> None:
        self.names = names
        self.vectors = vectors

    def nearest(self, sign: Component, space: float) -> tuple[str, float]:
        """The sign's name, and how far it is from its picture: 0 is equal, about 10 another."""
        distances = np.linalg.norm(self.vectors - shape_of(sign, space), axis=1)
        best = int(np.argmin(distances))
        return self.names[best], float(distances[best])


@functools.cache
def known_shapes(folder: Path | None = None) -> dict[str, Shapes]:
    """Class or use -> its signs: "accidental", "rest", "flag", "meter", "tuplet", "clef".

    They come with the lab. Where another engraver or rasterizer is installed they are engraved
    anew, a sheet in each font and size, ten seconds in all, and kept in `folder`,
    data/segmentation when left out. Raises EngravingError.
    """
    place = (folder or common_data_directory() / "segmentation") / f"signs-{_fingerprint()}.json"
    found = _shipped() or _stored(place)
    if found is None:
        found = _engraved()
        rows = {
            use: [[name, *np.round(vector, 4).tolist()] for name, vector in signs]
            for use, signs in found.items()
        }
        # What cannot be kept is engraved again next time.
        with contextlib.suppress(ReadOnlyError, StorageError):
            with storing(place.parent):
                place.parent.mkdir(parents=True, exist_ok=True)
            replace_file(place, json.dumps(rows).encode(), durable=False)
    return {
        use: Shapes([name for name, _ in signs], np.array([vector for _, vector in signs]))
        for use, signs in found.items()
    }


def _fingerprint() -> str:
    """Changes with the sheet and with what draws it."""
    parts = (
        _VERSION,
        _bars(),
        KNOWN_FONTS,
        _SPACES,
        metadata.version("verovio"),
        metadata.version("resvg_py"),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


def write_shipped() -> None:
    """Write the file of signs that comes with the lab."""
    signs = [(use, name, vector) for use, each in _engraved().items() for name, vector in each]
    vectors = np.array([vector for _, _, vector in signs])
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        fingerprint=np.array(_fingerprint()),
        uses=np.array([use for use, _, _ in signs]),
        names=np.array([name for _, name, _ in signs]),
        cells=np.rint(255 * vectors[:, :-2]).astype(np.uint8),
        sizes=vectors[:, -2:].astype(np.float32),
    )
    replace_file(_SHIPPED, buffer.getvalue())


def _shipped() -> _Signs | None:
    """The signs that come with the lab; None where they were drawn by other versions."""
    try:
        with np.load(_SHIPPED, allow_pickle=False) as file:
            if str(file["fingerprint"]) != _fingerprint():
                return None
            vectors = np.hstack([file["cells"] / 255, file["sizes"]])
            found: _Signs = {}
            for use, name, vector in zip(file["uses"], file["names"], vectors, strict=True):
                found.setdefault(str(use), []).append((str(name), vector))
            return found
    except (OSError, ValueError, KeyError):
        return None


def _stored(place: Path) -> _Signs | None:
    """What was cut out before; None when it is not there or not whole."""
    try:
        rows = json.loads(read_bytes(place))
        found = {
            str(use): [(str(name), np.array(vector, dtype=np.float64)) for name, *vector in signs]
            for use, signs in rows.items()
        }
        sizes = {vector.shape for signs in found.values() for _, vector in signs}
        return found if set(found) == set(_USES) and sizes == {(SHAPE_SIZE,)} else None
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def _engraved() -> _Signs:
    found: _Signs = {}
    for sheet in _sheets():
        space = sheet.layout.staff_space
        for use, signs in _cut_out(sheet).items():
            found.setdefault(use, []).extend((name, shape_of(sign, space)) for name, sign in signs)
    return found


def _cut_out(page: Page) -> dict[str, list[tuple[str, Component]]]:
    """Use -> its signs on the sheet, named."""
    space = page.layout.staff_space
    top, *_ = find_staves(page.mask, space)
    below = top.middle(0) + 5 * space  # nothing of the first staff lies lower

    def signs(of: str, gap: float = _GAP) -> list[Component]:
        parts = [each for each in components(page.mask, [of]) if each.middle < below]
        return [joined(each) for each in clusters(parts, gap * space)]

    clefs = sorted(components(page.mask, ["clef"], least=space), key=lambda each: each.top)
    rows = _rows(clefs, space)
    numbers = [each for each in signs("text", 0) if is_digit(each, space)]
    # Brackets are as wide as digits and lower.
    tallest = sorted(numbers, key=lambda each: -each.height)[: len(_TUPLETS)]
    digits = sorted(tallest, key=lambda each: each.left)
    named = {
        "meter": (_METERS, signs("meter")),
        "accidental": (_ACCIDENTALS, signs("accidental", 0.1)),
        "rest": (_RESTS, signs("rest")),
        "flag": (_FLAGS, signs("flag")),
        "tuplet": (_TUPLETS, digits),
        "clef": (_CLEFS, rows),
    }
    for use, (names, found) in named.items():
        if len(names) != len(found):
            raise EngravingError(f"The sheet of signs has {len(found)} signs for {use}.")
    return {use: list(zip(names, found, strict=True)) for use, (names, found) in named.items()}


def is_digit(sign: Component, space: float) -> bool:
    """Whether it has the size of a number over a group of notes."""
    return 1.0 <= sign.height / space <= 2.2 and 0.45 <= sign.width / space <= 2.2


def _rows(parts: list[Component], space: float) -> list[Component]:
    """The clefs of the sheet, each of several parts, from top to bottom."""
    rows: list[list[Component]] = []
    for part in parts:
        if rows and part.top < max(each.bottom for each in rows[-1]) + space:
            rows[-1].append(part)
        else:
            rows.append([part])
    return [joined(each) for each in rows]
