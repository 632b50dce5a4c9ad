"""A tune as a person wants to hear it: a MIDI file and its sound."""

from songrnn.notation.audio import Audio, Format, program_of, render
from songrnn.notation.midi import to_midi
from songrnn.notation.playing.choice import Playing
from songrnn.notation.reading import Reading


def midi_of(reading: Reading, playing: Playing) -> bytes:
    """The tune as a MIDI file. Raises ScoreError when there is nothing to play or far too much,
    AudioError for an unknown instrument."""
    return to_midi(
        reading,
        program=program_of(playing.instrument),
        accompanied=playing.chord_symbols,
        style=playing.style,
        backing_by=playing.backing,
    )


def sound_of(reading: Reading, playing: Playing, format: Format = "wav") -> Audio:
    """The sound of that file, in stereo unless it is plain. Raises ScoreError, AudioError."""
    return render(
        midi_of(reading, playing),
        instrument=playing.instrument,
        format=format,
        stereo=playing.style != "plain",
    )
