"""Which bars are drawn, and what stands at their beginning and end. No music21 here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from songrnn.notation.order import Segment, segments
from songrnn.notation.reading import Clef, Key, Meter, Placed, Reading
from songrnn.notation.tables import NATURAL_SEMITONES

_LETTERS = "CDEFGAB"
_MOST_SIGNS = 7  # sharps or flats that a signature can show
_LARGEST_METER = 128
MOST_BARS_OF_REST = 200


@dataclass(frozen=True)
class StaffBar:
    """Segments between two barlines that are drawn; empty ones lend their signs to it."""

    segment: Segment
    starts_repeat: bool
    ends_repeat: bool
    endings: tuple[int, ...]
    double: bool
    ends_ending: bool


def staff_bars(reading: Reading, filled: Callable[[Segment], bool]) -> list[StaffBar]:
    """The bars to draw: barlines with nothing between them become one.

    filled: whether there is music in a segment, of the voice or of an overlay.
    """
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
        if not filled(segment):
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


def bars_of_rest(reading: Reading, segment: Segment) -> int:
    """How many bars a segment is: more than one only where Z or X says so (4.5)."""
    if segment.last - segment.first != 1:
        return 1
    event = reading.events[segment.first]
    count = reading.text[event.span[0] + 1 : event.span[1]]
    if reading.text[event.span[0]] not in "ZX" or not count.isdigit():
        return 1
    return max(1, min(int(count), MOST_BARS_OF_REST))


def sounding_shift(reading: Reading) -> int:
    """The semitones by which a voice sounds higher than it is spelled, by its first note."""
    for event in reading.events:
        if event.pitches:
            letter, accidental, octave = event.steps[0]
            return (
                event.pitches[0] - 12 * (octave + 1) - NATURAL_SEMITONES[letter] - int(accidental)
            )
    return 0


class Signs:
    """The clefs, keys and meters, handed out in order of time."""

    def __init__(self, reading: Reading) -> None:
        placed: list[Placed[Any]] = [*reading.clefs, *reading.keys, *reading.meters]
        self._waiting = sorted(placed, key=lambda sign: sign.onset, reverse=True)
        self._reading = reading

    def until(self, segment: Segment) -> list[Key | Meter | Clef]:
        """The last of each kind that came up to this bar and was not handed out."""
        found: dict[type, Key | Meter | Clef] = {}
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
        self._written: dict[tuple[str, int], float] = {}

    def differs(self, letter: str, octave: int, alter: float) -> bool:
        """Whether a note needs its accidental written; it is in force from here on."""
        place = (letter, octave)
        before = self._written.get(place, self._signature[letter])
        self._written[place] = alter
        return before != alter
