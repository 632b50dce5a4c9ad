"""A run's curve holds what its history holds, in the unit and along the axis asked for."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dashboard.charts.run_curves import (
    MOST_POINTS,
    RunCurve,
    average,
    curve_of,
    settings_of,
    smoothed,
    thin,
    thinned,
)
from songrnn.config import CorpusReference, ModelConfig, RunConfig

CONFIG = RunConfig(
    name="rnn-12",
    seed=3,
    model=ModelConfig(cell="rnn", hidden_size=12),
    corpus=CorpusReference(name="tiny", sha256="0" * 64),
)
EPOCHS = np.arange(1.0, 6.0)


def history(losses: list[float], split: str = "validation") -> pd.DataFrame:
    epochs = np.arange(1, len(losses) + 1)
    return pd.DataFrame(
        {
            "split": split,
            "epoch": epochs.astype(float),
            "step": epochs * 10,
            "seconds": epochs * 2.5,
            "loss": losses,
            "bits_per_character": [loss / math.log(2) for loss in losses],
        }
    )


def line(seed: int, level: float) -> RunCurve:
    return RunCurve(f"lstm-{seed}", {"cell": "lstm", "seed": seed}, EPOCHS, level - EPOCHS / 10)


@pytest.mark.parametrize(("unit", "last"), [("nats", 1.5), ("bits", 1.5 / math.log(2))])
def test_losses_are_the_historys_own(unit: str, last: float) -> None:
    assert curve_of(CONFIG, history([2.0, 1.5]), unit=unit).y[-1] == pytest.approx(last)


@pytest.mark.parametrize(("axis", "last"), [("epoch", 2), ("step", 20), ("seconds", 5.0)])
def test_the_axis_is_the_one_asked_for(axis: str, last: float) -> None:
    assert curve_of(CONFIG, history([2.0, 1.5]), axis=axis).x[-1] == last


def test_only_the_split_asked_for_is_drawn() -> None:
    both = pd.concat([history([2.0, 1.5]), history([1.9, 1.4], "train")])
    assert list(curve_of(CONFIG, both, "train", unit="nats").y) == [1.9, 1.4]


def test_missing_values_are_left_out() -> None:
    assert list(curve_of(CONFIG, history([2.0, math.nan, 1.0]), unit="nats").y) == [2.0, 1.0]


def test_a_run_without_rows_yet_is_an_empty_curve() -> None:
    assert len(curve_of(CONFIG, history([])).x) == 0


def test_a_curve_carries_all_settings_of_its_run() -> None:
    settings = curve_of(CONFIG, history([2.0])).settings
    assert settings == settings_of(CONFIG)
    assert (settings["cell"], settings["hidden_size"], settings["seed"]) == ("rnn", 12, 3)
    assert settings["corpus"] == "tiny"
    assert "learning_rate" in settings


def test_band_is_the_t_interval_of_the_seeds() -> None:
    band = average([line(seed, 2 + seed / 10) for seed in range(3)])
    low, high = stats.t.interval(0.95, 2, loc=2.1, scale=0.1 / np.sqrt(3))
    assert band.n == 3
    assert band.mean == pytest.approx(2.1 - EPOCHS / 10)
    assert band.low == pytest.approx(low - EPOCHS / 10)
    assert band.high == pytest.approx(high - EPOCHS / 10)


def test_smoothing_leaves_a_flat_line_flat() -> None:
    assert smoothed(np.full(5, 2.0), 0.6) == pytest.approx(np.full(5, 2.0))


def test_a_long_line_is_thinned_but_keeps_its_spikes_and_ends() -> None:
    y = np.zeros(100_000)
    y[41_234], y[77_777] = 9.0, -5.0
    x = np.arange(len(y), dtype=float)
    thin_x, thin_y = thin(x, y)
    assert len(thin_y) <= MOST_POINTS
    assert {9.0, -5.0} <= set(thin_y)
    assert thin_x[0] == 0
    assert thin_x[-1] == 99_999
    assert (np.diff(thin_x) > 0).all()


def test_a_short_line_is_left_alone() -> None:
    x = np.arange(5.0)
    assert thin(x, x)[1] is x


def test_it_is_said_how_many_points_are_drawn() -> None:
    settings: dict[str, Any] = {"cell": "lstm", "seed": 0}
    x = np.arange(100_000.0)
    said = thinned([RunCurve("a", settings, x, x)])
    assert said is not None
    assert "2,000 of 100,000" in said
    assert thinned([line(0, 2.0)]) is None
