"""The rows of a training as they come, a song kept after its validations."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from songrnn.store.history import HistoryRow
    from songrnn.store.runs import Run

_PRIME = "X:1\n"


def with_songs(run: "Run", rows: Iterable["HistoryRow"]) -> Iterator["HistoryRow"]:
    """Pass the rows on; write a song with the weights of each validation, or of every few."""
    from songrnn.errors import QuotaError, StorageError
    from songrnn.store.samples import SampleSong, add_sample, wanted_after

    epochs = run.config.training.epochs
    for row in rows:
        if row.split == "validation" and wanted_after(row.epoch, epochs):
            # A full disk ends a training where it can say so, when it keeps its own rows.
            with suppress(QuotaError, StorageError):
                add_sample(run.path, SampleSong(epoch=row.epoch, text=_song(run)))
        yield row


def _song(run: "Run") -> str:
    from songrnn.config import SampleConfig
    from songrnn.generation.composer import compose
    from songrnn.model.engine import Engine

    weights = run.weights("last.safetensors")
    engine = Engine(run.config.model, run.vocabulary.size, weights)
    config = SampleConfig(temperature=0.7, limit=400)
    # Begun as Compose begins. From nothing at all, the first steps of a training show as noise: a
    # first character that no tune begins with leads to others like it, however well what follows a
    # beginning has been learned by then.
    prime = "" if run.vocabulary.unknown(_PRIME) else _PRIME
    return compose(engine, run.vocabulary, prime=prime, config=config, seed=1).text
