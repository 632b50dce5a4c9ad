"""A tune as a printed page: how it is laid out, its picture and its mask.

A layout is drawn from a generator, so that pages differ as books do: music font, staff size,
thickness of lines, spacing, width, with and without a title.
"""

from dataclasses import dataclass

import numpy as np

from songrnn.notation.engraving import engrave_page
from songrnn.notation.reader import read
from songrnn.notation.score import to_musicxml
from songrnn.segmentation.colouring import Pixels, flatten, rasterize

# Verovio's music fonts. What is learnt from the known ones is also tried on one never seen.
KNOWN_FONTS = ("Leipzig", "Bravura", "Petaluma", "Gootville")
UNSEEN_FONT = "Leland"

# Pixels between two staff lines, middle to middle, that pages are drawn with.
STAFF_SPACES = (8.5, 12.0)

_UNITS = 180  # of Verovio in a staff space, in its SVG; its options count tenths of them


# Field of a layout -> Verovio's option.
_OPTIONS = {
    "staff_line": "staffLineWidth",
    "stem": "stemWidth",
    "ledger_line": "ledgerLineThickness",
    "barline": "barLineWidth",
    "slur": "slurMidpointThickness",
    "spacing_linear": "spacingLinear",
    "spacing_nonlinear": "spacingNonLinear",
}


@dataclass(frozen=True)
class Layout:
    """font: of the music. staff_space: pixels. width: of the page in staff spaces. Then how thick
    lines are, in halves of a staff space, and how widely notes of what length are set."""

    font: str = "Leipzig"
    staff_space: float = 10.0
    width: float = 110.0
    title: bool = True
    staff_line: float = 0.2
    stem: float = 0.24
    ledger_line: float = 0.3
    barline: float = 0.35
    slur: float = 0.6
    spacing_linear: float = 0.25
    spacing_nonlinear: float = 0.58

    @property
    def options(self) -> dict[str, object]:
        """As Verovio takes them."""
        margins = ("pageMarginLeft", "pageMarginRight", "pageMarginTop", "pageMarginBottom")
        return {
            **{option: getattr(self, name) for name, option in _OPTIONS.items()},
            **dict.fromkeys(margins, 40),
            "font": self.font,
            "header": "auto" if self.title else "none",
            "pageWidth": round(self.width * _UNITS / 10),
            "scale": 100,
            "svgViewBox": False,
        }


@dataclass(frozen=True)
class Page:
    """image: (H, W), 0 black to 255 white. mask: (H, W) of class numbers. tune: its id."""

    image: Pixels
    mask: Pixels
    tune: str
    layout: Layout


def draw_layout(rng: np.random.Generator, fonts: tuple[str, ...] = KNOWN_FONTS) -> Layout:
    """A layout such as books have."""
    return Layout(
        font=str(rng.choice(fonts)),
        staff_space=round(float(rng.uniform(*STAFF_SPACES)), 2),
        width=round(float(rng.uniform(80, 125)), 1),
        title=bool(rng.random() < 0.8),
        staff_line=round(float(rng.uniform(0.18, 0.3)), 3),
        stem=round(float(rng.uniform(0.18, 0.4)), 3),
        ledger_line=round(float(rng.uniform(0.22, 0.45)), 3),
        barline=round(float(rng.uniform(0.22, 0.6)), 3),
        slur=round(float(rng.uniform(0.4, 0.9)), 3),
        spacing_linear=round(float(rng.uniform(0.2, 0.35)), 3),
        spacing_nonlinear=round(float(rng.uniform(0.5, 0.65)), 3),
    )


def engrave_tune(text: str, layout: Layout, *, tune: str = "", timeout: float = 20.0) -> Page:
    """The page of a tune in ABC. Raises ScoreError, EngravingError."""
    return engrave_score(to_musicxml(read(text)), layout, tune=tune, timeout=timeout)


def engrave_score(musicxml: str, layout: Layout, *, tune: str = "", timeout: float = 20.0) -> Page:
    """The page of a score in MusicXML. Raises EngravingError."""
    drawing = flatten(engrave_page(musicxml, layout.options, timeout=timeout))
    width = max(round(drawing.width / _UNITS * layout.staff_space), 1)
    image, mask = rasterize(drawing, width)
    return Page(image, mask, tune, layout)
