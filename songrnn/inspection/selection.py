"""Select: which neurons mark these characters of a text?

For every neuron, the characters that a person marked in a text are compared with the other
characters of the same text. Of hundreds of neurons some are always higher on a few characters by
chance, so each carries the chance that any neuron at all would stand out as much, had the marks
been laid elsewhere: all circular shifts of the marks along the text are tried.

T characters of a text, N units.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.errors import ConfigError
from songrnn.inspection.activations import ActivationMap
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.units import QUANTITIES
from songrnn.metrics import auroc

Floats = NDArray[np.float64]
MOST = 20
# A deviation as small as this is that of a neuron which does nothing.
_STILL = 1e-6


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
    ConfigError for a span beyond the text, and when no character is marked, or all are.
    """
    T = len(seen.text)
    marks = np.zeros(T, np.bool_)
    for start, end in spans:
        if not 0 <= start < end <= T:
            raise ConfigError(f"The text has {T} characters; {start}:{end} is not a part of it.")
        marks[start:end] = True
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
            row = index.find_row(*column)
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
