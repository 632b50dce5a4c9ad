"""Labels of activity that is held in memory: the parts of a streaming measurement, by hand."""

from collections.abc import Callable

import numpy as np
import pytest

from songrnn.inspection.labelling import Evidence, NeuronLabel, label_units
from songrnn.inspection.properties import FIRST_COLUMN
from songrnn.inspection.recording import Activity
from songrnn.inspection.scoring import scores
from songrnn.inspection.shifted_null import null_maxima
from songrnn.inspection.sums import Sums, Tally

BothSums = Callable[[Activity], tuple[Sums, Sums]]
Labelled = Callable[[Activity, np.random.Generator, int], list[NeuronLabel]]


def _both_sums(activity: Activity) -> tuple[Sums, Sums]:
    halves = []
    for rows in (activity.fitted, ~activity.fitted):
        tally = Tally(activity.values.mean(axis=0))
        tally.add(activity.values[rows], activity.table[rows], activity.ids[rows])
        halves.append(tally.sums())
    return halves[0], halves[1]


def _labelled(activity: Activity, rng: np.random.Generator, shifts: int) -> list[NeuronLabel]:
    found = scores(*_both_sums(activity))
    maxima = null_maxima(activity, rng, shifts=shifts)
    rows = ~activity.fitted
    evidence = Evidence(activity.values[rows], activity.table[rows])
    n = np.isfinite(activity.table[rows][:, FIRST_COLUMN]).sum(axis=0)
    return label_units(activity.units, found, maxima, evidence, n)


@pytest.fixture(scope="session")
def both_sums() -> BothSums:
    """The sums of the fitted and of the other tunes."""
    return _both_sums


@pytest.fixture(scope="session")
def labelled() -> Labelled:
    """The label of every unit, or that it has none."""
    return _labelled
