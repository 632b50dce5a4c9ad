"""A note's own characters, understood without what stands around it (ABC 2.1, 4.1 to 4.3)."""

from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from songrnn.notation.pulse import multiplier
from songrnn.notation.reading import Kind
from songrnn.notation.tables import ACCIDENTALS, DECORATION_NAMES, MICROTONE, NOTE, TOKEN


class NoteText(NamedTuple):
    """accidental: semitones, of a microtone to the nearest half of one (a float), None when none is written. letter: a capital. octave: 4 holds
    middle C. times: its length in unit lengths. kinds: the `Kind` of each character."""

    accidental: float | None
    letter: str
    octave: int
    times: Fraction
    kinds: bytes


def accidental_of(text: str) -> float | None:
    """The semitones of an accidental, None for none.

    Those of parts of a sharp or flat are floats, to the nearest quarter tone.

    >>> accidental_of("__"), accidental_of("^/"), accidental_of("_3/2"), accidental_of("")
    (-2, 0.5, -1.5, None)
    """
    if not text or text in ACCIDENTALS:
        return ACCIDENTALS.get(text)
    match = MICROTONE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not an accidental")
    parts = int(match["parts"] or 1)
    of = int(match["of"] or 2) or 1
    quarter_tones = min(int(2 * parts / of + 0.5), 4)
    return (1 if match["sign"] == "^" else -1) * quarter_tones / 2


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
        accidental_of(accidental or ""), letter.upper(), octave, multiplier(length), kinds
    )


@lru_cache(maxsize=1024)
def chord_of_old(text: str) -> tuple[tuple[int, int], ...]:
    """Where the notes are in a chord such as +CEG+, as ABC wrote them before [CEG]; () for a
    decoration between plus signs (4.14).

    >>> chord_of_old("+C2E2+"), chord_of_old("+trill+"), chord_of_old("+ff+")
    (((1, 3), (3, 5)), (), ())
    """
    if text[0] != "+" or text[1:-1] in DECORATION_NAMES:
        return ()
    tokens = list(TOKEN.finditer(text, 1, len(text) - 1))
    if len(tokens) < 2 or any(token.lastgroup != "note" for token in tokens):
        return ()
    return tuple([token.span() for token in tokens])
