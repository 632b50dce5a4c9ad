"""A few characters can ask for hours of music; what is made of them has limits."""

import os
import shutil
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import numpy as np
import psutil
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songrnn.errors import AudioError, ScoreError, SongRNNError
from songrnn.notation import audio, limits, mastering, synths
from songrnn.notation.audio import with_program
from songrnn.notation.loudness import loudness
from songrnn.notation.performance import perform
from songrnn.notation.playing.backing import BACKINGS, backing
from songrnn.notation.playing.choice import Playing
from songrnn.notation.playing.rendition import rendition
from songrnn.notation.reader import read
from songrnn.notation.score import to_midi, to_musicxml
from songrnn.notation.sound import midi_of

CHORD = "[" + "".join(n + o for o in ("", ",", ",,", "'") for n in "CDEFGAB") + "]"
# Each asks for far more than its few characters; together in any order for more still.
PIECES = [
    "C99999 ", "C ", CHORD, CHORD + "999", "!trill!C32 ", "{cdefgabcdefgab}C", "|:C:|", "|1C:|2D|]",
    "Z200|", "\nP:A\nCDEF|\n", "\nV:2\nCDEF|\n", "\nV:3\n" + CHORD * 4 + "|\n", '"Am7"C4 ', "(9cdefgabcd",
    "[M:1/64]C|", "[Q:1/4=9999]C", "[Q:1/4=1]C", "C-", "!roll!C12 ", "\n%%MIDI gchord " + "fc" * 40 + "\n",
]  # fmt: skip
HEADS = [
    "X:1\nL:1/4\nK:C\n", "X:1\nL:1/128\nQ:1/4=9999\nK:C\n", "X:1\nP:(A99)99\nL:1/64\nK:C\nP:A\n",
    "X:1\nR:jig\nM:6/8\nL:1/1\nQ:1/1=1\nK:D\n",
]  # fmt: skip
huge = st.builds(
    lambda head, pieces, times: head + "".join(pieces) * times,
    st.sampled_from(HEADS),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=8),
    st.sampled_from([1, 30, 200]),
)


@settings(deadline=None, max_examples=12)
@given(huge, st.sampled_from(BACKINGS))
def test_what_is_played_of_a_text_has_limits(text: str, kind: str) -> None:
    reading, sentences = read(text), []
    for style in ("plain", "musician"):
        played = rendition(reading, style)
        for voice in played.performances:
            # One more part, and the music before the first, may be played beyond the limit.
            assert len(voice.played) <= limits.MOST_PLAYED + 9 * 2 * len(reading.events)
        assert len(backing(played, kind).notes) <= limits.MOST_NOTES + 100
        try:
            file = with_program(midi_of(reading, Playing("fiddle", style, kind)), 40)
        except SongRNNError as error:
            sentences.append(str(error))
            continue
        held = _note_seconds(file)
        assert len(held) <= limits.MOST_NOTES
        assert sum(held) <= limits.MOST_NOTE_SECONDS + 1
        assert max(held) <= limits.LONGEST_SECONDS + 1
    assert all(sentence.endswith(".") for sentence in sentences)


def _note_seconds(midi: bytes) -> list[float]:
    """How long each note of a file lasts, counted another way than the lab does."""
    import io

    import pretty_midi

    file = pretty_midi.PrettyMIDI(io.BytesIO(midi))
    return [note.end - note.start for each in file.instruments for note in each.notes]


def test_a_plan_of_parts_is_not_played_for_hours() -> None:
    played = perform(read("X:1\nP:(A99)99\nL:1/64\nK:C\nP:A\n" + "CDEF" * 2500 + "|\n")).played
    assert limits.MOST_PLAYED <= len(played) <= limits.MOST_PLAYED + 10_000


def test_ornaments_count_as_the_notes_they_are_played_with() -> None:
    with pytest.raises(ScoreError, match="ornaments"):
        to_midi(read("X:1\nL:1/4\nK:C\n" + "!trill!C32 " * 1000), style="musician")


def test_notes_of_all_voices_and_chords_count_together() -> None:
    voices = "".join(f"V:{number}\n{CHORD * 100}|\n" for number in range(8))
    with pytest.raises(ScoreError, match=r"22,400 notes when played; the limit is 20,000\."):
        to_midi(read("X:1\nL:1/64\nK:C\n" + voices))
    with pytest.raises(
        ScoreError, match=r"22,400 notes and rests; the limit for a staff is 8,000\."
    ):
        to_musicxml(read("X:1\nL:1/8\nK:C\n" + voices))


