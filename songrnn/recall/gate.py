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
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

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
_MOST_AGREEING = AGREEING[-1]
_TINY = 5e-324
_LARGEST = 80.0  # weight of a gate, so that e to the sum of eight is a number
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
        if self.weights.shape != (WEIGHTS,) or not (abs(self.weights) <= _LARGEST).all():
            raise ValueError(f"a gate has {WEIGHTS} finite weights")

    @cached_property
    def sums(self) -> "Sums":
        """The tables added up as far as they can be beforehand."""
        return Sums.of(self.weights)


@dataclass(frozen=True)
class Sums:
    """A gate's tables multiplied out: the odds of a source are four entries' product, where its
    score is the sum of eight.

    place: [bar of the part][section][offset][source * 3 + follows]. agreeing: [source * 3 + follows]
    [characters, the last for more]. saying: [source][how many say the same, itself too][how many
    another]. likelihood: [confidence][source][likelihood].
    """

    place: list[list[list[list[float]]]]
    agreeing: list[list[float]]
    saying: list[list[list[float]]]
    likelihood: list[list[list[float]]]

    @classmethod
    def of(cls, weights: NDArray[np.float64]) -> Self:
        """From the entries of all TABLES."""
        parts = np.split(weights, STARTS[1:])
        agreeing, part, saying, likelihood, section, confident, following, offset = (
            entries.reshape(shape) for entries, shape in zip(parts, TABLES.values(), strict=True)
        )
        alike = [min(max(n - 1, 0), _MOST_ALIKE) for n in range(_S + 1)]
        others = [min(n, _MOST_OTHERS) for n in range(_S + 1)]
        place = (
            part.transpose(2, 0, 1)[:, None, None]  # (bar of the part, section, offset, S, follows)
            + section.T[None, :, None, :, None]
            + offset.transpose(1, 2, 0)[:, None, :, :, None]
        )
        counts = [bisect_right(AGREEING, n) for n in range(_MOST_AGREEING + 1)]
        agree = (agreeing[:, None] + following)[..., counts]
        return cls(
            np.exp(place.reshape(*place.shape[:3], -1)).tolist(),
            np.exp(agree.reshape(-1, len(counts))).tolist(),
            np.exp(saying[:, alike][:, :, others]).tolist(),
            np.exp(likelihood[None] + confident.T[:, None]).tolist(),
        )


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
        self._sums, self._names, self._symbol_of = gate.sums, names, symbol_of
        self._strength = strength
        self._symbols: list[int] = []  # of the characters so far
        self._proposals: list[
            tuple[int, int, int, int]
        ] = []  # before the next symbol, and what they say
        self._says: list[int] = []
        self._odds: list[float] = []  # the network's, 1, then those of the proposals

    def copy(self) -> Self:
        """A recall that has heard the same, to go on with by itself."""
        other = copy(self)
        other.memory, other._symbols = self.memory.copy(), self._symbols.copy()
        return other

    @property
    def last(self) -> Recalled | None:
        """What was recalled before the symbol that was asked for last; None without a source."""
        if not self._proposals:
            return None
        places = (place for _, place, _, _ in self._proposals)
        total = sum(self._odds)
        network, *shares = (each / total for each in self._odds)
        return Recalled(network, tuple(zip(places, self._says, shares, strict=True)))

    def feed(self, symbol: int) -> None:
        """Take in a symbol; START and END, which have no character, change nothing."""
        name = self._names[symbol]
        if name:
            self.memory.feed(name)
            self._symbols.append(symbol)

    def mix(self, logits: NDArray[np.floating]) -> NDArray[np.floating]:
        """Logits (V,) of the network -> log P (V,), or the logits themselves without a source."""
        if not self._propose():
            return logits
        best = logits.max()
        weights = np.exp(logits - best)
        total = float(weights.sum())
        logs = self._weigh(1 / total, [weights.item(symbol) / total for symbol in self._says])
        mixed: NDArray[np.floating] = logits + (logs.network - float(best) - math.log(total))
        mixed[logs.symbols] = logs.proposed
        return mixed

    def _propose(self) -> list[int]:
        """The symbols that the sources propose before the next one."""
        self._proposals = self.memory.proposed() if self._strength > 0 else []
        symbols = self._symbols
        self._says = [symbols[place] for _, place, _, _ in self._proposals]
        return self._says

    def _weigh(self, surest: float, chances: Sequence[float]) -> "_Logs":
        """The mixture: surest, the network's largest probability; chances, its probabilities of
        what is proposed."""
        memory, sums, says = self.memory, self._sums, self._says
        bar = max(memory.bar, 0)
        place = sums.place[bar % _BARS_OF_A_PART][bisect_right(SECTION, bar)][
            bisect_right(OFFSET, memory.offset)
        ]
        likelihoods = sums.likelihood[bisect_right(CONFIDENCE, surest)]
        agreements, saying, strength, n = sums.agreeing, sums.saying, self._strength, len(says)
        odds: list[float] = [1.0]
        known: dict[int, tuple[int, int, int]] = {}
        symbols: dict[int, float] = {}  # proposed -> probability in the mixture, times the total
        for (source, _, agreeing, follows), symbol, chance in zip(
            self._proposals, says, chances, strict=True
        ):
            if symbol not in known:
                alike, symbols[symbol] = says.count(symbol), chance
                likelihood = bisect_right(LIKELIHOOD, math.log(chance + 1e-9))
                known[symbol] = alike, n - alike, likelihood
            alike, others, likelihood = known[symbol]
            row = source * 3 + follows
            each = (
                place[row]
                * agreements[row][agreeing if agreeing < _MOST_AGREEING else _MOST_AGREEING]
                * saying[source][alike][others]
                * likelihoods[source][likelihood]
                * strength
            )
            odds.append(each)
            symbols[symbol] += each
        self._odds, lean = odds, math.log(sum(odds))
        logs = [math.log(odd or _TINY) - lean for odd in symbols.values()]
        return _Logs(-lean, list(symbols), logs)


class _Logs(NamedTuple):
    """Logarithms of a mixture. network: of the network's share, by which every symbol's probability
    shrinks; proposed: of the probabilities of `symbols`, each once."""

    network: float
    symbols: list[int]
    proposed: list[float]


def mix_each(recalls: Sequence[Recall | None], logits: NDArray[np.floating]) -> None:
    """As `Recall.mix` for the songs of a batch at once, in place: logits (B, V), a row each.

    A row without a recall or a source stays as it is.
    """
    mixing = [
        (row, recall)
        for row, recall in enumerate(recalls)
        if recall is not None and recall._propose()
    ]
    if not mixing:
        return
    best = logits.max(1)
    weights = np.exp(logits - best[:, None])
    totals, largest, weight = weights.sum(1).tolist(), best.tolist(), weights.item
    shift, changes = [0.0] * len(logits), []
    for row, recall in mixing:
        total = totals[row]
        logs = recall._weigh(1 / total, [weight(row, symbol) / total for symbol in recall._says])
        shift[row] = logs.network - largest[row] - math.log(total)
        changes.append((row, logs))
    logits += np.array(shift, logits.dtype)[:, None]
    for row, logs in changes:
        for symbol, log_p in zip(logs.symbols, logs.proposed, strict=True):
            logits[row, symbol] = log_p
