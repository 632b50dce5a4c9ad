"""Recording what all units do on many tunes, a batch at a time, never all at once.

T characters, N units (quantity × layer × neuron), L layers, H neurons of a layer.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.inspection.batch_reader import TextBatch, batches, readable_tunes
from songrnn.inspection.properties import COLUMNS, property_table
from songrnn.inspection.units import QUANTITIES, Unit, units_of
from songrnn.model.engine import Engine
from songrnn.notation.reader import read

# Characters and tunes of a batch; gates are recorded at every GATE_STRIDE-th character.
_BATCH_CHARACTERS = 8192
_BATCH_TUNES = 64
GATE_STRIDE = 8


@dataclass(frozen=True, eq=False)
class AnnotatedText:
    """A tune to read. ids: (T,) characters; table: (T, COLUMNS) properties; fitted: whether lines
    are fitted on it (else they are measured on it)."""

    tune: str
    ids: NDArray[np.int64]
    table: NDArray[np.float32]
    fitted: bool


@dataclass(frozen=True, eq=False)
class RecordedBatch:
    """What all units did on some texts, one after the other.

    texts: which ones, indices. starts: (texts + 1,) rows where each begins, and the end.
    values: (T, N), of the cell state the tanh. gates: name -> (rows, L, H), of every
    GATE_STRIDE-th character.
    """

    texts: tuple[int, ...]
    starts: NDArray[np.int64]
    values: NDArray[np.float32]
    gates: dict[str, NDArray[np.float32]]

    def each_text(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """(index, values (T, N)) of every text."""
        for row, text in enumerate(self.texts):
            yield text, self.values[self.starts[row] : self.starts[row + 1]]


@dataclass(frozen=True, eq=False)
class Activity:
    """What all units did on some tunes. values: (T, N) float32, tunes one after the other.

    units: which each of the N columns is. table: (T, COLUMNS) properties. ids: (T,) the characters
    read. tunes, starts: which tunes, and where each begins. fitted: (T,) whether lines are fitted
    on its tune.
    """

    values: NDArray[np.float32]
    units: tuple[Unit, ...]
    table: NDArray[np.float32]
    ids: NDArray[np.int64]
    tunes: tuple[str, ...]
    starts: NDArray[np.int64]
    fitted: NDArray[np.bool_]


def annotate_texts(
    vocabulary: Vocabulary,
    measured: Sequence[Tune],
    fitted: Sequence[Tune] = (),
    *,
    progress: Callable[[float], None] | None = None,
) -> list[AnnotatedText]:
    """Texts with their properties. Without `fitted`, every second of `measured` is to fit on.

    Tunes with characters that the vocabulary lacks are left out.
    """
    known = [tune for tune in measured if not vocabulary.unknown(tune.text)]
    flags = [not fitted and number % 2 == 0 for number in range(len(known))]
    others = [tune for tune in fitted if not vocabulary.unknown(tune.text)]
    found = []
    for number, (tune, flag) in enumerate(
        zip([*known, *others], [*flags, *[True] * len(others)], strict=True)
    ):
        table = property_table(read(tune.text))
        found.append(AnnotatedText(tune.id, vocabulary.encode(tune.text), table, flag))
        if progress is not None:
            progress((number + 1) / (len(known) + len(others)))
    return found


def draw_tunes(tunes: Sequence[Tune], characters: int, rng: np.random.Generator) -> list[Tune]:
    """Tunes at random, together at least `characters` long if there are enough."""
    chosen, size = [], 0
    for number in rng.permutation(len(tunes)):
        if size >= characters:
            break
        chosen.append(tunes[number])
        size += len(tunes[number].text)
    return chosen


def record_batches(
    engine: Engine,
    texts: Sequence[NDArray[np.int64]],
    *,
    gates: bool = False,
    progress: Callable[[float], None] | None = None,
) -> Iterator[RecordedBatch]:
    """Read the texts, (T,) characters each, from the zero state; those without any are left out."""
    there = [i for i in range(len(texts)) if len(texts[i])]
    for batch in batches(
        engine,
        [texts[i] for i in there],
        most_texts=_BATCH_TUNES,
        most_symbols=_BATCH_CHARACTERS,
        progress=progress,
    ):
        yield _recorded(engine, batch, [there[i] for i in batch.texts], gates=gates)


def record_activity(
    engine: Engine,
    texts: Sequence[AnnotatedText],
    *,
    progress: Callable[[float], None] | None = None,
) -> Activity:
    """What all units do on texts that memory holds at once."""
    parts: dict[int, NDArray[np.float32]] = {}
    for batch in record_batches(engine, [text.ids for text in texts], progress=progress):
        parts |= dict(batch.each_text())
    return join(texts, [parts.get(i) for i in range(len(texts))], units_of(engine))


def record_drawn(
    engine: Engine,
    vocabulary: Vocabulary,
    tunes: Sequence[Tune],
    most: int,
    rng: np.random.Generator,
    *,
    progress: Callable[[float], None] | None = None,
) -> Activity:
    """What all units do on up to `most` tunes drawn from those that the network can read.

    Raises ConfigError when it can read none.
    """
    known = readable_tunes(tunes, vocabulary)
    chosen = [known[i] for i in rng.permutation(len(known))[:most]]
    return record_activity(engine, annotate_texts(vocabulary, chosen), progress=progress)


def join(
    texts: Sequence[AnnotatedText],
    values: Sequence[NDArray[np.float32] | None],
    units: tuple[Unit, ...],
) -> Activity:
    """Texts with what the units did on each, (T, N) or None for a text without characters."""
    empty = np.zeros((0, len(units)), np.float32)
    sizes = [len(text.ids) for text in texts]
    return Activity(
        np.concatenate([empty, *(part for part in values if part is not None)]),
        units,
        np.concatenate([np.zeros((0, COLUMNS), np.float32), *(text.table for text in texts)]),
        np.concatenate([np.zeros(0, np.int64), *(text.ids for text in texts)]),
        tuple(text.tune for text in texts),
        np.cumsum([0, *sizes], dtype=np.int64)[:-1],
        np.repeat(np.array([text.fitted for text in texts], np.bool_), sizes),
    )


def _recorded(
    engine: Engine, batch: TextBatch, texts: Sequence[int], *, gates: bool
) -> RecordedBatch:
    stepper, sizes = batch.stepper, batch.sizes
    longest, L, H = int(sizes.max()), engine.config.layers, engine.config.hidden_size
    layers = [
        (quantity, layer)
        for quantity in QUANTITIES
        if quantity in engine.quantities
        for layer in range(L)
    ]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    values = np.empty((starts[-1], len(layers) * H), np.float32)
    kept: dict[str, list[NDArray[np.float32]]] = {
        name: [] for name in engine.quantities if gates and name.endswith("_gate")
    }
    stepper.feed(batch.inputs[0])
    for t, symbols in enumerate(batch.inputs[1:]):
        stepper.feed(symbols)
        reading = int(np.searchsorted(-sizes, -t))  # the longest come first
        rows = starts[:reading] + t
        for number, (quantity, layer) in enumerate(layers):
            values[rows, number * H : (number + 1) * H] = stepper.values(quantity, layer)[:reading]
        if t % GATE_STRIDE == 0:
            for name, found in kept.items():
                found.append(np.stack([stepper.values(name, layer) for layer in range(L)]))
    for number, (quantity, _) in enumerate(layers):
        if quantity == "cell":
            part = values[:, number * H : (number + 1) * H]
            np.tanh(part, part)
    there = np.arange(-(-longest // GATE_STRIDE))[:, None] * GATE_STRIDE < sizes  # (rows, B)
    shown = {name: np.stack(found, 1)[:, there].transpose(1, 0, 2) for name, found in kept.items()}
    return RecordedBatch(tuple(texts), starts, values, shown)
