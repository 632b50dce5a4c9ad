"""MIDI to sound, by the first synthesizer that works (`synths`).

Either can fail without saying so (a wrong soundfont gives minutes of silence, a missing file
nothing at all), so the result is looked at before anyone hears it: it must exist and not be silent.
What is written is equally loud whatever plays it (`mastering`).
"""

import hashlib
import io
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from songrnn.errors import AudioError
from songrnn.notation import limits
from songrnn.notation.chord_track import NAME as ACCOMPANIMENT
from songrnn.notation.kept_files import KeptFiles
from songrnn.notation.mastering import mastered
from songrnn.notation.playing.backing import PROGRAMS
from songrnn.notation.synths import SYNTHS, available_synths
from songrnn.paths import cache_directory

if TYPE_CHECKING:
    from mido import MidiFile

Format = Literal["wav", "flac", "ogg", "mp3"]

# Instrument -> General MIDI program, from 0 (General MIDI System Level 1, sound set). The whistle
# is the set's recorder: its own whistle (78) is out of tune in common soundfonts, and silent above
# MIDI pitch 80.
INSTRUMENTS = {
    "fiddle": 40,
    "flute": 73,
    "whistle": 74,
    "accordion": 21,
    "harp": 46,
    "banjo": 105,
    "piano": 0,
}
_CACHE_BYTES = 200 << 20
_BLOCK = 1 << 16  # samples
# Ten minutes of sound take 400 MB while they are made: so many recordings at once in a process.
_turns = threading.BoundedSemaphore(limits.AT_ONCE)
_SUBTYPES = {"wav": "PCM_16", "flac": "PCM_16", "ogg": "VORBIS", "mp3": "MPEG_LAYER_III"}


@dataclass(frozen=True)
class Audio:
    """A rendering. data: the file's bytes. synth: which one made it. channels: 1 or 2."""

    data: bytes
    format: Format
    seconds: float
    synth: str
    channels: int

    @property
    def mime(self) -> str:
        """The media type, for browsers: audio/wav, for example."""
        return "audio/mpeg" if self.format == "mp3" else f"audio/{self.format}"


def program_of(instrument: str) -> int:
    """The General MIDI program of an instrument, those that accompany among them. Raises AudioError."""
    known = PROGRAMS | INSTRUMENTS
    if instrument not in known:
        raise AudioError(
            f"There is no instrument {instrument!r}; choose from {', '.join(INSTRUMENTS)}."
        )
    return known[instrument]


def render(
    midi: bytes,
    *,
    instrument: str = "fiddle",
    format: Format = "wav",
    synth: str | None = None,
    stereo: bool = False,
    cache: Path | None = None,
) -> Audio:
    """Sound of a MIDI file, 16 bit (ogg: Vorbis; mp3: Layer III), at −16 LUFS.

    stereo: both channels of the synthesizer, with the places and the room that the file asks for;
    else their mean. synth: "fluidsynth" or "embedded"; left out, the first that works. cache: folder of earlier
    renderings, bounded, the least recently used go first; data/cache/audio when left out.
    Raises AudioError when the MIDI has no notes or more than `limits` lets through, or when no synth
    gives sound.
    """
    program = program_of(instrument)
    if format not in _SUBTYPES:
        raise AudioError(f"Sound comes as {', '.join(_SUBTYPES)}, not as {format!r}.")
    synths = available_synths() if synth is None else [synth]
    if not synths:
        raise AudioError(
            "There is no synthesizer: install FluidSynth and a soundfont (packages.txt names "
            "them), or the Python package midirenderer."
        )
    played = with_program(midi, program)
    kept = KeptFiles(cache or cache_directory() / "audio", _CACHE_BYTES)
    reasons = []
    for name in synths:
        key = hashlib.sha256(b"2|" + f"{name}|{format}|{stereo}|".encode() + played).hexdigest()[
            :32
        ]
        data = kept.get(f"{key}.{format}")
        if data is None:
            try:
                data = _made(name, played, format, stereo)
            except AudioError as error:
                reasons.append(f"{name}: {error}")
                continue
            kept.keep(f"{key}.{format}", data)
        return _audio(data, format, name)
    raise AudioError("No sound could be made (" + "; ".join(reasons) + ").")


