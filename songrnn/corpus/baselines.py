"""Baselines: what simpler predictors make of the same symbols, in bits per character.

An n-gram model is trained on the training tunes and then fixed, as a network is. PPMd, a
compressor, adapts: it keeps learning while it reads the split, so its figure is called
"PPMd order 12, adaptive: it learns while it reads".
"""

import contextlib
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import FiniteFloat, TypeAdapter

from songrnn.corpus.tunebook import Split, Tunebook
from songrnn.corpus.vocabulary import END, START, Vocabulary
from songrnn.disk import read_bytes, replace_file
from songrnn.errors import CorpusError, SongRNNError
from songrnn.paths import corpus_directory

ORDERS = tuple(range(1, 11))
PPMD_ORDER = 12
# More than any corpus of this lab needs: PPMd forgets everything when its memory is full.
_PPMD_MEMORY = 512 << 20
_FILE = "baselines.json"
# What it and its key were called at first; still read.
_FORMER = ("floors.json", "floors")
BASELINE_SPLITS: tuple[Split, ...] = ("validation", "test")


def ppmd_bits_per_character(
    train: Sequence[str], split: Sequence[str], order: int = PPMD_ORDER
) -> float:
    """Bits that `split` costs PPMd (variant H, Shkarin 2002) once it has read `train`.

    One byte a symbol, END after every tune, START absent: the size of (train + split) less that
    of train, over the characters and ENDs of the split. Raises CorpusError for an empty split and
    for corpora of more than 254 distinct characters, which do not fit into bytes.
    """
    import pyppmd

    vocabulary = Vocabulary.of([*train, *split])
    if vocabulary.size > 256:
        raise CorpusError(
            f"PPMd reads bytes, and {vocabulary.size - 2} distinct characters are too many."
        )
    if not split:
        raise CorpusError("A baseline needs at least one tune to measure on.")

    def symbols(texts: Sequence[str]) -> bytes:
        return b"".join(
            vocabulary.encode(text).astype(np.uint8).tobytes() + bytes([END]) for text in texts
        )

    def size(data: bytes) -> int:
        encoder = pyppmd.Ppmd7Encoder(order, _PPMD_MEMORY)
        return len(encoder.encode(data)) + len(encoder.flush())

    before, after = symbols(train), symbols(split)
    return 8 * (size(before + after) - size(before)) / len(after)


def ngram_bits_per_character(
    train: Sequence[str], split: Sequence[str], orders: Sequence[int] = ORDERS
) -> dict[int, float]:
    """Order -> bits per character of the models of `ngram_probabilities`, END included."""
    found = zip(range(1, max(orders) + 1), _ngrams(train, split), strict=False)
    return {n: float(-np.log2(chances).mean()) for n, chances in found if n in orders}


def ngram_probabilities(
    train: Sequence[str], split: Sequence[str], order: int
) -> NDArray[np.float64]:
    """p (N,) of each of the N characters and ENDs of `split`, by an interpolated n-gram model.

    Witten-Bell interpolation (Witten & Bell 1991): with c(h) symbols seen after a context h, T(h)
    of them distinct, p(s | h) = (c(h, s) + T(h) p(s | h')) / (c(h) + T(h)), where h' is h without
    its oldest symbol; at the bottom every symbol but START is alike. An order of n looks at n − 1
    symbols, and never beyond the START of its tune. (Absolute discounting was 0.07 bits worse.)
    Raises CorpusError without tunes.
    """
    return next(itertools.islice(_ngrams(train, split), order - 1, None))


def _ngrams(train: Sequence[str], split: Sequence[str]) -> Iterator[NDArray[np.float64]]:
    """The probabilities by order 1, 2, 3, …"""
    if not train or not split:
        raise CorpusError("An n-gram model needs tunes to learn from and tunes to measure on.")
    vocabulary = Vocabulary.of([*train, *split])
    V = vocabulary.size
    # All tunes in a line, each as START, characters, END; predictions are made at all but START.
    line = np.concatenate(
        [part for t in (*train, *split) for part in ([START], vocabulary.encode(t), [END])]
    )
    predicted = line != START
    of_train = np.arange(len(line)) < sum(len(text) + 2 for text in train)
    learn, measure = predicted & of_train, predicted & ~of_train
    probabilities = np.full(int(measure.sum()), 1 / (V - 1))
    context = np.zeros(len(line), np.int64)  # a number for the symbols that came before
    for order in itertools.count(1):
        if order > 1:
            longer = np.roll(context, 1) * V + np.roll(line, 1)
            # What came before a tune is nothing: one context of its own.
            longer[~predicted] = -1
            context = np.unique(longer, return_inverse=True)[1]
        seen, counts = np.unique(context[learn] * V + line[learn], return_counts=True)
        total = np.bincount(context[learn], minlength=context.max() + 1)
        distinct = np.bincount(seen // V, minlength=context.max() + 1)
        asked = context[measure] * V + line[measure]
        at = np.minimum(np.searchsorted(seen, asked), len(seen) - 1)
        count = np.where(seen[at] == asked, counts[at], 0)
        c, t = total[context[measure]], distinct[context[measure]]
        known = c > 0
        mixed = count + t * probabilities
        probabilities[known] = mixed[known] / (c + t)[known]
        yield probabilities.copy()


def measure_baselines(
    book: Tunebook,
    *,
    data_directory: Path | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> dict[str, dict[str, float]]:
    """Split -> {"ngram_1": …, "ngram_10": …, "ppmd_12": …} in bits per character.

    For validation and test, as far as they have tunes. Computed once a corpus (some ten seconds)
    and kept in data/<corpus>/baselines.json with the hash of the tunes; a copy that cannot be
    written is no error.
    """
    path = corpus_directory(book.name, data_directory) / _FILE
    kept = stored_baselines(book, data_directory=data_directory)
    if kept is not None:
        return kept
    train = [tune.text for tune in book.split("train")]
    result: dict[str, dict[str, float]] = {}
    for i, split in enumerate(BASELINE_SPLITS):
        texts = [tune.text for tune in book.split(split)]
        if not train or not texts:
            continue
        if progress is not None:
            progress(f"n-gram models on {split}", i / len(BASELINE_SPLITS))
        result[split] = {
            f"ngram_{order}": bits for order, bits in ngram_bits_per_character(train, texts).items()
        }
        if progress is not None:
            progress(f"PPMd on {split}", (i + 0.8) / len(BASELINE_SPLITS))
        result[split][f"ppmd_{PPMD_ORDER}"] = ppmd_bits_per_character(train, texts)
    document = json.dumps({"sha256": book.sha256, "baselines": result}, indent=1)
    with contextlib.suppress(OSError, SongRNNError):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, document.encode(), durable=False)
    return result


_FIGURES = TypeAdapter(dict[str, dict[str, FiniteFloat]])


def stored_baselines(
    book: Tunebook, *, data_directory: Path | None = None
) -> dict[str, dict[str, float]] | None:
    """The baselines when they were computed before for these very tunes, else None."""
    folder = corpus_directory(book.name, data_directory)
    for file, key in ((_FILE, "baselines"), _FORMER):
        try:
            document = json.loads(read_bytes(folder / file))
            if document["sha256"] == book.sha256:
                return _FIGURES.validate_python(document[key])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
    return None
