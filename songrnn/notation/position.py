"""Where in the music a text that is still being written ends."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Inside = Literal[
    "header", "field", "music", "chord", "grace", "quote", "decoration", "comment", "ended"
]


@dataclass(frozen=True, slots=True)
class Position:
    """Where the text so far ends.

    inside: what the next character stands in; "header" is the start of a line of it, "field" a
        field's value (also of a field within the tune), "music" everything else of the tune.
    field: the letter of the field it is inside, else "".
    beat: quarter notes since the barline, as `read` of the text so far would count them.
    expected: quarter notes of a whole bar, None when the meter is free.
    extensible: the last token is a note, rest or closed chord that a length may still follow.
    token: the characters of the token that is not complete yet ("" when none is).
    chord, grace: open brackets. tuplet_left: notes that the tuplet still lacks.
    broken: the next note is the second half of a broken rhythm.
    slurs: open ones. bar: barlines that ended a bar so far. notes: events in this bar.
    repeat: a |: waits for its :|. ending: numbers have been given since then.
    muted: in a voice that is not played, or in a second layer of the bar.
    """

    inside: Inside
    field: str
    beat: Fraction
    expected: Fraction | None
    extensible: bool
    token: str
    chord: bool
    grace: bool
    tuplet_left: int
    broken: bool
    slurs: int
    bar: int
    notes: int
    repeat: bool
    ending: bool
    muted: bool
