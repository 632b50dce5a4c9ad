"""Words on the page that belong to no note: the rhythm above the staff, the words of W: below it."""

from typing import TYPE_CHECKING, Any

from songrnn.notation.reading import Reading
from songrnn.notation.staff.words import printable
from songrnn.notation.text_strings import text_of

if TYPE_CHECKING:
    from music21.stream import Score

_MOST_LINES = 400  # of words, in a score
# Where they stand on the page, in tenths from its lower left corner (MusicXML's credit).
_LEFT, _TOP, _BOTTOM = 80, 1600, 80


def add_page_words(m21: Any, score: "Score", reading: Reading) -> None:
    """Write R: and W: into a score: as credits, which programs show on the page, and the rhythm
    also as a named field of the file."""
    if rhythm := printable(reading.header.get("R", "")):
        score.metadata.addCustom("rhythm", rhythm)
        _credit(m21, score, rhythm, _TOP)
    if words := "\n".join(words_below(reading)[:_MOST_LINES]).strip("\n"):
        _credit(m21, score, words, _BOTTOM)


def _credit(m21: Any, score: "Score", text: str, y: int) -> None:
    box = m21.text.TextBox(text, _LEFT, y)
    box.style.justify = box.style.alignHorizontal = "left"
    box.style.alignVertical = "top" if y == _TOP else "bottom"
    score.insert(0, box)


def words_below(reading: Reading) -> list[str]:
    """The lines of W:, the words that stand below the tune (5.2); "" between verses."""
    return [
        "".join(letter for letter in value.strip() if letter.isprintable())
        for value in values_of(reading, "W")
    ]


def values_of(reading: Reading, name: str) -> list[str]:
    """The values of a field of words, in plain characters (8.2); of the header alone but for W:,
    which may stand in the body."""
    return [
        text_of(field.value)
        for field in reading.fields
        if field.name == name and (name == "W" or field.span[0] < reading.body)
    ]
