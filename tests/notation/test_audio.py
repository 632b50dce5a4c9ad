import io
import os
import random
from pathlib import Path
from types import ModuleType

import numpy as np
import pyloudnorm
import pytest
import soundfile
from scipy.signal import resample_poly

from songrnn.corpus.tunebook import Tunebook
from songrnn.errors import AudioError
from songrnn.notation import audio, synths
from songrnn.notation.audio import INSTRUMENTS, render
from songrnn.notation.kept_files import KeptFiles
from songrnn.notation.performance import perform
from songrnn.notation.playing.backing import Backing
from songrnn.notation.playing.choice import Playing
from songrnn.notation.reader import read
from songrnn.notation.score import to_midi
from songrnn.notation.sound import sound_of
from songrnn.notation.synths import available_synths, embedded_soundfont

TUNE = "X:1\nM:4/4\nL:1/4\nQ:1/4=60\nK:C\nC E G c|[CE] [DA] ^F z|\n"
SYNTHS = ["fluidsynth", "embedded"]


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path))


@pytest.fixture
def synth(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if name not in available_synths():
        if os.environ.get("CI"):
            pytest.fail(f"{name} is not usable here: see packages.txt")
        pytest.skip(f"{name} is not usable here: see packages.txt")
    return name


@pytest.mark.parametrize("synth", SYNTHS, indirect=True)
@pytest.mark.parametrize("instrument", ["piano", "flute"])
def test_the_strongest_partials_belong_to_the_sounding_notes(synth: str, instrument: str) -> None:
    reading = read(TUNE)
    sound = render(to_midi(reading), synth=synth, instrument=instrument)
    samples, rate = soundfile.read(io.BytesIO(sound.data))
    for note in perform(reading).notes:
        begin = perform(reading).seconds_at(note.onset_quarters)
        piece = samples[int((begin + 0.3) * rate) : int((begin + 0.9) * rate)]
        spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), 8 * len(piece)))
        strongest = np.fft.rfftfreq(8 * len(piece), 1 / rate)[spectrum.argmax()]
        # A partial of one of the notes sounding: a whole multiple of its frequency.
        together = [
            p
            for other in perform(reading).notes
            if other.onset_quarters == note.onset_quarters
            for p in other.pitches
        ]
        ratios = [strongest / (440 * 2 ** ((p - 69) / 12)) for p in together]
        assert any(
            round(r) >= 1 and abs(1200 * np.log2(r / round(r))) < 40 for r in ratios if r > 0.6
        )


@pytest.mark.parametrize("synth", SYNTHS, indirect=True)
def test_real_tunes_sound_as_written(
    synth: str, partials: ModuleType, folk: Tunebook, tmp_path: Path
) -> None:
    for tune in random.Random(4).sample(folk.tunes, 5):
        share = partials.share_in_tune(read(tune.text), synth, tmp_path, seconds=12)
        assert share >= partials.ENOUGH, tune.text


@pytest.mark.parametrize("synth", SYNTHS, indirect=True)
@pytest.mark.parametrize("format", ["wav", "ogg"])
def test_sound_has_the_loudness_of_ebu_r_128(synth: str, format: audio.Format) -> None:
    sound = render(to_midi(read(TUNE)), synth=synth, format=format)
    samples, rate = soundfile.read(io.BytesIO(sound.data))
    assert pyloudnorm.Meter(rate).integrated_loudness(samples) == pytest.approx(-16, abs=0.5)
    assert sound.seconds == pytest.approx(len(samples) / rate)
    assert sound.seconds >= 7
    assert samples.ndim == sound.channels == 1


@pytest.mark.parametrize(
    ("instrument", "backing"), [("banjo", "none"), ("fiddle", "bodhran"), ("flute", "guitar")]
)
def test_real_tunes_are_equally_loud_and_their_peaks_stay_below(
    folk: Tunebook, instrument: str, backing: Backing
) -> None:
    tune = random.Random(instrument).choice(folk.tunes)
    playing = Playing(instrument, "musician", backing)
    samples, rate = soundfile.read(io.BytesIO(sound_of(read(tune.text), playing).data))
    assert samples.shape[1] == 2
    assert not np.allclose(samples[:, 0], samples[:, 1], atol=1e-3)
    assert pyloudnorm.Meter(rate).integrated_loudness(samples) == pytest.approx(-16, abs=0.5)
    dense = np.abs(resample_poly(samples, 8, 1, axis=0)).max()
    assert 20 * np.log10(dense) < -1


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_instruments_differ_in_sound(instrument: str) -> None:
    if "embedded" not in available_synths():
        pytest.skip("the embedded synth is not installed")
    midi = to_midi(read(TUNE))
    other = next(name for name in INSTRUMENTS if name != instrument)
    first = render(midi, synth="embedded", instrument=instrument)
    assert first.data != render(midi, synth="embedded", instrument=other).data


