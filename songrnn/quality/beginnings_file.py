"""What a run's phrases are chosen by, on disk: `phrases.json` in its folder."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import AwareDatetime, Field

from songrnn.config import CorpusReference, SampleConfig
from songrnn.disk import replace_file
from songrnn.errors import DamagedRunError
from songrnn.generation.phrases import CUTS
from songrnn.quality.beginnings import PLACES, SIZE, Beginnings
from songrnn.quality.motifs import SIZE as MOTIFS
from songrnn.store.documents import Document, now
from songrnn.store.runs import Run

FILE = "phrases.json"
FORMAT_VERSION = 1


class PhrasesDocument(Document):
    """settings: of the `songs` it learned from. tunes: training tunes it learned from.

    weights_sha256: of the network's weights that wrote the songs. cuts: bars after which beginnings
    are compared. weights, added: a row each for them, then one for whole songs; see
    `songrnn.quality.beginnings.Beginnings`.
    """

    largest: ClassVar[int] = 1 << 20

    format_version: Annotated[int, Field(ge=1)] = FORMAT_VERSION
    corpus: CorpusReference
    settings: SampleConfig
    songs: Annotated[int, Field(ge=1)]
    tunes: Annotated[int, Field(ge=1)]
    weights_sha256: str | None = None
    created: AwareDatetime
    cuts: tuple[int, ...]
    weights: tuple[tuple[float, ...], ...]
    added: tuple[float, ...]


def write_beginnings(
    run: Run, found: Beginnings, *, settings: SampleConfig, songs: int, tunes: int
) -> None:
    """Keep it with its run. Raises StorageError."""
    summary = run.summary
    document = PhrasesDocument(
        corpus=run.config.corpus,
        settings=settings,
        songs=songs,
        tunes=tunes,
        weights_sha256=summary.weights_sha256 if summary else None,
        created=now(),
        cuts=CUTS,
        weights=tuple(map(tuple, found.weights.tolist())),
        added=tuple(found.added.tolist()),
    )
    # Compact: a number a line would be most of it.
    replace_file(run.path / FILE, document.to_json(compact=True))


def read_beginnings(run: Run) -> Beginnings | None:
    """What a run's phrases are chosen by; None when it has nothing. Raises DamagedRunError."""
    path = run.path / FILE
    try:
        document = PhrasesDocument.read(path)
    except FileNotFoundError:
        return None
    again = f"make it again with `songrnn typicality {run.name}`."
    stages = len(CUTS) + 1
    widths = {len(row) for row in document.weights}
    if (
        document.cuts != CUTS
        or not len(document.added) == len(document.weights) == stages
        or widths not in ({SIZE}, {SIZE - MOTIFS})
        or not all(np.isfinite(row).all() for row in (*document.weights, document.added))
    ):
        raise DamagedRunError(f"{path}: it was made by another version of the lab; {again}")
    summary = run.summary
    if summary and document.weights_sha256 and summary.weights_sha256 != document.weights_sha256:
        raise DamagedRunError(
            f"{path}: it was made from songs of other weights than the run has now; {again}"
        )
    weights = np.array(document.weights)
    if widths != {SIZE}:  # learned before motifs were measured
        weights = np.insert(weights, [PLACES] * MOTIFS, 0.0, axis=1)
    return Beginnings(weights, np.array(document.added))
