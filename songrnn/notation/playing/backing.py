"""What accompanies a tune: chords on a piano, a guitar or a bouzouki, a drone, a bodhrán.

Chords are those of the tune's chord symbols, and where it has none the harmonizer's. General MIDI
has no bouzouki and no bodhrán: its hammered dulcimer, with the root and fifth that bouzouki players
keep to, and its drums stand in for them.
"""

from fractions import Fraction
from typing import Literal, get_args

from songrnn.notation import limits
from songrnn.notation.accompaniment import (
    Accompaniment,
    ChordNote,
    Part,
    accompaniment,
    chords_of,
    has_chord_symbols,
)
from songrnn.notation.playing.beats import Bar
from songrnn.notation.playing.harmony import harmonize
from songrnn.notation.playing.rendition import Rendition
from songrnn.notation.playing.styles import Style
from songrnn.notation.reading import Key, Reading
from songrnn.notation.tables import LETTERS, NATURAL_SEMITONES

Backing = Literal["none", "piano", "guitar", "bouzouki", "drone", "bodhran"]
BACKINGS: tuple[Backing, ...] = get_args(Backing)
BACKING_NAMES: dict[Backing, str] = {
    "none": "alone", "piano": "+ piano", "guitar": "+ guitar", "bouzouki": "+ bouzouki",
    "drone": "+ drone", "bodhran": "+ bodhrán",
}  # fmt: skip
# General MIDI programs from 0: steel-string guitar, dulcimer, reed organ.
PROGRAMS: dict[str, int] = {"piano": 0, "guitar": 25, "bouzouki": 15, "drone": 20}
# Bars of root and fifth for the bouzouki, in the letters of `%%MIDI gchord`.
_BOUZOUKI = {
    "2/4": "fccc", "4/4": "fcccfccc", "2/2": "fcccfccc", "3/4": "fccccc", "6/8": "fccfcc",
    "9/8": "fccfccfcc", "12/8": "fccfccfccfcc",
}  # fmt: skip
# A strum goes through the strings in this time, in quarter notes, and is softer than a piano.
_STRUM = Fraction(1, 24)
_SOFTNESS = {"guitar": 0.85, "bouzouki": 0.7}
_DRONE_VELOCITY = 50
_DRONE_LOWEST = 43  # the drone's tonic lies within the octave above
# Bodhrán: strokes of each beat of a bar in turn; D and U strong, d and u soft, U and u near the rim.
STROKES: dict[str, tuple[str, ...]] = {
    "reel": ("Dudu", "dUdu"), "jig": ("Dud", "Udu"), "polka": ("D.", "dU"),
    "march": ("D.", "d."), "waltz": ("D.", "u.", "u."), "air": ("d.", "..", "..", ".."),
}  # fmt: skip
_LOW_TOM, _OPEN_CONGA = 45, 63  # keys of General MIDI's percussion
DRUM_KEYS = {"d": _LOW_TOM, "u": _OPEN_CONGA}
_STROKE_VELOCITY = {"D": 88, "d": 62, "U": 70, "u": 48}
_STROKE_LENGTH = Fraction(1, 8)


def backing(played: Rendition, kind: Backing) -> Accompaniment:
    """The accompaniment of a rendition, in the moments at which it sounds."""
    if kind == "none":
        return Accompaniment()
    if kind == "bodhran":
        found = Accompaniment(tuple(_bodhran(played)))
    elif kind == "drone":
        found = Accompaniment(tuple(_drone(played)), _program("drone"))
    else:
        found = _chords(played.reading, kind)
    return in_time(played, found)


def in_time(played: Rendition, written: Accompaniment) -> Accompaniment:
    """An accompaniment moved to where a rendition's swing has its beats."""
    if played.beats is None:
        return written
    notes = []
    for note in written.notes:
        onset = played.moved(note.onset)
        duration = played.moved(note.onset + note.duration) - onset
        if note.part == "drum":
            duration = note.duration
        notes.append(note._replace(onset=onset, duration=duration))
    return Accompaniment(tuple(notes), written.programs)


def _program(kind: str) -> tuple[tuple[Fraction, Part, int], ...]:
    parts: tuple[Part, Part] = ("bass", "chord")
    return tuple([(Fraction(0), part, PROGRAMS[kind]) for part in parts])


def _chords(reading: Reading, kind: Backing) -> Accompaniment:
    voice = next((each for each in reading.all_voices if chords_of(each)), reading)
    chords = chords_of(voice) if has_chord_symbols(reading) else harmonize(reading)
    pattern = None
    if kind == "bouzouki":
        chords = {event: chord._replace(quality="5") for event, chord in chords.items()}
        meter = voice.meter
        pattern = _BOUZOUKI.get(f"{meter.numerator}/{meter.denominator}")
    made = accompaniment(voice, chords=chords, pattern=pattern)
    if kind == "piano":
        return made
    return Accompaniment(tuple(_strummed(made, _SOFTNESS[kind])), _program(kind) + made.programs)


def _strummed(made: Accompaniment, softness: float) -> list[ChordNote]:
    """Struck string after string, from the lowest."""
    found = []
    before: tuple[Fraction, int] = (Fraction(-1), 0)
    for note in made.notes:  # by onset and pitch
        place = before[1] + 1 if note.onset == before[0] else 0
        before = (note.onset, place)
        late = min(place * _STRUM / 3, note.duration / 2)
        velocity = max(round(note.velocity * softness) - 3 * place, 1)
        found.append(
            note._replace(onset=note.onset + late, duration=note.duration - late, velocity=velocity)
        )
    return found


def _drone(played: Rendition) -> list[ChordNote]:
    """The tonic and the fifth above it, held until the key changes."""
    performance = played.performances[0]
    found: list[tuple[Fraction, Fraction, int]] = []
    for bar in played.beats.bars if played.beats else ():
        pitch = _tonic(_key_of(played.reading, bar))
        if found and found[-1][2] == pitch:
            found[-1] = (found[-1][0], bar.start + bar.duration, pitch)
        else:
            found.append((bar.start, bar.start + bar.duration, pitch))
    if not found:
        found = [(Fraction(0), performance.quarters, _tonic(played.reading.key))]
    return [
        ChordNote(start, end - start, pitch + above, _DRONE_VELOCITY, "bass")
        for start, end, pitch in found
        for above in (0, 7)
    ]


def _key_of(reading: Reading, bar: Bar) -> Key:
    key = reading.key
    for placed in reading.keys:
        if placed.onset <= bar.written:
            key = placed.value
    return key


def _tonic(key: Key) -> int:
    pitch = NATURAL_SEMITONES[key.tonic or LETTERS[0]] + key.accidental
    return _DRONE_LOWEST + (pitch - _DRONE_LOWEST) % 12


def _bodhran(played: Rendition) -> list[ChordNote]:
    style: Style | None = played.style
    found: list[ChordNote] = []
    if style is None or played.beats is None:
        return found
    strokes = STROKES[style.drum]
    for bar in played.beats.bars:
        pulse = style.pulse
        at = bar.start - bar.offset
        beat = 0
        while at < bar.start + bar.duration and len(found) <= limits.MOST_NOTES:
            pattern = strokes[beat % len(strokes)]
            for number, stroke in enumerate(pattern):
                onset = at + pulse * Fraction(number, len(pattern))
                if stroke != "." and bar.start <= onset < bar.start + bar.duration:
                    key = DRUM_KEYS[stroke.lower()]
                    velocity = _STROKE_VELOCITY[stroke]
                    found.append(ChordNote(onset, _STROKE_LENGTH, key, velocity, "drum"))
            at += pulse
            beat += 1
    return found
