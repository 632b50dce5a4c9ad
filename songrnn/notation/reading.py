"""What reading a tune yields: the data types of the notation package, without any reading.

All positions are indices of code points in the text, ranges are half-open `(start, end)`.
Times are exact fractions of a quarter note, counted in written order (repeats not unrolled;
`performance.py` unrolls them). Pitches are MIDI numbers, 60 is middle C.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from fractions import Fraction
from typing import Generic, Literal, NamedTuple, TypeVar

import numpy as np


class Kind(IntEnum):
    """What a character is. One a character, stored as uint8 in `Reading.kinds`."""

    UNKNOWN = 0  # nothing the standard knows here
    FIELD_NAME = 1  # the letter and colon of a header field or of a field within the tune
    FIELD_VALUE = 2
    NOTE = 3  # the letter of a note
    ACCIDENTAL = 4
    OCTAVE = 5  # ' and ,
    LENGTH = 6  # digits and slashes after a note, rest or chord
    REST = 7
    BARLINE = 8  # | : [ ] and the thick ones, repeats among them
    ENDING = 9  # the number of an ending
    BROKEN_RHYTHM = 10  # > and <
    TUPLET = 11
    TIE = 12
    SLUR = 13
    CHORD = 14  # the brackets of a chord; its notes are NOTE
    GRACE = 15  # the braces (and slash) of grace notes; their notes are NOTE
    DECORATION = 16  # . ~ H L M O P S T u v and !…! and +…+
    CHORD_SYMBOL = 17  # "Am", quotes included
    ANNOTATION = 18  # "^text", quotes included
    SPACE = 19
    NEWLINE = 20
    COMMENT = 21
    CONTINUATION = 22  # a backslash at the end of a line
    LYRICS = 23
    INLINE_FIELD = 24  # [K:G], brackets included
    BACKTICK = 25


T = TypeVar("T")
EventKind = Literal["note", "chord", "rest", "grace"]
Severity = Literal["error", "warning", "note"]


class Event(NamedTuple):
    """Something with a place in time. A tune has many, and named tuples are the quickest to make.

    span: the characters that made it, from its accidental to its length; a tie's mark, a broken
        rhythm's mark and decorations lie outside.
    onset, duration: quarter notes in written order. Grace notes have duration 0 and the onset of
        the note they lead to; their written length is in `written`.
    pitches: sounding MIDI numbers, lowest first; empty for rests.
    steps: for each pitch (letter "C".."B", accidental in semitones, octave with middle C = 4),
        a quarter tone's accidental being a float such as 0.5, key signature, bar accidentals and octaves applied: the spelling for a score. An instrument
        that transposes (`transpose=`) sounds other pitches than its score spells.
    bar: index of the bar it is written in, from 0 (the pickup, when there is one).
    tied: whether it is tied to the next event (the next event carries its sound on).
    held: the pitches that the tie carries on: of a chord perhaps not all.
    written: the duration as written, before broken rhythm and tuplets.
    tuplet: (p, q) for "p notes in the time of q", or None.
    head: where each pitch's own characters are (for a chord each note inside), spans.
    voice: index of its voice, 0 is the first.
    """

    span: tuple[int, int]
    kind: EventKind
    onset: Fraction
    duration: Fraction
    pitches: tuple[int, ...] = ()
    steps: tuple[tuple[str, float, int], ...] = ()
    bar: int = 0
    tied: bool = False
    written: Fraction = Fraction(0)
    tuplet: tuple[int, int] | None = None
    head: tuple[tuple[int, int], ...] = ()
    voice: int = 0
    held: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a musician would want to know about the text.

    span: the characters it is about. code: a stable short name such as "bar-too-long".
    message: one sentence a musician understands.
    """

    span: tuple[int, int]
    severity: Severity
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Barline:
    """A barline as written. `text` is its characters, such as "|:", ":|" or "|1"'s "|"."""

    span: tuple[int, int]
    onset: Fraction
    text: str
    ends_repeat: bool = False
    starts_repeat: bool = False
    endings: tuple[int, ...] = ()  # numbered endings that begin here
    final: bool = False  # |] or ||