def test_a_missing_soundfont_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONGRNN_SOUNDFONT", "/nowhere/font.sf2")
    with pytest.raises(AudioError, match="no such file"):
        render(to_midi(read(TUNE)))


def test_without_fluidsynth_the_embedded_synth_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    if embedded_soundfont() is None:
        pytest.skip("the package pretty_midi is not installed")
    monkeypatch.setattr(synths.shutil, "which", lambda _: None)
    assert render(to_midi(read(TUNE))).synth == "embedded"


def test_a_synth_that_fails_gives_way_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_: bytes) -> tuple[np.ndarray, int]:
        return np.zeros((44_100, 2), np.float32), 44_100

    def tone(_: bytes) -> tuple[np.ndarray, int]:
        return np.sin(np.arange(44_100) * 0.05).astype(np.float32)[:, None], 44_100

    monkeypatch.setattr(audio, "available_synths", lambda: ["fluidsynth", "embedded"])
    monkeypatch.setattr(audio, "SYNTHS", {"fluidsynth": silent, "embedded": tone})
    assert render(to_midi(read(TUNE))).synth == "embedded"
    monkeypatch.setattr(audio, "SYNTHS", {"fluidsynth": silent, "embedded": silent})
    with pytest.raises(AudioError, match="silent"):
        render(to_midi(read(TUNE + "c4|\n")))


def test_without_any_synth_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "available_synths", list)
    with pytest.raises(AudioError, match=r"packages\.txt"):
        render(to_midi(read(TUNE)))


@pytest.mark.parametrize("rubbish", [b"", b"MThd", b"no midi at all"])
def test_rubbish_is_no_midi(rubbish: bytes) -> None:
    with pytest.raises(AudioError):
        render(rubbish)


def test_an_unknown_instrument_names_the_known_ones() -> None:
    with pytest.raises(AudioError, match="fiddle"):
        render(to_midi(read(TUNE)), instrument="kazoo")


def test_a_second_rendering_is_read_from_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tone(_: bytes) -> tuple[np.ndarray, int]:
        return np.sin(np.arange(44_100) * 0.05).astype(np.float32)[:, None], 44_100

    monkeypatch.setattr(audio, "SYNTHS", {"embedded": tone})
    first = render(to_midi(read(TUNE)), synth="embedded", cache=tmp_path / "kept")
    monkeypatch.setattr(audio, "SYNTHS", {})
    assert render(to_midi(read(TUNE)), synth="embedded", cache=tmp_path / "kept") == first


def test_kept_files_drop_what_was_unused_longest(tmp_path: Path) -> None:
    kept = KeptFiles(tmp_path / "kept", most_bytes=250)
    for age, name in enumerate(["a", "b"]):
        kept.keep(name, bytes(100))
        os.utime(tmp_path / "kept" / name, (age, age))
    assert kept.get("a") is not None  # now used later than b
    kept.keep("c", bytes(100))
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["a", "c"]
    assert kept.get("b") is None


def test_two_threads_that_keep_one_file_write_a_file_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else one could put the other's half-written file in place."""
    kept, written, write = KeptFiles(tmp_path / "kept", 250), list[str](), Path.write_bytes

    def noted(path: Path, data: bytes) -> int:
        written.append(path.name)
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", noted)
    kept.keep("a", b"one")
    kept.keep("a", b"two")
    assert len(set(written)) == 2
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["a"]


def test_keeping_on_a_disk_that_takes_nothing_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    kept = KeptFiles(tmp_path / "file", most_bytes=10)
    kept.keep("a", b"x")
    assert kept.get("a") is None


def test_a_long_rendering_becomes_ogg() -> None:
    """libsndfile's Vorbis encoder ends the process when it gets all of it at once."""
    sound = audio._encode(
        0.1 * np.random.default_rng(0).normal(size=(80 * 44_100, 1)), 44_100, "ogg"
    )
    samples, rate = soundfile.read(io.BytesIO(sound))
    assert len(samples) == 80 * rate
