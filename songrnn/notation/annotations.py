"""What is known of every character of a tune: its bar, beat, pitch, section, and so on.

Computed when asked for, from a Reading, as one numpy array a property. T is the length of the
text. Neuron labels and segmentation are built on these.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from songrnn.notation.reading import Barline, Event, Key, Kind, Reading
from songrnn.notation.tables import LETTERS


@dataclass(frozen=True)
class Annotations:
    """One value a character, all of shape (T,). Outside the music integers are −1, reals NaN.

    bar: int32, index of the bar it is written in; a barline belongs to the bar that it ends.
    beat: int16, beat of the bar, from 0, that a note's characters begin on; between notes that
        of the note to come, for a barline the beat reached.
    position: float32, the same in quarter notes since the barline.
    bar_length: float32, quarter notes of a whole bar in the meter in force, NaN when free.
    pitch: int16, MIDI number of the note the character is part of.
    octave: int8, of that note, 4 holds middle C.
    degree: int8, its degree of the scale, 1 for the tonic's letter to 7; −1 without a tonic.
    duration: float32, quarter notes of the note, chord or rest it is part of.
    event: int32, index of that event in `Reading.events`.
    field: uint8, code point of the field it is inside (header, line or inline), 0 elsewhere.
    grace, chord, chord_symbol: bool, inside the braces, the brackets, the quotes.
    section: int16, counts the parts of the tune that repeats and double bars divide.
    repeated: bool, inside a part that is played again.
    ending: int8, the first number of the ending it is inside, 0 elsewhere.
    since_bar: int32, characters since the barline (0 for the first after it).
    notes_since_bar: int32, notes, chords and rests begun since then, this one included.
    """

    bar: NDArray[np.int32]
    beat: NDArray[np.int16]
    position: NDArray[np.float32]
    bar_length: NDArray[np.float32]
    pitch: NDArray[np.int16]
    octave: NDArray[np.int8]
    degree: NDArray[np.int8]
    duration: NDArray[np.float32]
    event: NDArray[np.int32]
    field: NDArray[np.uint8]
    grace: NDArray[np.bool_]
    chord: NDArray[np.bool_]
    chord_symbol: NDArray[np.bool_]
    section: NDArray[np.int16]
    repeated: NDArray[np.bool_]
    ending: NDArray[np.int8]
    since_bar: NDArray[np.int32]
    notes_since_bar: NDArray[np.int32]


@dataclass(frozen=True)
class Sections:
    """`section`, `repeated` and `ending` of Annotations alone."""

    section: NDArray[np.int16]
    repeated: NDArray[np.bool_]
    ending: NDArray[np.int8]


def annotate_sections(reading: Reading) -> Sections:
    """What `annotate` says of sections, in a fraction of its time."""
    size = len(reading.text)
    found = Sections(
        section=np.full(size, -1, np.int16),
        repeated=np.zeros(size, np.bool_),
        ending=np.zeros(size, np.int8),
    )
    _annotate_sections(reading, found)
    return found


def annotate(reading: Reading) -> Annotations:
    """The annotations of every character; time in proportion to the text.

    >>> from songrnn.notation.reader import read
    >>> annotate(read("K:D\\nDF|A")).degree.tolist()
    [-1, -1, -1, -1, 1, 3, -1, 5]
    """
    size = len(reading.text)
    kinds = reading.kinds
    parts = annotate_sections(reading)
    found = Annotations(
        bar=np.full(size, -1, np.int32),
        beat=np.full(size, -1, np.int16),
        position=np.full(size, np.nan, np.float32),
        bar_length=np.full(size, np.nan, np.float32),
        pitch=np.full(size, -1, np.int16),
        octave=np.full(size, -1, np.int8),
        degree=np.full(size, -1, np.int8),
        duration=np.full(size, np.nan, np.float32),
        event=np.full(size, -1, np.int32),
        field=np.zeros(size, np.uint8),
        grace=_inside_braces(reading),
        chord=np.zeros(size, np.bool_),
        chord_symbol=kinds == Kind.CHORD_SYMBOL,
        section=parts.section,
        repeated=parts.repeated,
        ending=parts.ending,
        since_bar=np.full(size, -1, np.int32),
        notes_since_bar=np.full(size, -1, np.int32),
    )
    for tune_field in reading.fields:
        start, end = tune_field.span
        found.field[start:end] = ord(tune_field.name)
    _annotate_notes(reading, found)
    _annotate_time(reading, found)
    return found


def _inside_braces(reading: Reading) -> NDArray[np.bool_]:
    opened = np.zeros(len(reading.text) + 1, np.int32)
    begun: int | None = None
    for index in np.flatnonzero(reading.kinds == Kind.GRACE).tolist():
        if reading.text[index] == "{":
            begun = index
        elif reading.text[index] == "}" and begun is not None:
            opened[begun] += 1
            opened[index + 1] -= 1
            begun = None
    return np.cumsum(opened[:-1]) > 0


def _degree(key: Key, letter: str) -> int:
    if not key.tonic:
        return -1
    return (LETTERS.index(letter) - LETTERS.index(key.tonic)) % 7 + 1


def _annotate_notes(reading: Reading, found: Annotations) -> None:
    keys = list(reading.keys)
    at = 0
    for index, event in enumerate(reading.events):
        while at + 1 < len(keys) and keys[at + 1].span[0] < event.span[0]:
            at += 1
        start, end = event.span
        found.event[start:end] = index
        found.duration[start:end] = float(event.duration)
        if event.kind == "chord" or len(event.head) > 1:
            found.chord[start:end] = True
        for (first, last), pitch, step in zip(event.head, event.pitches, event.steps, strict=True):
            found.pitch[first:last] = pitch
            found.octave[first:last] = step[2]
            found.degree[first:last] = _degree(keys[at].value, step[0])


def _annotate_time(reading: Reading, found: Annotations) -> None:
    """Bars, beats and positions: from one note or barline to the next."""
    meters = list(reading.meters)
    marks: list[Event | Barline] = [
        *(event for event in reading.events if event.kind != "grace"),
        *(barline for barline in reading.barlines if barline.text != "["),
    ]
    marks.sort(key=lambda mark: mark.span)
    at = reading.body
    bar = notes = 0
    begun = reading.body  # where the bar's characters begin
    bar_onset = Fraction(0)
    meter = 0
    for mark in [*marks, None]:
        end = reading.end if mark is None else mark.span[1]
        while meter + 1 < len(meters) and meters[meter + 1].span[0] < end:
            meter += 1
        now = meters[meter].value
        onset = _reached(reading) if mark is None else mark.onset
        place = onset - bar_onset
        found.bar[at:end] = bar
        found.position[at:end] = float(place)
        found.beat[at:end] = min(int(place / now.beat), 32767)
        if now.length is not None:
            found.bar_length[at:end] = float(now.length)
        found.since_bar[at:end] = np.arange(at - begun, end - begun)
        found.notes_since_bar[at:end] = notes
        if isinstance(mark, Event):
            notes += 1
            found.notes_since_bar[mark.span[0] : end] = notes
        elif mark is not None:
            bar += notes > 0
            notes, begun, bar_onset = 0, end, mark.onset
        at = end


def _reached(reading: Reading) -> Fraction:
    last = [event.onset + event.duration for event in reading.events[-1:]]
    return max([Fraction(0), *last, *[barline.onset for barline in reading.barlines[-1:]]])


def _annotate_sections(reading: Reading, found: Sections) -> None:
    """Sections, what of them is repeated, and endings."""
    at, section, ending = reading.body, 0, 0
    section_start = at
    filled = False
    events = iter(event.span[0] for event in reading.events)
    next_event = next(events, len(reading.text))
    for barline in reading.barlines:
        start, end = barline.span
        while next_event < start:
            filled = True
            next_event = next(events, len(reading.text))
        found.section[at:end] = section
        found.ending[at:end] = ending
        if barline.ends_repeat:
            found.repeated[section_start:end] = True
        if barline.ends_repeat or barline.starts_repeat or barline.final:
            ending = 0
            # An ending's own repeat does not begin another part while endings go on.
            if filled and not barline.endings:
                section += 1
                filled = False
            if not barline.endings:
                section_start = end
        if barline.endings:
            ending = barline.endings[0]
        at = end
    found.section[at : reading.end] = section
    found.ending[at : reading.end] = ending
