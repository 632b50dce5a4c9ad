"""Characters to fit probes on, to choose their penalty on, and to measure them on.

Training tunes are divided by family: most are fitted on, the others set aside for the penalty.
Validation tunes are measured on. Of each tune every so many characters are taken.

n characters, N units, LAGS last characters of V symbols.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import START, Vocabulary
from songrnn.inspection.batch_reader import readable_tunes
from songrnn.inspection.memory.features import LAGS
from songrnn.inspection.probes.tasks import targets
from songrnn.inspection.recording import draw_tunes, record_batches
from songrnn.inspection.units import units_of
from songrnn.model.engine import Engine
from songrnn.notation.reader import read

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Part = Literal["fitted", "aside", "held"]
# Characters of each part that are taken, about.
SIZES: dict[Part, int] = {"fitted": 24_000, "aside": 6_000, "held": 24_000}
# One family in so many is set aside.
_ASIDE = 5


@dataclass(frozen=True, eq=False)
class Sample:
    """Chosen characters of some tunes. texts: (T,) symbols of each; rows: those chosen of each.

    owner: (n,) the tune of each; truth: (n, tasks); recent: (n, LAGS) the last characters, the
    newest first.
    """

    texts: tuple[NDArray[np.int64], ...]
    rows: tuple[NDArray[np.int64], ...]
    owner: NDArray[np.int64]
    truth: NDArray[np.float32]
    recent: NDArray[np.int64]

    def states(
        self, engine: Engine, progress: Callable[[float], None] | None = None
    ) -> NDArray[np.float32]:
        """(n, N) what all units are after each chosen character."""
        ends = np.cumsum([0, *map(len, self.rows)])
        found = np.empty((ends[-1], len(units_of(engine))), np.float32)
        for batch in record_batches(engine, self.texts, progress=progress):
            for i, values in batch.each_text():
                found[ends[i] : ends[i + 1]] = values[self.rows[i]]
        return found

    def last_characters(self, symbols: int) -> "csr_matrix":
        """(n, LAGS · V) one 1 for each of the last characters."""
        from scipy.sparse import csr_matrix

        n = len(self.recent)
        columns = (self.recent + symbols * np.arange(LAGS)).ravel()
        rows = np.repeat(np.arange(n), LAGS)
        ones = np.ones(n * LAGS, np.float32)
        return csr_matrix((ones, (rows, columns)), shape=(n, LAGS * symbols))


def draw_samples(
    vocabulary: Vocabulary,
    training: Sequence[Tune],
    validation: Sequence[Tune],
    *,
    seed: int = 0,
    characters: int = 200_000,
) -> dict[Part, Sample]:
    """The three parts. characters: of training tunes that are drawn. Raises ConfigError when the
    network can read none of the tunes."""
    rng = np.random.default_rng(seed)
    drawn = draw_tunes(readable_tunes(training, vocabulary), characters, rng)
    aside = [tune for tune in drawn if _aside(tune)]
    tunes: dict[Part, Sequence[Tune]] = {
        "fitted": [tune for tune in drawn if not _aside(tune)] or drawn,
        "aside": aside or drawn[:1],
        "held": readable_tunes(validation, vocabulary),
    }
    return {part: _sample(vocabulary, each, SIZES[part], rng) for part, each in tunes.items()}


def draw_all(vocabulary: Vocabulary, training: Sequence[Tune]) -> Sample:
    """Every character of all training tunes that can be read and whose family is not set aside.
    Raises ConfigError when the network can read none of the tunes."""
    known = readable_tunes(training, vocabulary)
    tunes = [tune for tune in known if not _aside(tune)] or known
    size = sum(len(tune.text) for tune in tunes)
    return _sample(vocabulary, tunes, size, np.random.default_rng(0))


def _aside(tune: Tune) -> bool:
    """Whether the tune's family is set aside: a part of its hash decides."""
    return hashlib.sha256((tune.family or tune.id).encode()).digest()[0] % _ASIDE == 0


def _sample(
    vocabulary: Vocabulary, tunes: Sequence[Tune], size: int, rng: np.random.Generator
) -> Sample:
    texts = [vocabulary.encode(tune.text) for tune in tunes]
    stride = max(1, sum(map(len, texts)) // size)
    rows = [np.arange(int(rng.integers(stride)), len(text), stride) for text in texts]
    truth = [targets(read(tune.text))[chosen] for tune, chosen in zip(tunes, rows, strict=True)]
    recent = []
    for text, chosen in zip(texts, rows, strict=True):
        padded = np.concatenate([np.full(LAGS - 1, START, np.int64), text])
        recent.append(padded[chosen[:, None] + LAGS - 1 - np.arange(LAGS)])
    return Sample(
        texts=tuple(texts),
        rows=tuple(rows),
        owner=np.repeat(np.arange(len(texts)), [len(chosen) for chosen in rows]),
        truth=np.concatenate(truth),
        recent=np.concatenate(recent).astype(np.int64),
    )
