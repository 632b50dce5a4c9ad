"""What a run's songs are ranked by, on disk: `typicality.json` in its folder."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import AwareDatetime, Field

from songrnn.config import CorpusReference, SampleConfig
from songrnn.disk import replace_file
from songrnn.errors import DamagedRunError
from songrnn.quality.typicality import SIZE, Typicality
from songrnn.store.documents import Document, now
from songrnn.store.runs import Run

FILE = "typicality.json"
FORMAT_VERSION = 1


class TypicalityDocument(Document):
    """settings: of the `songs` it learned from. tunes: training tunes it learned from.

    told_apart: how well it tells validation tunes from songs it did not learn from, an AUC.
    weights_sha256: of the network's weights that wrote the songs. weights, centre, scale, added:
    see `songrnn.quality.typicality.Typicality`.
    """

    largest: ClassVar[int] = 1 << 20

    format_version: Annotated[int, Field(ge=1)] = FORMAT_VERSION
    corpus: CorpusReference
    settings: SampleConfig
    songs: Annotated[int, Field(ge=1)]
    tunes: Annotated[int, Field(ge=1)]
    told_apart: float
    weights_sha256: str | None = None
    created: AwareDatetime
    weights: tuple[float, ...]
    centre: tuple[float, ...]
    scale: tuple[float, ...]
    added: float


def write_typicality(
    run: Run,
    found: Typicality,
    *,
    settings: SampleConfig,
    songs: int,
    tunes: int,
    told_apart: float,
) -> None:
    """Keep it with its run. Raises StorageError."""
    summary = run.summary
    document = TypicalityDocument(
        corpus=run.config.corpus,
        settings=settings,
        songs=songs,
        tunes=tunes,
        told_apart=told_apart,
        weights_sha256=summary.weights_sha256 if summary else None,
        created=now(),
        weights=tuple(found.weights.tolist()),
        centre=tuple(found.centre.tolist()),
        scale=tuple(found.scale.tolist()),
        added=found.added,
    )
    replace_file(run.path / FILE, document.to_json())


def read_typicality(run: Run) -> Typicality | None:
    """What a run's songs are ranked by; None when it has none. Raises DamagedRunError."""
    path = run.path / FILE
    try:
        document = TypicalityDocument.read(path)
    except FileNotFoundError:
        return None
    weights, centre, scale = map(np.array, (document.weights, document.centre, document.scale))
    rows = (weights, centre, scale)
    if any(row.shape != (SIZE,) or not np.isfinite(row).all() for row in rows) or min(scale) <= 0:
        raise DamagedRunError(
            f"{path}: it was made by another version of the lab; make it again with "
            f"`songrnn typicality {run.name}`."
        )
    summary = run.summary
    if summary and document.weights_sha256 and summary.weights_sha256 != document.weights_sha256:
        raise DamagedRunError(
            f"{path}: it was made from songs of other weights than the run has now; make it again "
            f"with `songrnn typicality {run.name}`."
        )
    return Typicality(weights, centre, scale, document.added)
