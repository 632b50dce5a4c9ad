"""What a form is, in bars, and the forms among which a song finds one that begins as it does."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from songrnn.generation.whole_bars.bar_lengths import (
    BarsSoFar,
    begin_ending,
    close,
    open_section,
)
from songrnn.generation.whole_bars.grammar_state import grid

# What may stand between two bars -> the ways to write it, spaces left out.
BORDERS = {
    "|": ("|",),
    "||": ("||", "|]"),
    ":|": (":|",),
    "|:": ("|:", "|||:"),
    "::": ("::", ":||:"),
    "1": ("|1", "|[1"),
    "2": (":|2", ":|[2"),
}
# How a tune may end -> the ways to write it.
ENDS = {"|": ("|", "|]", "||"), "||": ("|]", "||"), ":|": (":|",)}
# A way of writing -> the barline that closes the bar, and what follows it.
PARTS = {
    "|": ("|", ""),
    "||": ("||", ""),
    "|]": ("|]", ""),
    ":|": (":|", ""),
    "|:": ("|:", ""),
    "::": ("::", ""),
    "|||:": ("||", "|:"),
    ":||:": (":|", "|:"),
    "|1": ("|", "1"),
    "|[1": ("|", "1"),
    ":|2": (":|", "2"),
    ":|[2": (":|", "2"),
}
_BAR = re.compile(
    r"([\d/]+)([|:12]+)(?:=(\d+)|~(\d+)(?:\*([\d.]+)|@([\d/,-]+)))?(?:\^([\d/]+)([th]))?"
)


@dataclass(frozen=True, slots=True)
class PlannedBar:
    """One bar of a form.

    length: in quarter notes. border: what follows it, of BORDERS or, for the last bar, of ENDS.
    like: the number of the earlier bar that it says again, None for none; share: 1 for all of it,
    in older files less, by notes from its beginning; 0 where it says again the stretches `same`,
    from and to in quarter notes since the bar began. cadence: quarter notes before its last note,
    where it ends a section. on_tonic: that note is the tonic.
    """

    length: Fraction
    border: str
    like: int | None = None
    share: float = 0.0
    cadence: Fraction | None = None
    on_tonic: bool = False
    same: tuple[tuple[Fraction, Fraction], ...] = ()

    def __str__(self) -> str:
        said = f"{self.length}{self.border}"
        if self.like is not None:
            if self.share == 1:
                said += f"={self.like}"
            elif self.same:
                said += f"~{self.like}@" + ",".join(f"{start}-{end}" for start, end in self.same)
            else:
                said += f"~{self.like}*{self.share:.3g}"
        if self.cadence is not None:
            said += f"^{self.cadence}{'h' if self.on_tonic else 't'}"
        return said


@dataclass(frozen=True, slots=True)
class Form:
    """meter: a bar's length in quarter notes, None in a free meter. rhythm: as R: says it, in small
    letters. opened: the body begins with |: or the like."""

    meter: Fraction | None
    rhythm: str
    opened: bool
    bars: tuple[PlannedBar, ...]

    def said(self) -> str:
        """The bars as text, which `parsed` reads: length, border, what is said again, cadence."""
        return " ".join(map(str, self.bars))


def parsed(text: str) -> tuple[PlannedBar, ...]:
    """The bars that `Form.said` wrote. Raises ValueError.

    >>> first, second, third, last = parsed("4| 4|=0 4|~1@0-1,3-4 7/2||^3h")
    >>> second.like, second.share, third.same[0], last.cadence, last.on_tonic
    (0, 1.0, (Fraction(0, 1), Fraction(1, 1)), Fraction(3, 1), True)
    """
    bars = []
    for number, word in enumerate(text.split(" ")):
        found = _BAR.fullmatch(word)
        if found is None:
            raise ValueError(f"{word!r} is not a bar of a form")
        length, border, again, like, share, same, cadence, note = found.groups()
        earlier = again or like
        if earlier is not None and int(earlier) >= number:
            raise ValueError(f"bar {number} of a form cannot say bar {earlier} again")
        bars.append(
            PlannedBar(
                _time(length),
                border,
                None if earlier is None else int(earlier),
                1.0 if again else min(float(share or 0), 1.0),
                None if cadence is None else _time(cadence),
                note == "h",
                () if same is None else _stretches(same, _time(length)),
            )
        )
    return tuple(bars)


def _time(text: str) -> Fraction:
    """Quarter notes. Raises ValueError."""
    try:
        return Fraction(text)
    except ZeroDivisionError:
        raise ValueError(f"{text!r} is no time in a form") from None


def _stretches(text: str, length: Fraction) -> tuple[tuple[Fraction, Fraction], ...]:
    """From and to of each stretch. Raises ValueError."""
    found = []
    before = Fraction(0)
    for word in text.split(","):
        start, _, end = word.partition("-")
        found.append((_time(start), _time(end)))
        if not before <= found[-1][0] < found[-1][1] <= length:
            raise ValueError(f"{text!r} does not fit a form's bar of {length} quarter notes")
        before = found[-1][1]
    return tuple(found)


def ways_to_write(form: Form) -> tuple[tuple[str, ...], ...] | None:
    """The ways to write the border behind each bar, as far as whole bars allow them; None where
    they allow none of some border's."""
    whole = None if form.meter is None else grid(form.meter)
    bars: BarsSoFar | None = BarsSoFar()
    if form.opened:
        bars = open_section(BarsSoFar())
    found = []
    last = len(form.bars) - 1
    for number, bar in enumerate(form.bars):
        ways = (ENDS if number == last else BORDERS).get(bar.border, ())
        after = {
            way: state
            for way in ways
            if bars is not None
            and (state := _behind(bars, grid(bar.length), whole, way)) is not None
            and (number < last or state.closes)
        }
        if not after:
            return None
        bars = next(iter(after.values()))
        found.append(tuple(after))
    return tuple(found)


