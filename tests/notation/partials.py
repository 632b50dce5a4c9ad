"""Whether a rendering sounds the notes of its tune: the strongest partial while each is held."""

import io
from pathlib import Path

import numpy as np
import soundfile

from songrnn.notation.audio import render
from songrnn.notation.performance import perform
from songrnn.notation.reading import Reading
from songrnn.notation.score import to_midi

# Shorter notes have no pitch that a spectrum could tell from the neighbouring semitone.
SHORTEST_SECONDS = 0.12
ATTACK_SECONDS = 0.03
HIGHEST_PARTIAL = 8
CENTS = 45  # under half a semitone: the next note's pitch is not taken for this one's
ENOUGH = 0.9  # of a tune's notes; in a hall's echo the note before may ring on louder


def share_in_tune(
    reading: Reading, synth: str, cache: Path, *, instrument: str = "fiddle", seconds: float = 30
) -> float:
    """Of the notes long enough in the first `seconds`, those whose strongest partial is theirs."""
    sound = render(to_midi(reading), synth=synth, instrument=instrument, cache=cache)
    samples, rate = soundfile.read(io.BytesIO(sound.data))
    performance = perform(reading)
    good = count = 0
    for note in performance.notes:
        begin = performance.seconds_at(note.onset_quarters)
        end = performance.seconds_at(note.onset_quarters + note.duration_quarters)
        if note.grace or end - begin < SHORTEST_SECONDS or end > seconds:
            continue
        strongest = _strongest(
            samples[int((begin + ATTACK_SECONDS) * rate) : int(end * rate)], rate
        )
        sounding = [
            pitch
            for other in performance.notes
            if other.onset_quarters < note.onset_quarters + note.duration_quarters
            and other.onset_quarters + other.duration_quarters > note.onset_quarters
            for pitch in other.pitches
        ]
        count += 1
        good += any(_is_partial(strongest, pitch) for pitch in sounding)
    return good / count if count else 1.0


def _strongest(piece: np.ndarray, rate: int) -> float:
    """The frequency in Hz with the most power."""
    size = 1 << (4 * len(piece) - 1).bit_length()
    spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), size))
    return float(spectrum.argmax() * rate / size)


def _is_partial(frequency: float, pitch: int) -> bool:
    ratio = frequency / (440 * 2 ** ((pitch - 69) / 12))
    number = round(ratio)
    return 1 <= number <= HIGHEST_PARTIAL and abs(1200 * np.log2(ratio / number)) <= CENTS
