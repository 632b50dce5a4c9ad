"""Making the index of a run: one streaming pass over tunes, and one of its untrained twin.

Sums give all scores (`scoring`). Of the activations themselves only samples are kept: whole tunes
for the shifted properties, single characters for histograms, quantiles and examples, and the
largest and smallest value of every neuron in every tune.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.tunebook import Tune
from songrnn.inspection.index import BINS, EXAMPLES, GATE_BINS, PLACES, QUANTILES, NeuronIndex
from songrnn.inspection.labelling import (
    MOST_SHIFTED,
    SHIFTS,
    Evidence,
    NeuronLabel,
    label_all,
    null_maxima,
)
from songrnn.inspection.properties import FIRST_COLUMN
from songrnn.inspection.recording import (
    Activity,
    Columns,
    Text,
    columns_of,
    gather,
    prepare,
    watch,
)
from songrnn.inspection.scoring import KINDS, Floats, Kind, Tally, scores
from songrnn.model.engine import Engine
from songrnn.store.runs import Run

# Characters of training tunes that lines are fitted on; most activations kept of single characters.
TRAINING_CHARACTERS = 500_000
MOST_KEPT = 30_000_000

Progress = Callable[[str, float], None]


def build(
    run: Run,
    tunes: Sequence[Tune],
    corpus: str,
    *,
    training: Sequence[Tune] = (),
    seed: int = 0,
    shifts: int = SHIFTS,
    training_characters: int = TRAINING_CHARACTERS,
    progress: Progress | None = None,
) -> NeuronIndex:
    """Read tunes with a run and with its untrained twin; rank, count and pick examples.

    Lines are fitted on tunes drawn from `training`, together `training_characters` long, and
    measured on `tunes`; without training tunes on every second of `tunes` and on the others.
    The run and its twin are read side by side, on two cores if there are.
    """
    engine, twin = Engine.of(run), untrained(run, seed)
    drawn = draw(training, training_characters, np.random.default_rng(seed))
    texts = prepare(
        run.vocabulary,
        tunes,
        drawn,
        progress=lambda share: progress("Reading the music", 0.1 * share) if progress else None,
    )
    done = {"run": 0.0, "twin": 0.0}

    def tell(who: str) -> Callable[[float], None]:
        def step(share: float) -> None:
            done[who] = share
            if progress is not None:
                progress("Watching the neurons", 0.1 + 0.45 * (done["run"] + done["twin"]))

        return step

    with ThreadPoolExecutor(1) as other:
        untaught = other.submit(
            survey, twin, texts, seed=seed, shifts=shifts, full=False, progress=tell("twin")
        )
        found = survey(engine, texts, seed=seed, shifts=shifts, progress=tell("run"))
        others = untaught.result().labels
    assert found.pictures is not None
    pictures = found.pictures
    summary = run.summary
    clipped = np.stack([np.maximum(found.scores[kind].T, -1) for kind in KINDS], axis=-1)
    return NeuronIndex(
        labels=tuple(found.labels),
        scores=clipped.astype(np.float16),
        histograms=pictures.histograms,
        quantiles=pictures.quantiles,
        moments=pictures.moments,
        gates=pictures.gates,
        places=pictures.places,
        values=pictures.values,
        tunes=tuple(text.tune for text in texts),
        corpus=corpus,
        characters=sum(len(text.ids) for text in texts),
        held=sum(len(text.ids) for text in texts if not text.fitted),
        untrained={kind: sum(each.kind == kind for each in others) for kind in KINDS},
        untrained_neurons=len(others),
        weights=summary.weights_sha256 if summary is not None else "",
    )


def draw(tunes: Sequence[Tune], characters: int, rng: np.random.Generator) -> list[Tune]:
    """Tunes at random, together at least so many characters if there are."""
    chosen, size = [], 0
    for number in rng.permutation(len(tunes)):
        if size >= characters:
            break
        chosen.append(tunes[number])
        size += len(tunes[number].text)
    return chosen


def untrained(run: Run, seed: int) -> Engine:
    """A network of the run's shape that never learned."""
    import torch

    from songrnn.model.network import CharRNN

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = CharRNN(run.config.model, run.vocabulary.size)
    weights = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    return Engine(run.config.model, run.vocabulary.size, weights)


