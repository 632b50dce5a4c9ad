"""What a pixel of a page of music can be.

The number of a class is its pixel's value in a mask. Where things overlap, the class later in
`OVERLAP` wins: a notehead lies over its stem, a stem over the beam, everything over staff lines.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class PixelClass:
    """number: in masks. name: in JSON and code. label: for people. colour: of legends, as #rrggbb."""

    number: int
    name: str
    label: str
    colour: str


_TABLE = (
    ("background", "background", "#ffffff"),
    ("staff_line", "staff line", "#9aa5b1"),
    ("ledger_line", "ledger line", "#5b6b7b"),
    ("clef", "clef", "#7b3fa0"),
    ("key_signature", "key signature", "#b5179e"),
    ("meter", "meter", "#e377c2"),
    ("notehead_filled", "filled notehead", "#d55e00"),
    ("notehead_open", "open notehead", "#e69f00"),
    ("stem", "stem", "#0072b2"),
    ("beam", "beam", "#56b4e9"),
    ("flag", "flag", "#00868b"),
    ("accidental", "accidental", "#c1121f"),
    ("rest", "rest", "#009e73"),
    ("dot", "dot", "#1b5e20"),
    ("barline", "barline", "#8c564b"),
    ("slur_tie", "slur or tie", "#b8a100"),
    ("text", "text, numbers and other signs", "#444444"),
)

CLASSES: tuple[PixelClass, ...] = tuple(
    PixelClass(number, *row) for number, row in enumerate(_TABLE)
)
BY_NAME: dict[str, PixelClass] = {each.name: each for each in CLASSES}
BACKGROUND = 0
IGNORED = 255  # in a mask: nobody knows, and nothing is counted

# From the lowest layer to the highest.
OVERLAP: tuple[str, ...] = (
    *("staff_line", "ledger_line", "slur_tie", "barline", "beam", "stem", "flag", "text"),
    *("dot", "rest", "clef", "key_signature", "meter", "accidental"),
    *("notehead_open", "notehead_filled"),
)

# Class of a group in Verovio's SVG -> class of what is drawn in it; the innermost one named here
# decides. All else that is drawn (articulations, ornaments, endings, tuplets, titles) is text.
GROUPS: dict[str, str] = {
    "staff": "staff_line",
    "ledgerLines": "ledger_line",
    "clef": "clef",
    "keySig": "key_signature",
    "keyAccid": "key_signature",
    "meterSig": "meter",
    "meterSigGrp": "meter",
    "notehead": "notehead_filled",
    "stem": "stem",
    "beam": "beam",
    "flag": "flag",
    "accid": "accidental",
    "rest": "rest",
    "mRest": "rest",
    "multiRest": "rest",
    "dots": "dot",
    "barLine": "barline",
    "slur": "slur_tie",
    "tie": "slur_tie",
    "lv": "slur_tie",
}
# SMuFL's code points of noteheads with a hole (https://w3c.github.io/smufl/latest): double whole,
# whole and half, and the same as squares, diamonds and slashes.
OPEN_NOTEHEADS = frozenset(
    ("E0A0", "E0A1", "E0A2", "E0A3", "E0D7", "E0D8", "E0D9", "E0DA", "E0FA", "E0FB")
)
