"""Ornaments as notes: rolls, trills, mordents and turns (ABC 2.1, 4.14), which fill their own note.

Irish players' words: a cut is a very short note above, a tap one below; a long roll on three quavers
is the note, cut, note, tap, note; a short roll on two begins with the cut.
"""

from bisect import bisect_right
from fractions import Fraction
from typing import NamedTuple

from songrnn.notation.reading import Event, Reading
from songrnn.notation.tables import LETTERS, NATURAL_SEMITONES

Piece = tuple[int, Fraction]  # a pitch and how long it sounds
# Notes of a trill in a second.
TRILL_SPEED = 9
_MOST_OF_A_TRILL = 64
# Decoration -> which neighbours come in, between the notes themselves.
_TURNS = {
    "lowermordent": "ml", "mordent": "ml", "uppermordent": "mu", "pralltriller": "mu",
    "turn": "uml", "turnx": "uml", "invertedturn": "lmu", "invertedturnx": "lmu",
}  # fmt: skip
ORNAMENTS = frozenset([*_TURNS, "roll", "trill"])


class Neighbours(NamedTuple):
    """The notes of the scale below and above."""

    lower: int
    upper: int


def neighbours(reading: Reading, event: Event) -> Neighbours:
    """Of a note's first pitch, in the key in force there."""
    index = bisect_right(reading.keys, event.onset, key=lambda placed: placed.onset) - 1
    alterations = reading.keys[max(index, 0)].value.alterations
    letter, accidental, octave = event.steps[0]
    place = LETTERS.index(letter) + 7 * octave
    moved = round(event.pitches[0] - 12 * (octave + 1) - NATURAL_SEMITONES[letter] - accidental)

    def pitch(at: int) -> int:
        high, number = divmod(at, 7)
        natural = NATURAL_SEMITONES[LETTERS[number]]
        return 12 * (high + 1) + natural + alterations[number] + moved

    own = event.pitches[0]
    lower, upper = pitch(place - 1), pitch(place + 1)
    # An accidental may reach the neighbour; then the note itself says how far a step is.
    return Neighbours(min(lower, own - 1), max(upper, own + 1))


def ornamented(
    name: str,
    pitch: int,
    beside: Neighbours,
    duration: Fraction,
    *,
    cut: Fraction,
    unit: Fraction,
    quarters_a_second: float,
) -> list[Piece]:
    """A note with an ornament as the notes it is played with; together as long as it is.

    cut: how long a cut is, unit: a quaver, both in quarter notes.
    """
    if name == "roll":
        return _roll(pitch, beside, duration, min(cut, duration / 8), unit)
    if name == "trill":
        seconds = float(duration) / quarters_a_second
        pairs = min(max(round(seconds * TRILL_SPEED / 2), 1), _MOST_OF_A_TRILL)
        each = duration / (2 * pairs + 1)
        return [(pitch, each), *[(beside.upper, each), (pitch, each)] * pairs]
    sides = {"m": pitch, "l": beside.lower, "u": beside.upper}
    short = min(cut, duration / 5)
    pieces = [(sides[side], short) for side in _TURNS[name]]
    return [*pieces, (pitch, duration - short * len(pieces))]


def _roll(
    pitch: int, beside: Neighbours, duration: Fraction, cut: Fraction, unit: Fraction
) -> list[Piece]:
    if duration < 2 * unit:
        return [(beside.upper, cut), (pitch, duration - cut)]
    held: list[Piece] = []
    if duration >= 3 * unit:
        held = [(pitch, duration / 3)]
        duration = duration * 2 / 3
    half = duration / 2
    return [
        *held, (beside.upper, cut), (pitch, half - cut), (beside.lower, cut), (pitch, half - cut)
    ]  # fmt: skip
