"""neurons.npz: what inspection found in a run, so that a page shows it at once.

Labels with the scores behind them; for every neuron in hidden and cell state the moments, a
histogram, quantiles over the corpus and places to look at; a histogram of every gate. Evidence
names tunes by their id. No pickle is written or read. `indexing.py` makes it.
"""

import functools
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from songrnn.disk import replace_file
from songrnn.errors import ConfigError, DamagedRunError
from songrnn.inspection.index_file import GATES, LARGEST_FILE, IndexDocument, read_index
from songrnn.inspection.labelling import NeuronLabel
from songrnn.inspection.memory.verdicts import MemoryIndex
from songrnn.inspection.properties import PROPERTIES
from songrnn.inspection.scoring import KINDS, Kind
from songrnn.inspection.units import Unit, no_such_neuron
from songrnn.store.runs import Run

FILE = "neurons.npz"
# Version 2 lacks `memory`, and is read all the same.
FORMAT_VERSION = 3
_READ = (2, 3)
# Histogram of activations between −1 and 1, of gates between 0 and 1 (a tenth is four bins), and
# quantiles from the least to the largest value.
BINS = 41
GATE_BINS = 40
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

    scores: (N, properties, kinds) float16, the held-out R² of every property (in the order of
    `properties`, names) and kind (of KINDS: reads, remembers), cut at −1, which also stands for
    "no score". histograms (N, BINS) shares of −1…1; quantiles (N, QUANTILES); moments (N, 2) mean
    and deviation. gates: name -> (L, H, GATE_BINS) shares of 0…1, bin k being k/40 to (k + 1)/40.
    places (N, len(EXAMPLES), PLACES, 2): tune (an index into `tunes`, −1 for none) and character;
    values alike. memory: what the stricter rule says, None when it was not asked. untrained: how many labels of each kind a network of the same shape that never
    learned gets, of untrained_neurons. weights: sha256 of the weights it was made of. characters:
    how many were read; held: on how many of them scores were measured.
    """

    labels: tuple[NeuronLabel, ...]
    scores: NDArray[np.float16]
    histograms: NDArray[np.float32]
    quantiles: NDArray[np.float32]
    moments: NDArray[np.float32]
    gates: Mapping[str, NDArray[np.float16]]
    places: NDArray[np.int32]
    values: NDArray[np.float32]
    tunes: tuple[str, ...]
    corpus: str
    characters: int
    held: int
    untrained: Mapping[Kind, int]
    untrained_neurons: int
    weights: str
    properties: tuple[str, ...] = tuple(each.name for each in PROPERTIES)
    memory: MemoryIndex | None = None

    def is_of(self, run: Run) -> bool:
        """Whether it was made of these weights, on the corpus that the run was trained on."""
        weights = run.summary.weights_sha256 if run.summary is not None else None
        return self.weights == weights and self.corpus == run.config.corpus.name

    @property
    def untrained_labels(self) -> int:
        """How many labels of either kind the untrained network gets."""
        return sum(self.untrained.values())

    def find_row(self, quantity: str, layer: int, neuron: int) -> int | None:
        """The row of a neuron, None when its quantity was not looked at."""
        return self._rows.get((quantity, layer, neuron))

    def row_of(self, quantity: str, layer: int, neuron: int) -> int:
        """The row of a neuron. Raises ConfigError when there is none."""
        row = self.find_row(quantity, layer, neuron)
        if row is None:
            raise no_such_neuron(quantity, layer, neuron)
        return row

    def value_at(self, row: int, share: float) -> float:
        """The value that a neuron stays at or below on this share (0…1) of the characters."""
        known = self.quantiles[row]
        return float(np.interp(share, np.linspace(0, 1, len(known)), known))

    def means(self) -> dict[Unit, float]:
        """Mean activation of every unit over the tunes that were read."""
        return {
            Unit("cell" if each.quantity == "cell" else "hidden", each.layer, each.neuron): float(
                mean
            )
            for each, (mean, _) in zip(self.labels, self.moments, strict=True)
        }

    @functools.cached_property
    def _rows(self) -> dict[tuple[str, int, int], int]:
        return {(each.quantity, each.layer, each.neuron): n for n, each in enumerate(self.labels)}

    def of_layer(self, quantity: str, layer: int) -> list[tuple[int, NeuronLabel]]:
        """(row, label) of every neuron of a layer in a quantity."""
        return [
            (row, label)
            for row, label in enumerate(self.labels)
            if label.quantity == quantity and label.layer == layer
        ]

    def scores_of(self, name: str, kind: Kind | None = None) -> NDArray[np.float32]:
        """(N,) held-out R² of one property, of one kind or of the better one; −1 without a score.

        A property that came after the index was made has no scores. Raises KeyError when there
        is no such property at all.
        """
        if name not in self.properties:
            if name not in [each.name for each in PROPERTIES]:
                raise KeyError(name)
            return np.full(len(self.labels), -1, np.float32)
        found = self.scores[:, self.properties.index(name)].astype(np.float32)
        return found.max(axis=1) if kind is None else found[:, KINDS.index(kind)]

    def by_property(
        self, name: str, kind: Kind | None = None, rows: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """(row, R²) of the neurons, or of these rows, that which follows the property best first.

        Raises KeyError when there is no such property.
        """
        found = self.scores_of(name, kind)
        chosen = np.arange(len(found)) if rows is None else np.asarray(rows, np.int64)
        order = chosen[np.argsort(-found[chosen], kind="stable")]
        return [(int(row), float(found[row])) for row in order]

    def saturation(self) -> dict[str, NDArray[np.float32]]:
        """Gate -> (L, H, 2): share of characters where it is below 0.1, and above 0.9.

        As in the plots of Karpathy, Johnson and Fei-Fei 2015, section 4.2.
        """
        tenth = GATE_BINS // 10
        return {
            name: np.stack(
                [
                    shares[..., :tenth].sum(-1, dtype=np.float32),
                    shares[..., -tenth:].sum(-1, dtype=np.float32),
                ],
                axis=-1,
            )
            for name, shares in self.gates.items()
        }

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
                "held": self.held,
                "untrained": dict(self.untrained),
                "untrained_neurons": self.untrained_neurons,
                "weights": self.weights,
                "properties": self.properties,
                "memory": asdict(self.memory) if self.memory is not None else None,
            }
        )
        arrays: dict[str, Any] = {
            "document": np.frombuffer(text.encode(), np.uint8),
            "scores": self.scores,
            "histograms": self.histograms.astype(np.float16),
            "quantiles": self.quantiles,
            "moments": self.moments,
            "places": self.places,
            "values": self.values,
        }
        arrays |= {GATES + name: shares for name, shares in self.gates.items()}
        np.savez_compressed(buffer, **arrays)
        replace_file(folder / FILE, buffer.getvalue(), most=LARGEST_FILE)

    @classmethod
    def read(cls, folder: Path) -> "NeuronIndex | None":
        """The index of a run; None when there is none. Raises DamagedRunError."""
        path = folder / FILE
        again = f"make it again with: songrnn neurons {folder.name} rank"
        try:
            document, arrays, gates = read_index(
                path,
                versions=_READ,
                bins=BINS,
                gate_bins=GATE_BINS,
                quantiles=QUANTILES,
                examples=(len(EXAMPLES), PLACES),
            )
        except FileNotFoundError:
            return None
        except DamagedRunError as error:
            raise DamagedRunError(f"{error}; {again}") from error
        except Exception as error:  # zipfile and numpy raise whatever a broken archive leads to
            raise DamagedRunError(f"{path} cannot be read; {again}") from error
        arrays["histograms"] = arrays["histograms"].astype(np.float32)
        fields: dict[str, Any] = {
            name: getattr(document, name)
            for name in IndexDocument.model_fields
            if name != "format_version"
        }
        return cls(gates=gates, **fields | arrays)


def open_index(folder: Path) -> NeuronIndex:
    """The index of a run. Raises ConfigError when there is none, and DamagedRunError."""
    index = NeuronIndex.read(folder)
    if index is None:
        raise ConfigError(
            f"The neurons of {folder.name} have not been ranked yet; to rank them: "
            f"songrnn neurons {folder.name} rank"
        )
    return index
