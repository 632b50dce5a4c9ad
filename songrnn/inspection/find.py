"""Select and find: which neurons mark these characters, and where else a neuron does what it does.

`select` compares, for every neuron, the characters that a person marked in a text with the other
characters of the same text. Of hundreds of neurons some are always higher on a few characters by
chance, so each carries the chance that any neuron at all would stand out as much, had the marks
been laid elsewhere: all circular shifts of the marks along the text are tried.

`search` reads a corpus and finds the places where one neuron is above or below a value.

T characters of a text, L layers, H units.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import END, START, Vocabulary
from songrnn.errors import ConfigError
from songrnn.inspection.activations import ActivationMap
from songrnn.inspection.index import Example, NeuronIndex
from songrnn.metrics import auroc
from songrnn.model.engine import Engine
from songrnn.model.state import State

Floats = NDArray[np.float64]
# Of what labels are given for, and so what is looked at.
QUANTITIES = ("hidden", "cell")
MOST = 20
# A deviation as small as this is that of a neuron which does nothing.
_STILL = 1e-6
_SIDE_BY_SIDE = 64


@dataclass(frozen=True)
class Match:
    """A neuron that sets the marked characters apart; layer and neuron from 0.

    difference: its mean on the marked characters less its mean on the others, in units of its
    standard deviation (over the corpus when there is an index, else over this text): the score,
    positive when it is high there and negative when it is low. on, off: those two means.
    auroc: the chance that it is higher on a marked character than on another. p: share of all
    circular shifts of the marks, the real one among them, with which some neuron of all that were
    looked at differs as much as this one.
    """

    quantity: str
    layer: int
    neuron: int
    difference: float
    on: float
    off: float
    auroc: float
    p: float


@dataclass(frozen=True)
class Selection:
    """Matches, those that differ most first. marked, others: characters compared.

    neurons: how many were looked at. scale: "corpus" or "text", what deviations are of.
    """

    matches: tuple[Match, ...]
    marked: int
    others: int
    neurons: int
    scale: str


def select(
    seen: ActivationMap,
    spans: Sequence[tuple[int, int]],
    *,
    index: NeuronIndex | None = None,
    quantities: Sequence[str] = QUANTITIES,
    most: int = MOST,
) -> Selection:
    """The neurons that are on at the marked characters and off elsewhere, or the other way round.

    spans: half-open ranges of characters, which may overlap and lie in any order. index: of the
    same run, for deviations over the corpus. Of the cell state the tanh is looked at. Raises
    ConfigError when no character is marked, or all are.
    """
    T = len(seen.text)
    marks = np.zeros(T, np.bool_)
    for start, end in spans:
        marks[max(start, 0) : max(end, 0)] = True
    if not marks.any():
        raise ConfigError("Mark at least one character of the text.")
    if marks.all():
        raise ConfigError("Every character is marked; leave some out, to compare them with.")
    names = [name for name in quantities if name in seen.quantities]
    values = np.concatenate(
        [
            np.tanh(layer) if name == "cell" else layer
            for name in names
            for layer in np.asarray(seen.quantities[name], np.float64)
        ],
        axis=1,
    )  # (T, N)
    columns = [
        (name, layer, unit)
        for name in names
        for layer in range(len(seen.quantities[name]))
        for unit in range(seen.quantities[name].shape[2])
    ]
    deviations = _deviations(values, columns, index)
    differences = _shifted_differences(values, marks) / deviations  # (T, N)
    largest = np.sort(np.abs(differences).max(axis=1))  # over neurons, a value a shift
    mine = differences[0]
    order = np.argsort(-np.abs(mine), kind="stable")[:most]
    areas = auroc(values[:, order], marks)
    matches = tuple(
        Match(
            quantity=columns[n][0],
            layer=columns[n][1],
            neuron=columns[n][2],
            difference=float(mine[n]),
            on=float(values[marks, n].mean()),
            off=float(values[~marks, n].mean()),
            auroc=float(area),
            p=float(np.mean(largest >= abs(mine[n]) * (1 - 1e-9))),
        )
        for n, area in zip(order, areas, strict=True)
    )
    marked = int(marks.sum())
    return Selection(matches, marked, T - marked, len(columns), "corpus" if index else "text")


def _deviations(
    values: Floats, columns: Sequence[tuple[str, int, int]], index: NeuronIndex | None
) -> Floats:
    found = values.std(axis=0)
    if index is not None:
        for n, column in enumerate(columns):
            row = index.place_of(*column)
            if row is not None:
                found[n] = index.moments[row, 1]
    return np.where(found > _STILL, found, np.inf)


def _shifted_differences(values: Floats, marks: NDArray[np.bool_]) -> Floats:
    """(T, N): for every circular shift of the marks, mean where they are less mean elsewhere."""
    T, n = len(marks), int(marks.sum())
    centred = values - values.mean(axis=0)
    # Row s is the sum of the values under the marks moved on by s characters.
    sums = np.fft.irfft(
        np.fft.rfft(centred, axis=0) * np.conj(np.fft.rfft(marks.astype(np.float64)))[:, None],
        n=T,
        axis=0,
    )
    # What lies under the marks and what does not add up to zero.
    return sums * (1 / n + 1 / (T - n))


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


def threshold_of(
    index: NeuronIndex, quantity: str, layer: int, neuron: int, quantile: float
) -> float:
    """The value below which a neuron is at this share (0…1) of the corpus's characters.

    Raises ConfigError when the index does not have the neuron.
    """
    row = index.place_of(quantity, layer, neuron)
    if row is None:
        raise ConfigError(f"There is no neuron {neuron} in layer {layer + 1} ({quantity}).")
    known = index.quantiles[row]
    return float(np.interp(quantile, np.linspace(0, 1, len(known)), known))


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
    config = engine.config
    there = quantity in QUANTITIES and quantity in engine.quantities
    if not (there and 0 <= layer < config.layers and 0 <= neuron < config.hidden_size):
        raise ConfigError(f"There is no neuron {neuron} in layer {layer + 1} ({quantity}).")
    known = [tune for tune in tunes if not vocabulary.unknown(tune.text)]
    found: list[Example] = []
    characters = 0
    values = _values(engine, vocabulary, known, quantity, layer, neuron, progress)
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
    quantity: str,
    layer: int,
    neuron: int,
    progress: Callable[[float], None] | None,
) -> Mapping[int, NDArray[np.float32]]:
    """One neuron's value at every character of every tune that has any."""
    ids = [vocabulary.encode(tune.text) for tune in tunes]
    order = sorted((i for i in range(len(ids)) if len(ids[i])), key=lambda i: -len(ids[i]))
    found: dict[int, NDArray[np.float32]] = {}
    stepper = None
    for begin in range(0, len(order), _SIDE_BY_SIDE):
        group = order[begin : begin + _SIDE_BY_SIDE]
        if stepper is None or stepper.batch != len(group):
            stepper = engine.batch_stepper(len(group))
        stepper.load(State.zeros(engine.config, len(group)))
        longest = len(ids[group[0]])
        inputs = np.full((longest + 1, len(group)), END, np.int64)
        inputs[0] = START
        for row, i in enumerate(group):
            inputs[1 : len(ids[i]) + 1, row] = ids[i]
        noted = np.empty((longest + 1, len(group)), np.float32)
        for t, symbols in enumerate(inputs):
            stepper.feed(symbols)
            noted[t] = stepper.values(quantity, layer, neuron)
        if quantity == "cell":
            np.tanh(noted, noted)
        for row, i in enumerate(group):
            found[i] = noted[1 : len(ids[i]) + 1, row]
        if progress is not None:
            progress((begin + len(group)) / len(order))
    return found