@dataclass(frozen=True, eq=False)
class Pictures:
    """What pages show of every neuron, shaped as in NeuronIndex."""

    histograms: NDArray[np.float32]
    quantiles: NDArray[np.float32]
    moments: NDArray[np.float32]
    gates: Mapping[str, NDArray[np.float16]]
    places: NDArray[np.int32]
    values: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Survey:
    """Labels of all neurons, scores of each kind (properties, N), pictures when asked for."""

    labels: list[NeuronLabel]
    scores: Mapping[Kind, Floats]
    pictures: Pictures | None


def survey(
    engine: Engine,
    texts: Sequence[Text],
    *,
    seed: int = 0,
    shifts: int = SHIFTS,
    full: bool = True,
    progress: Callable[[float], None] | None = None,
) -> Survey:
    """Read the texts once and label every neuron. full: with pictures."""
    rng = np.random.default_rng(seed)
    columns = columns_of(engine)
    whole = _whole_tunes(texts, MOST_SHIFTED // len(columns), rng)
    kept: dict[int, NDArray[np.float32]] = {}
    characters = sum(len(text.ids) for text in texts)
    most = MOST_KEPT if full else MOST_KEPT // 10
    sample = _Sample(texts, max(1, -(-characters * len(columns) // most)), rng)
    extremes = _Extremes(len(texts), len(columns)) if full else None
    gates = _Gates()
    tallies: dict[bool, Tally] = {}
    for batch in watch(
        engine, texts, gates=full, progress=lambda share: progress(share / 2) if progress else None
    ):
        if not tallies:
            centre = batch.values.mean(axis=0)
            tallies = {fitted: Tally(centre) for fitted in (True, False)}
        for fitted, tally in tallies.items():
            rows = [row for row, i in enumerate(batch.texts) if texts[i].fitted == fitted]
            if not rows:
                continue
            values = [batch.values[batch.starts[row] : batch.starts[row + 1]] for row in rows]
            mine = [texts[batch.texts[row]] for row in rows]
            tally.add(
                np.concatenate(values),
                np.concatenate([text.table for text in mine]),
                np.concatenate([text.ids for text in mine]),
            )
        for row, i in enumerate(batch.texts):
            values_of_tune = batch.values[batch.starts[row] : batch.starts[row + 1]]
            if i in whole:
                kept[i] = values_of_tune.copy()
            sample.add(i, values_of_tune)
            if extremes is not None:
                extremes.add(i, values_of_tune)
        gates.add(batch.gates)
    fit, held = tallies[True].sums(), tallies[False].sums()
    shifted = gather([texts[i] for i in whole], [kept.pop(i, None) for i in whole], columns)
    maxima = null_maxima(
        shifted,
        rng,
        shifts=shifts,
        progress=lambda share: progress(0.5 + share / 2) if progress else None,
    )
    found = scores(fit, held)
    seen = sample.activity(columns)
    n = np.sum(
        [np.isfinite(text.table[:, FIRST_COLUMN]).sum(0) for text in texts if not text.fitted],
        axis=0,
    )
    labels = label_all(columns, found, maxima, Evidence(seen.values, seen.table), n)
    pictures = None
    if extremes is not None:
        size = fit.n.sum() + held.n.sum()
        off = (fit.y.sum(0) + held.y.sum(0)) / size
        variance = (fit.yy.sum(0) + held.yy.sum(0)) / size - off * off
        places, values_there = _examples(extremes, seen, sample, rng)
        pictures = Pictures(
            histograms=_histograms(seen.values),
            quantiles=np.quantile(seen.values, np.linspace(0, 1, QUANTILES), axis=0)
            .T.astype(np.float32),
            moments=np.stack([tallies[True].centre + off, np.sqrt(np.maximum(variance, 0))], 1)
            .astype(np.float32),
            gates=gates.shares(),
            places=places,
            values=values_there,
        )  # fmt: skip
        pictures.quantiles[:, 0] = extremes.lowest.min(axis=0)
        pictures.quantiles[:, -1] = extremes.highest.max(axis=0)
    return Survey(labels, found, pictures)


def _whole_tunes(texts: Sequence[Text], most: int, rng: np.random.Generator) -> list[int]:
    """Tunes for the shifts, fitted and measured in turn, together at most so many characters."""
    drawn = [
        rng.permutation([i for i, text in enumerate(texts) if text.fitted == fitted]).tolist()
        for fitted in (True, False)
    ]
    chosen: list[int] = []
    size = 0
    for pair in zip(*drawn, strict=False):
        size += sum(len(texts[i].ids) for i in pair)
        if size > most and chosen:
            break
        chosen += pair
    return chosen


class _Sample:
    """Every so manieth character of each tune, from a place of its own on."""

    def __init__(self, texts: Sequence[Text], stride: int, rng: np.random.Generator) -> None:
        self._texts = texts
        self._rows = {
            i: np.arange(int(rng.integers(stride)), len(text.ids), stride)
            for i, text in enumerate(texts)
        }
        self._values: dict[int, NDArray[np.float32]] = {}

    def add(self, text: int, values: NDArray[np.float32]) -> None:
        self._values[text] = values[self._rows[text]]

    def activity(self, columns: Columns) -> Activity:
        parts = [
            Text(text.tune, text.ids[self._rows[i]], text.table[self._rows[i]], text.fitted)
            for i, text in enumerate(self._texts)
        ]
        return gather(parts, [self._values.get(i) for i in range(len(parts))], columns)

    def places(self) -> NDArray[np.int32]:
        """(rows, 2): tune and character of every row of `activity`."""
        return np.concatenate(
            [
                np.stack([np.full(len(rows), i), rows], axis=1).astype(np.int32)
                for i, rows in self._rows.items()
            ]
        )


class _Extremes:
    """Every neuron's largest and smallest value in every tune, (tunes, N), and where it is."""

    def __init__(self, tunes: int, neurons: int) -> None:
        self.highest = np.full((tunes, neurons), -np.inf, np.float32)
        self.lowest = np.full((tunes, neurons), np.inf, np.float32)
        self.highest_at = np.zeros((tunes, neurons), np.int32)
        self.lowest_at = np.zeros((tunes, neurons), np.int32)

    def add(self, tune: int, values: NDArray[np.float32]) -> None:
        self.highest_at[tune], self.lowest_at[tune] = values.argmax(0), values.argmin(0)
        self.highest[tune], self.lowest[tune] = values.max(0), values.min(0)


class _Gates:
    """Counts of gate values in GATE_BINS bins."""

    def __init__(self) -> None:
        self._counts: dict[str, NDArray[np.int64]] = {}

    def add(self, gates: Mapping[str, NDArray[np.float32]]) -> None:
        for name, values in gates.items():  # (rows, L, H)
            _, L, H = values.shape
            bins = np.minimum((values * GATE_BINS).astype(np.int32), GATE_BINS - 1)
            bins += (np.arange(L * H, dtype=np.int32) * GATE_BINS).reshape(L, H)
            found = np.bincount(bins.ravel(), minlength=L * H * GATE_BINS)
            known = self._counts.setdefault(name, np.zeros((L, H, GATE_BINS), np.int64))
            known += found.reshape(L, H, GATE_BINS)

    def shares(self) -> dict[str, NDArray[np.float16]]:
        return {
            name: (counts / np.maximum(counts.sum(-1, keepdims=True), 1)).astype(np.float16)
            for name, counts in self._counts.items()
        }


def _histograms(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, BINS): shares between −1 and 1."""
    counts = [np.histogram(column, BINS, (-1, 1))[0] for column in values.T]
    return (np.stack(counts) / max(len(values), 1)).astype(np.float32)


def _examples(
    extremes: _Extremes, seen: Activity, sample: _Sample, rng: np.random.Generator
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Places and values as in NeuronIndex: the extremes in different tunes, others of the sample."""
    rows, N = seen.values.shape
    places = np.full((N, len(EXAMPLES), PLACES, 2), -1, np.int32)
    values = np.full((N, len(EXAMPLES), PLACES), np.nan, np.float32)
    for kind, (found, at, sign) in enumerate(
        [(extremes.highest, extremes.highest_at, -1), (extremes.lowest, extremes.lowest_at, 1)]
    ):
        best = np.argsort(sign * found, axis=0, kind="stable")[:PLACES]  # (≤ PLACES, N)
        for number, tunes in enumerate(best):
            there = found[tunes, np.arange(N)]
            read = np.isfinite(there)  # tunes without a character have no value
            places[read, kind, number, 0] = tunes[read]
            places[read, kind, number, 1] = at[tunes, np.arange(N)][read]
            values[read, kind, number] = there[read]
    if not rows:
        return places, values
    where = sample.places()
    middle = (np.linspace(0.1, 0.9, PLACES) * (rows - 1)).astype(int)
    for neuron in range(N):
        column = seen.values[:, neuron]
        chosen = np.argpartition(column, middle)[middle], rng.integers(0, rows, PLACES)
        for kind, picked in enumerate(chosen, start=2):
            places[neuron, kind] = where[picked]
            values[neuron, kind] = column[picked]
    return places, values
