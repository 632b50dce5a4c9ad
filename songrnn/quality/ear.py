"""An ear for a corpus: the traits of its held-out tunes, and what songs are told from them by.

The judge of `two_sample` needs real tunes to compare with, and a control: validation tunes against
test tunes. Both take seconds for folk and are kept in the cache folder.
"""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.tunebook import Tunebook
from songrnn.disk import replace_file
from songrnn.errors import StorageError
from songrnn.quality.traits import NAMES, table
from songrnn.quality.two_sample import FEWEST, Giveaway, giveaways, two_sample_auc
from songrnn.statistics import Interval
from songrnn.store.arrays import open_arrays

# Changes whenever a trait or the judge does.
_FORMAT = 1
_LARGEST_FILE = 1 << 28


@dataclass(frozen=True)
class Heard:
    """How well songs are told from real tunes, the control, and the traits by what they tell."""

    auc: Interval
    control: Interval
    giveaways: tuple[Giveaway, ...]


@dataclass(frozen=True, eq=False)
class Ear:
    """real (m, traits): of the validation tunes, with their families; control: against test tunes."""

    real: NDArray[np.float64]
    families: tuple[str, ...]
    control: Interval

    @classmethod
    def of(cls, book: Tunebook) -> "Ear | None":
        """An ear for a corpus; None when it has too few held-out tunes."""
        held, others = book.split("validation"), book.split("test")
        if min(len(held), len(others)) < FEWEST:
            return None
        real, other = (table([tune.text for tune in side]) for side in (held, others))
        families = tuple(tune.family for tune in held)
        control = two_sample_auc(other, real, families, [tune.family for tune in others])
        return cls(real, families, control)

    @classmethod
    def kept(cls, book: Tunebook, cache: Path) -> "Ear | None":
        """The same from the cache folder; made and kept there when it is not, or cannot be read."""
        path = cache / f"ear-{book.sha256[:16]}.npz"
        families = tuple(tune.family for tune in book.split("validation"))
        try:
            with open_arrays(path, most=_LARGEST_FILE) as found:
                if int(found.read("format", dtypes=["i8"], shape=[])) != _FORMAT:
                    raise ValueError("another format")
                real = found.read("real", dtypes=["f8"], shape=[len(families), len(NAMES)])
                auc, low, high, n = found.read("control", dtypes=["f8"], shape=[4]).tolist()
            return cls(real, families, Interval(auc, low, high, int(n)))
        except (OSError, ValueError, KeyError, BadZipFile):
            ear = cls.of(book)
        if ear is not None:
            buffer = io.BytesIO()
            told = ear.control
            control = np.array([told.estimate, told.low, told.high, told.n])
            np.savez(buffer, format=np.array(_FORMAT), real=ear.real, control=control)
            with contextlib.suppress(OSError, StorageError):  # a convenience, not worth an error
                path.parent.mkdir(parents=True, exist_ok=True)
                replace_file(path, buffer.getvalue(), durable=False, most=_LARGEST_FILE)
        return ear

    def hear(self, songs: NDArray[np.float64]) -> Heard | None:
        """Songs by their traits (n, traits) against the real tunes; None for too few of them."""
        if len(songs) < FEWEST:
            return None
        auc = two_sample_auc(songs, self.real, self.families)
        return Heard(auc, self.control, tuple(giveaways(songs, self.real)))

    def listen(self, texts: Sequence[str]) -> Heard | None:
        """Songs against the real tunes; None for too few of them."""
        return self.hear(table(texts)) if len(texts) >= FEWEST else None
