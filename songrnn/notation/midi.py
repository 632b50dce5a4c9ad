"""A Reading as it is played -> MIDI, with music21's MIDI objects and exact ticks.

Written by us rather than derived from the score: music21 rounds tuplets and unrolls repeats its
own way, and here every onset must be the one `performance.py` names.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from songrnn.errors import ScoreError
from songrnn.notation.performance import Performance, perform
from songrnn.notation.reading import Key, Reading

TICKS_PER_QUARTER = 480
VELOCITY = 90
# Longer is no tune, and would keep a synthesizer busy for minutes.
MOST_NOTES = 50_000
# Three bytes hold the microseconds of a quarter note (Standard MIDI Files 1.0, Set Tempo).
_MOST_MICROSECONDS = 0xFFFFFF
# A grace note's share of a quarter note; it ends where its main note begins.
_GRACE = Fraction(1, 8)


@dataclass(frozen=True, slots=True)
class _Note:
    start: int
    end: int
    pitch: int


def to_midi(reading: Reading, *, tempo: float | None = None, program: int | None = None) -> bytes:
    """The tune as a MIDI file (format 1, 480 ticks a quarter), repeats unrolled.

    tempo: quarter notes a minute at the beginning, the tune's own when left out. program: General
    MIDI program from 0. Raises ScoreError when there is nothing to play or far too much.
    """
    performance = perform(reading)
    notes = _notes(performance)
    if not notes:
        raise ScoreError("There are no notes to play; write some after the K: line.")
    return _file(performance, notes, tempo, program)


def _ticks(quarters: Fraction) -> int:
    return round(quarters * TICKS_PER_QUARTER)


def _notes(performance: Performance) -> list[_Note]:
    """Every pitch with its ticks; a pitch struck again ends the one still sounding."""
    sounds = performance.notes
    if len(sounds) > MOST_NOTES:
        raise ScoreError(
            f"The tune has {len(sounds):,} notes when played; the limit is {MOST_NOTES:,}."
        )
    found: list[_Note] = []
    place = 0
    while place < len(sounds):
        graces = place
        while graces < len(sounds) and sounds[graces].grace:
            graces += 1
        for index in range(place, graces):
            # Before the beat, so that the main note keeps its moment.
            end = max(sounds[index].onset_quarters - (graces - 1 - index) * _GRACE, Fraction(0))
            start = max(end - _GRACE, Fraction(0))
            found += [_Note(_ticks(start), _ticks(end), p) for p in sounds[index].pitches]
        if graces < len(sounds):
            sound = sounds[graces]
            start = sound.onset_quarters
            end = start + sound.duration_quarters
            found += [_Note(_ticks(start), _ticks(end), p) for p in sound.pitches]
        place = graces + 1
    found.sort(key=lambda note: (note.start, note.pitch))
    kept: list[_Note] = []
    last: dict[int, int] = {}  # pitch -> where it is in `kept`
    for note in found:
        if note.end <= note.start:
            continue
        pitch = note.pitch % 12 + 108 if note.pitch > 127 else max(note.pitch, 0)
        before = last.get(pitch)
        if before is not None and kept[before].end > note.start:
            if kept[before].start == note.start:
                continue
            kept[before] = _Note(kept[before].start, note.start, pitch)
        last[pitch] = len(kept)
        kept.append(_Note(note.start, note.end, pitch))
    return kept


def _file(
    performance: Performance, notes: list[_Note], tempo: float | None, program: int | None
) -> bytes:
    from music21 import midi

    reading = performance.reading
    factor = 1.0 if tempo is None else tempo / performance.quarters_per_minute
    conductor: list[tuple[int, bytes, midi.MetaEvents]] = []
    if title := _plain(reading.header.get("T", "")):
        conductor.append((0, title, midi.MetaEvents.SEQUENCE_TRACK_NAME))
    for quarters, quarters_per_minute in performance.tempi:
        microseconds = round(60e6 / max(quarters_per_minute * factor, 1e-9))
        value = min(max(microseconds, 1), _MOST_MICROSECONDS).to_bytes(3, "big")
        conductor.append((_ticks(quarters), value, midi.MetaEvents.SET_TEMPO))
    meter = reading.meter
    power = meter.denominator.bit_length() - 1
    if meter.denominator and 1 << power == meter.denominator and meter.numerator < 256:
        signature = bytes([meter.numerator, power, 24, 8])
        conductor.append((0, signature, midi.MetaEvents.TIME_SIGNATURE))
    conductor.append((0, _key_signature(reading.key), midi.MetaEvents.KEY_SIGNATURE))
    conductor.sort(key=lambda entry: entry[0])

    first = midi.MidiTrack(0)
    now = 0
    for tick, data, kind in conductor:
        first.events.append(midi.DeltaTime(first, time=tick - now))
        event = midi.MidiEvent(first, type=kind)
        event.data = data
        first.events.append(event)
        now = tick
    _end(midi, first)

    second = midi.MidiTrack(1)
    if program is not None:
        second.events.append(midi.DeltaTime(second, time=0))
        event = midi.MidiEvent(second, type=midi.ChannelVoiceMessages.PROGRAM_CHANGE, channel=1)
        event.data = program
        second.events.append(event)
    # At one tick what ends goes before what begins.
    moments = sorted([(n.start, 1, n.pitch) for n in notes] + [(n.end, 0, n.pitch) for n in notes])
    now = 0
    for tick, on, pitch in moments:
        second.events.append(midi.DeltaTime(second, time=tick - now))
        message = midi.ChannelVoiceMessages.NOTE_ON if on else midi.ChannelVoiceMessages.NOTE_OFF
        event = midi.MidiEvent(second, type=message, channel=1)
        event.pitch = pitch
        event.velocity = VELOCITY if on else 0
        second.events.append(event)
        now = tick
    _end(midi, second)

    file = midi.MidiFile()
    file.format = 1
    file.ticksPerQuarterNote = TICKS_PER_QUARTER
    file.tracks = [first, second]
    written: bytes = file.writestr()
    return written


def _end(midi: Any, track: Any) -> None:
    """A track ends with its end-of-track event."""
    track.events.append(midi.DeltaTime(track, time=0))
    event = midi.MidiEvent(track, type=midi.MetaEvents.END_OF_TRACK)
    event.data = b""
    track.events.append(event)


def _plain(text: str) -> bytes:
    """A title for a MIDI file: latin-1, of bounded length."""
    return text.encode("latin-1", "replace")[:100].strip()


def _key_signature(key: Key) -> bytes:
    """Sharps or flats as a signed byte, and 1 for minor."""
    fifths = min(max(key.fifths, -7), 7)
    return bytes([fifths % 256, int(key.mode == "minor")])
