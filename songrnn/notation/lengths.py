"""Note values: which symbols a length is written with, and which flags are joined by beams.

It knows nothing of pitches or scores.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from songrnn.errors import ScoreError
from songrnn.notation.reading import Event, Kind, Reading

# Quarter notes -> the name of the note value, longest first.
NOTE_VALUES = {
    Fraction(8): "breve",
    Fraction(4): "whole",
    Fraction(2): "half",
    Fraction(1): "quarter",
    Fraction(1, 2): "eighth",
    Fraction(1, 4): "16th",
    Fraction(1, 8): "32nd",
    Fraction(1, 16): "64th",
    Fraction(1, 32): "128th",
    Fraction(1, 64): "256th",
}
FLAGS = {"eighth": 1, "16th": 2, "32nd": 3, "64th": 4, "128th": 5, "256th": 6}
MOST_PIECES = 64
# A tuplet of more notes than this is no tuplet anyone writes.
_LARGEST_TUPLET = 31

BeamKind = Literal["start", "continue", "stop", "forward", "backward"]


@dataclass(frozen=True, slots=True)
class Piece:
    """One written note value: `quarters` is what it lasts within its tuplet, if any."""

    value: str
    dots: int
    quarters: Fraction
    tuplet: tuple[int, int] | None

    @property
    def flags(self) -> int:
        return FLAGS.get(self.value, 0)


def pieces_of(event: Event) -> tuple[Piece, ...]:
    """The note values a note is written with, the longest first; tied, they last as long as it.

    Raises ScoreError for a length that no note values make up.
    """
    tuplet = event.tuplet
    pieces = _spelled(event.duration, tuplet)
    if pieces is None and (tuplet := _tuplet_of(event.duration)) is not None:
        pieces = _spelled(event.duration, tuplet)
    if not pieces:
        start = event.span[0]
        raise ScoreError(
            f"The note at character {start + 1} lasts {event.duration} quarter notes, which no "
            "note values make up; change its length."
        )
    return pieces


def _spelled(duration: Fraction, tuplet: tuple[int, int] | None) -> tuple[Piece, ...] | None:
    p, q = tuplet or (1, 1)
    rest = duration * p / q  # as it looks on paper
    found: list[Piece] = []
    for length, value in NOTE_VALUES.items():
        while rest >= length and len(found) < MOST_PIECES:
            dots = 2 if rest == length * Fraction(7, 4) else 1 if rest >= length * 3 / 2 else 0
            if length <= Fraction(1, 32):
                dots = 0
            written = length * (2 - Fraction(1, 2**dots))
            found.append(Piece(value, dots, written * q / p, tuplet))
            rest -= written
    return tuple(found) if not rest else None


def _tuplet_of(duration: Fraction) -> tuple[int, int] | None:
    """The tuplet a length such as a third of a quarter needs, whatever the text calls it."""
    odd = duration.denominator
    while odd % 2 == 0:
        odd //= 2
    if odd == 1 or odd > _LARGEST_TUPLET:
        return None
    return odd, 1 << (odd.bit_length() - 1)


def beam_groups(reading: Reading, events: Sequence[int]) -> list[list[int]]:
    """The events of a bar that the text writes without a space between (4.7), rests apart.

    events: indices. Notes of a quarter and longer end a group; the caller knows the values.
    """
    groups: list[list[int]] = []
    before: int | None = None
    for index in events:
        event = reading.events[index]
        if event.kind == "grace":
            continue
        if event.kind == "rest":
            before = None
            continue
        joined = False
        if before is not None:
            between = reading.kinds[reading.events[before].span[1] : event.span[0]]
            joined = not ((between == Kind.SPACE) | (between == Kind.NEWLINE)).any()
        if joined:
            groups[-1].append(index)
        else:
            groups.append([index])
        before = index
    return groups


def beams(flags: Sequence[int]) -> list[list[BeamKind]]:
    """Beams of a run of notes: for each note, one word a level.

    >>> beams([1, 2, 2, 0])
    [['start'], ['continue', 'start'], ['stop', 'stop'], []]
    >>> beams([1, 2])
    [['start'], ['stop', 'backward']]
    """
    found: list[list[BeamKind]] = []
    for place, count in enumerate(flags):
        left = flags[place - 1] if place else 0
        right = flags[place + 1] if place + 1 < len(flags) else 0
        levels: list[BeamKind] = []
        for level in range(1, count + 1):
            back, ahead = left >= level, right >= level
            if back and ahead:
                levels.append("continue")
            elif ahead:
                levels.append("start")
            elif back:
                levels.append("stop")
            elif left or right:
                levels.append("backward" if left else "forward")
        found.append(levels)
    return found


def starts_tuplet(reading: Reading, before: Event | None, event: Event) -> bool:
    """Whether a tuplet's mark stands between two notes, so that a new group begins (4.13)."""
    if before is None or before.tuplet != event.tuplet:
        return True
    between = reading.kinds[before.span[1] : event.span[0]]
    return bool((between == Kind.TUPLET).any())
