"""A Reading as it is played -> MIDI, with music21's MIDI objects and exact ticks.

Written by us rather than derived from the score: music21 rounds tuplets and unrolls repeats its
own way, and here every onset must be the one `performance.py` names.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from typing import Any

from songrnn.errors import ScoreError
from songrnn.notation import limits
from songrnn.notation.accompaniment import Accompaniment, accompaniment
from songrnn.notation.chord_track import CHANNELS as CHORD_CHANNELS
from songrnn.notation.chord_track import MELODY_SEAT, chord_track, seat
from songrnn.notation.performance import Performance
from songrnn.notation.playing.backing import Backing, backing, in_time
from songrnn.notation.playing.rendition import PLAIN_VELOCITY, PlayedNote, Rendition, rendition
from songrnn.notation.playing.styles import StyleName
from songrnn.notation.reading import Key, Reading
from songrnn.notation.sounding import Sounding

TICKS_PER_QUARTER = 480
# Three bytes hold the microseconds of a quarter note (Standard MIDI Files 1.0, Set Tempo).
_MOST_MICROSECONDS = 0xFFFFFF
# Sixteen, without the one that General MIDI keeps for drums.
_CHANNELS = [channel for channel in range(1, 17) if channel != 10]
# Quarter tones sound on channels of their own, bent for good: half a semitone of the two that
# General MIDI's wheel reaches either way.
_BENT = {0.5: _CHANNELS.pop(), -0.5: _CHANNELS.pop()}
_QUARTER_TONE = 8192 // 4
# A grace note's share of a quarter note in plain style; it ends where its main note begins.
_GRACE = Fraction(1, 8)


@dataclass(frozen=True, slots=True)
class _Note:
    start: int
    end: int
    pitch: int
    bend: float = 0.0  # semitones
    velocity: int = PLAIN_VELOCITY


def to_midi(
    reading: Reading,
    *,
    tempo: float | None = None,
    program: int | None = None,
    accompanied: bool = False,
    style: StyleName = "plain",
    backing_by: Backing = "none",
) -> bytes:
    """The tune as a MIDI file (format 1, 480 ticks a quarter), repeats unrolled, a track for each
    voice.

    tempo: quarter notes a minute at the beginning, the tune's own when left out. program: General
    MIDI program from 0. accompanied: whether there is one more track, of its chord symbols, if it
    has some. style: how it is played, see `playing.rendition`. backing_by: what accompanies it,
    with chords of its own making where the tune names none. Raises ScoreError when there is nothing to play or far too much.
    """
    played = rendition(reading, style)
    _check(len(sound.pitches) for voice in played.performances for sound in voice.notes)
    if style == "plain":
        tracks = [_notes(performance) for performance in played.performances]
    else:
        tracks = [_played(notes, voice.reading) for voice, notes in _ornamented(played)]
        tempo = played.quarters_per_minute if tempo is None else tempo
    if not any(tracks):
        raise ScoreError("There are no notes to play; write some after the K: line.")
    voices = [notes for notes in tracks if notes]
    chords = backing(played, backing_by)
    if accompanied and backing_by == "none":
        chords = in_time(played, accompaniment(reading))
    _check([len(chords.notes), *map(len, tracks)])
    return _file(played.performances[0], voices, tempo, program, chords, seated=style != "plain")


def _check(counts: Iterable[int]) -> None:
    """Raise ScoreError when these are too many notes together."""
    notes = sum(counts)
    if notes > limits.MOST_NOTES:
        raise ScoreError(
            f"The tune has {notes:,} notes when played; the limit is {limits.MOST_NOTES:,}."
        )


def _ornamented(played: Rendition) -> Iterator[tuple[Performance, list[PlayedNote]]]:
    """Each voice with its notes in a style. Raises ScoreError once ornaments make them too many."""
    room = limits.MOST_NOTES
    for voice in played.performances:
        found = list(islice(played.notes_of(voice), room + 1))
        if len(found) > room:
            raise ScoreError(
                f"With its ornaments the tune has more than {limits.MOST_NOTES:,} notes; that is "
                "the limit."
            )
        room -= len(found)
        yield voice, found


def _ticks(quarters: Fraction) -> int:
    return round(quarters * TICKS_PER_QUARTER)


def _notes(performance: Performance) -> list[_Note]:
    """Every pitch with its ticks; a pitch struck again ends the one still sounding."""
    sounds = performance.notes
    found: list[_Note] = []
    bends = _bends(performance.reading)
    place = 0
    while place < len(sounds):
        graces = place
        while graces < len(sounds) and sounds[graces].grace:
            graces += 1
        for index in range(place, graces):
            # Before the beat, so that the main note keeps its moment.
            end = max(sounds[index].onset_quarters - (graces - 1 - index) * _GRACE, Fraction(0))
            start = max(end - _GRACE, Fraction(0))
            found += _struck(sounds[index], start, end, bends)
        if graces < len(sounds):
            sound = sounds[graces]
            start = sound.onset_quarters
            found += _struck(sound, start, start + sound.duration_quarters, bends)
        place = graces + 1
    return _settled(found)


def _played(notes: list[PlayedNote], reading: Reading) -> list[_Note]:
    """The notes of a voice in a style, in ticks."""
    bends = _bends(reading)
    return _settled(
        [
            _Note(
                _ticks(note.onset),
                _ticks(note.onset + note.duration),
                note.pitch,
                bends.get((note.event, note.pitch), 0.0),
                note.velocity,
            )
            for note in notes
        ]
    )


def _settled(found: list[_Note]) -> list[_Note]:
    """In order and within MIDI's pitches; one struck again ends the one still sounding."""
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
            kept[before] = replace(kept[before], end=note.start)
        last[pitch] = len(kept)
        kept.append(replace(note, pitch=pitch))
    return kept


