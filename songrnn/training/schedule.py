"""The learning rate of each step, as a function of the step alone: nothing to store or resume."""

import math
from typing import Protocol

# One cycle (Smith and Topin 2017): up for three tenths of the training, then down to nothing.
_RISE = 0.3
_START = 1 / 25
_END = 1e-4

# The other schedules start gently too: a twentieth of the training, at most 100 steps.
_WARM_UP_SHARE = 0.05
_WARM_UP_STEPS = 100


class Scheduled(Protocol):
    """Settings of a training as far as they decide its rate."""

    @property
    def learning_rate(self) -> float: ...

    @property
    def schedule(self) -> str: ...


def learning_rate(step: int, total: int, config: Scheduled) -> float:
    """The rate of optimizer step `step` of `total`, counted from 0.

    one-cycle: from 1/25 of the largest rate to it and down to 1/10,000 of it, in cosines.
    cosine: short warm-up, then down to nothing. constant: short warm-up, then level.
    """
    peak = config.learning_rate
    if config.schedule == "one-cycle":
        turn = max(_RISE * total, 1.0)
        if step < turn:
            return peak * _cosine(_START, 1.0, step / turn)
        return peak * _cosine(1.0, _END, (step - turn) / max(total - turn, 1.0))
    warm_up = min(_WARM_UP_STEPS, max(int(_WARM_UP_SHARE * total), 1))
    if step < warm_up:
        return peak * (step + 1) / warm_up
    if config.schedule == "constant":
        return peak
    return peak * _cosine(1.0, 0.0, (step - warm_up) / max(total - warm_up, 1))


def _cosine(start: float, end: float, share: float) -> float:
    """Half a cosine wave from `start` (share 0) to `end` (share 1)."""
    return end + (start - end) * (1 + math.cos(math.pi * min(share, 1.0))) / 2
