"""MIDI to sound: FluidSynth through midi2audio where it is installed, else the embedded synth.

Either can fail without saying so (a wrong soundfont gives minutes of silence, a missing file
nothing at all), so the result is looked at before anyone hears it: it must exist and not be silent.
What is written is equally loud whatever plays it (`mastering`).
"""

import functools
import hashlib
import importlib.util
import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from songrnn.errors import AudioError
from songrnn.notation.chord_track import NAME as ACCOMPANIMENT
from songrnn.notation.kept_files import KeptFiles
from songrnn.notation.mastering import mastered
from songrnn.notation.playing.backing import PROGRAMS
from songrnn.paths import cache_directory

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
SAMPLE_RATE = 44_100  # Hz, of FluidSynth; the embedded synth has its own
LONGEST_SECONDS = 900
_CACHE_BYTES = 200 << 20
_BLOCK = 1 << 16  # samples
_TIMEOUT_SECONDS = 60

_SOUNDFONT_FOLDERS = (
    "/usr/share/sounds/sf2",
    "/usr/share/soundfonts",
    "/usr/local/share/soundfonts",
)
# Found first, used first: a full General MIDI set before a small one.
_SOUNDFONTS = ("FluidR3_GM.sf2", "default-GM.sf2", "default.sf2", "TimGM6mb.sf2")
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


@functools.cache
def embedded_soundfont() -> Path | None:
    """TimGM6mb.sf2 as the pretty_midi package carries it, without importing that."""
    spec = importlib.util.find_spec("pretty_midi")
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(next(iter(spec.submodule_search_locations))) / "TimGM6mb.sf2"
    return path if path.is_file() else None


def system_soundfont() -> Path | None:
    """A General MIDI soundfont of the system, or the embedded one; SONGRNN_SOUNDFONT wins."""
    chosen = os.environ.get("SONGRNN_SOUNDFONT")
    if chosen:
        if not Path(chosen).is_file():
            raise AudioError(f"SONGRNN_SOUNDFONT names {chosen}, and there is no such file.")
        return Path(chosen)
    for name in _SOUNDFONTS:
        for folder in _SOUNDFONT_FOLDERS:
            if (Path(folder) / name).is_file():
                return Path(folder) / name
    return embedded_soundfont()


def available_synths() -> list[str]:
    """The synths that can be used here, the preferred one first."""
    found = []
    if shutil.which("fluidsynth") and system_soundfont():
        found.append("fluidsynth")
    if importlib.util.find_spec("midirenderer") and embedded_soundfont():
        found.append("embedded")
    return found


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
    Raises AudioError when the MIDI has no notes or is too long, or when no synth gives sound.
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
                samples, rate = _SYNTHS[name](played)
                if not stereo:
                    samples = samples.mean(axis=1, keepdims=True)
                data = _encode(mastered(samples, rate), rate, format)
            except AudioError as error:
                reasons.append(f"{name}: {error}")
                continue
            kept.keep(f"{key}.{format}", data)
        return _audio(data, format, name)
    raise AudioError("No sound could be made (" + "; ".join(reasons) + ").")


def with_program(midi: bytes, program: int) -> bytes:
    """The same MIDI file, every channel but the drums' set to a General MIDI program.

    An accompaniment keeps its own. Raises AudioError when it is not a MIDI file, has no notes, or lasts too long.
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
    if seconds > LONGEST_SECONDS:
        raise AudioError(
            f"The tune would play for {seconds / 60:.0f} minutes; the limit is "
            f"{LONGEST_SECONDS // 60}."
        )
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


def _fluidsynth(midi: bytes) -> tuple[np.ndarray, int]:
    font = system_soundfont()
    if not shutil.which("fluidsynth") or font is None:
        raise AudioError("FluidSynth or a soundfont for it is not installed")
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "tune.mid", Path(folder) / "tune.wav"
        source.write_bytes(midi)
        # midi2audio has neither a time limit nor a way to keep FluidSynth from printing, so it
        # runs as a process of its own.
        command = [sys.executable, "-m", "midi2audio", "-s", str(font), "-r", str(SAMPLE_RATE)]
        try:
            subprocess.run(
                [*command, str(source), str(target)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_TIMEOUT_SECONDS,
                check=True,
            )
        except (subprocess.SubprocessError, OSError) as error:
            raise AudioError(f"FluidSynth did not finish ({error})") from error
        if not target.exists():
            raise AudioError("FluidSynth wrote no file")
        return _decode(target.read_bytes())


def _embedded(midi: bytes) -> tuple[np.ndarray, int]:
    font = embedded_soundfont()
    if font is None:
        raise AudioError("the soundfont of the package pretty_midi is missing")
    try:
        from midirenderer import render_wave_from

        return _decode(render_wave_from(_soundfont_bytes(font), midi))
    except Exception as error:  # the synth is compiled code with errors of its own
        raise AudioError(f"the embedded synth failed ({error})") from error


_SYNTHS: dict[str, Callable[[bytes], tuple[np.ndarray, int]]] = {
    "fluidsynth": _fluidsynth,
    "embedded": _embedded,
}


@functools.lru_cache(maxsize=1)
def _soundfont_bytes(path: Path) -> bytes:
    return path.read_bytes()


def _decode(data: bytes) -> tuple[np.ndarray, int]:
    """Samples (N, channels) float32, and how many there are a second."""
    import soundfile

    try:
        samples, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise AudioError(f"the synth wrote a damaged file ({error})") from error
    return samples, rate


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
