"""A reading as it is played: which notes sound when, how loud, and what the cursor follows.

`plain` is what is written, every note at one loudness and for all of its length: figures and
comparisons with other programs use it. `musician` adds tempo, accents, swing, articulation,
dynamics and ornaments of the tune's style. Both last the same number of quarter notes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from songrnn.notation.performance import Performance, perform
from songrnn.notation.playing.beats import Beats
from songrnn.notation.playing.choosing import style_of
from songrnn.notation.playing.dynamics import levels, stresses
from songrnn.notation.playing.ornaments import ORNAMENTS, neighbours, ornamented
from songrnn.notation.playing.styles import Style, StyleName
from songrnn.notation.reading import Kind, Reading
from songrnn.notation.sounding import Sounding

PLAIN_VELOCITY = 90
# A note ends at most this much early, in quarter notes: long notes do not become short ones.
_MOST_GAP = Fraction(1, 6)
_STACCATO = {"staccato": Fraction(1, 2), "wedge": Fraction(2, 5)}
_TICK = 480  # moments that seconds are turned into, a quarter note
_SOFTER = 10  # cuts and graces, in MIDI velocity


class PlayedNote(NamedTuple):
    """A note as it sounds. onset, duration: quarter notes of played time. event: whose it is."""

    onset: Fraction
    duration: Fraction
    pitch: int
    velocity: int
    event: int


@dataclass(frozen=True)
class Rendition:
    """A tune as it is played in a style.

    performances: of each voice, as written; style: None for plain. quarters_per_minute: the tempo
    it begins with. beats: where moments go.
    """

    performances: tuple[Performance, ...]
    style: Style | None
    quarters_per_minute: float
    beats: Beats | None

    @property
    def reading(self) -> Reading:
        """What is played."""
        return self.performances[0].reading

    def moved(self, quarters: Fraction) -> Fraction:
        """Where a moment of the performance as written is played, in quarter notes."""
        return quarters if self.beats is None else self.beats.moved(quarters)

    def seconds_at(self, quarters: Fraction) -> float:
        """When a moment of the performance as written is played."""
        return self.seconds_of(self.moved(quarters))

    def seconds_of(self, quarters: Fraction) -> float:
        """When a moment of played time is."""
        return self.performances[0].seconds_at(quarters, self.quarters_per_minute)

    def timeline(self) -> tuple[tuple[float, int, int], ...]:
        """As `Performance.timeline`: (seconds, start, end) of what sounds from each moment on."""
        return self._lines(self.performances[0])

    def other_voices(self) -> list[tuple[float, int, int]]:
        """The same of the other voices, without their ends."""
        return [line for voice in self.performances[1:] for line in self._lines(voice)[:-1]]

    def _lines(self, voice: Performance) -> tuple[tuple[float, int, int], ...]:
        if self.style is None:
            return voice.timeline()
        events, end = voice.reading.events, voice.reading.end
        lines = [
            (self.seconds_at(onset), *events[index].span)
            for index, onset in voice.played
            if events[index].kind != "grace"
        ]
        return (*lines, (self.seconds_at(voice.quarters), end, end))

    def voices(self) -> list[list[PlayedNote]]:
        """The notes of each voice as they sound, in order; of a plain one without grace notes."""
        return [list(self.notes_of(voice)) for voice in self.performances]

    def notes_of(self, voice: Performance) -> Iterator[PlayedNote]:
        """Those of one of the performances."""
        if self.style is None or self.beats is None:
            for sound in voice.notes:
                for pitch in () if sound.grace else sound.pitches:
                    span = (sound.onset_quarters, sound.duration_quarters)
                    yield PlayedNote(*span, pitch, PLAIN_VELOCITY, sound.event)
            return
        player = _Player(voice, self.style, self.beats, self.quarters_per_minute)
        graces: list[Sounding] = []
        for sound in voice.notes:
            if sound.grace:
                graces.append(sound)
            else:
                yield from player.play(sound, graces)
                graces = []


def rendition(reading: Reading, style: StyleName = "musician") -> Rendition:
    """How a tune is played. Never raises."""
    performances = tuple([perform(voice) for voice in reading.all_voices])
    own = performances[0].quarters_per_minute
    if style == "plain":
        return Rendition(performances, None, own, None)
    chosen = style_of(reading)
    onsets = [note.onset_quarters for voice in performances for note in voice.notes]
    beats = Beats(performances[0], chosen, onsets)
    tempo = own if reading.tempos else chosen.quarters_a_minute
    return Rendition(performances, chosen, tempo, beats)


class _Player:
    """Plays the notes of one voice."""

    def __init__(self, voice: Performance, style: Style, beats: Beats, tempo: float) -> None:
        reading = voice.reading
        self._reading, self._style, self._beats = reading, style, beats
        self._levels, self._stresses = levels(reading), stresses(reading)
        self._event_at = {event.span: index for index, event in enumerate(reading.events)}
        self._legato = {index for first, last in reading.slurs for index in range(first, last)}
        self._marked: dict[int, list[str]] = {}
        for mark in reading.marks:
            if mark.kind is Kind.DECORATION and mark.event is not None:
                self._marked.setdefault(mark.event, []).append(mark.text)
        self._speed = tempo / 60
        self._cut = Fraction(max(round(style.cut * self._speed * _TICK), 1), _TICK)

    def play(self, sound: Sounding, graces: list[Sounding]) -> Iterator[PlayedNote]:
        """A sound after its grace notes, which take their time from it."""
        written = sound.onset_quarters
        onset = self._beats.moved(written)
        whole = self._beats.moved(written + sound.duration_quarters) - onset
        loud = self._levels[sound.event] + self._stresses.get(sound.event, 0)
        loud = min(max(loud + self._beats.accent(written), 1), 127)
        soft = max(loud - _SOFTER, 1)
        each = min(self._cut, whole / (2 * len(graces))) if graces else Fraction(0)
        for grace in graces:
            for pitch in grace.pitches:
                yield PlayedNote(onset, each, pitch, soft, grace.event)
            onset += each
            whole -= each
        lasts = self._sounding(sound, whole)
        pieces = self._pieces(sound, whole, lasts)
        if pieces is None:
            for pitch in sound.pitches:
                yield PlayedNote(onset, lasts, pitch, loud, sound.event)
            return
        for pitch, duration in pieces:
            velocity = loud if pitch == sound.pitches[0] else soft
            yield PlayedNote(onset, duration, pitch, velocity, sound.event)
            onset += duration

    def _sounding(self, sound: Sounding, whole: Fraction) -> Fraction:
        """How much of a note is heard before the next."""
        marks = self._marked.get(sound.event, ())
        last = self._event_at.get(sound.spans[-1] if sound.spans else sound.span, sound.event)
        for mark in marks:
            if mark in _STACCATO:
                return whole * _STACCATO[mark]
        if last in self._legato or "tenuto" in marks:
            return whole
        return whole - min(whole * (1 - self._style.length), _MOST_GAP)

    def _pieces(
        self, sound: Sounding, whole: Fraction, lasts: Fraction
    ) -> list[tuple[int, Fraction]] | None:
        """The notes of an ornament over all of the time of a note, the last cut where that one would
        end; None for a note without an ornament, and for chords."""
        event = self._reading.events[sound.event]
        name = next((m for m in self._marked.get(sound.event, ()) if m in ORNAMENTS), None)
        if name is None or len(sound.pitches) != 1 or len(event.pitches) != 1:
            return None
        pulse = self._style.pulse
        *before, (pitch, duration) = ornamented(
            name,
            sound.pitches[0],
            neighbours(self._reading, event),
            whole,
            cut=self._cut,
            unit=pulse / 3 if pulse.denominator == 2 and pulse > 1 else pulse / 2,
            quarters_a_second=self._speed,
        )
        return [*before, (pitch, max(duration - (whole - lasts), duration / 2))]
