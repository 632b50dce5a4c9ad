"""Logits in, the next symbol out. Pure: what is drawn depends on the arguments alone.

The order of things: symbols that are not allowed go; the temperature divides the logits; top-k,
top-p and min-p each judge the probabilities that result, and a symbol has to pass all of them;
with `filters_in_turn` top-p judges what top-k left. What is left is renormalized. START is never
drawn: it only ever begins a tune.

V symbols, of which 0 is START; B songs.
"""

import math

import numpy as np

from songrnn.config import SampleConfig
from songrnn.corpus.vocabulary import START
from songrnn.errors import SamplingError

# All symbols but START, without copying.
_DRAWN = slice(START + 1, None)

# Temperatures below this are taken for it. In float32 the next most probable symbol then has
# probability 0 unless it ties, and dividing by it cannot overflow.
_COLDEST = 1e-30


class Sampler:
    """Draws again and again under one SampleConfig, in buffers of its own, in float32.

    A song gets the same symbols alone (`draw`) and in a batch (`draw_each`): the same sums in the
    same order, and one uniform number a draw.
    """

    def __init__(self, config: SampleConfig, vocabulary_size: int) -> None:
        self._config = config
        self._size = vocabulary_size - 1
        self._filtered = config.top_k > 0 or config.top_p < 1 or config.min_p > 0
        self._inverse = None
        if config.temperature not in (0, 1):
            self._inverse = np.array(1 / max(config.temperature, _COLDEST), np.float32)
        self._weights = np.empty(self._size, np.float32)
        self._sums = np.empty(self._size, np.float32)
        self._many_weights = np.empty((0, self._size), np.float32)
        self._many_sums = np.empty((0, self._size), np.float32)

    def draw(self, logits: np.ndarray, uniform: float, allowed: np.ndarray | None = None) -> int:
        """One symbol from logits (V,) in float32; `uniform` lies in [0, 1)."""
        scores = logits[_DRAWN]
        if allowed is not None:
            scores = _masked(scores, allowed)
        best = int(scores.argmax())  # of a NaN, its place
        if self._config.temperature == 0:
            if not math.isfinite(scores[best]):
                raise _not_numbers()
            return best + START + 1
        weights, sums = self._weights, self._sums
        np.subtract(scores, scores[best], weights)
        if self._inverse is not None:
            np.multiply(weights, self._inverse, weights)
        np.exp(weights, weights)
        if self._filtered:
            _filter(weights, self._config)
        np.add.accumulate(weights, 0, None, sums)
        place = int(sums.searchsorted(uniform * float(sums[-1]), "right"))
        if place == self._size:
            raise _not_numbers()
        return place + START + 1

    def draw_each(
        self, logits: np.ndarray, uniforms: np.ndarray, allowed: np.ndarray | None = None
    ) -> np.ndarray:
        """One symbol a song from logits (B, V) and uniforms (B,); returns ids (B,)."""
        scores = logits[:, _DRAWN]
        if allowed is not None:
            scores = _masked(scores, allowed)
        return self._draw_each(scores, uniforms)[0]

    def draw_and_score(
        self, logits: np.ndarray, uniforms: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """As `draw_each`, and log p (B,) of each symbol: the model's own, at temperature 1."""
        ids, best = self._draw_each(logits[:, _DRAWN], uniforms)
        B = len(ids)
        start = np.exp(logits[:, START] - best)
        if self._inverse is None and not self._filtered and self._config.temperature:
            totals = self._many_sums[:B, -1] + start
        else:
            weights = self._many_weights[:B]
            np.subtract(logits[:, _DRAWN], best[:, None], weights)
            np.exp(weights, weights)
            totals = weights.sum(1) + start
        return ids, logits[np.arange(B), ids] - best - np.log(totals)

    def _draw_each(self, scores: np.ndarray, uniforms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(ids (B,), the largest score of each (B,)) from scores (B, V − 1)."""
        B, best = len(scores), scores.max(1)
        if len(self._many_weights) < B:
            self._many_weights = np.empty(scores.shape, np.float32)
            self._many_sums = np.empty(scores.shape, np.float32)
        if self._config.temperature == 0:
            if not np.isfinite(best).all():
                raise _not_numbers()
            return scores.argmax(1) + (START + 1), best
        weights, sums = self._many_weights[:B], self._many_sums[:B]
        np.subtract(scores, best[:, None], weights)
        if self._inverse is not None:
            np.multiply(weights, self._inverse, weights)
        np.exp(weights, weights)
        if self._filtered:
            _filter(weights, self._config)
        np.add.accumulate(weights, 1, None, sums)
        thresholds = uniforms * sums[:, -1]  # float64, as a sum's own precision could round up
        beyond = sums > thresholds[:, None]
        if not beyond[:, -1].all():
            raise _not_numbers()
        return beyond.argmax(1) + (START + 1), best


def _masked(scores: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Scores (…, V − 1) with −∞ where allowed (…, V) is False."""
    allowed = allowed[..., _DRAWN]
    if not allowed.any(-1).all():
        raise SamplingError("No next character is allowed here, so the song cannot continue.")
    return np.where(allowed, scores, np.asarray(-math.inf, scores.dtype))


def _filter(weights: np.ndarray, config: SampleConfig) -> None:
    """Set to 0, in place, what top-k, top-p and min-p leave out of weights (…, V − 1).

    Of equally probable symbols the first come first. The most probable one always stays.
    """
    too_small = None
    if config.min_p:
        too_small = weights < config.min_p * weights.max(-1, keepdims=True)
    if config.top_k or config.top_p < 1:
        rows = weights.reshape(-1, weights.shape[-1])  # a view: weights are contiguous
        places = (np.arange(len(rows))[:, None], (-rows).argsort(1, kind="stable"))
        falling = rows[places]
        if config.top_k and config.filters_in_turn:
            falling[:, config.top_k :] = 0  # so that top-p shares out what is left
        if config.top_p < 1:
            sums = falling.cumsum(1, dtype=np.float64)
            # Out, when those before it are enough already.
            falling[:, 1:][sums[:, :-1] >= config.top_p * sums[:, -1:]] = 0
        if config.top_k:
            falling[:, config.top_k :] = 0
        rows[places] = falling
    if too_small is not None:
        weights[too_small] = 0


def _not_numbers() -> SamplingError:
    return SamplingError(
        "The network's scores are not finite numbers, so nothing can be drawn; "
        "its training has probably diverged."
    )
