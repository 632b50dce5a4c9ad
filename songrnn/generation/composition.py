"""What a composed song is, and what may steer it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol

import numpy as np

from songrnn.config import SampleConfig
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import SamplingError
from songrnn.recall.gate import Gate, Recall

StoppedBy = Literal["end", "length", "person"]


@dataclass(frozen=True)
class Composition:
    """A song and how it came about. `text` begins with `prime`.

    log_probabilities (n,): log p of each symbol drawn, the closing END included: the model's own
    (with recall, the mixture's), at temperature 1, before any mask or filter. withheld (n,): how much of that probability a
    constraint took away before each draw; zeros without one.
    """

    text: str
    prime: str
    log_probabilities: np.ndarray
    withheld: np.ndarray
    config: SampleConfig
    seed: int
    stopped_by: StoppedBy

    @property
    def share_withheld(self) -> float:
        """How much probability a constraint took away, 0 to 1, in the mean over all draws."""
        return float(self.withheld.mean()) if len(self.withheld) else 0.0


class Constraint(Protocol):
    """Rules a song keeps to; one object a song, asked and told in turn.

    Before each draw `allowed()` says which symbols may come next: bool (V,), END among them,
    START ignored. After each character, those of the prime included, `advance(character)` tells
    what came. The array may be shared and reused; it is read at once and never changed. Rules that
    have an attribute `limited` set it once the length limit, not the model, decides on the end.
    """

    def allowed(self) -> np.ndarray: ...

    def advance(self, character: str) -> None: ...


def ended_by(constraint: Constraint | None) -> StoppedBy:
    """What a song that drew END was stopped by: the model, or a limit that left it no other way."""
    return "length" if getattr(constraint, "limited", False) else "end"


def encode_prime(prime: str, vocabulary: Vocabulary, config: SampleConfig) -> Sequence[int]:
    """The prime's symbols; UnknownCharacterError or, when it is too long, SamplingError."""
    symbols: list[int] = vocabulary.encode(prime).tolist()
    if len(symbols) > config.limit:
        raise SamplingError(
            f"The start sequence has {len(symbols)} characters, more than the limit of "
            f"{config.limit} for the whole song; shorten it or raise the limit."
        )
    return symbols


def generator_of(seed: int) -> np.random.Generator:
    """The random numbers of one song; SamplingError for a negative seed."""
    if seed < 0:
        raise SamplingError(f"A seed is a whole number of at least 0, not {seed}.")
    return np.random.default_rng(seed)


def recaller(
    gate: Gate | None, vocabulary: Vocabulary, config: SampleConfig
) -> Callable[[], Recall] | None:
    """What makes the recall of one song; None when the settings ask for none.

    Raises SamplingError when they do and the run has no gate.
    """
    if not config.recall:
        return None
    if gate is None:
        raise SamplingError(
            "This run has no recall yet; fit it with `songrnn recall RUN`, or set recall to 0."
        )
    names = [vocabulary.decode([symbol]) for symbol in range(vocabulary.size)]
    symbol_of = {name: symbol for symbol, name in enumerate(names) if name}
    return partial(Recall, gate, names, symbol_of, config.recall)


def score_drawn(
    logits: np.ndarray, drawn: np.ndarray, allowed: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """(log p of each symbol drawn, probability withheld), both (n,), from logits (n, V)."""
    shifted = logits - logits.max(1, keepdims=True)
    weights = np.exp(shifted)
    totals = weights.sum(1)
    scores = shifted[np.arange(len(drawn)), drawn] - np.log(totals)
    if allowed is None:
        return scores, np.zeros(len(drawn), np.float32)
    return scores, np.where(allowed, 0, weights).sum(1) / totals
