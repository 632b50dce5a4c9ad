"""Filling a bar: whether notes exist that last exactly as long as what is left, and the shortest.

Lengths are exact, in unit lengths (L: is 1). Only what people write is used: halves, quarters and
eighths of the unit length, dotted or not. That proves the rest of a bar can be filled, at the price
of a rare length that could have been too.
"""

from fractions import Fraction
from functools import lru_cache

from songrnn.notation.pulse import multiplier

Plan = tuple[int, str] | None  # characters it takes, the first note's length; None: impossible

# The smallest part of the unit length that fills the end of a bar.
_FINEST = 8
# Lengths after a note, the easiest to read first.
_LENGTHS = ("", "2", "3", "4", "/", "6", "8", "3/2", "//", "3/4", "12", "16", "///", "3//", "3/8")
# What may be added to an unfinished length to make it one that fits.
ENDINGS = ("", "/", "//", "///", "/2", "/4", "/8", "2", "6")


class Filling:
    """Plans for the characters at hand; remembers what it found."""

    def __init__(self, characters: frozenset[str]) -> None:
        self._lengths = tuple(
            (text, multiplier(text)) for text in _LENGTHS if characters.issuperset(text)
        )
        self.endings = tuple(text for text in ENDINGS if characters.issuperset(text))
        self.plan = lru_cache(maxsize=1 << 15)(self._plan)

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
            after = self.plan(rest, Fraction(1), squeeze if left > 1 else Fraction(1), max(left - 1, 0))
            if after is not None and (best is None or 1 + len(text) + after[0] < best[0]):
                best = 1 + len(text) + after[0], text
        return best
