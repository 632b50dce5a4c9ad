"""Words and signs at notes, as music21 objects: decorations, chord symbols, annotations."""

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from songrnn.notation.chord_symbols import parse_chord
from songrnn.notation.reading import Kind, Lyric, Mark
from songrnn.notation.tables import ANNOTATION_PLACES
from songrnn.notation.text_strings import text_of

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
# How chord types are written in ABC, and by music21.
_QUALITIES = [
    ("major", "maj"), ("minor", "m"), ("min", "m"), ("mi", "m"), ("°", "dim"), ("ø7", "m7b5"),
    ("ø", "m7b5"), ("Δ", "maj7"), ("♭", "b"), ("♯", "#"), (" ", ""),
]  # fmt: skip
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
    if mark.kind is Kind.CHORD_SYMBOL and (chord := _chord_symbol(m21, text)) is not None:
        measure.insert(position, chord)
        return
    below = mark.kind is Kind.ANNOTATION and text.startswith("_")
    if mark.kind is Kind.ANNOTATION and text[:1] in tuple(ANNOTATION_PLACES):
        text = text[1:]  # where it stands (4.19)
    if words := printable(text_of(text)):
        expression = m21.expressions.TextExpression(words)
        expression.placement = "below" if below else "above"
        expression.style.fontStyle = "normal" if mark.kind is Kind.CHORD_SYMBOL else "italic"
        measure.insert(position, expression)


def _chord_symbol(m21: Any, text: str) -> Any | None:
    """A chord symbol that music21 knows too; others are written as words."""
    name = parse_chord(text)
    if name is None or "(" in text:
        return None
    quality = name.quality
    for ours, theirs in _QUALITIES:
        quality = quality.replace(ours, theirs)
    figure = _named(name.root) + quality + ("/" + _named(name.bass) if name.bass else "")
    try:
        return m21.harmony.ChordSymbol(figure)
    except Exception:  # music21 has errors of many kinds for the types it does not know
        return None


def _named(note: tuple[str, int]) -> str:
    return note[0] + {1: "#", -1: "-", 0: ""}[note[1]]


def add_lyrics(m21: Any, item: Any, lyrics: list[Lyric]) -> None:
    """The syllables at a note, one a verse (5)."""
    for lyric in lyrics:
        if words := printable(lyric.text):
            written = m21.note.Lyric(text=words, number=lyric.verse, applyRaw=True)
            written.syllabic = lyric.syllabic
            item.lyrics.append(written)


def printable(text: str) -> str:
    """Text for a score: what XML can hold, in one line of bounded length."""
    kept = "".join(c for c in text if c.isprintable() and not "\ud800" <= c <= "\udfff")
    return kept.strip()[:MOST_WORDS]
