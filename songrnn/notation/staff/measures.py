"""Which bars are drawn, and what stands at their beginning and end. No music21 here."""

from dataclasses import dataclass
from typing import Any

from songrnn.notation.order import Segment, segments
from songrnn.notation.reading import Key, Meter, Placed, Reading

_LETTERS = "CDEFGAB"
_MOST_SIGNS = 7  # sharps or flats that a signature can show
_LARGEST_METER = 128


@dataclass(frozen=True)
class StaffBar:
    """Segments between two barlines that are drawn; empty ones lend their signs to it."""

    segment: Segment
    starts_repeat: bool
    ends_repeat: bool
    endings: tuple[int, ...]
    double: bool
    ends_ending: bool


def staff_bars(reading: Reading) -> list[StaffBar]:
    """The bars to draw: barlines with nothing between them become one."""
    found: list[StaffBar] = []
    starts = False
    endings: tuple[int, ...] = ()
    for segment in segments(reading):
        opening, closing = segment.opening, segment.closing
        if opening is not None:
            starts = starts or opening.starts_repeat
            endings = opening.endings or endings
        ends = closing is not None and closing.ends_repeat
        double = closing is not None and closing.final
        closes = closing is not None and (ends or double or bool(closing.endings))
        if segment.first == segment.last:
            if found and (ends or double or closes):
                last = found[-1]
                found[-1] = StaffBar(
                    last.segment, last.starts_repeat, last.ends_repeat or ends, last.endings,
                    last.double or double, last.ends_ending or closes,
                )  # fmt: skip
            continue
        found.append(StaffBar(segment, starts, ends, tuple(endings), double, closes))
        starts, endings = False, ()
    return found


def ending_brackets(bars: list[StaffBar]) -> list[tuple[int, int, tuple[int, ...]]]:
    """(first bar, last bar, numbers) of each ending, until the barline that closes it (4.10)."""
    found: list[tuple[int, int, tuple[int, ...]]] = []
    index = 0
    while index < len(bars):
        numbers = bars[index].endings
        if not numbers:
            index += 1
            continue
        last = index
        while not bars[last].ends_ending and last + 1 < len(bars) and not bars[last + 1].endings:
            last += 1
        numbers = tuple(n for n in numbers if 0 < n < 100)[:8]
        if numbers:
            found.append((index, last, numbers))
        index = last + 1
    return found


def shown_meter(meter: Meter) -> str | None:
    """A meter as a time signature, None when it is free or no staff can show it."""
    if not meter.denominator or meter.denominator & (meter.denominator - 1):
        return None
    if not 0 < meter.numerator < _LARGEST_METER or meter.denominator > _LARGEST_METER:
        return None
    return f"{meter.numerator}/{meter.denominator}"


def shown_fifths(key: Key) -> int:
    """The sharps (or flats, negative) a signature shows; what it cannot is written at the notes."""
    return min(max(key.fifths, -_MOST_SIGNS), _MOST_SIGNS)


class Signs:
    """The keys and meters, handed out in order of time."""

    def __init__(self, reading: Reading) -> None:
        placed: list[Placed[Any]] = [*reading.keys, *reading.meters]
        self._waiting = sorted(placed, key=lambda sign: sign.onset, reverse=True)
        self._reading = reading

    def until(self, segment: Segment) -> list[Key | Meter]:
        """The last key and the last meter that came up to this bar and were not handed out."""
        found: dict[type, Key | Meter] = {}
        while self._waiting and self._waiting[-1].onset <= segment.onset:
            value = self._waiting.pop().value
            found[type(value)] = value
        return list(found.values())

    def key_at(self, segment: Segment) -> Key:
        """The key in force where a bar begins."""
        current = self._reading.keys[0].value
        for placed in self._reading.keys[1:]:
            if placed.onset <= segment.onset:
                current = placed.value
        return current


class WrittenAccidentals:
    """The accidentals in force in a bar: the signature's, then what was written (ABC 2.1, 4.2)."""

    def __init__(self, key: Key) -> None:
        sharps, flats = "FCGDAEB", "BEADGCF"
        fifths = shown_fifths(key)
        self._signature = dict.fromkeys(_LETTERS, 0)
        self._signature.update(dict.fromkeys(sharps[: max(fifths, 0)], 1))
        self._signature.update(dict.fromkeys(flats[: max(-fifths, 0)], -1))
        self._written: dict[tuple[str, int], int] = {}

    def differs(self, letter: str, octave: int, alter: int) -> bool:
        """Whether a note needs its accidental written; it is in force from here on."""
        place = (letter, octave)
        before = self._written.get(place, self._signature[letter])
        self._written[place] = alter
        return before != alter
