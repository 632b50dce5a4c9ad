"""How much to believe the network and how much each earlier place: a gate of small tables.

The probability of the next symbol is a mixture,

    P(s) = g_0 p(s) + sum over sources i of g_i [s = the character at source i's place],

where p is the network's and the g sum to one, so P does too. Each source has a score, the sum of
one entry of each table below; the network's score is 0; g is the softmax of the scores. Without a
source P is p. All entries are learned from training tunes (`fitting`), and each can be read: how
much more does it count that seven characters agree than three?

This is a pointer sentinel mixture (Merity et al. 2017) with the network as the sentinel.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.recall.memory import SOURCES, Proposal, TuneMemory

# Edges of the buckets that numbers are put in; a bucket's number is how many edges are not above.
AGREEING = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 20, 24, 32, 48)
# log p of the proposed character by the network, nats.
LIKELIHOOD = (
    *(-8.0, -6.5, -5.5, -4.5, -4.0, -3.5, -3.0, -2.5, -2.0, -1.5, -1.2, -0.9, -0.6),
    *(-0.4, -0.2, -0.1),
)
CONFIDENCE = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)  # the network's largest probability
SECTION = (4, 8, 12, 16, 24)  # bars
OFFSET = (1, 2, 4, 6, 9)  # characters
_BARS_OF_A_PART = 8
_MOST_ALIKE, _MOST_OTHERS = 5, 4
_S = len(SOURCES)

# Table -> its shape; the first axis is the source unless the name says otherwise.
TABLES: dict[str, tuple[int, ...]] = {
    "agreeing": (_S, len(AGREEING) + 1),
    "follows and bar of the part": (_S, 3, _BARS_OF_A_PART),
    "sources that say the same and another": (_S, _MOST_ALIKE + 1, _MOST_OTHERS + 1),
    "likelihood": (_S, len(LIKELIHOOD) + 1),
    "section": (_S, len(SECTION) + 1),
    "likelihood and confidence, of all sources": (len(LIKELIHOOD) + 1, len(CONFIDENCE) + 1),
    "follows and agreeing": (_S, 3, len(AGREEING) + 1),
    "bar of the part and offset": (_S, _BARS_OF_A_PART, len(OFFSET) + 1),
}
SIZES = tuple(math.prod(shape) for shape in TABLES.values())
STARTS = tuple(int(start) for start in np.cumsum((0, *SIZES[:-1])))
WEIGHTS = sum(SIZES)


@dataclass(frozen=True, eq=False)
class Gate:
    """A gate ready to use. weights (WEIGHTS,): the entries of all TABLES, one after the other."""

    weights: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.weights.shape != (WEIGHTS,) or not np.isfinite(self.weights).all():
            raise ValueError(f"a gate has {WEIGHTS} finite weights")
        object.__setattr__(self, "_list", self.weights.tolist())

    def scores(self, rows: Sequence[Sequence[int]]) -> list[float]:
        """The score of each source from the entries that apply to it (`entries`)."""
        weights: list[float] = self._list  # type: ignore[attr-defined]
        return [sum([weights[entry] for entry in row]) for row in rows]


def entries(
    memory: TuneMemory,
    proposals: Sequence[Proposal],
    symbols: Sequence[int],
    probabilities: NDArray[np.floating],
) -> list[tuple[int, ...]]:
    """Which weights apply to each proposal: an index into Gate.weights for each table.

    symbols: the proposed characters' ids. probabilities (V,): the network's.
    """
    bar = max(memory.bar, 0)
    part, section = bar % _BARS_OF_A_PART, bisect_right(SECTION, bar)
    offset = bisect_right(OFFSET, memory.offset)
    confidence = bisect_right(CONFIDENCE, float(probabilities.max()))
    n_parts, n_offsets, n_agreeing = _BARS_OF_A_PART, len(OFFSET) + 1, len(AGREEING) + 1
    n_likelihood, n_confidence = len(LIKELIHOOD) + 1, len(CONFIDENCE) + 1
    found = []
    for proposal, symbol in zip(proposals, symbols, strict=True):
        source, _, agreeing, follows = proposal
        a = bisect_right(AGREEING, agreeing)
        alike = symbols.count(symbol) - 1
        others = len(symbols) - 1 - alike
        alike, others = min(alike, _MOST_ALIKE), min(others, _MOST_OTHERS)
        likelihood = bisect_right(LIKELIHOOD, math.log(float(probabilities[symbol]) + 1e-9))
        at = (
            source * n_agreeing + a,
            (source * 3 + follows) * n_parts + part,
            (source * (_MOST_ALIKE + 1) + alike) * (_MOST_OTHERS + 1) + others,
            source * n_likelihood + likelihood,
            source * (len(SECTION) + 1) + section,
            likelihood * n_confidence + confidence,
            (source * 3 + follows) * n_agreeing + a,
            (source * n_parts + part) * n_offsets + offset,
        )
        found.append(tuple(start + index for start, index in zip(STARTS, at, strict=True)))
    return found


@dataclass(frozen=True)
class Recalled:
    """What was recalled before one symbol. network: its share g_0.

    shares: (place, symbol, g) of each source, in the order of the proposals.
    """

    network: float
    shares: tuple[tuple[int, int, float], ...]


class Recall:
    """The gate at work on one song: told each symbol, asked for the mixture before the next.

    names: the character of each symbol ("" for START and END). strength multiplies the odds of
    recalling against the network: 1 is as learned, less recalls less, 0 turns it off.
    """

    def __init__(
        self, gate: Gate, names: Sequence[str], symbol_of: Mapping[str, int], strength: float = 1.0
    ) -> None:
        if not 0 <= strength < math.inf:
            raise ValueError(f"the strength of recall is at least 0, not {strength}")
        self.memory = TuneMemory()
        self._gate, self._names, self._symbol_of = gate, names, symbol_of
        self._lean = math.log(strength) if strength > 0 else -math.inf
        self.last: Recalled | None = None

    def feed(self, symbol: int) -> None:
        """Take in a symbol; START and END, which have no character, change nothing."""
        name = self._names[symbol]
        if name:
            self.memory.feed(name)

    def mix(self, logits: NDArray[np.floating]) -> NDArray[np.floating]:
        """Logits (V,) of the network -> log P (V,), or the logits themselves without a source."""
        proposals = self.memory.proposals() if self._lean > -math.inf else []
        if not proposals:
            self.last = None
            return logits
        text = self.memory.text
        symbols = [self._symbol_of[text[proposal.place]] for proposal in proposals]
        weights = np.exp(logits - logits.max())
        probabilities = weights / weights.sum()
        rows = entries(self.memory, proposals, symbols, probabilities)
        scores = [score + self._lean for score in self._gate.scores(rows)]
        top = max(0.0, *scores)
        odds = [math.exp(score - top) for score in scores]
        total = math.exp(-top) + sum(odds)
        network = math.exp(-top) / total
        mixed = probabilities * network
        for symbol, odd in zip(symbols, odds, strict=True):
            mixed[symbol] += odd / total
        self.last = Recalled(
            network,
            tuple(
                (proposal.place, symbol, odd / total)
                for proposal, symbol, odd in zip(proposals, symbols, odds, strict=True)
            ),
        )
        # A probability that rounds to 0 stays a number, as small as its type can say.
        return np.log(np.maximum(mixed, np.finfo(mixed.dtype).tiny))
