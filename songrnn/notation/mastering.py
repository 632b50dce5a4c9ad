"""The last step before sound is written: how loud it is as a whole, and how loud at its peaks.

Loudness is that of ITU-R BS.1770, as EBU R 128 uses it (`loudness`); tunes are brought to
−16 LUFS, which players on the web aim at. A gain alone would carry peaks of plucked strings too far, so
a limiter with a look-ahead of some milliseconds turns those down. True peak is measured as R 128 says,
between samples, at four times the rate.

All of it goes through a recording in blocks: a long one takes no more memory than itself.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from songrnn.errors import AudioError
from songrnn.notation.loudness import loudness

LOUDNESS_LUFS = -16.0
# Lossy formats and other resamplers add some tenths of a decibel to what is left here.
CEILING_DBFS = -1.5
# Of what is too short to have a loudness (0.4 s, one block of the measurement).
PEAK_DBFS = -3.0
# Below this peak a rendering is silence: the quietest real one lies 30 dB above.
_SILENT_DBFS = -70.0
_LOOK_AHEAD_SECONDS = 0.005
_OVERSAMPLING = 4
_BETWEEN_SAMPLES = 0.7  # 3 dB: how far peaks between samples reach above those at them
_ROUNDS = 4
_NEAR_ENOUGH = 0.1  # LU
_BLOCK = 1 << 18  # samples
_RESAMPLED = 64  # samples to either side that resampling looks at, and some more

Samples = NDArray[np.float32]
# What each block of a recording is multiplied with, besides the gain of all; None for nothing.
Turned = list[NDArray[np.float32] | None]


def mastered(samples: Samples, rate: int) -> Samples:
    """Samples (N, channels) at −16 LUFS, true peak below −1 dBFS; the array itself is changed.

    Raises AudioError for silence.
    """
    peak = float(max(samples.max(initial=0.0), -samples.min(initial=0.0)))
    if peak < 10 ** (_SILENT_DBFS / 20):
        raise AudioError("the rendering was silent, so the soundfont is probably not usable")
    # Synthesizers come out quiet; near full scale the measurement's gate cannot cut them off.
    gain = 0.5 / peak
    turned: Turned = [None for _ in _blocks(samples)]
    found = loudness(_played(samples, gain, turned), rate)
    if found is None:
        samples *= np.float32(10 ** (PEAK_DBFS / 20) / peak)
        return samples
    for _ in range(_ROUNDS):
        gain *= 10 ** ((LOUDNESS_LUFS - found) / 20)
        turned = [_turned_down(samples, block, gain, rate) for block in _blocks(samples)]
        if all(each is None for each in turned):  # a gain alone is exact
            break
        found = loudness(_played(samples, gain, turned), rate) or found
        if abs(found - LOUDNESS_LUFS) < _NEAR_ENOUGH:
            break
    for block, louder in zip(_blocks(samples), _played(samples, gain, turned), strict=True):
        samples[block] = louder
    return samples


def _blocks(samples: Samples) -> Iterator[slice]:
    for start in range(0, len(samples), _BLOCK):
        yield slice(start, min(start + _BLOCK, len(samples)))


def _played(samples: Samples, gain: float, turned: Turned) -> Iterator[Samples]:
    """Block after block as it will sound."""
    for block, down in zip(_blocks(samples), turned, strict=True):
        louder = samples[block] * np.float32(gain)
        yield louder if down is None else louder * down[:, None]


def _envelope(samples: Samples) -> NDArray[np.float32]:
    """(N,) the highest of all channels around each sample, at four times the rate."""
    from scipy.signal import resample_poly

    dense = np.abs(resample_poly(samples, _OVERSAMPLING, 1, axis=0)).max(axis=1)
    around = dense.reshape(-1, _OVERSAMPLING).max(axis=1)
    return np.maximum(around, np.abs(samples).max(axis=1)).astype(np.float32)


def _turned_down(
    samples: Samples, block: slice, gain: float, rate: int
) -> NDArray[np.float32] | None:
    """(n,) what turns peaks of a block above the ceiling down, over some milliseconds before and
    after them; None where there are none."""
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    ceiling = 10 ** (CEILING_DBFS / 20)
    width = max(round(_LOOK_AHEAD_SECONDS * rate), 1)
    first = max(block.start - 2 * width - _RESAMPLED, 0)
    around = samples[first : block.stop + 2 * width + _RESAMPLED] * np.float32(gain)
    if max(around.max(), -around.min()) < ceiling * _BETWEEN_SAMPLES:
        return None
    needed = np.minimum(ceiling / np.maximum(_envelope(around), 1e-9), 1.0).astype(np.float32)
    if needed.min() == 1.0:
        return None
    # The lowest gain around, then its mean over a shorter stretch: never above what is needed.
    down = uniform_filter1d(minimum_filter1d(needed, 2 * width + 1), width, mode="nearest")
    return down[block.start - first : block.stop - first]
