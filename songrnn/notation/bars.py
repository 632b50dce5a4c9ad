"""How long each bar is and should be, judged as musicians judge it.

Bars are followed in the order they are played, because that is where parts of bars meet: the bar
before a repeat is completed by the pickup it goes back to, an ending by what comes before it, and
the last bar of a tune by its first. A whole bar is right; a shorter one is right where it meets
its complement, a longer one never.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from songrnn.notation.order import Segment, playing_order, segments
from songrnn.notation.problems import problem
from songrnn.notation.reading import Barline, Problem, Reading

Role = Literal["whole", "pickup", "part", "long", "short", "free"]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar as written. One that has two endings within it counts once for each.

    span: its characters, from its first event to its last. onset: in written quarter notes.
    actual, expected: quarter notes; expected is None where the meter is free.
    role: "whole", "pickup" (the first, shorter bar), "part" (of a bar that a repeat, a double bar
        or the tune's end divides), "long" and "short" (wrong ones), "free" (not measured).
    together: with a wrong bar that would be right but for the pickup played after it, the length
        of the two, else None.
    """

    span: tuple[int, int]
    onset: Fraction
    actual: Fraction
    expected: Fraction | None
    role: Role
    together: Fraction | None = None

    @property
    def right(self) -> bool:
        """Whether a musician would leave it as it is."""
        return self.role not in ("long", "short")


@dataclass(slots=True)
class _Played:
    """A bar once played: which segments make it up, and whether a section divides it from the
    bar before."""

    parts: tuple[int, ...]
    length: Fraction
    expected: Fraction | None
    divided: bool
    fits: bool = False
    together: Fraction | None = None


def bars(reading: Reading) -> tuple[Bar, ...]:
    """Every bar that has notes or rests in it, in the order of the text."""
    parts = segments(reading)
    played = _played(reading, parts)
    _judge(played)
    by_parts: dict[tuple[int, ...], list[_Played]] = {}
    for bar in played:
        by_parts.setdefault(bar.parts, []).append(bar)
    seen = {index for bar in played for index in bar.parts}
    found = [
        _written(reading, parts, indices, instances, first=indices == played[0].parts)
        for indices, instances in by_parts.items()
    ]
    for index, part in enumerate(parts):  # an ending that no repeat ever reaches
        if index not in seen and part.first < part.last:
            expected = _expected(reading, part)
            alone = _Played((index,), part.duration, expected, True, True)
            found.append(_written(reading, parts, (index,), [alone], first=False))
    return tuple(sorted(found, key=lambda bar: bar.span))


def counted(reading: Reading) -> dict[int, bool]:
    """Start of each bar's first event -> whether musicians count it as a bar.

    They count neither a pickup nor one that completes the short bar before it, across a repeat.
    """
    found: dict[int, bool] = {}
    before: Bar | None = None
    for bar in bars(reading):
        completes = (
            before is not None
            and bar.role == before.role == "part"
            and before.actual + bar.actual == bar.expected
            and found[before.span[0]]
        )
        found[bar.span[0]] = not completes and bar.role != "pickup"
        before = bar
    return found


def wrong_bars(reading: Reading, *, unfinished: bool = False) -> list[int]:
    """Numbers, from 1, of the bars that are not as long as their meter says.

    unfinished: the last bar is still being written and is not judged.
    """
    found = bars(reading)
    judged = found[:-1] if unfinished else found
    return [n for n, bar in enumerate(judged, 1) if bar.expected is not None and not bar.right]


def right_bars(reading: Reading) -> tuple[int, int]:
    """(right bars, bars measured) of a tune."""
    measured = [bar for bar in bars(reading) if bar.role != "free"]
    return sum(bar.right for bar in measured), len(measured)


@dataclass(frozen=True)
class RightBars:
    """The bars of a set of tunes. share: of the bars measured those that are right, 0 to 1."""

    share: float
    bars: int
    tunes: int


def right_bars_of(readings: Iterable[Reading]) -> RightBars | None:
    """The right bars of a set of tunes; None when no bar can be measured."""
    counts = [right_bars(reading) for reading in readings]
    measured = sum(bars for _, bars in counts)
    if not measured:
        return None
    return RightBars(sum(right for right, _ in counts) / measured, measured, len(counts))


def bar_problems(reading: Reading) -> list[Problem]:
    """A problem for each bar that is too long or too short."""
    problems = []
    for number, bar in enumerate(bars(reading), start=1):
        if bar.right or bar.expected is None:
            continue
        code = "bar-too-long" if bar.role == "long" else "bar-too-short"
        lasts = f"Bar {number} lasts {_shown(bar.actual)}"
        if bar.together is not None:
            lasts += f", with the pickup played after it {_shown(bar.together)},"
        problems.append(problem(code, *bar.span, bar=lasts, expected=_shown(bar.expected)))
    return problems


