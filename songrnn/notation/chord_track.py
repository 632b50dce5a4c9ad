"""The accompaniment as a track of a MIDI file."""

from fractions import Fraction
from typing import Any

from songrnn.notation.accompaniment import Accompaniment

# The channels of bass, chords and drums, from 1. The track is known by its name.
CHANNELS = {"bass": 13, "chord": 14, "drum": 10}
_PITCHED = ("bass", "chord")
NAME = "Accompaniment"
_PIANO = 0
# Where players sit, from left (0) to right (127), and how much of them the synthesizer's room
# answers: General MIDI's pan and reverb send.
MELODY_SEAT = 52
_SEATS = {"bass": 72, "chord": 84, "drum": 40}
_PAN, _ROOM = 10, 91
_ROOM_SEND = 56


def chord_track(
    midi: Any,
    number: int,
    chords: Accompaniment,
    ticks_per_quarter: int,
    *,
    seated: bool = False,
) -> Any:
    """Bass and chords, each on its channel; on a piano unless a program is named. seated: each has
    its place in the room."""
    kinds = midi.ChannelVoiceMessages
    programs = [(Fraction(0), part, _PIANO) for part in _PITCHED] + list(chords.programs)

    def tick(quarters: Fraction) -> int:
        return round(quarters * ticks_per_quarter)

    # (tick, what goes first at one tick, kind, channel, pitch or program, velocity)
    messages: list[tuple[int, int, Any, int, int, int]] = [
        (tick(onset), 1, kinds.PROGRAM_CHANGE, CHANNELS[part], program, 0)
        for onset, part, program in programs
    ]
    for note in chords.notes:
        channel, pitch = CHANNELS[note.part], min(max(note.pitch, 0), 127)
        end = tick(note.onset + note.duration)
        messages.append((tick(note.onset), 2, kinds.NOTE_ON, channel, pitch, note.velocity))
        messages.append((end, 0, kinds.NOTE_OFF, channel, pitch, 0))
    messages.sort(key=lambda message: message[:2])
    track = midi.MidiTrack(number)
    _add(midi, track, 0, midi.MetaEvents.SEQUENCE_TRACK_NAME, NAME.encode())
    for part in sorted({note.part for note in chords.notes}) if seated else ():
        seat(midi, track, CHANNELS[part], _SEATS[part])
    now = 0
    for at, order, kind, channel, value, velocity in messages:
        event = _add(midi, track, at - now, kind, value if order == 1 else None, channel)
        if order != 1:
            event.pitch, event.velocity = value, velocity
        now = at
    _add(midi, track, 0, midi.MetaEvents.END_OF_TRACK, b"")
    return track


def seat(midi: Any, track: Any, channel: int, place: int) -> None:
    """Where a channel is heard from, with some of the room."""
    for control, value in ((_PAN, place), (_ROOM, _ROOM_SEND)):
        kind = midi.ChannelVoiceMessages.CONTROLLER_CHANGE
        event = _add(midi, track, 0, kind, None, channel)
        event.parameter1, event.parameter2 = control, value


def _add(
    midi: Any, track: Any, time: int, kind: Any, data: object = None, channel: int | None = None
) -> Any:
    track.events.append(midi.DeltaTime(track, time=time))
    event = midi.MidiEvent(track, type=kind, channel=channel)
    if data is not None:
        event.data = data
    track.events.append(event)
    return event
