"""Which lengths a bar may have where it stands, so that `notation.bars` finds every bar right.

A bar may be short only where two parts of one are played one after the other: the tune's first bar,
the bar before a repeat's end and the one that the repeat goes back to, the two sides of a double
bar, and the tune's last bar with its first. Lengths are whole numbers of some small part of a note,
so that they are exact and quick to compare.

`BarsSoFar` is what has to be remembered of the bars so far. It is small, so that whole tunes share
a few of them.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

# Barlines a tune may be written with, those it ends with first.
WORDS = (":|", "|]", "||", "|", ":||", ":|]", "|:", "::", ":|:", "||:")

# Bars of a section before one may be left short for the next section's pickup. Without that a
# network that meant a plain barline one beat early is led to write a border there.
FEWEST = 3


@dataclass(frozen=True, slots=True)
class BarsSoFar:
    """The bars up to the last barline.

    first: how long the tune's first bar is, None before it is over.
    start: how long the first bar of this section is, that a repeat would go back to; None before
        it is over.
    fresh: the current bar is the first after a section's border or of the tune.
    due: how long that bar may be besides whole. must: it may not be whole.
    opened: the section was opened by |: or begins the tune: a double bar within does not end it.
    repeat: a |: waits for its :|.
    ending: the ending it is in, 0 for none; 2 is `wanted` after the first.
    numbered: an ending's number may follow the last barline.
    closes: the tune may end here.
    since: bars of this section, counted up to FEWEST.
    """

    first: int | None = None
    start: int | None = None
    fresh: bool = True
    due: int | None = None
    must: bool = False
    opened: bool = True
    repeat: bool = False
    ending: Literal[0, 1, 2] = 0
    wanted: bool = False
    numbered: bool = False
    closes: bool = False
    since: int = 0

    def targets(self, whole: int) -> tuple[int, ...]:
        """The lengths that the current bar can end with, whatever follows it."""
        if self.due is None:
            return (whole,)
        return (self.due,) if self.must else (self.due, whole)


@lru_cache(maxsize=1 << 15)
def close(bars: BarsSoFar, length: int, whole: int | None, word: str) -> BarsSoFar | None:
    """What is remembered after a bar of `length` and the barline `word`; None when wrong.

    whole: how long a bar is, None when the meter is free. An empty word is the tune's end.
    """
    ends, starts = word[:1] == ":", word[-1:] == ":"
    final = not word or "]" in word or "||" in word
    divides = ends or starts or final
    if not _fits_the_repeats(bars, word, final=final, divides=divides):
        return None
    measured = whole is not None
    whole = length if whole is None else whole
    full = length == whole
    first = length if bars.first is None else bars.first
    start = length if bars.start is None else bars.start
    if length > whole or (full and bars.must):
        return None
    if not full and bars.fresh:
        # A part of a bar on its own: a pickup, or the second part of one that a border divides.
        opening = bars.first is None
        if not (opening or length == bars.due) or ends or (final and not starts):
            return None
        if starts:
            return _section(first, None, repeat=True)
        return BarsSoFar(first, start, fresh=False, opened=bars.opened, repeat=bars.repeat, since=1)
    if not divides:
        if not full:
            return None
        return replace(
            bars, first=first, start=start, fresh=False, due=None, must=False,
            numbered=not bars.ending, closes=True, since=min(bars.since + 1, FEWEST),
        )  # fmt: skip
    lacks = None if full else whole - length
    if lacks is not None and measured:
        if bars.since < FEWEST:
            return None
        if lacks not in (first, bars.start) and 2 * lacks > whole:
            return None
    if ends and bars.ending != 2:
        return _end_repeat(bars, first, start, whole, lacks, starts=starts)
    after = _section(first, lacks, repeat=starts)
    if final and not ends and not starts and bars.opened and bars.ending != 2:
        return replace(after, start=start, opened=True, since=0)
    return replace(after, opened=starts)


def _fits_the_repeats(bars: BarsSoFar, word: str, *, final: bool, divides: bool) -> bool:
    """Whether the barline belongs to the repeats and endings that are open."""
    ends, starts = word[:1] == ":", word[-1:] == ":"
    if bars.wanted or (starts and not ends and bars.repeat):
        return False
    if bars.ending == 1 and divides and word != ":|":
        return False
    return not (final and not ends and bars.repeat and bars.ending != 2)


def _end_repeat(
    bars: BarsSoFar, first: int, start: int, whole: int, lacks: int | None, *, starts: bool
) -> BarsSoFar | None:
    """After a bar that a repeat's end follows: what it lacks, the section's first bar has to be."""
    if start < whole:
        if lacks != start:
            return None
        after = replace(_section(first, start, repeat=starts), must=False, closes=not starts)
    elif bars.ending == 1 and lacks is not None:
        return None
    else:
        after = _section(first, lacks, repeat=starts)
    if bars.ending == 1:
        return replace(
            bars, first=first, start=start, fresh=False, due=None, must=False,
            wanted=True, numbered=True, closes=False,
        )  # fmt: skip
    return replace(after, opened=starts)


@lru_cache(maxsize=1 << 15)
def closing_words(
    bars: BarsSoFar, length: int, whole: int | None, words: tuple[str, ...]
) -> tuple[str, ...]:
    """Those of `words` that may follow a bar of `length`."""
    return tuple([word for word in words if close(bars, length, whole, word) is not None])


def _section(first: int, due: int | None, *, repeat: bool) -> BarsSoFar:
    """A border: the bar before it lacks `due`, and the next one has to make it whole."""
    closes = not repeat and due in (None, first)
    return BarsSoFar(first, None, True, due, due is not None, repeat, repeat, closes=closes)


def open_section(bars: BarsSoFar) -> BarsSoFar | None:
    """What is remembered after |: where no bar has begun yet; None when that would be wrong."""
    if bars.repeat or bars.wanted or bars.ending == 1:
        return None
    return replace(
        bars, start=None, fresh=True, opened=True, repeat=True, ending=0, numbered=False,
        closes=False,
    )  # fmt: skip


def begin_ending(bars: BarsSoFar, number: str) -> BarsSoFar | None:
    """What is remembered after an ending's number; None when none belongs here."""
    if not bars.numbered or number != ("2" if bars.wanted else "1"):
        return None
    if bars.wanted:
        return replace(bars, ending=2, wanted=False, numbered=False, repeat=False, closes=False,
                       opened=False)  # fmt: skip
    return replace(bars, ending=1, numbered=False, closes=False)


def recover(bars: BarsSoFar, length: int, whole: int | None, word: str) -> BarsSoFar:
    """What is remembered after a wrong bar of a start sequence: what follows takes it as right."""
    first = length if bars.first is None else bars.first
    starts = word[-1:] == ":"
    if not (starts or word[:1] == ":" or "]" in word or "||" in word):
        start = whole or length
        return replace(bars, first=first, start=bars.start or start, fresh=False, due=None,
                       must=False, closes=True)  # fmt: skip
    return replace(_section(first, None, repeat=starts), opened=starts)
