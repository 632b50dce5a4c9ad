"""The barlines of one voice as they are read, and where the bar began (ABC 2.1, 4.8 to 4.10)."""

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from songrnn.notation.grid import to_quarters
from songrnn.notation.reading import Barline

_MOST_TIMES = 99


class Barlines:
    """found: so far. onset: ticks from the tune's beginning to the last of them. number: of the
    bar, from 0. filled: whether it has a note, chord or rest."""

    __slots__ = ("filled", "found", "number", "onset")

    def __init__(self) -> None:
        self.found: list[Barline] = []
        self.onset = 0
        self.number = 0
        self.filled = False

    @classmethod
    def beginning_at(cls, place: "Moment") -> "Barlines":
        """Those of an overlay that goes over several bars, from where they begin."""
        bars = cls()
        bars.onset, bars.number = place.onset, place.number
        return bars

    def moment(self, ticks: int) -> "Moment":
        """Where the music is, `ticks` after the last barline."""
        return Moment(self.onset, self.number, ticks, len(self.found))

    def add(self, start: int, end: int, text: str, ticks: int) -> None:
        """A barline, `ticks` after the one before."""
        self.onset += ticks
        self.found.append(
            Barline(
                (start, end),
                to_quarters(self.onset),
                text,
                ends_repeat=text[0] == ":",
                starts_repeat=text[-1] == ":",
                final="]" in text or "||" in text,
            )
        )
        if self.filled:
            self.number += 1
            self.filled = False

    def ending(self, start: int, text: str, ticks: int) -> None:
        """The numbers of an ending: of the barline just before, or with a bracket of their own."""
        numbers = ending_numbers(text.lstrip("["))
        onset = to_quarters(self.onset + ticks)
        last = self.found[-1] if self.found else None
        if last is not None and last.onset == onset and not last.endings:
            self.found[-1] = replace(last, endings=numbers)
        else:
            mark = (start, start + 1) if text[0] == "[" else (start, start)
            self.found.append(Barline(mark, onset, "[", endings=numbers))

    def divide(self, span: tuple[int, int], ticks: int) -> None:
        """Something begins within a bar, here. A mark that is no barline divides it."""
        onset = to_quarters(self.onset + ticks)
        if ticks:
            self.found.append(Barline((span[0], span[0]), onset, "["))


class Moment(NamedTuple):
    """A place in a voice: onset and number of its bar, ticks within it, barlines found so far."""

    onset: int
    number: int
    ticks: int
    barlines: int


@lru_cache(maxsize=1024)
def ending_numbers(text: str) -> tuple[int, ...]:
    """The numbers of an ending.

    >>> ending_numbers("1,3"), ending_numbers("1-3")
    ((1, 3), (1, 2, 3))
    """
    numbers: set[int] = set()
    for part in text.split(","):
        ends = [int(number) for number in part.split("-") if number]
        if ends and ends[0] <= _MOST_TIMES:
            numbers.update(range(ends[0], min(ends[-1], _MOST_TIMES) + 1))
    return tuple(sorted(numbers))
