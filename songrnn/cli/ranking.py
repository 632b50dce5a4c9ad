"""The best of many songs, for `songrnn generate --best`."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from songrnn.errors import SongRNNError

if TYPE_CHECKING:
    from songrnn.generation.composition import Composition
    from songrnn.quality.novelty import Index
    from songrnn.quality.ranking import Rank, RankBy
    from songrnn.store.runs import Run


def best_of(
    songs: Iterable["Composition"],
    best: int | None,
    by: "RankBy",
    run: "Run",
    index: "Index | None",
) -> Iterator[tuple["Composition", "Rank | None"]]:
    """The best songs with their ranks, the best first; all of them as they come without `best`.

    Raises SongRNNError when the run has nothing to rank by.
    """
    if best is None:
        yield from ((song, None) for song in songs)
        return
    from songrnn.quality.ranking import rank
    from songrnn.quality.typicality_file import read_typicality

    typicality = read_typicality(run) if by == "typicality" else None
    if by == "typicality" and typicality is None:
        raise SongRNNError(
            f"{run.name} has not learned what is typical yet; let it, with `songrnn typicality "
            f"{run.name}`, or choose --rank-by likelihood or none."
        )
    if index is None and by != "none":
        click.echo("How much the songs copy is not known, so none is held back for it.", err=True)
    yield from rank(list(songs), by, typicality=typicality, index=index)[:best]
