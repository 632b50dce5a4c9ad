"""What is kept of activations while they stream by: sums, samples, extremes, gates.

A collector is told of every text or batch once (`add`) and holds no more than it needs. T
characters, N units, L layers, H neurons of a layer.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from songrnn.inspection.index import BINS, EXAMPLES, GATE_BINS, PLACES
from songrnn.inspection.recording import Activity, AnnotatedText, RecordedBatch, join
from songrnn.inspection.scoring import Kind, scores
from songrnn.inspection.sums import Floats, Tally
from songrnn.inspection.units import Unit


class ScoreSums:
    """The sums of the fitted and of the measured texts."""

    def __init__(self, texts: Sequence[AnnotatedText]) -> None:
        self._texts = texts
        self._tallies: dict[bool, Tally] = {}

    def add(self, batch: RecordedBatch) -> None:
        """Add up a batch."""
        if not self._tallies:
            centre = batch.values.mean(axis=0)
            self._tallies = {fitted: Tally(centre) for fitted in (True, False)}
        for fitted, tally in self._tallies.items():
            mine = [
                (values, self._texts[i])
                for i, values in batch.each_text()
                if self._texts[i].fitted == fitted
            ]
            if mine:
                tally.add(
                    np.concatenate([values for values, _ in mine]),
                    np.concatenate([text.table for _, text in mine]),
                    np.concatenate([text.ids for _, text in mine]),
                )

    def scores(self) -> dict[Kind, Floats]:
        """(properties, N) of each kind, as `scoring.scores`."""
        return scores(self._tallies[True].sums(), self._tallies[False].sums())

    def moments(self) -> NDArray[np.float64]:
        """(N, 2): mean and standard deviation over all characters."""
        fit, held = self._tallies[True].sums(), self._tallies[False].sums()
        size = fit.n.sum() + held.n.sum()
        off = (fit.y.sum(0) + held.y.sum(0)) / size
        variance = (fit.yy.sum(0) + held.yy.sum(0)) / size - off * off
        centre = self._tallies[True].centre
        return np.stack([centre + off, np.sqrt(np.maximum(variance, 0))], axis=1)


class WholeTexts:
    """All activations of texts drawn at random, fitted and measured in turn."""

    def __init__(self, texts: Sequence[AnnotatedText], most: int, rng: np.random.Generator) -> None:
        """most: characters of them all together, one pair of texts at least."""
        drawn = [
            rng.permutation([i for i, text in enumerate(texts) if text.fitted == fitted]).tolist()
            for fitted in (True, False)
        ]
        self._texts = texts
        self.chosen: list[int] = []
        size = 0
        for pair in zip(*drawn, strict=False):
            size += sum(len(texts[i].ids) for i in pair)
            if size > most and self.chosen:
                break
            self.chosen += pair
        self._values: dict[int, NDArray[np.float32]] = {}

    def add(self, text: int, values: NDArray[np.float32]) -> None:
        """values (T, N) of a text."""
        if text in self.chosen:
            self._values[text] = values.copy()

    def activity(self, units: tuple[Unit, ...]) -> Activity:
        """The texts in the order they were drawn."""
        values = [self._values.get(i) for i in self.chosen]
        return join([self._texts[i] for i in self.chosen], values, units)


class Sample:
    """Every `stride`-th character of each text, from a random one on."""

    def __init__(
        self, texts: Sequence[AnnotatedText], stride: int, rng: np.random.Generator
    ) -> None:
        self._texts = texts
        self._rows = {
            i: np.arange(int(rng.integers(stride)), len(text.ids), stride)
            for i, text in enumerate(texts)
        }
        self._values: dict[int, NDArray[np.float32]] = {}

    def add(self, text: int, values: NDArray[np.float32]) -> None:
        """values (T, N) of a text."""
        self._values[text] = values[self._rows[text]]

    def activity(self, units: tuple[Unit, ...]) -> Activity:
        """The characters of all texts."""
        parts = [
            AnnotatedText(
                text.tune, text.ids[self._rows[i]], text.table[self._rows[i]], text.fitted
            )
            for i, text in enumerate(self._texts)
        ]
        return join(parts, [self._values.get(i) for i in range(len(parts))], units)

    def places(self) -> NDArray[np.int32]:
        """(rows, 2): text and character of every row of `activity`."""
        return np.concatenate(
            [
                np.stack([np.full(len(rows), i), rows], axis=1).astype(np.int32)
                for i, rows in self._rows.items()
            ]
        )


class Extremes:
    """Every unit's largest and smallest value in every text, (texts, N), and where it is."""

    def __init__(self, texts: int, units: int) -> None:
        self.highest = np.full((texts, units), -np.inf, np.float32)
        self.lowest = np.full((texts, units), np.inf, np.float32)
        self.highest_at = np.zeros((texts, units), np.int32)
        self.lowest_at = np.zeros((texts, units), np.int32)

    def add(self, text: int, values: NDArray[np.float32]) -> None:
        """values (T, N) of a text."""
        self.highest_at[text], self.lowest_at[text] = values.argmax(0), values.argmin(0)
        self.highest[text], self.lowest[text] = values.max(0), values.min(0)


