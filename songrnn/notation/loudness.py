"""How loud sound is: integrated loudness of ITU-R BS.1770, from blocks that come one after another.

pyloudnorm has the filters and measures a whole recording, of which it makes several copies; ten
minutes would take a gigabyte and a half. Here the filters go on from block to block, and only the
power of each tenth of a second is kept. On the same samples both find the same.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

_STEP_SECONDS, _STEPS = 0.1, 4  # a gating block of 0.4 s begins every 0.1 s
_ABSOLUTE_LUFS, _RELATIVE_LU = -70.0, -10.0
_OFFSET = -0.691  # of the standard's sum over channels


def loudness(blocks: Iterable[NDArray[np.float32]], rate: int) -> float | None:
    """Integrated loudness in LUFS; None for what is too short or too quiet to have one.

    blocks: samples (n, channels), one or two channels, together the recording. rate: samples a second.
    """
    total, power = _power(blocks, round(_STEP_SECONDS * rate))
    seconds = total / rate
    if seconds <= _STEP_SECONDS * _STEPS:
        return None
    count = round((seconds - _STEP_SECONDS * _STEPS) / _STEP_SECONDS) + 1
    power = np.concatenate([power, np.zeros(max(count + _STEPS - 1 - len(power), 0))])
    gated = np.convolve(power, np.ones(_STEPS), "valid")[:count] / (_STEP_SECONDS * _STEPS * rate)
    loud = gated[gated >= _power_of(_ABSOLUTE_LUFS)]
    if not len(loud):
        return None
    kept = loud[loud > loud.mean() * 10 ** (_RELATIVE_LU / 10)]
    return float(_OFFSET + 10 * np.log10(kept.mean())) if len(kept) else None


def _power_of(lufs: float) -> float:
    return float(10 ** ((lufs - _OFFSET) / 10))


def _power(blocks: Iterable[NDArray[np.float32]], step: int) -> tuple[int, NDArray[np.float64]]:
    """(samples, the sum of squares of all channels in each step) behind the standard's filters."""
    # scipy's filters take a second to load; they happen with the first sound.
    import pyloudnorm
    from scipy.signal import lfilter

    stages = [
        (each.b, each.a) for each in pyloudnorm.Meter(round(step / _STEP_SECONDS))._filters.values()
    ]
    states: list[NDArray[np.float64]] = []
    sums: list[NDArray[np.float64]] = []
    total, left = 0, np.zeros(0)
    for block in blocks:
        if not states:
            states = [np.zeros((2, block.shape[1])) for _ in stages]
        filtered = block.astype(np.float64)
        for number, (b, a) in enumerate(stages):
            filtered, states[number] = lfilter(b, a, filtered, axis=0, zi=states[number])
        squares = np.concatenate([left, np.square(filtered).sum(axis=1)])
        whole = len(squares) // step * step
        sums.append(squares[:whole].reshape(-1, step).sum(axis=1))
        left = squares[whole:]
        total += len(block)
    return total, np.concatenate([*sums, [left.sum()]])
