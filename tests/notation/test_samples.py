"""Single notes: each instrument's are all there, at their time and at their pitch."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from songrnn.notation.audio import INSTRUMENTS
from songrnn.notation.samples import PITCHES, note_samples
from songrnn.notation.synths import available_synths


@pytest.mark.skipif(not available_synths(), reason="no synthesizer here: see packages.txt")
@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_every_note_sounds_in_its_place_and_in_tune(instrument: str, tmp_path: Path) -> None:
    samples = note_samples(instrument, cache=tmp_path)
    sound, rate = soundfile.read(io.BytesIO(samples.data))
    for number, pitch in enumerate(samples.pitches):
        begin = number * samples.spacing
        note = sound[int((begin + 0.1) * rate) : int((begin + 1.1) * rate)]
        assert np.abs(note).max() > 0.03, pitch
        before = sound[int((begin - 0.05) * rate) : int(begin * rate)]
        assert np.abs(before).max(initial=0) < 0.02, pitch
        spectrum = np.abs(np.fft.rfft(note * np.hanning(len(note)), 4 * rate))
        partial = spectrum.argmax() / 4 / (440 * 2 ** ((pitch - 69) / 12))
        assert round(partial) >= 1, pitch
        # The accordion has two reeds for a note, one of them well below: its tremolo.
        assert abs(1200 * np.log2(partial / round(partial))) < 75, pitch


def test_every_pitch_has_a_note_within_a_tone() -> None:
    assert all(min(abs(pitch - one) for one in PITCHES) <= 2 for pitch in range(34, 99))
