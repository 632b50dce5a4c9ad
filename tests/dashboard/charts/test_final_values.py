"""Best losses by setting: every seed, a mean with its interval, and baselines that are near."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dashboard.charts.final_values import final_values
from dashboard.charts.theme import DARK
from songrnn.tuning.answers import answer
from songrnn.tuning.study import find_study


def test_final_values_show_each_seed_and_intervals_from_three_seeds_on() -> None:
    table = pd.DataFrame(
        {
            "value": ["rnn", "gru", "lstm"] * 3,
            "seed": [0, 0, 0, 1, 1, 1, 2, 2, 2],
            "bits": [2.1, 1.9, 1.8, 2.2, 2.0, 1.9, 2.3, None, 1.7],
        }
    )
    result = answer(find_study("cells"), table)
    figure = final_values(result, "cell", DARK)
    seeds = [trace for trace in figure.data if trace.name.startswith("seed")]
    assert sorted(y for trace in seeds for y in trace.y) == [1.7, 1.8, 1.9, 1.9, 2.0, 2.1, 2.2, 2.3]
    means = {trace.name: trace for trace in figure.data if trace.name.startswith("mean")}
    assert means["mean, RNN"].y[0] == pytest.approx(2.2)
    assert means["mean, RNN"].error_y.array[0] == pytest.approx(
        0.1 * stats.t.ppf(0.975, 2) / 3**0.5
    )
    assert means["mean, GRU"].error_y.array is None
    nats = final_values(result, "cell", DARK, baselines={"near": 2.1, "far": 4.0}, nats=True)
    assert nats.data[0].y == pytest.approx(np.log(2) * np.array([2.1, 1.9, 1.8]))
    assert [trace.name for trace in nats.data if trace.line.dash == "dot"] == ["near"]
