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
from songrnn.inspection.deciding import Deciding
from songrnn.inspection.properties import FIRST_COLUMN, PROPERTIES, property_number, property_table
from songrnn.inspection.resampling import Donors
from songrnn.model.engine import Engine
from songrnn.model.intervention import Change
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

    @property
    def divided(self) -> bool:
        """Whether the label holds somewhere and not everywhere."""
        return self.holds and bool(self.elsewhere[:, 1].sum() > 0)

    def first(self, tunes: int) -> "Changes":
        """Those of the first `tunes` tunes."""
        return Changes(self.where[:tunes], self.elsewhere[:tunes])


def draw_texts(
    tunes: Sequence[Tune],
    vocabulary: Vocabulary,
    label: str | None,
    most: int,
    rng: np.random.Generator,
    *,
    deciding: Deciding | None = None,
) -> list[LabelledText]:
    """At most `most` of the tunes, at random, with where the label holds.

    A prediction is made where the label holds when the character just read has it (of a yes-no
    property); of other properties, where the value decides what comes next (`deciding`), or, when
    that is not given, where there is a value at all. The one after START never. Raises ConfigError
    when there is no such property, or no tune that the network can read.
    """
    number = None if label is None else property_number(label)
    known = readable_tunes(tunes, vocabulary)
    texts = []
    for i in rng.permutation(len(known))[:most]:
        text = known[i].text
        holds = np.zeros(len(text) + 1, np.bool_)
        if number is not None:
            table = property_table(read(text))
            values = table[:, FIRST_COLUMN[number]]
            if PROPERTIES[number].kind == "yes-no":
                holds[1:] = values > 0.5
            elif deciding is None:
                holds[1:] = np.isfinite(values)
            else:
                holds[1:] = deciding.decides(vocabulary.encode(text), table)
        texts.append(LabelledText(vocabulary.encode(text), holds))
    return texts


def read_bits(
    engine: Engine,
    texts: Sequence[NDArray[np.int64]],
    sets: Sequence[Sequence[Change]],
    *,
    donors: Donors | None = None,
    progress: Callable[[float], None] | None = None,
) -> list[list[NDArray[np.float32]]]:
    """Bits of every prediction of every text under every set of interventions.

    texts: symbols (T,) without START and END. donors: where the values of held units are drawn
    from at every character, instead of those that the interventions name. Returns for each of K sets and each text (T + 1,),
    the last being END's. Each text is read from the zero state, START first.
    """
    K = len(sets)
    found = [[np.empty(len(ids) + 1, np.float32) for ids in texts] for _ in sets]
    most = max(1, _ROWS // max(K, 1))
    for batch in batches(engine, texts, most_texts=most, sets=sets, progress=progress):
        m = len(batch.texts)
        bits = np.empty((len(batch.inputs), K * m), np.float32)
        rows = np.arange(K * m)
        swap = donors.into(batch.stepper, batch.texts, len(batch.inputs)) if donors else None
        for t, (symbols, targets) in enumerate(zip(batch.inputs, batch.targets, strict=True)):
            if swap is not None:
                swap(t)
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
    return bootstrap_interval(there, rng, statistic=_ratio)


def specific_over_tunes(
    found: Changes, rng: np.random.Generator, *, resamples: int = 2000
) -> tuple[Interval | None, float]:
    """(how much more the change is where the label holds than elsewhere, with its 95 % interval
    over tunes drawn again; the share of draws with no such difference, what was measured counted
    among them). (None, 1) when the label holds nowhere or everywhere.

    Tunes that have no prediction of one kind are drawn too: they count in the other.
    """
    if not found.divided:
        return None, 1.0
    tunes = len(found.where)
    drawn = rng.multinomial(tunes, np.full(tunes, 1 / tunes), resamples)  # (B, tunes)
    where, elsewhere = drawn @ found.where, drawn @ found.elsewhere  # (B, 2)
    there = (where[:, 1] > 0) & (elsewhere[:, 1] > 0)
    spread = where[there, 0] / where[there, 1] - elsewhere[there, 0] / elsewhere[there, 1]
    low, high = np.quantile(spread, [0.025, 0.975]).tolist()
    estimate = _ratio(found.where) - _ratio(found.elsewhere)
    chance = float((1 + (spread <= 0).sum()) / (1 + len(spread)))
    return Interval(estimate, low, high, tunes), chance


def _ratio(sums: Floats) -> float:
    return float(sums[:, 0].sum() / sums[:, 1].sum())
