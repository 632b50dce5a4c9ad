"""The last step before sound is written: how loud it is as a whole, and how loud at its peaks.

Loudness is that of ITU-R BS.1770, as EBU R 128 uses it, measured by pyloudnorm; tunes are brought to
−16 LUFS, which players on the web aim at. A gain alone would carry peaks of plucked strings too far, so
a limiter with a look-ahead of some milliseconds turns those down. True peak is measured as R 128 says,
between samples, at four times the rate.
"""

import warnings

import numpy as np
from numpy.typing import NDArray

from songrnn.errors import AudioError

LOUDNESS_LUFS = -16.0
# Lossy formats and other resamplers add some tenths of a decibel to what is left here.
CEILING_DBFS = -1.5
# Of what is too short to have a loudness (0.4 s, one block of the measurement).
PEAK_DBFS = -3.0
# Below this peak a rendering is silence: the quietest real one lies 30 dB above.
_SILENT_DBFS = -70.0
_BLOCK_SECONDS = 0.4
_LOOK_AHEAD_SECONDS = 0.005
_OVERSAMPLING = 4
_BETWEEN_SAMPLES = 0.7  # 3 dB: how far peaks between samples reach above those at them
_ROUNDS = 4
_NEAR_ENOUGH = 0.1  # LU

Samples = NDArray[np.float32]


def mastered(samples: Samples, rate: int) -> Samples:
    """Samples (N, channels) at −16 LUFS, true peak below −1 dBFS. Raises AudioError for silence."""
    peak = float(np.abs(samples).max(initial=0.0))
    if peak < 10 ** (_SILENT_DBFS / 20):
        raise AudioError("the rendering was silent, so the soundfont is probably not usable")
    # Synthesizers come out quiet; near full scale the measurement's gate cannot cut them off.
    whole = samples * np.float32(0.5 / peak)
    before = loudness(whole, rate)
    if before is None:
        return whole * np.float32(2 * 10 ** (PEAK_DBFS / 20))
    limited = whole
    gain = 1.0
    found = before
    for _ in range(_ROUNDS):
        gain *= 10 ** ((LOUDNESS_LUFS - found) / 20)
        louder = whole * np.float32(gain)
        limited = _limited(louder, rate)
        if limited is louder:  # a gain alone is exact
            break
        found = loudness(limited, rate) or found
        if abs(found - LOUDNESS_LUFS) < _NEAR_ENOUGH:
            break
    return limited


def loudness(samples: Samples, rate: int) -> float | None:
    """Integrated loudness in LUFS; None for what is too short or too quiet to have one."""
    # scipy's filters take a second to load; they happen with the first sound.
    import pyloudnorm

    if len(samples) <= _BLOCK_SECONDS * rate:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the logarithm of a silent block
        found = float(pyloudnorm.Meter(rate).integrated_loudness(samples.astype(np.float64)))
    return found if np.isfinite(found) else None


def _envelope(samples: Samples) -> NDArray[np.float32]:
    """(N,) the highest of all channels around each sample, at four times the rate."""
    from scipy.signal import resample_poly

    dense = np.abs(resample_poly(samples, _OVERSAMPLING, 1, axis=0)).max(axis=1)
    around = dense.reshape(-1, _OVERSAMPLING).max(axis=1)
    return np.maximum(around, np.abs(samples).max(axis=1)).astype(np.float32)


def _limited(samples: Samples, rate: int) -> Samples:
    """Peaks above the ceiling turned down, over some milliseconds before and after them."""
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    ceiling = 10 ** (CEILING_DBFS / 20)
    if np.abs(samples).max(initial=0.0) < ceiling * _BETWEEN_SAMPLES:
        return samples
    needed = np.minimum(ceiling / np.maximum(_envelope(samples), 1e-9), 1.0)
    if needed.min(initial=1.0) == 1.0:
        return samples
    width = max(round(_LOOK_AHEAD_SECONDS * rate), 1)
    # The lowest gain around, then its mean over a shorter stretch: never above what is needed.
    gain = uniform_filter1d(minimum_filter1d(needed, 2 * width + 1), width, mode="nearest")
    return (samples * gain[:, None]).astype(np.float32)
