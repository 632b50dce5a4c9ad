"""What a symbol's probability is by the definitions: one symbol after the other, in float64."""

import numpy as np
from scipy.special import log_softmax, softmax

from songrnn.config import SampleConfig
from songrnn.corpus.vocabulary import START


def log_probabilities(logits: np.ndarray) -> np.ndarray:
    """The model's own, at temperature 1 and over all symbols: (…, V)."""
    return log_softmax(np.asarray(logits, np.float64), axis=-1)


def probabilities(
    logits: np.ndarray, config: SampleConfig, allowed: np.ndarray | None = None
) -> np.ndarray:
    """Those that symbols are drawn with, logits (V,) -> (V,); START is never drawn."""
    drawable = [
        symbol
        for symbol in range(len(logits))
        if symbol != START and (allowed is None or allowed[symbol])
    ]
    scores = np.asarray(logits, np.float64)[drawable]
    result = np.zeros(len(logits))
    if config.temperature == 0:
        result[drawable[int(scores.argmax())]] = 1
        return result
    shares = softmax(scores / max(config.temperature, 1e-30))
    p = dict(zip(drawable, shares.tolist(), strict=True))
    for symbol in kept(p, config):
        result[symbol] = p[symbol]
    return result / result.sum()


def kept(p: dict[int, float], config: SampleConfig) -> set[int]:
    """The symbols that pass all filters; p: symbol -> probability."""
    by_rank = sorted(p, key=lambda symbol: (-p[symbol], symbol))
    found = set(p)
    if config.top_k:
        found &= set(by_rank[: config.top_k])
    if config.top_p < 1:
        enough: list[int] = []
        left = by_rank[: config.top_k] if config.top_k and config.filters_in_turn else by_rank
        for symbol in left:
            if sum(p[other] for other in enough) >= config.top_p * sum(p[other] for other in left):
                break
            enough.append(symbol)
        found &= set(enough)
    return {symbol for symbol in found if p[symbol] >= config.min_p * p[by_rank[0]]}


def rounding_decides(logits: np.ndarray, config: SampleConfig) -> bool:
    """Whether a filter's bound, or two symbols, are too near for float32 to tell apart."""
    p = softmax(logits[START + 1 :].astype(float) / config.temperature)
    falling = -np.sort(-p)
    sums = np.concatenate([[0], falling.cumsum()])
    bound = config.min_p * falling[0]
    apart = np.diff(np.unique(logits[START + 1 :].astype(float))) / config.temperature
    whole = falling[: config.top_k].sum() if config.top_k and config.filters_in_turn else 1.0
    return bool(
        (np.abs(sums - config.top_p * whole) <= 1e-6).any()
        or ((p != falling[0]) & (np.abs(p - bound) <= 1e-6 * falling[0])).any()
        or (apart <= 1e-6).any()
    )
