"""The accompaniment that chord symbols ask for: bass notes and chords in a pattern for each meter.

ABC 2.1 (4.18) says what a chord symbol names; how it is played is abc2midi's custom, kept here: a
pattern (`%%MIDI gchord`) starts with every bar and is played through once, with the chord that is
in force at each of its steps. Where abc2midi knows no pattern or no chord, section by section
below, there is a plain one instead of silence. Of several voices the first with chord symbols
counts. It sounds only where a person asks for it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple

from songrnn.notation import limits
from songrnn.notation.chord_directives import Directive, chord_directives
from songrnn.notation.chord_symbols import ChordName, parse_chord
from songrnn.notation.chord_types import semitones_of
from songrnn.notation.order import Segment, segments
from songrnn.notation.performance import perform
from songrnn.notation.reading import Kind, Meter, Reading
from songrnn.notation.staff.measures import bars_of_rest
from songrnn.notation.tables import NATURAL_SEMITONES

Part = Literal["bass", "chord", "drum"]
# abc2midi's patterns: f the bass note, c the chord, b both, z nothing; a bar has all of it.
PATTERNS = {
    "2/4": "fzcz", "3/4": "fzczcz", "4/4": "fzczfzcz", "2/2": "fzczfzcz", "3/8": "fzczcz",
    "6/8": "fzcfzc", "9/8": "fzcfzcfzc", "12/8": "fzcfzcfzcfzc", "6/4": "fzczfzczfzcz",
    "5/4": "fzbcz", "5/8": "fzbcz", "7/4": "fzbczcz", "7/8": "fzbczcz",
}  # fmt: skip
_STEP = re.compile(r"([zcfbghijGHIJ])([0-9]{0,2})")
_BASS, _CHORD = 36, 48  # MIDI pitches of C for the bass and for the chord
_VELOCITIES = {"bassvol": 80, "chordvol": 75}


class ChordNote(NamedTuple):
    """A note of the accompaniment. onset, duration: quarter notes of played time."""

    onset: Fraction
    duration: Fraction
    pitch: int
    velocity: int
    part: Part


@dataclass(frozen=True)
class Accompaniment:
    """notes: in order of onset. programs: (onset, part, General MIDI program from 0), where the
    tune asks for one; a piano else."""

    notes: tuple[ChordNote, ...] = ()
    programs: tuple[tuple[Fraction, Part, int], ...] = ()


def has_chord_symbols(reading: Reading) -> bool:
    """Whether there is anything to accompany with."""
    return _voice(reading) is not None


def accompaniment(
    reading: Reading,
    *,
    chords: Mapping[int, ChordName] | None = None,
    pattern: str | None = None,
) -> Accompaniment:
    """The accompaniment of a tune as it is played, repeats unrolled; empty without chord symbols.

    chords: event of the first voice -> chord, instead of the chord symbols. pattern: instead of the
    meter's, until the tune asks for another.
    """
    if chords is not None:
        return _Player(reading, chords, pattern).play()
    voice = _voice(reading)
    if voice is None:
        return Accompaniment()
    return _Player(voice, chords_of(voice), pattern).play()


def _voice(reading: Reading) -> Reading | None:
    for voice in reading.all_voices:
        if chords_of(voice):
            return voice
    return None


def chords_of(voice: Reading) -> dict[int, ChordName]:
    """Event -> the chord that its chord symbol names; of several the last."""
    return {
        mark.event: chord
        for mark in voice.marks
        if mark.kind is Kind.CHORD_SYMBOL
        and mark.event is not None
        and (chord := parse_chord(mark.text)) is not None
    }


def steps(pattern: str) -> list[tuple[str, int]]:
    """The steps of a pattern, each with its length in units.

    >>> steps("fzc2")
    [('f', 1), ('z', 1), ('c', 2)]
    """
    found = _STEP.match(pattern)
    taken: list[tuple[str, int]] = []
    while found is not None and len(taken) < 39:
        taken.append((found[1], max(int(found[2] or 1), 1)))
        found = _STEP.match(pattern, found.end())
    return taken


def default_pattern(meter: Meter) -> str:
    """The pattern of a meter: abc2midi's; where it has none, the bass first and a chord a beat."""
    if not meter.denominator:
        return PATTERNS["4/4"]
    known = PATTERNS.get(f"{meter.numerator}/{meter.denominator}")
    if known is not None:
        return known
    if meter.numerator % 3 == 0 and meter.denominator >= 8:
        return "fzc" * min(meter.numerator // 3, 12)
    return "fz" + "cz" * min(meter.numerator - 1, 18)


class _Player:
    """Plays through a voice in the order of its performance."""

    def __init__(
        self, voice: Reading, chords: Mapping[int, ChordName], pattern: str | None
    ) -> None:
        self._voice = voice
        self._chords = chords
        self._directives = chord_directives(voice)
        self._chord: ChordName | None = None
        self._shift = 0
        self._pattern = pattern  # a directive's, while the meter stays
        self._meter = voice.meter
        self._velocity = dict(_VELOCITIES)
        self._octave = {"bassprog": 0, "chordprog": 0}
        self._on = True
        self._notes: list[ChordNote] = []
        self._programs: list[tuple[Fraction, Part, int]] = []

    def play(self) -> Accompaniment:
        for directive in self._directives:
            if directive.position < self._voice.body:
                self._obey(directive, Fraction(0))
        parts = segments(self._voice)
        now = begun = Fraction(0)
        restart = True
        for number, index in enumerate(perform(self._voice).order):
            part = parts[index]
            later = self._arrive(part, now)
            if part.duration > 0:
                begun = now if restart else begun
                self._bars(part, now, begun)
            now += part.duration
            for directive in later:
                self._obey(directive, now)
            restart = self._restarts(part, now - begun, number)
            if len(self._notes) > limits.MOST_NOTES:
                break
        self._notes.sort(key=lambda note: (note.onset, note.pitch))
        return Accompaniment(tuple(self._notes[: limits.MOST_NOTES]), tuple(self._programs))

    def _restarts(self, part: Segment, elapsed: Fraction, number: int) -> bool:
        """Whether the pattern starts again: not at a repeat or double bar within a bar."""
        closing = part.closing
        if part.duration <= 0 and number:
            return True
        plain = closing is None or not (
            closing.final or closing.ends_repeat or closing.starts_repeat
        )
        return plain or number == 0 or elapsed >= self._bar_length()

    def _arrive(self, part: Segment, now: Fraction) -> list[Directive]:
        """Take in meter and directives at the beginning of a segment; those within it come back."""
        meter = self._voice.meter
        for placed in self._voice.meters:
            if placed.onset <= part.onset:
                meter = placed.value
        if meter != self._meter:
            self._meter, self._pattern = meter, None
        events = self._voice.events
        start = part.opening.span[1] if part.opening else self._voice.body
        end = part.closing.span[0] if part.closing else len(self._voice.text)
        first = events[part.first].span[0] if part.first < part.last else end
        inside = [each for each in self._directives if start <= each.position < end]
        for directive in inside:
            if directive.position < first:
                self._obey(directive, now)
        return [each for each in inside if each.position >= first]

    def _obey(self, directive: Directive, now: Fraction) -> None:
        name, value = directive.name, directive.value
        if name == "gchord" and steps(value):
            self._pattern = value
        elif name in ("gchordon", "gchordoff"):
            self._on = name == "gchordon"
        elif name in self._velocity and directive.number is not None:
            self._velocity[name] = min(directive.number, 127)
        elif name in self._octave and directive.number is not None:
            part: Part = "bass" if name == "bassprog" else "chord"
            self._programs.append((now, part, min(directive.number, 127)))
            self._octave[name] = directive.octave

    def _bar_length(self) -> Fraction:
        return self._meter.length or Fraction(4)

    def _bars(self, part: Segment, now: Fraction, begun: Fraction) -> None:
        """A segment; a rest of several bars has the pattern in each."""
        count = bars_of_rest(self._voice, part)
        if count > 1:
            length = part.duration / count
            for bar in range(count):
                self._follow(part, now + bar * length, now + bar * length, length, now)
        else:
            self._follow(part, now, begun, part.duration, now)

    def _follow(
        self, part: Segment, now: Fraction, begun: Fraction, length: Fraction, start: Fraction
    ) -> None:
        """The steps of the pattern that fall into a bar. start: of the segment."""
        pattern = steps(self._pattern or default_pattern(self._meter))
        unit = self._bar_length() / sum(units for _, units in pattern)
        changes = self._changes(part, start)
        onset = begun
        for action, units in pattern:
            if onset >= now + length:
                break
            if onset >= now:
                while changes and changes[0][0] <= onset:
                    _, self._chord, self._shift = changes.pop(0)
                self._notes += self._sound(action, onset, unit * units)
            onset += unit * units
        if changes:
            _, self._chord, self._shift = changes[-1]

    def _changes(self, part: Segment, start: Fraction) -> list[tuple[Fraction, ChordName, int]]:
        events = self._voice.events
        return [
            (start + events[index].onset - part.onset, self._chords[index], self._moved(index))
            for index in range(part.first, part.last)
            if index in self._chords
        ]

    def _moved(self, index: int) -> int:
        """Semitones by which a transposing part sounds higher there, octaves left out."""
        for event in self._voice.events[index:]:
            if event.pitches:
                letter, accidental, octave = event.steps[0]
                spelled = 12 * (octave + 1) + NATURAL_SEMITONES[letter] + accidental
                return int(event.pitches[0] - spelled + 6) % 12 - 6
        return 0

    def _sound(self, action: str, onset: Fraction, duration: Fraction) -> Iterator[ChordNote]:
        if self._chord is None or not self._on:
            return
        bass, chord = pitches(self._chord)
        if action in "fb" or (action == "c" and not chord):
            pitch = bass + _BASS + 12 * self._octave["bassprog"] + self._shift
            yield ChordNote(onset, duration, pitch, self._velocity["bassvol"], "bass")
        if action == "z" or action == "f":
            return
        base = _CHORD + 12 * self._octave["chordprog"] + self._shift
        if action not in "cb":
            number = "ghij".index(action.lower())
            base -= 12 if action.isupper() else 0
            chord = chord[number : number + 1]
        for pitch in chord:
            yield ChordNote(onset, duration, base + pitch, self._velocity["chordvol"], "chord")


def pitches(chord: ChordName) -> tuple[int, tuple[int, ...]]:
    """(the bass note, the chord's notes) in semitones above the C of their octave.

    With a bass of its own the chord stands on it, when it is one of its notes. A root in small
    letters is the bass note alone.

    >>> pitches(ChordName(("F", 0), "", ("A", 0)))
    (9, (17, 9, 12))
    """
    root, over = (
        NATURAL_SEMITONES[name[0]] + name[1] for name in (chord.root, chord.bass or chord.root)
    )
    if chord.bass_note:
        return over, ()
    notes = [root + above for above in semitones_of(chord.quality)]
    classes = [note % 12 for note in notes]
    if chord.bass is not None and over % 12 in classes:
        below = classes.index(over % 12)
        notes = [note + 12 if number < below else note for number, note in enumerate(notes)]
    return over, tuple(notes)
