"""Chords for a tune that names none: a small harmonizer.

The bar is cut into slots (halves; thirds in 9/8; whole in 3/4 and odd meters). For each slot the
triads of the key's scale are weighed by how much of what sounds there they hold, notes on the bar
and on beats counting more, and by how usual each degree is in its mode. The best path through all
slots pays for every change of chord, more for one within a bar; a part ends on the tonic's chord,
and before it comes the fifth degree's, in modes with a flat seventh the seventh's. That is all it
knows: no inversions, no sevenths, no modulation.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from songrnn.notation.chord_symbols import ChordName
from songrnn.notation.order import Segment, segments
from songrnn.notation.reading import Event, Key, Meter, Placed, Reading
from songrnn.notation.tables import LETTERS, NATURAL_SEMITONES

T = TypeVar("T")
# How usual a triad on each degree is, from the tonic's; None is never used. Our choice, after what
# accompanists of dance music play.
_DEGREES: dict[str, tuple[float | None, ...]] = {
    "major": (0.0, -0.25, -0.6, -0.1, -0.05, -0.25, None),
    "mixolydian": (0.0, -0.35, None, -0.15, -0.35, -0.5, -0.05),
    "minor": (0.0, None, -0.2, -0.25, -0.25, -0.25, -0.05),
    "dorian": (0.0, -0.5, -0.2, -0.2, -0.3, None, -0.05),
}
_LIKE = {"lydian": "major", "highland": "mixolydian", "phrygian": "minor", "locrian": "minor"}
_ON_THE_BAR, _ON_A_BEAT = 2.0, 1.5  # weights of notes that begin there
_OUTSIDE = -0.5  # a note that the chord does not hold
_CHANGE, _CHANGE_WITHIN = 0.12, 0.4
_CADENCE = (0.35, 0.9)  # for the chord before the last, and for the last


@dataclass(frozen=True, slots=True)
class _Triad:
    name: ChordName
    classes: frozenset[int]
    degree: int
    prior: float


@dataclass(slots=True)
class _Slot:
    """A stretch of written time under one chord. event: the first that begins there."""

    event: int
    start: Fraction
    end: Fraction
    key: Key
    meter: Meter
    begins_bar: bool
    cadence: float = 0.0


def harmonize(reading: Reading) -> dict[int, ChordName]:
    """Event -> the chord from there on, for the first voice; empty for a tune without notes."""
    slots = _slots(reading)
    if not slots:
        return {}
    heard = [_heard(reading, slot) for slot in slots]
    chosen = _path(slots, heard)
    found: dict[int, ChordName] = {}
    last: ChordName | None = None
    for slot, triad in zip(slots, chosen, strict=True):
        if triad.name != last:
            found[slot.event] = last = triad.name
    return found


def _slot_length(meter: Meter, bar: Fraction) -> Fraction:
    if not meter.denominator or meter.length is None:
        return bar
    if meter.compound:
        beats = meter.length / meter.beat
        return meter.length / 2 if beats % 2 == 0 else meter.beat
    return meter.length / 2 if meter.numerator % 2 == 0 else meter.length


def _slots(reading: Reading) -> list[_Slot]:
    found: list[_Slot] = []
    for index, part in enumerate(segments(reading)):
        if part.duration <= 0:
            continue
        meter, key = _at(reading.meters, part.onset), _at(reading.keys, part.onset)
        length = meter.length or part.duration
        if part.duration < length and (index == 0 or (part.opening and part.opening.starts_repeat)):
            continue  # a pickup goes without
        found += _within(reading, part, meter, key)
        if found and _ends_part(part):
            found[-1].cadence = _CADENCE[1]
            if len(found) > 1:
                found[-2].cadence = found[-2].cadence or _CADENCE[0]
    if found:
        found[-1].cadence = _CADENCE[1]
    return found


def _within(reading: Reading, part: Segment, meter: Meter, key: Key) -> list[_Slot]:
    """The slots of a bar; where no note begins, the one before goes on."""
    events = reading.events
    step = _slot_length(meter, part.duration)
    begun: list[_Slot] = []
    for index in range(part.first, part.last):
        event = events[index]
        place = event.onset - part.onset
        fresh = not begun or (place % step == 0 and place > begun[-1].start - part.onset)
        if event.kind != "grace" and fresh:
            if begun:
                begun[-1].end = event.onset
            end = part.onset + part.duration
            begun.append(_Slot(index, event.onset, end, key, meter, not begun))
    return begun


def _ends_part(part: Segment) -> bool:
    closing = part.closing
    return closing is None or closing.ends_repeat or closing.final


def _at(placed: Sequence[Placed[T]], onset: Fraction) -> T:
    index = bisect_right(placed, onset, key=lambda each: each.onset) - 1
    return placed[max(index, 0)].value


def _heard(reading: Reading, slot: _Slot) -> dict[int, float]:
    """Pitch class -> its share of the slot, weighted by where its notes begin."""
    total: dict[int, float] = {}
    events: tuple[Event, ...] = reading.events
    for index in range(slot.event, len(events)):
        event = events[index]
        if event.onset >= slot.end:
            break
        sounding = float(min(event.onset + event.duration, slot.end) - event.onset)
        place = event.onset - slot.start
        weight = _ON_THE_BAR if not place else 1.0
        if place and place % slot.meter.beat == 0:
            weight = _ON_A_BEAT
        for pitch in event.pitches:
            total[pitch % 12] = total.get(pitch % 12, 0.0) + weight * sounding
    whole = sum(total.values())
    return {pitch: weight / whole for pitch, weight in total.items()} if whole else {}


def triads(key: Key) -> list[_Triad]:
    """The triads of a key's scale that are in use, the tonic's first."""
    mode = _LIKE.get(key.mode, key.mode)
    degrees = _DEGREES.get(mode, _DEGREES["major"])
    tonic = LETTERS.index(key.tonic or "C")
    scale = [(NATURAL_SEMITONES[LETTERS[n]] + key.alterations[n]) % 12 for n in range(7)]
    found = []
    for degree, prior in enumerate(degrees):
        root = (tonic + degree) % 7
        third, fifth = ((scale[(root + step) % 7] - scale[root]) % 12 for step in (2, 4))
        if prior is None or fifth != 7 or third not in (3, 4):
            continue
        name = ChordName((LETTERS[root], key.alterations[root]), "m" if third == 3 else "", None)
        classes = frozenset((scale[root] + above) % 12 for above in (0, third, 7))
        found.append(_Triad(name, classes, degree, prior))
    if not found or found[0].degree:
        # A key of its own making: its tonic's major triad is there all the same.
        root_class = scale[tonic]
        name = ChordName((LETTERS[tonic], key.alterations[tonic]), "", None)
        own = frozenset((root_class + above) % 12 for above in (0, 4, 7))
        found.insert(0, _Triad(name, own, 0, 0.0))
    return found


def _fits(slot: _Slot, heard: dict[int, float], triad: _Triad) -> float:
    held = sum(share for pitch, share in heard.items() if pitch in triad.classes)
    score = held + _OUTSIDE * (1 - held if heard else 0) + triad.prior
    wanted = {_CADENCE[1]: 0, _CADENCE[0]: _dominant(slot.key)}.get(slot.cadence)
    return score + (slot.cadence if triad.degree == wanted else 0.0)


def _dominant(key: Key) -> int:
    """The degree before the last tonic: the fifth, or the seventh where it is flat."""
    return 4 if _LIKE.get(key.mode, key.mode) not in ("mixolydian", "minor", "dorian") else 6


def _path(slots: list[_Slot], heard: list[dict[int, float]]) -> list[_Triad]:
    """The triads with the highest sum, changes paid for (Viterbi)."""
    best: list[list[tuple[float, int]]] = []
    options = [triads(slot.key) for slot in slots]
    for number, slot in enumerate(slots):
        price = _CHANGE if slot.begins_bar else _CHANGE_WITHIN
        row = []
        for triad in options[number]:
            own = _fits(slot, heard[number], triad)
            if not number:
                row.append((own, -1))
                continue
            before = [
                (score - (0.0 if options[number - 1][at].name == triad.name else price), -at)
                for at, (score, _) in enumerate(best[-1])
            ]
            score, at = max(before)
            row.append((own + score, -at))
        best.append(row)
    at = max(range(len(best[-1])), key=lambda place: (best[-1][place][0], -place))
    chosen = []
    for number in range(len(slots) - 1, -1, -1):
        chosen.append(options[number][at])
        at = best[number][at][1]
    return chosen[::-1]
