"""What of a text was recalled, character by character, and from where.

Given the text, each character was recalled with the probability that a source that says it was
chosen, and not the network: the sum of g_i over those sources, as a share of P of the character.
So it can be told of any text, whoever wrote it, and nothing has to be kept while a song is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.vocabulary import Vocabulary
from songrnn.model.engine import Engine
from songrnn.recall.fitting import by_engine, network_probabilities
from songrnn.recall.gate import Gate, Recall

# A bar of which this share was recalled, from one bar, was taken from there.
TAKEN = 0.5


@dataclass(frozen=True)
class Taken:
    """A bar that was recalled. span, source: characters of it and of the bar it was taken from;
    bar, source_bar: their numbers from 0; share: how much of it was recalled, 0 to 1."""

    span: tuple[int, int]
    source: tuple[int, int]
    bar: int
    source_bar: int
    share: float


@dataclass(frozen=True, eq=False)
class Trace:
    """shares (T,): how much each character was recalled. places (T,): the earlier character it was
    most recalled from, −1 for none. bars (T,): the bar each stands in, as `TuneMemory.bar` counts
    them, −1 in the header."""

    shares: NDArray[np.float64]
    places: NDArray[np.int64]
    bars: NDArray[np.int64]

    def taken(self) -> list[Taken]:
        """The bars that were recalled as a whole, in order."""
        found = []
        for bar in range(int(self.bars.max(initial=-1)) + 1):
            inside = np.flatnonzero(self.bars == bar)
            if not len(inside):
                continue
            share = float(self.shares[inside].mean())
            sources = self.bars[self.places[inside][self.places[inside] >= 0]]
            sources = sources[sources >= 0]
            if share < TAKEN or not len(sources):
                continue
            source = int(np.bincount(sources).argmax())
            there = np.flatnonzero(self.bars == source)
            found.append(
                Taken(
                    (int(inside[0]), int(inside[-1]) + 1),
                    (int(there[0]), int(there[-1]) + 1),
                    bar,
                    source,
                    share,
                )
            )
        return found


def trace(
    engine: Engine, gate: Gate, vocabulary: Vocabulary, text: str, strength: float = 1.0
) -> Trace:
    """Read a text of known characters once and tell what of it was recalled."""
    names: Sequence[str] = ["", "", *vocabulary.characters]
    recall = Recall(gate, names, {name: n for n, name in enumerate(names) if name}, strength)
    shares, places = np.zeros(len(text)), np.full(len(text), -1)
    bars = np.empty(len(text), np.int64)
    ((_, probabilities),) = network_probabilities(by_engine(engine), vocabulary, [text])
    for t, symbol in enumerate(vocabulary.encode(text).tolist()):
        own = probabilities[t]
        recall.mix(np.log(np.maximum(own, 1e-300)))
        if recall.last is not None:
            saying = [(g, place) for place, said, g in recall.last.shares if said == symbol]
            recalled = sum(g for g, _ in saying)
            if saying:
                places[t] = max(saying)[1]
                shares[t] = recalled / (recalled + recall.last.network * own[symbol])
        recall.feed(symbol)
        bars[t] = recall.memory.bar
    return Trace(shares, places, bars)
