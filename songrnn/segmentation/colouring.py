"""One engraving, two pictures: a page in black ink, and its mask with a colour for each class.

Verovio's SVG is flattened into its shapes, each with the transforms of the groups around it, and
the shapes are drawn in the order of `OVERLAP`. Whether a pixel is ink is decided by the page
alone: where at least a third of it is black. So the mask is a function of the picture, and a line
of three quarters of a pixel is there even where it lies between two rows. Which class the ink has
is decided by a drawing in a colour for each class, without anti-aliasing and four times as fine,
so that no sample is between classes: the most frequent class of a pixel's samples; of two as
frequent ones the one drawn later; where no sample of the pixel was hit, the nearest one around it.
"""

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from songrnn.errors import EngravingError
from songrnn.segmentation.classes import BY_NAME, GROUPS, OPEN_NOTEHEADS, OVERLAP

Pixels = NDArray[np.uint8]

_SVG = "{http://www.w3.org/2000/svg}"
_SHAPES = frozenset(("path", "use", "ellipse", "polygon", "polyline", "rect", "text"))
# What a shape inherits from the groups around it and is lost with them.
_INHERITED = ("font-family", "font-size", "font-style", "font-weight", "text-anchor")
_GLYPH = re.compile(r"#([0-9A-F]{4,6})-")
# Groups whose text Verovio's own style sheet sets bold or in italics.
_BOLD = frozenset(("ending", "fing", "reh", "tempo"))
_ITALIC = frozenset(("dir", "dynam", "mNum"))
# Between the greys of neighbouring classes in the mask as it is drawn.
_GREYS = 15
_FINER = 4  # samples a pixel in each direction
_AROUND = 2  # pixels around one that are searched for the nearest sample
# Darkness, of 255, from which a pixel is ink: a third.
LEAST_DARKNESS = 85


@dataclass(frozen=True)
class _Shape:
    """A shape ready to be drawn: `before` and `after` are the groups around it."""

    name: str
    before: str
    element: ET.Element
    after: str


@dataclass(frozen=True)
class Drawing:
    """A flattened engraving. width, height: of the page in Verovio's units, 180 a staff space."""

    definitions: str
    shapes: tuple[_Shape, ...]
    width: float
    height: float

    def svg(self, *, masked: bool) -> str:
        """As an SVG: black on white, or class n in the grey 15 n on black without anti-aliasing."""
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:g} {self.height:g}"'
            f' width="{self.width:g}" height="{self.height:g}"',
            ' shape-rendering="crispEdges" text-rendering="optimizeSpeed">'
            if masked
            else ' shape-rendering="geometricPrecision" text-rendering="geometricPrecision">',
            self.definitions,
        ]
        for shape in self.shapes:
            grey = _GREYS * BY_NAME[shape.name].number if masked else 0
            ink = f"rgb({grey},{grey},{grey})"
            _paint(shape.element, ink)
            parts += (
                shape.before,
                ET.tostring(shape.element, encoding="unicode"),
                shape.after,
            )
        return "".join([*parts, "</svg>"])


def flatten(svg: str) -> Drawing:
    """The shapes of Verovio's SVG with their classes. Raises EngravingError for anything else."""
    ET.register_namespace("", _SVG[1:-1])
    try:
        root = ET.fromstring(svg)
        inner = next(each for each in root if each.tag == f"{_SVG}svg")
        _, _, width, height = map(float, inner.attrib["viewBox"].split())
    except (ET.ParseError, StopIteration, KeyError, ValueError) as error:
        raise EngravingError("The engraver's drawing is not one that can be labelled.") from error
    definitions = root.find(f"{_SVG}defs")
    text = ET.tostring(definitions, encoding="unicode") if definitions is not None else ""
    found = _walk(inner, "text", [], {})
    shapes = sorted(found, key=lambda shape: OVERLAP.index(shape.name))  # stable
    return Drawing(text, tuple(shapes), width, height)


