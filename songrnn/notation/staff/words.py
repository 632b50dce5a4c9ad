"""Words and signs at notes, as music21 objects: decorations, chord symbols, annotations."""

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from songrnn.notation.reading import Kind, Mark
from songrnn.notation.tables import ANNOTATION_PLACES

if TYPE_CHECKING:
    from music21.stream import Measure

MOST_WORDS = 80  # characters of an annotation or title

# Decoration (4.14, short and long names) -> class in music21.articulations / .expressions.
_ARTICULATIONS = {
    "staccato": "Staccato", ".": "Staccato", "accent": "Accent", "emphasis": "Accent",
    ">": "Accent", "L": "Accent", "tenuto": "Tenuto", "upbow": "UpBow", "u": "UpBow",
    "downbow": "DownBow", "v": "DownBow", "marcato": "StrongAccent", "^": "StrongAccent",
    "wedge": "Staccatissimo", "breath": "BreathMark", "open": "OpenString",
    "thumb": "StringThumbPosition", "snap": "SnapPizzicato",
}  # fmt: skip
_EXPRESSIONS = {
    "trill": "Trill", "T": "Trill", "fermata": "Fermata", "H": "Fermata", "turn": "Turn",
    "roll": "Turn", "~": "Turn", "mordent": "Mordent", "lowermordent": "Mordent", "M": "Mordent",
    "uppermordent": "InvertedMordent", "pralltriller": "InvertedMordent", "P": "InvertedMordent",
    "invertedturn": "InvertedTurn",
}  # fmt: skip
_DYNAMICS = {"pppp", "ppp", "pp", "p", "mp", "mf", "f", "ff", "fff", "ffff", "sfz"}


def add_mark(m21: Any, measure: "Measure", item: Any, position: Fraction, mark: Mark) -> None:
    """A chord symbol, an annotation or a decoration at a note."""
    if mark.kind is Kind.DECORATION:
        if name := _ARTICULATIONS.get(mark.text):
            if not item.isRest:
                item.articulations.append(getattr(m21.articulations, name)())
        elif name := _EXPRESSIONS.get(mark.text):
            if not item.isRest or name == "Fermata":
                item.expressions.append(getattr(m21.expressions, name)())
        elif mark.text in _DYNAMICS:
            measure.insert(position, m21.dynamics.Dynamic(mark.text))
        return
    text = mark.text
    below = mark.kind is Kind.ANNOTATION and text.startswith("_")
    if mark.kind is Kind.ANNOTATION and text[:1] in tuple(ANNOTATION_PLACES):
        text = text[1:]  # where it stands (4.19)
    if words := printable(text):
        expression = m21.expressions.TextExpression(words)
        expression.placement = "below" if below else "above"
        expression.style.fontStyle = "normal" if mark.kind is Kind.CHORD_SYMBOL else "italic"
        measure.insert(position, expression)


def printable(text: str) -> str:
    """Text for a score: what XML can hold, in one line of bounded length."""
    kept = "".join(c for c in text if c.isprintable() and not "\ud800" <= c <= "\udfff")
    return kept.strip()[:MOST_WORDS]
