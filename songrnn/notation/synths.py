"""The programs that make sound of a MIDI file: FluidSynth through midi2audio, and an embedded one.

Each runs as a process of its own that is ended, with all it started, when it takes too long: some
scores keep a synthesizer busy for minutes, and compiled code can end the process it runs in.
"""

import contextlib
import functools
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from songrnn.errors import AudioError
from songrnn.notation import limits

SAMPLE_RATE = 44_100  # Hz, of FluidSynth; the embedded synth has its own
Sound = tuple[np.ndarray, int]  # samples (N, channels) float32, and how many there are a second

_SOUNDFONT_FOLDERS = (
    "/usr/share/sounds/sf2",
    "/usr/share/soundfonts",
    "/usr/local/share/soundfonts",
)
# Found first, used first: a full General MIDI set before a small one.
_SOUNDFONTS = ("FluidR3_GM.sf2", "default-GM.sf2", "default.sf2", "TimGM6mb.sf2")
_EMBEDDED = """
import pathlib, sys
from midirenderer import render_wave_from
font, source, target = map(pathlib.Path, sys.argv[1:])
target.write_bytes(render_wave_from(font.read_bytes(), source.read_bytes()))
"""


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


def _fluidsynth(midi: bytes) -> Sound:
    font = system_soundfont()
    if not shutil.which("fluidsynth") or font is None:
        raise AudioError("FluidSynth or a soundfont for it is not installed")
    # midi2audio has neither a time limit nor a way to keep FluidSynth from printing.
    return _rendered(["-m", "midi2audio", "-s", str(font), "-r", str(SAMPLE_RATE)], midi)


def _embedded(midi: bytes) -> Sound:
    font = embedded_soundfont()
    if font is None:
        raise AudioError("the soundfont of the package pretty_midi is missing")
    return _rendered(["-c", _EMBEDDED, str(font)], midi)


SYNTHS: dict[str, Callable[[bytes], Sound]] = {"fluidsynth": _fluidsynth, "embedded": _embedded}


def _rendered(arguments: Sequence[str], midi: bytes) -> Sound:
    """What a Python program writes that is given the names of a MIDI file and of one for sound."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "tune.mid", Path(folder) / "tune.wav"
        source.write_bytes(midi)
        _run([sys.executable, *arguments, str(source), str(target)], limits.SYNTH_SECONDS)
        if not target.exists():
            raise AudioError("it wrote no file")
        return _decoded(target)


def _run(command: Sequence[str], seconds: float) -> None:
    """Run a program; after so many seconds it is ended, and what it started as well."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise AudioError(f"it could not be started ({error.strerror})") from error
    try:
        code = process.wait(seconds)
    except BaseException as error:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            raise AudioError(f"it did not finish within {seconds:g} seconds") from error
        raise
    if code:
        raise AudioError("it failed")


def _decoded(path: Path) -> Sound:
    import soundfile

    try:
        samples, rate = soundfile.read(str(path), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise AudioError(f"it wrote a damaged file ({error})") from error
    return samples, rate