def rasterize(drawing: Drawing, width: int) -> tuple[Pixels, Pixels]:
    """Page (H, W), 0 black to 255 white, and mask (H, W) of class numbers; W = `width` pixels."""
    image = _pixels(drawing.svg(masked=False), width, "white")
    grey = _pixels(drawing.svg(masked=True), _FINER * width, "black")
    if (grey % _GREYS).any():
        raise EngravingError("The mask has a colour that no class has; it was anti-aliased.")
    return image, _mask(image, grey // _GREYS)


def is_ink(image: NDArray[np.uint8] | NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where a page (H, W), 0 black to 255 white, is ink."""
    return image <= 255 - LEAST_DARKNESS


def _mask(image: Pixels, samples: Pixels) -> Pixels:
    """Page (H, W) and samples (4H ± a few, 4W) -> mask (H, W)."""
    height, width = image.shape
    fine = np.zeros((_FINER * height, _FINER * width), np.uint8)
    rows = min(len(samples), len(fine))
    fine[:rows] = samples[:rows]
    ink = np.nonzero(is_ink(image))
    within = fine.reshape(height, _FINER, width, _FINER)[ink[0], :, ink[1], :]  # (N, 4, 4)
    mask = np.zeros((height, width), np.uint8)
    mask[ink] = _most_frequent(within.reshape(len(within), _FINER**2))
    for row, column in zip(*np.nonzero(is_ink(image) & (mask == 0)), strict=True):
        mask[row, column] = _nearest(fine, int(row), int(column))
    return mask


def _most_frequent(samples: Pixels) -> Pixels:
    """(N, samples) -> (N,) the most frequent class but paper; 0 where all is paper."""
    size = len(OVERLAP) + 1
    flat = samples + size * np.arange(len(samples), dtype=np.int64)[:, None]
    counts = np.bincount(flat.ravel(), minlength=size * len(samples)).reshape(-1, size)  # (N, 17)
    counts[:, 0] = 0
    order = np.array([0, *(BY_NAME[name].number for name in reversed(OVERLAP))])
    best = counts[:, order].argmax(axis=1)  # the first of equals: the one drawn last
    found: Pixels = np.where(counts.any(axis=1), order[best], 0).astype(np.uint8)
    return found


def _nearest(fine: Pixels, row: int, column: int) -> int:
    """The class of the sample nearest to the middle of a pixel that none was hit in."""
    top, left = (max(_FINER * (at - _AROUND), 0) for at in (row, column))
    end = _FINER * (_AROUND + 1)
    window = fine[top : _FINER * row + end, left : _FINER * column + end]
    y, x = np.nonzero(window)
    if not len(y):
        raise EngravingError("There is ink on the page where the mask has none.")
    middle = (_FINER - 1) / 2
    away = np.hypot(y + top - _FINER * row - middle, x + left - _FINER * column - middle)
    nearest = away.argmin()
    return int(window[y[nearest], x[nearest]])


def _walk(
    group: ET.Element, name: str, transforms: list[str], inherited: dict[str, str]
) -> Iterator[_Shape]:
    for child in group:
        kind = child.tag.removeprefix(_SVG)
        if kind in _SHAPES:
            yield _shape(child, kind, name, transforms, inherited)
        elif kind in ("g", "svg"):
            groups = child.get("class", "").split()
            if "placeholder" in groups:
                continue  # Verovio hides them by its style sheet
            # A group that is not in the table is a sign of its own, whatever it stands in.
            within = next((GROUPS[each] for each in groups if each in GROUPS), "text")
            own = child.get("transform")
            yield from _walk(
                child,
                within if groups else name,
                [*transforms, own] if own else transforms,
                inherited | _fonts(child, groups),
            )


def _fonts(group: ET.Element, groups: list[str]) -> dict[str, str]:
    found = {name: group.attrib[name] for name in _INHERITED if name in group.attrib}
    if _BOLD & set(groups):
        found["font-weight"] = "bold"
    if _ITALIC & set(groups):
        found["font-style"] = "italic"
    return found


def _shape(
    element: ET.Element, kind: str, name: str, transforms: list[str], inherited: dict[str, str]
) -> _Shape:
    if name == "notehead_filled" and kind == "use":
        glyph = _GLYPH.match(element.get("href", ""))
        name = "notehead_open" if glyph and glyph[1] in OPEN_NOTEHEADS else name
    if name == "staff_line" and kind != "path":
        name = "text"
    if kind == "text":
        _anchor_at_first_words(element)
    attributes = dict(inherited) if kind == "text" else {}
    if transforms:
        attributes["transform"] = " ".join(transforms)
    words = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return _Shape(name, f"<g{words}>", element, "</g>")


def _anchor_at_first_words(text: ET.Element) -> None:
    """Let a text begin with its first words: blanks between its parts would be set before them."""
    for each in text.iter():
        each.text = each.text if each.text and each.text.strip() else None
        each.tail = each.tail if each.tail and each.tail.strip() else None
        for title in each.findall(f"{_SVG}title"):
            each.remove(title)
    placed = next((each for each in text.iter() if "x" in each.attrib), text)
    if placed is not text:
        for name in ("x", "y", "text-anchor"):
            if name in placed.attrib:
                text.set(name, placed.attrib.pop(name))


def _paint(element: ET.Element, ink: str) -> None:
    """Set the ink of a shape and of what is in it: filled, and stroked where it has a width."""
    for each in element.iter():
        if each.get("fill") != "none":
            each.set("fill", ink)
        each.attrib.pop("style", None)
        each.attrib.pop("color", None)
        each.set("stroke", ink if each.get("stroke-width") else "none")


def _pixels(svg: str, width: int, background: str) -> Pixels:
    import resvg_py
    from PIL import Image

    png = resvg_py.svg_to_bytes(
        svg_string=svg,
        width=width,
        background=background,
        skip_system_fonts=True,  # they differ from machine to machine
        font_files=_text_fonts(),
        font_family="STIXGeneral",
        serif_family="STIXGeneral",
        shape_rendering="geometric_precision",
    )
    with Image.open(io.BytesIO(bytes(png))) as image:
        return np.asarray(image)[:, :, 0].copy()


def _text_fonts() -> list[str]:
    """A Times that comes with matplotlib, which music21 depends on."""
    import importlib.util

    found = importlib.util.find_spec("matplotlib")
    if found is None or found.origin is None:
        raise EngravingError("The fonts of matplotlib are needed for the words on a page.")
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    return [str(path) for path in sorted(folder.glob("STIXGeneral*.ttf"))]
