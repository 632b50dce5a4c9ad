"""Bits per character of tunes read as they are while units are held, one sum a tune.

K sets of interventions, T characters of a tune, V symbols.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.inspection.batch_reader import batches, readable_tunes
from songrnn.inspection.properties import FIRST_COLUMN, PROPERTIES, property_number, property_table
from songrnn.model.engine import Engine
from songrnn.model.intervention import Intervention
from songrnn.notation.reader import read
from songrnn.statistics import Interval, bootstrap_interval

Floats = NDArray[np.float64]
# Texts times sets of interventions that are read together.
_ROWS = 256


@dataclass(frozen=True)
class LabelledText:
    """A tune to read. ids: (T,); holds: (T + 1,) whether the label holds where a prediction is made."""

    ids: NDArray[np.int64]
    holds: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Changes:
    """Change in bits by tune, (tunes, 2) each: its sum over predictions, and their number.

    where: of the predictions made where the label holds; elsewhere: of the others.
    """

    where: Floats
    elsewhere: Floats

    @property
    def overall(self) -> Floats:
        """Of all predictions."""
        return self.where + self.elsewhere

    @property
    def holds(self) -> bool:
        """Whether the label holds anywhere."""
        return bool(self.where[:, 1].sum() > 0)

    def first(self, tunes: int) -> "Changes":
        """Those of the first `tunes` tunes."""
        return Changes(self.where[:tunes], self.elsewhere[:tunes])


def draw_texts(
    tunes: Sequence[Tune],
    vocabulary: Vocabulary,
    label: str | None,
    most: int,
    rng: np.random.Generator,
) -> list[LabelledText]:
    """At most `most` of the tunes, at random, with where the label holds.

    A prediction is made where the label holds when the character just read has it (of a yes-no
    property), or has a value at all (of others); the one after START never. Raises ConfigError
    when there is no such property, or no tune that the network can read.
    """
    number = None if label is None else property_number(label)
    known = readable_tunes(tunes, vocabulary)
    texts = []
    for i in rng.permutation(len(known))[:most]:
        text = known[i].text
        holds = np.zeros(len(text) + 1, np.bool_)
        if number is not None:
            values = property_table(read(text))[:, FIRST_COLUMN[number]]
            yes_no = PROPERTIES[number].kind == "yes-no"
            holds[1:] = values > 0.5 if yes_no else np.isfinite(values)
        texts.append(LabelledText(vocabulary.encode(text), holds))
    return texts


def read_bits(
    engine: Engine,
    texts: Sequence[NDArray[np.int64]],
    sets: Sequence[Sequence[Intervention]],
    *,
    progress: Callable[[float], None] | None = None,
) -> list[list[NDArray[np.float32]]]:
    """Bits of every prediction of every text under every set of interventions.

    texts: symbols (T,) without START and END. Returns for each of K sets and each text (T + 1,),
    the last being END's. Each text is read from the zero state, START first.
    """
    K = len(sets)
    found = [[np.empty(len(ids) + 1, np.float32) for ids in texts] for _ in sets]
    most = max(1, _ROWS // max(K, 1))
    for batch in batches(engine, texts, most_texts=most, sets=sets, progress=progress):
        m = len(batch.texts)
        bits = np.empty((len(batch.inputs), K * m), np.float32)
        rows = np.arange(K * m)
        for t, (symbols, targets) in enumerate(zip(batch.inputs, batch.targets, strict=True)):
            logits = batch.stepper.feed(np.tile(symbols, K))  # (K · m, V)
            logits -= logits.max(axis=1, keepdims=True)
            chosen = logits[rows, np.tile(targets, K)]
            bits[t] = np.log(np.exp(logits).sum(axis=1)) - chosen
        bits /= np.float32(math.log(2))
        for k in range(K):
            for row, i in enumerate(batch.texts):
                found[k][i][:] = bits[: len(texts[i]) + 1, k * m + row]
    return found


def changes(
    before: Sequence[NDArray[np.float32]],
    after: Sequence[NDArray[np.float32]],
    texts: Sequence[LabelledText],
) -> Changes:
    """Bits (T + 1,) of every text with and without an intervention -> changes by tune."""
    sums = np.zeros((2, len(texts), 2))
    for row, (a, b, text) in enumerate(zip(before, after, texts, strict=True)):
        change = b - a
        for part, there in enumerate((text.holds, ~text.holds)):
            sums[part, row] = change[there].sum(dtype=np.float64), there.sum()
    return Changes(sums[0], sums[1])


def interval_over_tunes(sums: Floats, rng: np.random.Generator) -> Interval | None:
    """Of a mean over predictions, tunes being drawn again: sums (tunes, 2) as in Changes.

    None without a prediction.
    """
    there = sums[sums[:, 1] > 0]
    if not len(there):
        return None
    return bootstrap_interval(
        there, rng, statistic=lambda drawn: float(drawn[:, 0].sum() / drawn[:, 1].sum())
    )
