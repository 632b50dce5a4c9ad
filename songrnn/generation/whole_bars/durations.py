"""Durations that fill a bar: whether notes exist that last exactly as long as what is left of it, and
the shortest way to write them.

Only what people write is used: halves and quarters of the unit length, dotted or not.
That proves the rest of a bar can be filled, at the price of a rare length that could have been too.
Fractions are in lowest terms: nobody writes A2/2, but a network that is not allowed to stop at A2
would.
Times are whole numbers of ticks, so that they are exact and quick to compare.
"""

import re
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from songrnn.notation.pulse import BROKEN, multiplier

# Ticks of a unit length: an eighth of it, shortened by a broken rhythm (to an eighth at most) in a
# tuplet of 2 to 9 notes, is still a whole number of ticks.
_NOTES_OF_TUPLETS = 2520
TICKS = 8 * 8 * _NOTES_OF_TUPLETS
# The smallest part of the unit length that people fill a bar with.
_FINEST = TICKS // 4
_LONGEST = 256 * TICKS
_BYTES_A_PLAN = 150

Plan = tuple[int, str] | None  # characters it takes, the first note's length; None: impossible
Ratio = tuple[int, int]  # (p, q): p notes in the time of q

_PLAIN: Ratio = (1, 1)
# Lengths after a note, the easiest to read first.
_LENGTHS = ("", "2", "3", "4", "/", "6", "8", "3/2", "//", "3/4", "12", "16")
# What may be added to an unfinished length to make it one that fits.
_ENDINGS = ("", "/", "//", "/2", "/4", "2", "4", "6", "8")
_LENGTH = re.compile(r"(?:[1-9][0-9]{0,2})?/{0,2}(?:[1-9][0-9]?)?")
_REDUCIBLE = re.compile(r"[0-9]*[02468]/|1/|.*/1$|1$")
_LENGTH_CHARACTERS = "0123456789/"
# Of what a broken rhythm makes of the note before its mark and of the one after, eighths.
_BROKEN = {mark: (int(8 * before), int(8 * after)) for mark, (before, after) in BROKEN.items()}


class Gap(NamedTuple):
    """What is left of a bar.

    rooms: ticks up to each length that the bar may have; None when bars are not measured. factor:
    eighths that a broken rhythm leaves of the next note, 8 without one. ratio: of a tuplet, and
    left: how many of its notes are still to come.
    """

    rooms: tuple[int, ...] | None
    factor: int = 8
    ratio: Ratio = _PLAIN
    left: int = 0

    def after(self, eighths: int) -> "Gap":
        """What a note, rest or chord leaves that lasts `eighths` of a unit length."""
        if self.rooms is None:
            return self
        taken = _taken(eighths, self.factor, self.ratio)
        left = max(self.left - 1, 0)
        rooms = tuple([room - taken for room in self.rooms])
        return Gap(rooms, 8, self.ratio if left else _PLAIN, left)

    def broken(self, mark: str, last: int) -> "Gap":
        """What is left after a broken rhythm's mark that follows a note of `last` ticks."""
        before, factor = _BROKEN[mark]
        rooms = self.rooms and tuple([room - last * (before - 8) // 8 for room in self.rooms])
        return self._replace(rooms=rooms, factor=factor)


def ticks(time: int, unit: int) -> int | None:
    """A time in ticks of a unit length, both in the same measure; None when it is not a whole number
    of them."""
    found, rest = divmod(time * TICKS, unit)
    return None if rest else found


def _taken(eighths: int, factor: int, ratio: Ratio) -> int:
    return eighths * factor * (_NOTES_OF_TUPLETS // ratio[0]) * ratio[1]


class DurationPlanner:
    """Plans for the characters at hand; remembers what it found."""

    def __init__(self, characters: frozenset[str]) -> None:
        self._lengths = tuple(
            (text, int(8 * multiplier(text))) for text in _LENGTHS if characters.issuperset(text)
        )
        self._endings = tuple(text for text in _ENDINGS if characters.issuperset(text))
        # Bound to this object, and forgotten with it.
        self.plan = lru_cache(maxsize=1 << 15)(self._plan)
        self.can_end = lru_cache(maxsize=1 << 15)(self._can_end)
        self.can_continue = lru_cache(maxsize=1 << 15)(self._can_continue)
        self.lengths = lru_cache(maxsize=1 << 15)(self._lengths_after)

    @property
    def nbytes(self) -> int:
        """About what it remembers."""
        found = (self.plan, self.can_end, self.can_continue, self.lengths)
        return _BYTES_A_PLAN * sum(each.cache_info().currsize for each in found)

    def _plan(self, room: int, factor: int, ratio: Ratio, left: int) -> Plan:
        """Notes that last `room` ticks together, in few characters; the rest as in Gap.

        A tuplet's notes are all written, and the second of a broken rhythm.

        >>> DurationPlanner(frozenset("A/23468")).plan(5 * TICKS // 2, 8, (1, 1), 0)
        (4, '2')
        """
        plain = not left and factor == 8
        if plain and room == 0:
            return 0, ""
        if room <= 0 or room > _LONGEST or (plain and room % _FINEST):
            return None
        best: Plan = None
        for text, eighths in self._lengths:
            taken = _taken(eighths, factor, ratio)
            # Of a long room at least half at once: fewer ways, and the shortest among them.
            if taken > room or (plain and 2 * taken < room and room > 2 * TICKS and eighths < 128):
                continue
            if left > 1:
                after = self.plan(room - taken, 8, ratio, left - 1)
            else:
                after = self.plan(room - taken, 8, _PLAIN, 0)
            if after is not None and (best is None or 1 + len(text) + after[0] < best[0]):
                best = 1 + len(text) + after[0], text
        return best

    def _can_end(self, gap: Gap) -> bool:
        """Whether the bar has a right length or can still get one."""
        rooms, factor, ratio, left = gap
        return rooms is None or any(
            self.plan(room, factor, ratio, left) is not None for room in rooms
        )

    def _can_continue(self, gap: Gap) -> bool:
        """Whether there is room for another note."""
        rooms, factor, ratio, left = gap
        if rooms is None:
            return True
        plans = [self.plan(room, factor, ratio, left) for room in rooms]
        return any(plan is not None and plan[0] > 0 for plan in plans)

    def _lengths_after(
        self, gap: Gap, text: str, times: Fraction = Fraction(1)
    ) -> tuple[bool, frozenset[str]]:
        """(whether an unfinished length fits as it is, the characters that may continue it).

        gap: before the note. text: its length so far. times: what the length multiplies.
        """
        return self._fits(gap, text, times), frozenset(
            character
            for character in _LENGTH_CHARACTERS
            if any(self._fits(gap, text + character + ending, times) for ending in self._endings)
        )

    def _fits(self, gap: Gap, text: str, times: Fraction) -> bool:
        if _LENGTH.fullmatch(text) is None or _REDUCIBLE.match(text):
            return False
        if gap.rooms is None:
            return len(text) <= 4
        eighths = 8 * multiplier(text) * times
        return eighths.denominator == 1 and self.can_end(gap.after(eighths.numerator))
