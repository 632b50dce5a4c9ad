"""What a song's figures are compared with: training tunes it may have copied, and real tunes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from songrnn.corpus.tunebook import Tune, Tunebook
from songrnn.notation.reader import read
from songrnn.notation.reading import Reading
from songrnn.quality.ear import Ear
from songrnn.quality.form import NAMES as FORM
from songrnn.quality.novelty import Index, Novelty
from songrnn.quality.validity import FEWEST_BARS, Validity, assess, shares


@dataclass(frozen=True, eq=False)
class QualityReference:
    """A corpus to judge songs by: the index of its training tunes, means of its real tunes.

    means: figure -> mean over the `tunes` validation tunes. all_bars_right: of those tunes with
    eight bars or more the share whose bars are all right; None without such a tune.
    """

    book: Tunebook
    index: Index
    means: dict[str, float]
    tunes: int
    all_bars_right: float | None
    cache: Path | None = None

    @cached_property
    def ear(self) -> Ear | None:
        """What tells songs from this corpus's tunes; None when those are too few, or not measured."""
        return None if self.cache is None else Ear.kept(self.book, self.cache)

    def find(self, id: str) -> Tune:
        """A tune of the corpus by its id."""
        return self.book.find(id)


def training_index(book: Tunebook, cache: Path) -> Index:
    """The index of the training tunes, kept in the cache folder."""
    return Index.kept(cache / f"novelty-{book.sha256[:16]}.npz", book.split("train"))


def build_reference(book: Tunebook, cache: Path, *, measured: bool = True) -> QualityReference:
    """Index the training tunes and measure the validation tunes: some seconds for folk.

    measured: without it the validation tunes are left alone, and there are no means.
    """
    index = training_index(book, cache)
    if not measured:
        return QualityReference(book, index, {}, 0, None)
    judged, figures = [], dict[str, list[float]]()
    for tune in book.split("validation"):
        reading = read(tune.text)
        judged.append(assess(reading))
        found = index.look_up(reading)
        for name in ("seen_notes", "longest_notes", "longest_characters", "nearest_share"):
            if (value := getattr(found, name)) is not None:
                figures.setdefault(name, []).append(float(value))
    figures = {name: list(values) for name, values in shares(judged).items()} | figures
    means = {name: float(np.mean(values)) for name, values in figures.items() if len(values)}
    return QualityReference(book, index, means, len(judged), _all_right(judged), cache)


def song_record(reading: Reading, *, ended: bool, index: Index | None) -> dict[str, Any]:
    """The figures of one song as plain data; see MEANINGS of validity and novelty.

    novelty: share of its runs of eight notes that no training tune has in any key, 0 to 1; None
    without an index or without so many notes.
    """
    judged = assess(reading, ended=ended)
    new = index.look_up(reading) if index is not None else None
    return {
        "bars": judged.bars,
        "right_bars": judged.right_bars,
        "well_formed": judged.well_formed,
        "valid": judged.well_formed,  # its name in files and output of before
        "novelty": _novelty(new),
        "problems": judged.problems,
        "errors": judged.errors,
        "in_key": judged.in_key,
        "ends_on_tonic": judged.ends_on_tonic,
        "range": judged.range,
        "repeated_bars": judged.repeated_bars,
        "form": judged.form,
        **{name: getattr(judged.shape, name) for name in FORM},
        "longest_notes": new.longest_notes if new else None,
        "longest_characters": new.longest_characters if new else None,
        "nearest_tune": new.nearest if new else None,
        "nearest_share": new.nearest_share if new else None,
    }


def _novelty(found: Novelty | None) -> float | None:
    return None if found is None or found.seen_notes is None else 1 - found.seen_notes


def _all_right(judged: Sequence[Validity]) -> float | None:
    whole = [tune.right_bars == 1 for tune in judged if tune.bars >= FEWEST_BARS]
    return sum(whole) / len(whole) if whole else None
