"""neurons.npz: what inspection found in a run, so that a page shows it at once.

Labels, and for every neuron in hidden and cell state the moments, a histogram, quantiles over the
corpus and places to look at. Evidence names tunes by their id. No pickle is written or read.
"""

import functools
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.tunebook import Tune
from songrnn.errors import DamagedRunError
from songrnn.inspection.ranking import SHIFTS, Activity, NeuronLabel, observe, rank
from songrnn.model.engine import Engine
from songrnn.store.files import replace_file
from songrnn.store.runs import Run

FILE = "neurons.npz"
FORMAT_VERSION = 1
# Histogram of activations between −1 and 1, and quantiles from the least to the largest value.
BINS = 41
QUANTILES = 101
PLACES = 5
# Kinds of example, PLACES of each: the largest and smallest values in different tunes, values
# near the quartiles, and places drawn at random.
EXAMPLES = ("largest", "smallest", "middling", "random")


@dataclass(frozen=True)
class Example:
    """A place where a neuron has a value: a tune and the character just read."""

    tune: str
    character: int
    value: float


@dataclass(frozen=True, eq=False)
class NeuronIndex:
    """What was found. N neurons in quantities, in the order of `labels`.

    histograms (N, BINS) shares; quantiles (N, QUANTILES); moments (N, 2) mean and deviation.
    places (N, len(EXAMPLES), PLACES, 2): tune (an index into `tunes`, −1 for none) and character;
    values alike. untrained_labels: how many labels a network of the same shape that never learned
    gets. weights: sha256 of the weights it was made of. characters: how many were read.
    """

    labels: tuple[NeuronLabel, ...]
    histograms: NDArray[np.float32]
    quantiles: NDArray[np.float32]
    moments: NDArray[np.float32]
    places: NDArray[np.int32]
    values: NDArray[np.float32]
    tunes: tuple[str, ...]
    corpus: str
    characters: int
    untrained_labels: int
    untrained_neurons: int
    weights: str

    def place_of(self, quantity: str, layer: int, neuron: int) -> int | None:
        """The row of a neuron, None when its quantity was not looked at."""
        return self._rows.get((quantity, layer, neuron))

    @functools.cached_property
    def _rows(self) -> dict[tuple[str, int, int], int]:
        return {(each.quantity, each.layer, each.neuron): n for n, each in enumerate(self.labels)}

    def of(self, quantity: str, layer: int) -> list[tuple[int, NeuronLabel]]:
        """(row, label) of every neuron of a layer in a quantity."""
        return [
            (row, label)
            for row, label in enumerate(self.labels)
            if label.quantity == quantity and label.layer == layer
        ]

    def examples(self, row: int) -> dict[str, list[Example]]:
        """Places to look at, by kind."""
        return {
            kind: [
                Example(self.tunes[tune], int(character), float(value))
                for (tune, character), value in zip(
                    self.places[row, k], self.values[row, k], strict=True
                )
                if tune >= 0
            ]
            for k, kind in enumerate(EXAMPLES)
        }

    def write(self, folder: Path) -> None:
        """Replace the index in a run's folder. Raises StorageError."""
        buffer = io.BytesIO()
        text = json.dumps(
            {
                "format_version": FORMAT_VERSION,
                "labels": [asdict(label) for label in self.labels],
                "tunes": self.tunes,
                "corpus": self.corpus,
                "characters": self.characters,
                "untrained_labels": self.untrained_labels,
                "untrained_neurons": self.untrained_neurons,
                "weights": self.weights,
            }
        )
        np.savez_compressed(
            buffer,
            document=np.frombuffer(text.encode(), np.uint8),
            histograms=self.histograms,
            quantiles=self.quantiles,
            moments=self.moments,
            places=self.places,
            values=self.values,
        )
        replace_file(folder / FILE, buffer.getvalue())

    @classmethod
    def read(cls, folder: Path) -> "NeuronIndex | None":
        """The index of a run; None when there is none. Raises DamagedRunError."""
        path = folder / FILE
        try:
            with np.load(path, allow_pickle=False) as found:
                document = json.loads(found["document"].tobytes())
                if document.pop("format_version") != FORMAT_VERSION:
                    raise ValueError("another version")
                labels = tuple(NeuronLabel(**label) for label in document.pop("labels"))
                arrays = {name: found[name] for name in found.files if name != "document"}
            return cls(labels=labels, **arrays, **document | {"tunes": tuple(document["tunes"])})
        except FileNotFoundError:
            return None
        except Exception as error:  # numpy raises whatever a broken archive leads to
            raise DamagedRunError(
                f"{path} cannot be read; make it again with songrnn neurons {folder.name} rank."
            ) from error


