"""A note's own characters, understood without what stands around it (ABC 2.1, 4.1 to 4.3)."""

from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from songrnn.notation.pulse import multiplier
from songrnn.notation.reading import Kind
from songrnn.notation.tables import ACCIDENTALS, NOTE


class NoteText(NamedTuple):
    """accidental: semitones, None when none is written. letter: a capital. octave: 4 holds
    middle C. times: its length in unit lengths. kinds: the `Kind` of each character."""

    accidental: int | None
    letter: str
    octave: int
    times: Fraction
    kinds: bytes


@lru_cache(maxsize=16384)
def note_text(text: str) -> NoteText:
    """The parts of a note.

    >>> note_text("^c'3/2")[:4]
    (1, 'C', 6, Fraction(3, 2))
    """
    match = NOTE.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not a note")
    accidental, letter, marks, length = match.groups()
    octave = 4 + letter.islower() + marks.count("'") - marks.count(",")
    kinds = (
        bytes([Kind.ACCIDENTAL]) * len(accidental or "")
        + bytes([Kind.NOTE])
        + bytes([Kind.OCTAVE]) * len(marks)
        + bytes([Kind.LENGTH]) * len(length)
    )
    return NoteText(
        ACCIDENTALS.get(accidental or ""), letter.upper(), octave, multiplier(length), kinds
    )
