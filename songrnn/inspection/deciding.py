"""Where a property's value decides the next character.

A number or an angle has a value nearly everywhere, and so says nothing of where it is needed. It is
needed where it tells, beyond the character just read, what comes next: where the distribution of
next characters given both lies far from that given the character alone, by the Kullback-Leibler
divergence in bits. Both are counted on training tunes. What really comes next plays no part, so
no prediction is chosen by its outcome.

T characters, V symbols, W bins of values.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import END, Vocabulary
from songrnn.inspection.properties import FIRST_COLUMN, PROPERTIES, property_number
from songrnn.inspection.recording import AnnotatedText, annotate_texts, draw_tunes

# Bins that the values of a property fall into; as many bins of the full angle.
BINS = 16
# Share of the characters with a value that decides: those of the largest divergence.
DECIDING = 0.25
# Characters of training tunes that are counted.
CHARACTERS = 200_000
# Characters by which a bin's counts are drawn to those of all bins.
_PRIOR = 5.0


@dataclass(frozen=True)
class Context:
    """A character and a range of values that decide what comes next: `bits` of divergence, on a
    share of all characters with a value; likely: the next character then, usual: without the value."""

    character: int
    low: float
    high: float
    bits: float
    share: float
    likely: int
    usual: int


@dataclass(frozen=True, eq=False)
class Deciding:
    """edges: (W − 1,) between the bins. divergence: (V, W) bits. threshold: bits from which on a
    value decides. contexts: the most frequent ones that do."""

    property: int
    edges: NDArray[np.float64]
    divergence: NDArray[np.float64]
    threshold: float
    contexts: tuple[Context, ...]

    def decides(self, ids: NDArray[np.int64], table: NDArray[np.float32]) -> NDArray[np.bool_]:
        """(T,) whether the value decides what follows. ids (T,), table (T, COLUMNS)."""
        values = _values(self.property, table)
        there = np.isfinite(values)
        bins = np.searchsorted(self.edges, np.where(there, values, 0.0), side="right")
        return there & (self.divergence[ids, bins] >= self.threshold)


def learn_deciding(
    name: str, vocabulary: Vocabulary, training: Sequence[Tune], rng: np.random.Generator
) -> Deciding | None:
    """As `find_deciding`, counted on CHARACTERS of training tunes drawn at random."""
    if PROPERTIES[property_number(name)].kind == "yes-no":
        return None
    drawn = draw_tunes(training, CHARACTERS, rng)
    return find_deciding(name, annotate_texts(vocabulary, (), drawn), vocabulary.size)


def find_deciding(
    name: str, texts: Sequence[AnnotatedText], symbols: int, *, most_contexts: int = 5
) -> Deciding | None:
    """Where the property `name` decides, counted on texts of V = `symbols` symbols.

    None for a yes-no property, which holds where it holds, and when no text has a value. Raises
    ConfigError when there is no such property.
    """
    number = property_number(name)
    if PROPERTIES[number].kind == "yes-no":
        return None
    ids = _joined([text.ids for text in texts])
    following = _joined([np.append(text.ids[1:], END) for text in texts])
    values = _joined([_values(number, text.table) for text in texts])
    there = np.isfinite(values)
    ids, following, values = ids[there], following[there], values[there]
    if not len(values):
        return None
    edges = _edges(values, angle=PROPERTIES[number].kind == "angle")
    bins = np.searchsorted(edges, values, side="right")
    W = len(edges) + 1
    flat = ((ids * W + bins) * symbols + following).astype(np.int64)
    counts = np.bincount(flat, minlength=symbols * W * symbols).reshape(symbols, W, symbols)
    of_character = counts.sum(axis=1) + 0.0  # (V, V)
    plain = of_character / np.maximum(of_character.sum(axis=1, keepdims=True), 1)
    sizes = counts.sum(axis=2)  # (V, W)
    given = (counts + _PRIOR * plain[:, None]) / (sizes[:, :, None] + _PRIOR)
    ratio = np.divide(given, plain[:, None], out=np.ones_like(given), where=given > 0)
    divergence = (given * np.log2(ratio)).sum(axis=2)
    threshold = max(float(np.quantile(divergence[ids.astype(np.int64), bins], 1 - DECIDING)), 1e-6)
    chosen = np.argsort(-np.where(divergence >= threshold, sizes, 0).ravel(), kind="stable")
    bounds = [-np.inf, *edges.tolist(), np.inf]
    contexts = tuple(
        Context(
            character=int(character),
            low=float(bounds[place]),
            high=float(bounds[place + 1]),
            bits=float(divergence[character, place]),
            share=float(sizes[character, place] / len(values)),
            likely=int(counts[character, place].argmax()),
            usual=int(of_character[character].argmax()),
        )
        for character, place in (divmod(int(k), W) for k in chosen[:most_contexts])
        if divergence[character, place] >= threshold and sizes[character, place]
    )
    return Deciding(number, edges, divergence, threshold, contexts)


def _joined(parts: Sequence[NDArray]) -> NDArray[np.float64]:
    return np.concatenate([np.zeros(0), *parts])


def _values(number: int, table: NDArray[np.float32]) -> NDArray[np.float64]:
    """(T,) the property's value; of an angle its share of the full round, 0 to 1."""
    first = int(FIRST_COLUMN[number])
    if PROPERTIES[number].kind == "angle":
        angle = np.arctan2(table[:, first], table[:, first + 1]).astype(np.float64)
        return np.round(angle / (2 * np.pi) % 1, 6) % 1
    return table[:, first].astype(np.float64)


def _edges(values: NDArray[np.float64], *, angle: bool) -> NDArray[np.float64]:
    """Between bins: of few different values one bin each, of more equally full ones."""
    if angle:
        return (np.arange(1, BINS) - 0.5) / BINS
    found = np.unique(values)
    if len(found) <= BINS:
        return (found[1:] + found[:-1]) / 2
    return np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1]))
