"""Reading many tunes and watching all neurons: batches of tunes side by side, never all at once.

T characters, N columns (quantity × layer × unit), L layers, H units.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import END, START, Vocabulary
from songrnn.inspection.properties import COLUMNS, properties
from songrnn.model.engine import Engine
from songrnn.model.state import State
from songrnn.model.steppers import BatchStepper
from songrnn.notation.reader import read

# Characters of a batch, tunes of a batch; gates are noted at one character of so many.
_TOGETHER = 4096
_SIDE_BY_SIDE = 64
GATE_STRIDE = 8

Columns = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, eq=False)
class Text:
    """A tune to read. ids: (T,) characters; table: (T, COLUMNS) properties; fitted: whether lines
    are fitted on it (else they are measured on it)."""

    tune: str
    ids: NDArray[np.int64]
    table: NDArray[np.float32]
    fitted: bool


@dataclass(frozen=True, eq=False)
class Batch:
    """What all neurons did on some texts, one after the other.

    texts: which ones, indices. starts: (texts + 1,) rows where each begins, and the end.
    values: (T, N). gates: name -> (rows, L, H), of every GATE_STRIDE-th character.
    """

    texts: tuple[int, ...]
    starts: NDArray[np.int64]
    values: NDArray[np.float32]
    gates: dict[str, NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class Activity:
    """What all neurons did on some tunes. values: (T, N) float32, tunes one after the other.

    columns: (quantity, layer, neuron) of each of the N columns. table: (T, COLUMNS) properties.
    ids: (T,) the characters read. starts: where each tune begins. fitted: (T,) whether its tune
    is in the half that lines are fitted on.
    """

    values: NDArray[np.float32]
    columns: Columns
    table: NDArray[np.float32]
    ids: NDArray[np.int64]
    tunes: tuple[str, ...]
    starts: NDArray[np.int64]
    fitted: NDArray[np.bool_]


def columns_of(engine: Engine) -> Columns:
    """(quantity, layer, unit) of all that gets a label: hidden state, and cell state if any."""
    names = [name for name in ("hidden", "cell") if name in engine.quantities]
    H, L = engine.config.hidden_size, engine.config.layers
    return tuple((name, layer, unit) for name in names for layer in range(L) for unit in range(H))


def prepare(
    vocabulary: Vocabulary,
    measured: Sequence[Tune],
    fitted: Sequence[Tune] = (),
    *,
    progress: Callable[[float], None] | None = None,
) -> list[Text]:
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
        table = properties(read(tune.text))
        found.append(Text(tune.id, vocabulary.encode(tune.text), table, flag))
        if progress is not None:
            progress((number + 1) / (len(known) + len(others)))
    return found


def watch(
    engine: Engine,
    texts: Sequence[Text],
    *,
    gates: bool = False,
    progress: Callable[[float], None] | None = None,
) -> Iterator[Batch]:
    """Read the texts, each from the zero state, those of a like length together.

    Of the cell state the tanh is given.
    """
    order = sorted((i for i in range(len(texts)) if len(texts[i].ids)), key=_longest_first(texts))
    stepper: BatchStepper | None = None
    begin = 0
    while begin < len(order):
        longest = len(texts[order[begin]].ids) + 1
        size = min(max(_TOGETHER // longest, 1), _SIDE_BY_SIDE)
        chosen = order[begin : begin + size]
        if stepper is None or stepper.batch != len(chosen):
            stepper = engine.batch_stepper(len(chosen))
        yield _read(engine, stepper, texts, chosen, gates=gates)
        begin += len(chosen)
        if progress is not None:
            progress(begin / len(order))


def _longest_first(texts: Sequence[Text]) -> Callable[[int], tuple[int, int]]:
    return lambda i: (-len(texts[i].ids), i)


def _read(
    engine: Engine,
    stepper: BatchStepper,
    texts: Sequence[Text],
    chosen: Sequence[int],
    *,
    gates: bool,
) -> Batch:
    B, L, H = len(chosen), engine.config.layers, engine.config.hidden_size
    sizes = np.array([len(texts[i].ids) for i in chosen])
    longest = int(sizes.max())
    # Behind a text's end END is read, and nothing of it is used.
    inputs = np.full((longest + 1, B), END, np.int64)
    inputs[0] = START
    for row, i in enumerate(chosen):
        inputs[1 : sizes[row] + 1, row] = texts[i].ids
    stepper.load(State.zeros(engine.config, B))
    quantities = [name for name in ("hidden", "cell") if name in engine.quantities]
    gate_names = [name for name in engine.quantities if gates and name.endswith("_gate")]
    noted = np.empty((len(quantities), L, longest, B, H), np.float32)
    kept: dict[str, list[np.ndarray]] = {name: [] for name in gate_names}
    stepper.feed(inputs[0])
    for t in range(longest):
        stepper.feed(inputs[t + 1])
        for number, quantity in enumerate(quantities):
            for layer in range(L):
                noted[number, layer, t] = stepper.values(quantity, layer)
        if t % GATE_STRIDE == 0:
            for name, steps in kept.items():
                steps.append(np.stack([stepper.values(name, layer) for layer in range(L)]))
    starts = np.concatenate([[0], np.cumsum(sizes)])
    values = np.empty((starts[-1], len(quantities) * L * H), np.float32)
    for number, quantity in enumerate(quantities):
        for layer in range(L):
            first = (number * L + layer) * H
            for row in range(B):
                part = values[starts[row] : starts[row + 1], first : first + H]
                part[...] = noted[number, layer, : sizes[row], row]
                if quantity == "cell":
                    np.tanh(part, part)
    there = np.arange(-(-longest // GATE_STRIDE))[:, None] * GATE_STRIDE < sizes  # (rows, B)
    found = {
        name: np.stack(steps, axis=1)[:, there].transpose(1, 0, 2) for name, steps in kept.items()
    }
    return Batch(tuple(chosen), starts, values, found)


def observe(
    engine: Engine,
    vocabulary: Vocabulary,
    tunes: Sequence[Tune],
    *,
    progress: Callable[[float], None] | None = None,
) -> Activity:
    """Hidden and cell state (through tanh) of every layer on tunes that memory holds at once.

    Tunes with characters the run does not know are left out.
    """
    texts = prepare(vocabulary, tunes)
    columns = columns_of(engine)
    parts: dict[int, NDArray[np.float32]] = {}
    for batch in watch(engine, texts, progress=progress):
        for row, i in enumerate(batch.texts):
            parts[i] = batch.values[batch.starts[row] : batch.starts[row + 1]]
    return gather(texts, [parts.get(i) for i in range(len(texts))], columns)


def gather(
    texts: Sequence[Text], values: Sequence[NDArray[np.float32] | None], columns: Columns
) -> Activity:
    """Texts with what the neurons did on each, one after the other."""
    empty = np.zeros((0, len(columns)), np.float32)
    sizes = [len(text.ids) for text in texts]
    return Activity(
        np.concatenate([empty, *(part for part in values if part is not None)]),
        columns,
        np.concatenate([np.zeros((0, COLUMNS), np.float32), *(text.table for text in texts)]),
        np.concatenate([np.zeros(0, np.int64), *(text.ids for text in texts)]),
        tuple(text.tune for text in texts),
        np.cumsum([0, *sizes], dtype=np.int64)[:-1],
        np.repeat(np.array([text.fitted for text in texts], np.bool_), sizes),
    )