class GateHistograms:
    """Counts of gate values in GATE_BINS bins."""

    def __init__(self) -> None:
        self._counts: dict[str, NDArray[np.int64]] = {}

    def add(self, gates: Mapping[str, NDArray[np.float32]]) -> None:
        """name -> (rows, L, H) of a batch."""
        for name, values in gates.items():
            _, L, H = values.shape
            bins = np.minimum((values * GATE_BINS).astype(np.int32), GATE_BINS - 1)
            bins += (np.arange(L * H, dtype=np.int32) * GATE_BINS).reshape(L, H)
            found = np.bincount(bins.ravel(), minlength=L * H * GATE_BINS)
            known = self._counts.setdefault(name, np.zeros((L, H, GATE_BINS), np.int64))
            known += found.reshape(L, H, GATE_BINS)

    def shares(self) -> dict[str, NDArray[np.float16]]:
        """name -> (L, H, GATE_BINS)."""
        return {
            name: (counts / np.maximum(counts.sum(-1, keepdims=True), 1)).astype(np.float16)
            for name, counts in self._counts.items()
        }


def histograms(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, BINS): shares of values (T, N) between −1 and 1."""
    counts = [np.histogram(column, BINS, (-1, 1))[0] for column in values.T]
    return (np.stack(counts) / max(len(values), 1)).astype(np.float32)


def examples(
    extremes: Extremes,
    values: NDArray[np.float32],
    places_of: NDArray[np.int32],
    rng: np.random.Generator,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Places and values as in NeuronIndex: the extremes in different tunes, others of a sample.

    values (T, N) of the sample's characters, places_of (T, 2) their text and character.
    """
    rows, N = values.shape
    places = np.full((N, len(EXAMPLES), PLACES, 2), -1, np.int32)
    found = np.full((N, len(EXAMPLES), PLACES), np.nan, np.float32)
    for kind, (most, at, sign) in enumerate(
        [(extremes.highest, extremes.highest_at, -1), (extremes.lowest, extremes.lowest_at, 1)]
    ):
        best = np.argsort(sign * most, axis=0, kind="stable")[:PLACES]  # (≤ PLACES, N)
        for number, texts in enumerate(best):
            there = most[texts, np.arange(N)]
            read = np.isfinite(there)  # texts without a character have no value
            places[read, kind, number, 0] = texts[read]
            places[read, kind, number, 1] = at[texts, np.arange(N)][read]
            found[read, kind, number] = there[read]
    if not rows:
        return places, found
    middle = (np.linspace(0.1, 0.9, PLACES) * (rows - 1)).astype(int)
    for unit in range(N):
        column = values[:, unit]
        chosen = np.argpartition(column, middle)[middle], rng.integers(0, rows, PLACES)
        for kind, picked in enumerate(chosen, start=2):
            places[unit, kind] = places_of[picked]
            found[unit, kind] = column[picked]
    return places, found