def build(
    run: Run,
    tunes: Sequence[Tune],
    corpus: str,
    *,
    seed: int = 0,
    shifts: int = SHIFTS,
    progress: Callable[[str, float], None] | None = None,
) -> NeuronIndex:
    """Read tunes with a run and with its untrained twin; rank, count and pick examples."""
    engine = Engine.of(run)

    def tell(words: str) -> Callable[[float], None]:
        return lambda share: progress(words, share) if progress is not None else None

    activity = observe(engine, run.vocabulary, tunes, progress=tell("Reading tunes"))
    labels = rank(
        activity, np.random.default_rng(seed), shifts=shifts, progress=tell("Ranking neurons")
    )
    twin = observe(untrained(run, seed), run.vocabulary, tunes, progress=tell("Reading as a twin"))
    others = rank(
        twin, np.random.default_rng(seed), shifts=shifts, progress=tell("Ranking the twin")
    )
    del twin
    places, values = _examples(activity, np.random.default_rng(seed))
    summary = run.summary
    return NeuronIndex(
        labels=tuple(labels),
        histograms=np.stack([
            np.histogram(column, BINS, (-1, 1))[0] / max(len(column), 1)
            for column in activity.values.T
        ]).astype(np.float32),
        quantiles=np.quantile(activity.values, np.linspace(0, 1, QUANTILES), axis=0)
        .T.astype(np.float32),
        moments=np.stack([activity.values.mean(axis=0), activity.values.std(axis=0)], axis=1),
        places=places,
        values=values,
        tunes=activity.tunes,
        corpus=corpus,
        characters=len(activity.values),
        untrained_labels=sum(label.label is not None for label in others),
        untrained_neurons=len(others),
        weights=summary.weights_sha256 if summary is not None else "",
    )  # fmt: skip


def untrained(run: Run, seed: int) -> Engine:
    """A network of the run's shape that never learned."""
    import torch

    from songrnn.model.network import CharRNN

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = CharRNN(run.config.model, run.vocabulary.size)
    weights = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    return Engine(run.config.model, run.vocabulary.size, weights)


def _examples(
    activity: Activity, rng: np.random.Generator
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    N, T = activity.values.shape[1], len(activity.values)
    places = np.full((N, len(EXAMPLES), PLACES, 2), -1, np.int32)
    values = np.full((N, len(EXAMPLES), PLACES), np.nan, np.float32)
    owner = np.searchsorted(activity.starts, np.arange(T), side="right") - 1
    spread = np.linspace(0.1, 0.9, PLACES * (T > 0)) * (T - 1)
    for neuron in range(N):
        column = activity.values[:, neuron]
        order = np.argsort(column, kind="stable")
        chosen = {
            "largest": _of_different_tunes(order[::-1], owner),
            "smallest": _of_different_tunes(order, owner),
            "middling": order[spread.astype(int)],
            "random": rng.integers(0, T, PLACES) if T else order,
        }
        for kind, name in enumerate(EXAMPLES):
            for number, row in enumerate(chosen[name][:PLACES]):
                tune = int(owner[row])
                places[neuron, kind, number] = tune, int(row) - int(activity.starts[tune])
                values[neuron, kind, number] = column[row]
    return places, values


def _of_different_tunes(order: NDArray[np.int64], owner: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first PLACES rows of the order that lie in different tunes."""
    head = order[: 200 * PLACES]
    _, first = np.unique(owner[head], return_index=True)
    return head[np.sort(first)[:PLACES]]
