"""The order in which the bars of a tune are played: repeats and endings (ABC 2.1, 4.8 to 4.10)."""

from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction

from songrnn.notation.reading import Barline, Reading

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Segment:
    """The music between two barlines: events[first:last], from `onset`, `duration` long.

    opening, closing: the barlines around it, None at the tune's ends.
    """

    first: int
    last: int
    onset: Fraction
    duration: Fraction
    opening: Barline | None
    closing: Barline | None


def segments(reading: Reading) -> tuple[Segment, ...]:
    """The events of a tune cut at its barlines, in the order of the text."""
    starts = [event.span[0] for event in reading.events]
    found = []
    first, onset, opening = 0, ZERO, None
    for barline in reading.barlines:
        last = bisect_left(starts, barline.span[0], lo=first)
        found.append(Segment(first, last, onset, barline.onset - onset, opening, barline))
        first, onset, opening = last, barline.onset, barline
    end = max([onset, *[e.onset + e.duration for e in reading.events[-1:]]])
    found.append(Segment(first, len(starts), onset, end - onset, opening, None))
    return tuple(found)


def _divides(barline: Barline | None) -> bool:
    """Whether a repeat without |: would begin here: at a double bar or an end of repeat (4.8)."""
    return barline is not None and (barline.final or barline.ends_repeat or barline.starts_repeat)


def order_of(parts: tuple[Segment, ...], passes: int = 8) -> tuple[int, ...]:
    """The indices of segments as played (4.8 to 4.10), no section more than `passes` times.

    Where no |: opens a repeat, 4.8 lets a player choose: back to the beginning of the tune, or to
    the latest double bar or end of a repeat. Tunebooks write A || B :| for a tune that is played
    through twice, so a double bar counts only once the tune's first repeat is over.
    """
    order: list[int] = []
    section, count = 0, 1  # where the repeat goes back to, which time through it is
    opened = True  # by |: or as the tune's beginning: no double bar within moves it
    turning = False  # back at the section's beginning: its |: does not start it anew
    index = 0
    while index < len(parts):
        part = parts[index]
        opening, closing = part.opening, part.closing
        if opening is not None and opening.starts_repeat and not turning:
            section, count, opened = index, 1, True
        turning = False
        if opening is not None and opening.endings:
            if count not in opening.endings:
                index = _after_ending(parts, index)
                continue
            if count > 1:  # after a later ending the section is over with the next double bar
                opened = False
        order.append(index)
        if closing is not None and closing.ends_repeat:
            if count < min(_times(parts, section, index), passes):
                count += 1
                index = section
                turning = True
                continue
            section, count, opened = index + 1, 1, False
        elif closing is not None and closing.final and not opened and not closing.endings:
            section, count = index + 1, 1
        index += 1
    return tuple(order)


def _after_ending(parts: tuple[Segment, ...], index: int) -> int:
    """The segment after the ending that begins with segment `index` (4.10)."""
    while index < len(parts):
        closing = parts[index].closing
        index += 1
        if closing is None or closing.endings or _divides(closing):
            break
    return index


def _times(parts: tuple[Segment, ...], section: int, index: int) -> int:
    """How often the section that ends with segment `index` is played."""
    closing = parts[index].closing
    colons = len(closing.text) - len(closing.text.lstrip(":")) if closing else 1
    times = colons + 1 if closing and closing.text.strip(":") else 2
    numbers: list[int] = []
    ahead = section
    while ahead < len(parts):
        opening = parts[ahead].opening
        if opening is not None and opening.endings and ahead > section:
            numbers += opening.endings
        elif ahead > index:
            break
        ahead = _after_ending(parts, ahead) if ahead > index else ahead + 1
    return max([times, *numbers]) if numbers else times
