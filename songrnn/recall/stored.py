"""A run's gate on disk: `recall.json` in its folder, with what it was learned from and reached."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import AwareDatetime, Field

from songrnn.config import CorpusReference
from songrnn.disk import replace_file
from songrnn.errors import DamagedRunError
from songrnn.recall.gate import TABLES, WEIGHTS, Gate
from songrnn.store.documents import Document, now
from songrnn.store.runs import Run

FILE = "recall.json"
FORMAT_VERSION = 1


class RecallDocument(Document):
    """weights: the entries of the gate's tables, in their order, which is noted in `tables`.

    weights_sha256: of the network's weights that it was fitted to. tunes: how many it learned from.
    """

    largest: ClassVar[int] = 1 << 20

    format_version: Annotated[int, Field(ge=1)] = FORMAT_VERSION
    corpus: CorpusReference
    tunes: Annotated[int, Field(ge=1)]
    weights_sha256: str | None = None
    created: AwareDatetime
    tables: dict[str, tuple[int, ...]]
    weights: tuple[float, ...]


def write_gate(run: Run, gate: Gate, tunes: int) -> None:
    """Keep a gate with its run. Raises StorageError."""
    summary = run.summary
    document = RecallDocument(
        corpus=run.config.corpus,
        tunes=tunes,
        weights_sha256=summary.weights_sha256 if summary else None,
        created=now(),
        tables=TABLES,
        weights=tuple(gate.weights.tolist()),
    )
    replace_file(run.path / FILE, document.to_json())


def read_gate(run: Run) -> Gate | None:
    """The gate of a run; None when it has none. Raises DamagedRunError."""
    path = run.path / FILE
    try:
        document = RecallDocument.read(path)
    except FileNotFoundError:
        return None
    summary = run.summary
    if document.tables != TABLES or len(document.weights) != WEIGHTS:
        raise DamagedRunError(
            f"{path}: it was made by another version of the lab; fit it again with "
            f"`songrnn recall {run.name}`."
        )
    if summary and document.weights_sha256 and summary.weights_sha256 != document.weights_sha256:
        raise DamagedRunError(
            f"{path}: it was fitted to other weights than the run has now; fit it again with "
            f"`songrnn recall {run.name}`."
        )
    return Gate(np.array(document.weights))
