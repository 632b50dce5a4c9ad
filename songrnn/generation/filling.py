"""Filling a bar: whether notes exist that last exactly as long as what is left, and the shortest.

Lengths are exact, in unit lengths (L: is 1). Only what people write is used: halves, quarters and
eighths of the unit length, dotted or not. That proves the rest of a bar can be filled, at the price
of a rare length that could have been too.
"""

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from songrnn.notation.pulse import BROKEN, multiplier

Plan = tuple[int, str] | None  # characters it takes, the first note's length; None: impossible

# The smallest part of the unit length that fills the end of a bar.
_FINEST = 8
# Lengths after a note, the easiest to read first.
_LENGTHS = ("", "2", "3", "4", "/", "6", "8", "3/2", "//", "3/4", "12", "16", "///", "3//", "3/8")
# What may be added to an unfinished length to make it one that fits.
_ENDINGS = ("", "/", "//", "///", "/2", "/4", "/8", "2", "4", "6", "8")
# A length that is read as one: the reader stops at a third number.
_LENGTH = re.compile(r"(?:[1-9][0-9]{0,2})?/{0,3}(?:[1-9][0-9]?)?")
_LENGTH_CHARACTERS = "0123456789/"
_ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Gap:
    """What is left of a bar, in unit lengths.

    rooms: up to each length that the bar may have; None when bars are not measured. factor, squeeze
    and left: as in `Filling.plan`.
    """

    rooms: tuple[Fraction, ...] | None
    factor: Fraction
    squeeze: Fraction
    left: int

    def after(self, times: Fraction) -> "Gap":
        """What a note, rest or chord of `times` unit lengths leaves."""
        if self.rooms is None:
            return self
        taken = times * self.factor * self.squeeze
        rooms = tuple([room - taken for room in self.rooms])
        left = max(self.left - 1, 0)
        return Gap(rooms, _ONE, self.squeeze if left else _ONE, left)

    def broken(self, mark: str, last: Fraction) -> "Gap":
        """What is left after a broken rhythm's mark that follows a note of `last` unit lengths."""
        before, factor = BROKEN[mark]
        rooms = self.rooms and tuple([room - last * (before - 1) for room in self.rooms])
        return replace(self, rooms=rooms, factor=factor)


class Filling:
    """Plans for the characters at hand; remembers what it found."""

    def __init__(self, characters: frozenset[str]) -> None:
        self._lengths = tuple(
            (text, multiplier(text)) for text in _LENGTHS if characters.issuperset(text)
        )
        self._endings = tuple(text for text in _ENDINGS if characters.issuperset(text))
        # Bound to this object, and forgotten with it.
        self.plan = lru_cache(maxsize=1 << 15)(self._plan)
        self.can_end = lru_cache(maxsize=1 << 15)(self._can_end)
        self.can_go_on = lru_cache(maxsize=1 << 15)(self._can_go_on)
        self.lengths = lru_cache(maxsize=1 << 15)(self._lengths_after)

    def _plan(self, room: Fraction, factor: Fraction, squeeze: Fraction, left: int) -> Plan:
        """Notes that last `room` together, in few characters.

        factor: what a broken rhythm multiplies the first of them by, else 1. left: how many of
        them a tuplet takes, each multiplied by `squeeze`. All are written when they are more than
        0 or the factor is not 1.

        >>> Filling(frozenset("A/23468")).plan(Fraction(5, 2), Fraction(1), Fraction(1), 0)
        (5, '2')
        """
        if not left and factor == 1:
            if room == 0:
                return 0, ""
            if room < 0 or _FINEST % room.denominator:
                return None
        if room <= 0 or room > 256:
            return None
        times_factor = factor * squeeze if left else factor
        best: Plan = None
        for text, times in self._lengths:
            rest = room - times * times_factor
            if rest < 0 or (not left and factor == 1 and 2 * rest > room > 24):
                continue
            after = self.plan(rest, _ONE, squeeze if left > 1 else _ONE, max(left - 1, 0))
            if after is not None and (best is None or 1 + len(text) + after[0] < best[0]):
                best = 1 + len(text) + after[0], text
        return best

    def _can_end(self, gap: Gap) -> bool:
        """Whether the bar has a right length or can still get one."""
        return gap.rooms is None or any(
            self.plan(room, gap.factor, gap.squeeze, gap.left) is not None for room in gap.rooms
        )

    def _can_go_on(self, gap: Gap) -> bool:
        """Whether there is room for another note."""
        if gap.rooms is None:
            return True
        plans = [self.plan(room, gap.factor, gap.squeeze, gap.left) for room in gap.rooms]
        return any(plan is not None and plan[0] > 0 for plan in plans)

    def _lengths_after(self, gap: Gap, text: str, times: Fraction = _ONE) -> frozenset[str]:
        """The characters that an unfinished length may go on with.

        gap: before the note. text: its length so far. times: what the length multiplies.
        """
        return frozenset(
            character
            for character in _LENGTH_CHARACTERS
            if any(self._fits(gap, text + character + ending, times) for ending in self._endings)
        )

    def _fits(self, gap: Gap, text: str, times: Fraction) -> bool:
        if _LENGTH.fullmatch(text) is None:
            return False
        if gap.rooms is None:
            return len(text) <= 4
        return self.can_end(gap.after(multiplier(text) * times))
