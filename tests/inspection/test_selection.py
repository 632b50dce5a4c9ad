"""Marking characters finds the neurons that set them apart, with a chance that is honest."""

import numpy as np
import pytest

from songrnn.errors import ConfigError
from songrnn.inspection.activations import ActivationMap
from songrnn.inspection.selection import select

TEXT = "X:1\nK:D\n" + "DFA[ce]|GBd[fa]|" * 6
T = len(TEXT)
H = 40
MARKS = [(i, i + 4) for i, c in enumerate(TEXT) if c == "["]


def seen(values: np.ndarray, cell: np.ndarray | None = None) -> ActivationMap:
    quantities = {"hidden": values.astype(np.float32)[None]}
    if cell is not None:
        quantities["cell"] = cell.astype(np.float32)[None]
    return ActivationMap(TEXT, quantities, {}, np.empty((0, 0)), np.empty(0))


def noise(units: int = H, seed: int = 0) -> np.ndarray:
    return 0.3 * np.random.default_rng(seed).normal(size=(T, units))


def planted() -> np.ndarray:
    values = noise()
    on = np.zeros(T)
    for start, end in MARKS:
        on[start:end] = 1
    values[:, 7] += 2 * on - 1
    values[:, 9] -= 1.2 * on
    return values


def test_neurons_of_both_signs_that_mark_the_place_come_first() -> None:
    found = select(seen(planted()), MARKS)
    first, second = found.matches[:2]
    assert (first.neuron, second.neuron) == (7, 9)
    assert first.difference > 0 > second.difference
    assert first.auroc > 0.95
    assert second.auroc < 0.05
    # The marks come back every 8 characters, so every eighth shift does as well.
    assert first.p <= 2 / 8
    assert (found.marked, found.others, found.neurons) == (48, T - 48, H)
    assert found.scale == "text"


def test_the_score_is_the_difference_of_means_in_deviations() -> None:
    values = planted()
    marks = np.zeros(T, bool)
    for start, end in MARKS:
        marks[start:end] = True
    for match in select(seen(values), MARKS, most=H).matches:
        column = values[:, match.neuron]
        wanted = (column[marks].mean() - column[~marks].mean()) / column.std()
        assert match.difference == pytest.approx(wanted, abs=1e-4)
        assert match.on - match.off == pytest.approx(wanted * column.std(), abs=1e-4)


def test_the_chance_is_the_share_of_shifts_in_which_any_neuron_differs_as_much() -> None:
    values = noise()
    marks = np.zeros(T, bool)
    marks[20:23] = True
    found = select(seen(values), [(20, 23)], most=3)
    largest = []
    for shift in range(T):
        moved = np.roll(marks, shift)
        change = (values[moved].mean(0) - values[~moved].mean(0)) / values.std(0)
        largest.append(np.abs(change).max())
    for match in found.matches:
        wanted = np.mean(np.array(largest) >= abs(match.difference) - 1e-6)
        assert match.p == pytest.approx(wanted, abs=1e-9)


def test_noise_is_seldom_called_unlikely() -> None:
    chances = [
        select(seen(noise(seed=seed)), [(30, 34)], most=1).matches[0].p for seed in range(60)
    ]
    assert np.mean(np.array(chances) <= 0.05) <= 0.15


def test_the_cell_is_looked_at_through_tanh_and_a_dead_neuron_never_matches() -> None:
    values = planted()
    values[:, 3] = 0.5
    found = select(seen(values, cell=20 * values), MARKS, most=2 * H)
    by_place = {(match.quantity, match.neuron): match for match in found.matches}
    assert found.neurons == 2 * H
    assert by_place["cell", 7].on == pytest.approx(1, abs=0.05)
    assert by_place["hidden", 3].difference == 0
    assert by_place["hidden", 3].p == 1


@pytest.mark.parametrize(("spans", "words"), [([], "at least one"), ([(0, T)], "Every character")])
def test_marking_nothing_or_everything_is_said(spans: list[tuple[int, int]], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        select(seen(noise()), spans)
