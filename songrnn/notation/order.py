"""The order in which the bars of a tune are played: repeats and endings (ABC 2.1, 4.8 to 4.10)."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from songrnn.notation import limits
from songrnn.notation.parts import part_order
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


class Part(NamedTuple):
    """A part of a tune by its letter: segments[first:last]."""

    name: str
    first: int
    last: int


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


def playing_order(
    reading: Reading, segments_of_it: tuple[Segment, ...], passes: int = 8
) -> tuple[int, ...]:
    """The indices of a voice's segments as played: its parts in the order that P: in the header
    gives, each with its own repeats; without such, all as written.

    What stands before the first part is played once, before them; a part that the body does not
    have is passed over. passes: the most often a section is played.
    """
    plan = part_order(reading.header.get("P", ""))
    parts = parts_of(reading, segments_of_it)
    if not plan or len(parts) == 1:
        return order_of(segments_of_it, passes)
    sections: dict[str, Part] = {}
    for part in parts[1:]:
        sections.setdefault(part.name, part)
    order = list(order_of(segments_of_it[: parts[0].last], passes))
    played = 0
    for letter in plan:
        start, end = sections.get(letter, Part(letter, 0, 0))[1:]
        more = [start + index for index in order_of(segments_of_it[start:end], passes)]
        order += more
        # A plan such as P:(A99)99 asks for more. Segments without events count as well.
        played += sum(segments_of_it[i].last - segments_of_it[i].first + 1 for i in more)
        if played > limits.MOST_PLAYED:
            break
    return tuple(order)


def parts_of(reading: Reading, segments_of_it: tuple[Segment, ...]) -> tuple[Part, ...]:
    """The parts that P: fields divide a voice into (3.1.9), the first one what is before them."""
    openings = [-1, *[part.opening.span[0] for part in segments_of_it[1:] if part.opening]]
    starts = [bisect_right(openings, part.span[0]) - 1 for part in reading.parts]
    ends = [*starts, len(segments_of_it)]
    names = ["", *[part.value[:1] for part in reading.parts]]
    return tuple([Part(*part) for part in zip(names, [0, *starts], ends, strict=True)])


def unclosed_repeats(reading: Reading) -> list[Barline]:
    """Every |: that is followed by another, with no :| between; the music between is played twice,
    as abc2midi plays it too."""
    found: list[Barline] = []
    opened: Barline | None = None
    for barline in reading.barlines:
        if barline.starts_repeat and not barline.ends_repeat and opened is not None:
            found.append(opened)
        if barline.ends_repeat or barline.endings:
            opened = None
        if barline.starts_repeat:
            opened = barline
    return found


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
    turning = False  # back at the section's beginning: its |: does not start it again
    signed = False  # the section began with |:, and no ending has come since
    index = 0
    while index < len(parts):
        part = parts[index]
        opening, closing = part.opening, part.closing
        if opening is not None and opening.starts_repeat and not turning:
            section, count, opened, signed = index, 1, True, True
        turning = False
        if opening is not None and opening.endings:
            signed = False
            if count not in opening.endings:
                index = _after_ending(parts, index)
                continue
            if count > 1:  # after a later ending the section is over with the next double bar
                opened = False
        order.append(index)
        again = closing is not None and closing.ends_repeat
        if closing is not None and closing.starts_repeat and signed and count == 1:
            again = True  # |: and no :| before the next |:, which abc2midi supplies
        if again:
            if count < min(_times(parts, section, index), passes):
                count += 1
                index = section
                turning = True
                continue
            section, count, opened, signed = index + 1, 1, False, False
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
    times = max(colons, 1) + 1 if closing and closing.text.strip(":") else 2
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