def _bends(reading: Reading) -> dict[tuple[int, int], float]:
    """(event, pitch) -> the semitones by which it is a quarter tone off; most tunes have none."""
    return {
        (index, pitch): step[1] - int(step[1])
        for index, event in enumerate(reading.events)
        for pitch, step in zip(event.pitches, event.steps, strict=True)
        if step[1].__class__ is float
    }


def _struck(
    sound: Sounding, start: Fraction, end: Fraction, bends: dict[tuple[int, int], float]
) -> list[_Note]:
    first, last = _ticks(start), _ticks(end)
    return [_Note(first, last, p, bends.get((sound.event, p), 0.0)) for p in sound.pitches]


def _file(
    performance: Performance,
    voices: list[list[_Note]],
    tempo: float | None,
    program: int | None,
    chords: Accompaniment,
    *,
    seated: bool,
) -> bytes:
    from music21 import midi

    file = midi.MidiFile()
    file.format = 1
    file.ticksPerQuarterNote = TICKS_PER_QUARTER
    taken = set(CHORD_CHANNELS.values()) if chords.notes else set()
    channels = [channel for channel in _CHANNELS if channel not in taken]
    file.tracks = [
        _conductor(midi, performance, tempo),
        *[
            _track(midi, number, notes, program, channels, seated=seated)
            for number, notes in enumerate(voices, start=1)
        ],
    ]
    if chords.notes:
        file.tracks.append(
            chord_track(midi, len(file.tracks), chords, TICKS_PER_QUARTER, seated=seated)
        )
    written: bytes = file.writestr()
    return written


def _conductor(midi: Any, performance: Performance, tempo: float | None) -> Any:
    """The track of titles, tempi, meter and key."""
    reading = performance.reading
    factor = 1.0 if tempo is None else tempo / performance.quarters_per_minute
    entries: list[tuple[int, bytes, Any]] = []
    if title := _plain(reading.header.get("T", "")):
        entries.append((0, title, midi.MetaEvents.SEQUENCE_TRACK_NAME))
    for quarters, quarters_per_minute in performance.tempi:
        microseconds = round(60e6 / max(quarters_per_minute * factor, 1e-9))
        value = min(max(microseconds, 1), _MOST_MICROSECONDS).to_bytes(3, "big")
        entries.append((_ticks(quarters), value, midi.MetaEvents.SET_TEMPO))
    meter = reading.meter
    power = meter.denominator.bit_length() - 1
    if meter.denominator and 1 << power == meter.denominator and meter.numerator < 256:
        signature = bytes([meter.numerator, power, 24, 8])
        entries.append((0, signature, midi.MetaEvents.TIME_SIGNATURE))
    entries.append((0, _key_signature(reading.key), midi.MetaEvents.KEY_SIGNATURE))
    entries.sort(key=lambda entry: entry[0])
    track = midi.MidiTrack(0)
    now = 0
    for tick, data, kind in entries:
        track.events.append(midi.DeltaTime(track, time=tick - now))
        event = midi.MidiEvent(track, type=kind)
        event.data = data
        track.events.append(event)
        now = tick
    _end(midi, track)
    return track


def _track(
    midi: Any,
    number: int,
    notes: list[_Note],
    program: int | None,
    channels: list[int],
    *,
    seated: bool,
) -> Any:
    """The notes of one voice, on a channel of its own."""
    main = channels[(number - 1) % len(channels)]
    own = {bend: _BENT.get(bend, main) for bend in [0.0, *sorted({n.bend for n in notes})]}
    track = midi.MidiTrack(number)
    for bend, channel in own.items():
        if program is not None:
            track.events.append(midi.DeltaTime(track, time=0))
            kind = midi.ChannelVoiceMessages.PROGRAM_CHANGE
            event = midi.MidiEvent(track, type=kind, channel=channel)
            event.data = program
            track.events.append(event)
        if bend:
            _bend(midi, track, channel, bend)
        if seated:
            seat(midi, track, channel, MELODY_SEAT)
    # At one tick what ends goes before what begins.
    moments = sorted(
        [(n.start, 1, n.pitch, n.bend, n.velocity) for n in notes]
        + [(n.end, 0, n.pitch, n.bend, 0) for n in notes]
    )
    now = 0
    for tick, on, pitch, bend, velocity in moments:
        channel = own[bend]
        track.events.append(midi.DeltaTime(track, time=tick - now))
        message = midi.ChannelVoiceMessages.NOTE_ON if on else midi.ChannelVoiceMessages.NOTE_OFF
        event = midi.MidiEvent(track, type=message, channel=channel)
        event.pitch = pitch
        event.velocity = velocity
        track.events.append(event)
        now = tick
    _end(midi, track)
    return track


def _bend(midi: Any, track: Any, channel: int, semitones: float) -> None:
    """From the beginning of a track on, a channel sounds higher."""
    value = 8192 + round(semitones * 2 * _QUARTER_TONE)
    track.events.append(midi.DeltaTime(track, time=0))
    kind = midi.ChannelVoiceMessages.PITCH_BEND
    event = midi.MidiEvent(track, type=kind, channel=channel)
    event.parameter1, event.parameter2 = value & 0x7F, value >> 7
    track.events.append(event)


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
