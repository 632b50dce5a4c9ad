"""Search: where in a corpus is a neuron above or below a value?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.inspection.batch_reader import batches
from songrnn.inspection.index import Example
from songrnn.inspection.units import no_such_neuron, units_of
from songrnn.model.engine import Engine

MOST = 20
_BATCH_TUNES = 64


@dataclass(frozen=True)
class Search:
    """Places where a neuron is beyond `threshold`, one a tune, the strongest first.

    tunes: how many have such a character, of `read`; characters: how many are such, of `of`.
    skipped: tunes with characters that the run does not know.
    """

    places: tuple[Example, ...]
    threshold: float
    above: bool
    tunes: int
    read: int
    characters: int
    of: int
    skipped: int


def search(
    engine: Engine,
    vocabulary: Vocabulary,
    tunes: Sequence[Tune],
    quantity: str,
    layer: int,
    neuron: int,
    threshold: float,
    *,
    above: bool = True,
    most: int = MOST,
    progress: Callable[[float], None] | None = None,
) -> Search:
    """Read `tunes` and find where a neuron is at least (or, not `above`, at most) `threshold`.

    quantity: "hidden" or "cell", of which the tanh is meant. A place is the character of a tune
    where the neuron goes furthest. Raises ConfigError when there is no such neuron.
    """
    if (quantity, layer, neuron) not in units_of(engine):
        raise no_such_neuron(quantity, layer, neuron)
    known = [tune for tune in tunes if not vocabulary.unknown(tune.text)]
    found: list[Example] = []
    characters = 0
    values = _values(engine, vocabulary, known, (quantity, layer, neuron), progress)
    for i, of_tune in values.items():
        beyond = of_tune >= threshold if above else of_tune <= threshold
        if not beyond.any():
            continue
        characters += int(beyond.sum())
        at = int(of_tune.argmax() if above else of_tune.argmin())
        found.append(Example(known[i].id, at, float(of_tune[at])))
    found.sort(key=lambda each: (-each.value if above else each.value, each.tune))
    return Search(
        places=tuple(found[:most]),
        threshold=threshold,
        above=above,
        tunes=len(found),
        read=len(known),
        characters=characters,
        of=sum(map(len, values.values())),
        skipped=len(tunes) - len(known),
    )


def _values(
    engine: Engine,
    vocabulary: Vocabulary,
    tunes: Sequence[Tune],
    unit: tuple[str, int, int],
    progress: Callable[[float], None] | None,
) -> Mapping[int, NDArray[np.float32]]:
    """One unit's value at every character of every tune that has any."""
    ids = [vocabulary.encode(tune.text) for tune in tunes]
    found: dict[int, NDArray[np.float32]] = {}
    for batch in batches(engine, ids, most_texts=_BATCH_TUNES, progress=progress):
        values = np.empty(batch.inputs.shape, np.float32)
        for t, symbols in enumerate(batch.inputs):
            batch.stepper.feed(symbols)
            values[t] = batch.stepper.values(*unit)
        if unit[0] == "cell":
            np.tanh(values, values)
        for row, i in enumerate(batch.texts):
            if len(ids[i]):
                found[i] = values[1 : len(ids[i]) + 1, row]
    return found