def _made(synth: str, midi: bytes, format: Format, stereo: bool) -> bytes:
    with _turns:
        samples, rate = SYNTHS[synth](midi)
        if not stereo:
            samples = samples.mean(axis=1, keepdims=True)
        return _encode(mastered(samples, rate), rate, format)


def with_program(midi: bytes, program: int) -> bytes:
    """The same MIDI file, every channel but the drums' set to a General MIDI program.

    An accompaniment keeps its own. Raises AudioError when it is not a MIDI file, has no notes, or
    more of them than `limits` lets through.
    """
    import mido

    try:
        file = mido.MidiFile(file=io.BytesIO(midi))
        seconds = file.length
    except (OSError, EOFError, ValueError, KeyError, IndexError) as error:
        raise AudioError(f"This is not a MIDI file that can be played ({error}).") from error
    channels = {m.channel for t in file.tracks for m in t if m.type == "note_on" and m.velocity}
    if not channels:
        raise AudioError("There are no notes to play.")
    _check(file, seconds)
    own = [track for track in file.tracks if track.name == ACCOMPANIMENT]
    for track in own:
        channels -= {m.channel for m in track if m.type == "note_on"}
    for track in file.tracks:
        if track in own:
            continue
        time = 0
        kept = []
        for message in track:
            if message.type == "program_change":
                time += message.time  # the next message keeps its place in time
                continue
            kept.append(message.copy(time=message.time + time))
            time = 0
        track[:] = kept
    first = [
        mido.Message("program_change", channel=channel, program=program, time=0)
        for channel in sorted(channels - {9})
    ]
    file.tracks[0][:0] = first
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def _check(file: "MidiFile", seconds: float) -> None:
    """Raise AudioError for what would keep a synthesizer busy, or fill the memory."""
    if seconds > limits.LONGEST_SECONDS:
        raise AudioError(
            f"The tune would play for {seconds / 60:,.1f} minutes; the limit for sound is "
            f"{limits.LONGEST_SECONDS // 60}."
        )
    notes, held, sounding = 0, 0.0, 0
    for message in file:  # of all tracks, with the seconds since the one before
        held += message.time * sounding
        if message.type == "note_on" and message.velocity:
            sounding += 1
            notes += 1
        elif message.type in ("note_on", "note_off"):
            sounding = max(sounding - 1, 0)
    if notes > limits.MOST_NOTES:
        raise AudioError(
            f"The tune has {notes:,} notes when played; the limit is {limits.MOST_NOTES:,}."
        )
    if held > limits.MOST_NOTE_SECONDS:
        raise AudioError(
            f"Too many notes sound at once for too long: one after another they would last "
            f"{held / 60:,.0f} minutes; the limit is {limits.MOST_NOTE_SECONDS // 60}."
        )


def _encode(samples: np.ndarray, rate: int, format: Format) -> bytes:
    import soundfile

    out = io.BytesIO()
    kind = {"format": format.upper(), "subtype": _SUBTYPES[format], "channels": samples.shape[1]}
    with soundfile.SoundFile(out, "w", rate, **kind) as file:
        # In blocks: given more than a minute at once, libsndfile's Vorbis encoder ends the process.
        for start in range(0, len(samples), _BLOCK):
            file.write(samples[start : start + _BLOCK])
    return out.getvalue()


def _audio(data: bytes, format: Format, synth: str) -> Audio:
    import soundfile

    with soundfile.SoundFile(io.BytesIO(data)) as file:
        return Audio(data, format, file.frames / file.samplerate, synth, file.channels)
