"""Reading neurons.npz: one JSON document and arrays, believed only as far as they fit.

The document is checked field by field, and an array is read only when its type and its shape are
those that the document's labels ask for.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, NonNegativeInt

from songrnn.errors import DamagedRunError
from songrnn.inspection.labelling import NeuronLabel
from songrnn.inspection.memory.verdicts import MemoryIndex
from songrnn.inspection.scoring import KINDS, Kind
from songrnn.store.arrays import ArrayFile, open_arrays

# What the names of histograms of gates begin with.
GATES = "gates_"
# Bytes; the largest network (8 layers of 4096 units) has a document of 25 MB.
LARGEST_FILE = 1 << 29
_LARGEST_TEXT = 1 << 26

# Layers and units of one that a network can have, and quantities that are looked at.
_MOST_LAYERS, _MOST_UNITS, _MOST_QUANTITIES = 8, 4096, 8
_MOST_PROPERTIES = 1_000

Arrays = dict[str, NDArray[Any]]


class IndexDocument(BaseModel):
    """What of an index is no array; see `NeuronIndex`."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    format_version: int
    labels: tuple[NeuronLabel, ...]
    tunes: tuple[str, ...]
    corpus: str
    characters: NonNegativeInt
    held: NonNegativeInt
    untrained: dict[Kind, NonNegativeInt]
    untrained_neurons: NonNegativeInt
    weights: str
    properties: tuple[str, ...]
    memory: MemoryIndex | None = None


def read_index(
    path: Path,
    *,
    versions: Sequence[int],
    bins: int,
    gate_bins: int,
    quantiles: int,
    examples: Sequence[int],
) -> tuple[IndexDocument, Arrays, Arrays]:
    """(document, arrays, gates). The keywords are the formats and sizes that are expected.

    examples: kinds of example, and places of each. Raises FileNotFoundError, DamagedRunError when
    the format is another one, and anything else when the file is damaged.
    """
    with open_arrays(path, most=LARGEST_FILE) as file:
        text = file.read("document", dtypes=["u1"], shape=[None], most=_LARGEST_TEXT).tobytes()
        found = _Version.model_validate_json(text).format_version
        if found not in versions:
            raise DamagedRunError(
                f"{path} was made by another version (format {found}, this one reads "
                f"{' and '.join(map(str, versions))})"
            )
        document = IndexDocument.model_validate_json(text)
        N, L, H = _sizes(document)
        arrays = {
            "scores": _read(file, "scores", "f2", N, len(document.properties), len(KINDS)),
            "histograms": _read(file, "histograms", "f2", N, bins),
            "quantiles": _read(file, "quantiles", "f4", N, quantiles),
            "moments": _read(file, "moments", "f4", N, 2),
            "places": _read(file, "places", "i4", N, *examples, 2),
            "values": _read(file, "values", "f4", N, *examples),
        }
        gates = {
            name.removeprefix(GATES): _read(file, name, "f2", L, H, gate_bins)
            for name in file.names
            if name.startswith(GATES)
        }
    tunes, characters = arrays["places"][..., 0], arrays["places"][..., 1]
    if N and (tunes.min() < -1 or tunes.max() >= len(document.tunes) or characters.min() < -1):
        raise ValueError("an example lies outside of the tunes")
    return document, arrays, gates


def _sizes(document: IndexDocument) -> tuple[int, int, int]:
    """(labels, layers, units a layer). Raises ValueError when no network is like that."""
    labels = document.labels
    if any(label.layer < 0 or label.neuron < 0 for label in labels):
        raise ValueError("a label names a neuron below the first")
    L = max((label.layer for label in labels), default=-1) + 1
    H = max((label.neuron for label in labels), default=-1) + 1
    if L > _MOST_LAYERS or H > _MOST_UNITS or len(labels) > _MOST_QUANTITIES * L * H:
        raise ValueError(f"{len(labels):,} labels of {L:,} layers of {H:,} units")
    if len(document.properties) > _MOST_PROPERTIES:
        raise ValueError(f"{len(document.properties):,} properties")
    return len(labels), L, H


class _Version(BaseModel):
    format_version: int


def _read(file: ArrayFile, name: str, dtype: str, *shape: int) -> NDArray[Any]:
    return file.read(name, dtypes=[dtype], shape=shape)