def _shown(quarters: Fraction) -> str:
    """A length as a part of a whole note, in eighths where that comes out even."""
    whole = quarters / 4
    for denominator in (4, 8, 16, 32):
        if (whole * denominator).denominator == 1:
            return f"{whole * denominator}/{denominator}"
    return f"{whole.numerator}/{whole.denominator}"


def _expected(reading: Reading, part: Segment) -> Fraction | None:
    if part.first >= part.last:
        return None
    meters = reading.meters
    if len(meters) == 1:
        return meters[0].value.length
    start = reading.events[part.first].span[0]
    index = bisect_right(meters, start, key=lambda change: change.span[0]) - 1
    return meters[max(index, 0)].value.length


def _cuts(barline: Barline | None) -> bool:
    """Whether a bar ends here: not at an ending's bracket within it."""
    return barline is None or barline.text != "["


def _divides(barline: Barline | None) -> bool:
    """Whether what is before and after may be two parts of one bar."""
    return barline is None or (
        barline.final or barline.ends_repeat or barline.starts_repeat or bool(barline.endings)
    )


def _played(reading: Reading, parts: tuple[Segment, ...]) -> list[_Played]:
    found: list[_Played] = []
    current: list[int] = []
    divided = True
    order = playing_order(reading, parts)
    for place, index in enumerate(order):
        part = parts[index]
        if part.first < part.last:
            current.append(index)
        last = place + 1 == len(order)
        back = not last and order[place + 1] <= index  # to another part, from within a bar
        if not (last or back or _cuts(part.closing)):
            continue
        if current:
            length = parts[current[0]].duration
            for other in current[1:]:
                length += parts[other].duration
            expected = _expected(reading, parts[current[0]])
            fits = expected is None or length == expected
            found.append(_Played(tuple(current), length, expected, divided, fits))
            current = []
            divided = False
        divided = divided or _divides(part.closing) or last or order[place + 1] != index + 1
    return found


def _judge(played: list[_Played]) -> None:
    """Mark the bars that fit where they are played, and those that leave a pickup no room."""
    misfits: list[int] = []
    for index, bar in enumerate(played):
        if bar.fits or (bar.expected is not None and bar.length > bar.expected):
            continue
        if index == 0:
            bar.fits = True
        elif bar.divided and not (_meet(played, index - 1) or _meet(played, index)):
            misfits.append(index)
    if len(played) > 1 and not played[-1].fits:
        played[-1].fits = played[-1].length + played[0].length == played[-1].expected
    at_home = {bar.parts for bar in played[1:] if bar.fits}
    for index in misfits:
        bar, before = played[index], played[index - 1]
        # A pickup that fits elsewhere, or begins the tune, is right: the bar before it is not.
        if not bar.fits and (bar.parts in at_home or bar.parts == played[0].parts):
            before.together = before.length + bar.length


def _meet(played: list[_Played], index: int) -> bool:
    """Whether a bar and the one played after it are the two parts of a whole."""
    if index + 1 >= len(played) or not played[index + 1].divided:
        return False
    before, bar = played[index], played[index + 1]
    if before.length + bar.length != bar.expected:
        return False
    before.fits = bar.fits = True
    return True


def _written(
    reading: Reading,
    parts: tuple[Segment, ...],
    indices: tuple[int, ...],
    instances: list[_Played],
    *,
    first: bool,
) -> Bar:
    """What the times a bar is played say of it: right when it fits once."""
    events = reading.events
    start = events[parts[indices[0]].first].span[0]
    end = events[parts[indices[-1]].last - 1].span[1]
    length, expected = instances[0].length, instances[0].expected
    crowded = [bar.together for bar in instances if bar.together is not None]
    together = None
    role: Role
    if expected is None:
        role = "free"
    elif not crowded and length == expected:
        role = "whole"
    elif length > expected and not _rests_only(reading, parts, indices, length, expected):
        role = "long"
    elif crowded and (length == expected or any(bar.fits for bar in instances)):
        together = crowded[0]
        role = "long" if together > expected else "short"
    elif length >= expected:
        role = "whole"
    elif any(bar.fits for bar in instances):
        role = "pickup" if first else "part"
    else:
        role = "short"
    return Bar((start, end), parts[indices[0]].onset, length, expected, role, together)


def _rests_only(
    reading: Reading,
    parts: tuple[Segment, ...],
    indices: tuple[int, ...],
    length: Fraction,
    expected: Fraction,
) -> bool:
    """Rests of several bars, Z4, are as many right bars written as one."""
    events = [e for i in indices for e in reading.events[parts[i].first : parts[i].last]]
    several = all(reading.text[event.span[0]] in "ZX" for event in events)
    return several and (length / expected).denominator == 1