def _behind(bars: BarsSoFar, length: int, whole: int | None, way: str) -> BarsSoFar | None:
    word, then = PARTS[way]
    after = close(bars, length, whole, word)
    if after is None or not then:
        return after
    return open_section(after) if then == "|:" else begin_ending(after, then)


def prepared(form: Form) -> Form:
    """The same, where a bar that the end of a section says again has its last note as well."""
    bars = list(form.bars)
    for number in reversed(
        range(len(bars))
    ):  # the latest first: it may be a bar said again that is said again
        bar = bars[number]
        if bar.like is None or bar.share < 1:
            continue
        source = bars[bar.like]
        if bar.cadence is not None and source.cadence is None and source.length == bar.length:
            bars[bar.like] = replace(source, cadence=bar.cadence, on_tonic=bar.on_tonic)
    return replace(form, bars=tuple(bars))


class Forms:
    """The forms of many tunes, by what a song's first bar tells."""

    def __init__(self, forms: Sequence[Form]) -> None:
        self.forms = tuple(forms)
        self._by_beginning: dict[tuple[object, ...], list[Form]] = {}
        for form in forms:
            for rhythm in {form.rhythm, None}:
                key = (form.meter, rhythm, form.opened, form.bars[0].length)
                self._by_beginning.setdefault(key, []).append(form)

    def choose(
        self,
        meter: Fraction | None,
        rhythm: str,
        opened: bool,
        written: Sequence[tuple[Fraction, str]],
        number: int,
    ) -> tuple[Form, tuple[tuple[str, ...], ...]] | None:
        """A form that begins with the bars `written`, and `ways_to_write` it; None when there is none.

        written: length and border of each bar so far, the last border as far as it is written.
        Forms of the same rhythm come before others; among them `number` decides.
        """
        for asked in (rhythm, None):
            found = [
                form
                for form in self._by_beginning.get((meter, asked, opened, written[0][0]), ())
                if len(form.bars) > len(written)
            ]
            for step in range(len(found)):
                form = found[(number + step) % len(found)]
                ways = ways_to_write(form)
                if ways is not None and _begins_so(form, ways, written):
                    return prepared(form), ways
        return None


def _begins_so(
    form: Form, ways: Sequence[Sequence[str]], written: Sequence[tuple[Fraction, str]]
) -> bool:
    last = len(written) - 1
    return all(
        bar.length == length
        and any(way == border or (n == last and way.startswith(border)) for way in borders)
        for n, (bar, borders, (length, border)) in enumerate(
            zip(form.bars, ways, written, strict=False)
        )
    )
