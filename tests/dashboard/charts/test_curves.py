"""Loss curves show what the history holds: every value, the right unit, dashed and solid."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard.charts.curves import MOST_POINTS, Curve, loss_curves, sparkline, thin
from dashboard.charts.theme import LIGHT


def history(losses: list[float], split: str = "validation", first: int = 1) -> pd.DataFrame:
    epochs = np.arange(first, len(losses) + first)
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


def curve(losses: list[float], name: str = "lstm-150", cell: str = "lstm") -> Curve:
    training = history([loss - 0.1 for loss in losses], "train")
    return Curve(name, cell, pd.concat([training, history(losses)], ignore_index=True))


def traces(figure: Any) -> dict[str, Any]:
    return {f"{t.name} {t.line.dash}": t for t in figure.data}


def test_validation_is_solid_and_training_dashed() -> None:
    shown = traces(loss_curves([curve([2.0, 1.5])], colours=LIGHT, unit="nats"))
    assert list(shown["lstm-150 solid"].y) == [2.0, 1.5]
    assert list(shown["lstm-150 dash"].y) == pytest.approx([1.9, 1.4])


def test_bits_are_the_historys_own_bits() -> None:
    shown = traces(loss_curves([curve([2.0, 1.5])], colours=LIGHT, unit="bits"))
    assert shown["lstm-150 solid"].y[-1] == pytest.approx(1.5 / math.log(2))


@pytest.mark.parametrize(("axis", "last"), [("epoch", 2), ("step", 20), ("seconds", 5.0)])
def test_the_axis_is_the_one_asked_for(axis: Any, last: float) -> None:
    shown = traces(loss_curves([curve([2.0, 1.5])], colours=LIGHT, axis=axis))
    assert shown["lstm-150 solid"].x[-1] == last


def test_training_can_be_left_out() -> None:
    figure = loss_curves([curve([2.0, 1.5])], colours=LIGHT, training=False)
    assert [t.line.dash for t in figure.data] == ["solid"]


def test_both_curves_of_a_run_have_its_colour() -> None:
    figure = loss_curves([curve([2.0, 1.5]), curve([3.0, 2.0], "rnn-150", "rnn")], colours=LIGHT)
    by_run: dict[str, set[str]] = {}
    for trace in figure.data:
        by_run.setdefault(trace.name, set()).add(trace.line.color)
    assert by_run == {"lstm-150": {"#0072B2"}, "rnn-150": {"#D55E00"}}


@pytest.mark.parametrize(("unit", "value"), [("bits", 1.98), ("nats", 1.98 * math.log(2))])
def test_the_baseline_is_drawn_in_the_unit_shown_with_its_name(unit: Any, value: float) -> None:
    figure = loss_curves([curve([2.0])], colours=LIGHT, unit=unit, baselines={"ppmd_12": 1.98})
    (line,) = figure.layout.shapes
    assert line.y0 == line.y1 == pytest.approx(value)
    assert line.line.dash == "dot"
    assert figure.layout.annotations[0].text == f"PPMd order 12 {value:.3f}"


def test_the_view_holds_what_came_after_the_first_epoch_and_the_baseline() -> None:
    frame = history([9.0, 4.0, 2.0, 1.5], first=0)
    figure = loss_curves(
        [Curve("a", "gru", frame)], colours=LIGHT, unit="nats", baselines={"x": 1.0}
    )
    low, high = figure.layout.yaxis.range
    assert low < math.log(2)
    assert 4.0 < high < 5.0
    assert max(figure.data[0].y) == 9.0  # there, when one zooms out


def test_on_a_log_axis_the_view_is_given_in_powers_of_ten() -> None:
    figure = loss_curves([curve([4.0, 1.5])], colours=LIGHT, unit="nats", log=True)
    low, high = figure.layout.yaxis.range
    assert figure.layout.yaxis.type == "log"
    assert 10**low < 1.4 < 4.0 < 10**high


def test_a_run_without_rows_yet_draws_nothing() -> None:
    empty = Curve("new", "gru", history([]))
    assert len(loss_curves([empty], colours=LIGHT).data) == 0
    assert len(loss_curves([], colours=LIGHT).data) == 0


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


def test_missing_values_are_left_out() -> None:
    frame = history([2.0, math.nan, 1.0])
    _, y = Curve("a", "rnn", frame).split("validation", "nats", "epoch")
    assert list(y) == [2.0, 1.0]


def test_a_sparkline_holds_the_validation_values_alone() -> None:
    figure = sparkline([curve([2.0, 1.5])], colours=LIGHT)
    assert [len(trace.y) for trace in figure.data] == [2]