@dataclass(frozen=True, slots=True)
class TuneField:
    """A header field, a field line within the tune, or an inline field."""

    span: tuple[int, int]
    name: str  # one letter
    value: str
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """A key as the K: field names it.

    tonic: "C".."B", or "" when the field names none (`K:none`, an empty `K:`).
    accidental: of the tonic, in semitones (-1 for the B of B flat).
    mode: "major", "minor", "dorian", "phrygian", "lydian", "mixolydian", "locrian",
        "highland" (K:HP, K:Hp), "explicit" (K:… exp …) or "none".
    alterations: semitones for C D E F G A B, explicit accidentals of the field included.
    fifths: sharps (positive) or flats (negative) of the plain signature without those.
    """

    tonic: str
    accidental: int
    mode: str
    alterations: tuple[int, int, int, int, int, int, int]
    fifths: int


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter. `length` is a whole bar in quarter notes, None when the meter is free.

    numerator, denominator: as for a score (4, 4 for C; 7, 8 for (2+2+3)/8; 0, 0 when free).
    """

    text: str
    numerator: int
    denominator: int
    length: Fraction | None

    @property
    def compound(self) -> bool:
        """6/8, 9/8, 12/8 and their like, whose beat has three parts (section 4.13)."""
        return self.numerator > 3 and self.numerator % 3 == 0 and self.denominator >= 8

    @property
    def beat(self) -> Fraction:
        """The length of a beat in quarter notes; a quarter when the meter is free."""
        if not self.denominator:
            return Fraction(1)
        return Fraction(12 if self.compound else 4, self.denominator)


@dataclass(frozen=True, slots=True)
class Tempo:
    """A tempo as the Q: field names it; `text` is its words, such as "Allegro"."""

    quarters_per_minute: Fraction
    text: str = ""


@dataclass(frozen=True, slots=True)
class Clef:
    """A clef (4.6): its name, the line it stands on (1 the lowest), the octaves by which its +8 or
    -8 moves what sounds, and the octaves that are printed at it (^8 is printed alone)."""

    name: str
    line: int
    octave: int = 0
    printed: int = 0


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """A value from a moment of the tune on: a key, a meter, a tempo."""

    span: tuple[int, int]
    onset: Fraction
    bar: int
    value: T


@dataclass(frozen=True, slots=True)
class Mark:
    """A chord symbol, annotation or decoration, and the event it is written before.

    text: without quotes and exclamation marks. event: an index, None when no event follows.
    """

    span: tuple[int, int]
    kind: Kind
    text: str
    event: int | None


@dataclass(frozen=True, slots=True)
class Lyric:
    """A syllable of a w: line and the event it is sung to (5.1).

    verse: from 1. syllabic: its place in a word, as MusicXML says it.
    """

    span: tuple[int, int]
    event: int
    verse: int
    text: str
    syllabic: Literal["single", "begin", "middle", "end"]


@dataclass(frozen=True)
class Reading:
    """A text read as ABC: everything the reader found, tied to characters.

    kinds: (T,) uint8, the `Kind` of each character.
    fields: all fields in order; `header` maps each letter to its first value in the header, in
        plain characters (8.2) where it is words.
    body: where the music begins (index after the K: line), T when there is no music.
    end: where the tune ends: an empty line or the next tune's X: ends it, else T.
    keys, meters, tempos: the first holds from the beginning (a tune without K: is in C, one
        without M: is free; without Q: there is no tempo), later ones from their onset on.
    marks: chord symbols, annotations and decorations with the event they belong to.
    lyrics: the syllables of w: lines with the events they are sung to.
    slurs: for each closed slur the indices of its first and last event.
    clefs: where each holds from; none when the text names none.
    parts: the P: fields of the body, from where each part begins.
    voice, title, layer: the name of the voice, what its field says to print at it, and 0, or the
        number of the overlay within it.
    voices: the other voices and overlays that have music, each a Reading of the same text with
        events, barlines, keys, meters, marks, slurs, clefs and parts of its own.
    """

    text: str
    kinds: np.ndarray
    fields: tuple[TuneField, ...] = ()
    events: tuple[Event, ...] = ()
    barlines: tuple[Barline, ...] = ()
    problems: tuple[Problem, ...] = ()
    header: dict[str, str] = field(default_factory=dict)
    body: int = 0
    end: int = 0
    keys: tuple[Placed[Key], ...] = ()
    meters: tuple[Placed[Meter], ...] = ()
    tempos: tuple[Placed[Tempo], ...] = ()
    marks: tuple[Mark, ...] = ()
    slurs: tuple[tuple[int, int], ...] = ()
    lyrics: tuple[Lyric, ...] = ()
    clefs: tuple[Placed[Clef], ...] = ()
    parts: tuple[Placed[str], ...] = ()
    voice: str = ""
    title: str = ""
    layer: int = 0
    voices: tuple["Reading", ...] = ()

    @property
    def all_voices(self) -> tuple["Reading", ...]:
        """This voice, which is the first, and the others."""
        return (self, *self.voices)

    @property
    def key(self) -> Key:
        """The key the tune begins in."""
        return self.keys[0].value

    @property
    def meter(self) -> Meter:
        """The meter the tune begins in."""
        return self.meters[0].value
