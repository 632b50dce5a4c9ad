"""Single notes of an instrument, for a player that puts the sound of a tune together itself.

Rendering a tune takes a synthesizer some tenths of a second, too long while somebody types. A
player that has the instrument's notes plays any text at once: it needs to know when which pitch
sounds, and shifts the nearest note to it.
"""

import io
from dataclasses import dataclass
from pathlib import Path

from songrnn.notation.audio import render

# MIDI pitches: C2 to C7, a minor third apart, so that no note is shifted by more than 1.5 semitones.
PITCHES = tuple(range(36, 97, 3))
# How long a note is held, and from the start of one to the start of the next.
HELD_SECONDS = 3.0
SPACING_SECONDS = 3.5
_DRUMS = 9  # the channel of percussion, from 0
_TICKS_PER_SECOND = 960  # at the MIDI file's own tempo, half a second per quarter note


@dataclass(frozen=True)
class Samples:
    """The notes of an instrument in one FLAC recording, half the usual samples per second.

    pitches[k] begins at k × `spacing` seconds and is held for `held` seconds.
    """

    instrument: str
    data: bytes
    pitches: tuple[int, ...] = PITCHES
    spacing: float = SPACING_SECONDS
    held: float = HELD_SECONDS


def note_samples(instrument: str = "fiddle", *, cache: Path | None = None) -> Samples:
    """The notes of an instrument; instrument and cache as for `audio.render`, and "bodhran", whose
    notes are keys of General MIDI's percussion. Raises AudioError."""
    import soundfile
    from scipy.signal import resample_poly

    drums = instrument == "bodhran"
    midi = _scale(_DRUMS if drums else 0)
    whole = render(midi, instrument="piano" if drums else instrument, format="flac", cache=cache)
    sound, rate = soundfile.read(io.BytesIO(whole.data), dtype="float32")
    out = io.BytesIO()
    # The highest note has its fourth overtone below what is left.
    soundfile.write(out, resample_poly(sound, 1, 2), rate // 2, "PCM_16", format="FLAC")
    return Samples(instrument, out.getvalue())


def _scale(channel: int) -> bytes:
    """A MIDI file with one note after another."""
    import mido

    held = round(HELD_SECONDS * _TICKS_PER_SECOND)
    rest = round((SPACING_SECONDS - HELD_SECONDS) * _TICKS_PER_SECOND)
    track = mido.MidiTrack()
    for number, pitch in enumerate(PITCHES):
        wait = rest if number else 0
        track.append(mido.Message("note_on", channel=channel, note=pitch, velocity=90, time=wait))
        track.append(mido.Message("note_off", channel=channel, note=pitch, velocity=0, time=held))
    out = io.BytesIO()
    mido.MidiFile(ticks_per_beat=_TICKS_PER_SECOND // 2, tracks=[track]).save(file=out)
    return out.getvalue()