def test_many_notes_at_once_are_refused_before_a_synthesizer_hears_of_them() -> None:
    midi = to_midi(read("X:1\nL:1/4\nQ:1/4=120\nK:C\n" + (CHORD + "1000|") * 1))
    with pytest.raises(AudioError, match="Too many notes sound at once"):
        with_program(midi, 40)
    with pytest.raises(AudioError, match=r"16\.7 minutes; the limit for sound is 10\."):
        with_program(to_midi(read("X:1\nL:1/4\nQ:1/4=60\nK:C\nC1000|\n")), 40)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts processes")
def test_a_synthesizer_that_takes_too_long_is_ended_with_all_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """midi2audio starts FluidSynth as a process of its own."""
    noted = tmp_path / "pid"
    false = tmp_path / "fluidsynth"
    false.write_text(f"#!/bin/sh\necho $$ > {noted}\nexec sleep 300\n")
    false.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    if synths.system_soundfont() is None:
        pytest.skip("no soundfont")
    pause = iter([True])

    def wait(process: object, seconds: float | None = None) -> int:
        if next(pause, None):
            while not (noted.exists() and noted.read_text().strip()):
                time.sleep(0.05)
            raise synths.subprocess.TimeoutExpired("fluidsynth", 60)
        return waited(process, seconds)

    waited = synths.subprocess.Popen.wait
    monkeypatch.setattr(synths.subprocess.Popen, "wait", wait)
    assert shutil.which("fluidsynth") == str(false)
    with pytest.raises(AudioError, match="did not finish within 60 seconds"):
        synths.SYNTHS["fluidsynth"](b"MThd")
    monkeypatch.undo()
    number = int(noted.read_text())
    for _ in range(100):
        if not psutil.pid_exists(number) or psutil.Process(number).status() == "zombie":
            return
        time.sleep(0.05)
    raise AssertionError("it still runs")


def test_no_more_recordings_are_made_at_once_than_memory_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, most, lock = 0, 0, threading.Lock()

    def tone(_: bytes) -> tuple[np.ndarray, int]:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.05)
        with lock:
            now -= 1
        return np.sin(np.arange(44_100) * 0.05).astype(np.float32)[:, None], 44_100

    monkeypatch.setattr(audio, "SYNTHS", {"embedded": tone})
    midi = [to_midi(read(f"X:1\nK:C\nC{number}|\n")) for number in range(1, 9)]
    with ThreadPoolExecutor(8) as pool:
        sounds = list(
            pool.map(lambda each: audio.render(each, synth="embedded", cache=tmp_path), midi)
        )
    assert len(sounds) == 8
    assert most == limits.AT_ONCE


def recordings() -> list[np.ndarray]:
    """Noise, silence in it, sine, and clicks, of one and two channels."""
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 0.1, (44_100 * 8, 2)).astype(np.float32)
    gaps = noise.copy()
    gaps[44_100 : 44_100 * 4] = 0
    clicks = np.zeros((44_100 * 7 + 311, 1), np.float32)
    clicks[:: 44_100 // 3] = 1
    sine = np.sin(np.arange(30_000) * 0.05).astype(np.float32)[:, None]
    return [noise, gaps, clicks, sine, noise[: 44_100 // 2]]


@pytest.mark.parametrize("number", range(5))
def test_loudness_of_blocks_is_that_of_the_whole(number: int) -> None:
    samples = recordings()[number]
    expected = pyloudnorm.Meter(44_100).integrated_loudness(samples.astype(np.float64))
    for size in (len(samples), 10_007, 333):
        blocks = (samples[start : start + size] for start in range(0, len(samples), size))
        assert loudness(blocks, 44_100) == pytest.approx(expected, abs=1e-6)
    assert loudness([samples[: 44_100 * 4 // 10]], 44_100) is None
    assert loudness([np.zeros_like(samples)], 44_100) is None


def test_where_blocks_meet_changes_nothing_of_the_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = np.concatenate([recordings()[2], recordings()[0][: 44_100 * 2, :1]])
    whole = mastering.mastered(samples.copy(), 44_100)
    monkeypatch.setattr(mastering, "_BLOCK", 5_003)
    assert np.allclose(mastering.mastered(samples.copy(), 44_100), whole, atol=1e-6)


def test_fractions_of_long_notes_stay_small() -> None:
    """Exact moments do not grow with the number of notes."""
    played = perform(read("X:1\nL:1/64\nK:C\n" + "(7cdefgab" * 500))
    assert max(onset.denominator for _, onset in played.played) <= 10**6
    assert isinstance(played.quarters, Fraction)
