"""What a study's runs allow one to say: worked by hand, and once more with pandas and scipy."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from songrnn.tuning.answers import answer
from songrnn.tuning.sentences import label, plus_minus
from songrnn.tuning.study import find_study

CELLS, HIDDEN, DROPOUT, NORMALIZATION = (
    find_study(name) for name in ("cells", "hidden", "dropout", "normalization")
)


def table(**losses: list[float]) -> pd.DataFrame:
    """Losses by value; position in the list is the seed, NaN an unfinished run."""
    return pd.DataFrame(
        [
            {"value": value, "seed": seed, "bits": bits}
            for value, column in losses.items()
            for seed, bits in enumerate(column)
        ]
    )


def numbered(losses: dict[float, list[float]]) -> pd.DataFrame:
    rows = [(value, seed, bits) for value, row in losses.items() for seed, bits in enumerate(row)]
    return pd.DataFrame(rows, columns=["value", "seed", "bits"])


def test_lstm_beats_rnn_worked_by_hand() -> None:
    # Differences −0.20, −0.21, −0.22: mean −0.21, sd 0.01, t(0.975, 2)·0.01/√3 = 0.0248.
    result = answer(CELLS, table(rnn=[2.10, 2.11, 2.12], lstm=[1.90, 1.90, 1.90]))
    assert result.contrast is not None
    assert result.contrast.interval.estimate == pytest.approx(-0.21)
    assert result.contrast.interval.half_width == pytest.approx(0.024841, abs=1e-6)
    assert result.contrast.p == 0.25
    assert result.decided
    assert result.sentence == (
        "LSTM beats RNN by 0.21 ± 0.02 bits, 3 of 3 seeds "
        "(sign-flip p = 0.250, the smallest p that 3 seeds can give)."
    )


def test_the_better_cell_is_named_first_whichever_was_planned_first() -> None:
    result = answer(CELLS, table(rnn=[1.8, 1.81, 1.82], lstm=[1.90, 1.92, 1.91]))
    assert result.sentence.startswith("RNN beats LSTM by 0.10 ± 0.02 bits, 3 of 3 seeds")


def test_a_slope_worked_by_hand() -> None:
    # Seed 0 falls by 0.1 in 100 units, seeds 1 and 2 by 0.2; per 100 units: −0.05·{2, 4, 4}.
    line = np.arange(5) * 0.5
    rows = {
        units: [2 - 0.1 * step, 2 - 0.2 * step, 2 - 0.2 * step]
        for units, step in zip([50, 100, 150, 200, 250], line, strict=True)
    }
    result = answer(HIDDEN, numbered(rows))
    assert result.contrast is not None
    assert list(result.contrast.per_seed.values()) == pytest.approx([-0.1, -0.2, -0.2])
    assert result.contrast.interval.estimate == pytest.approx(-1 / 6)
    assert result.contrast.agreeing == 3
    assert "lowest mean with 250 units, 1.667 bits" in result.sentence
    assert result.sentence.startswith("More units lower the loss by 0.17 ± 0.14 bits per 100 units")


def test_dropout_that_costs_says_so() -> None:
    rows = {value: [1.9 + value + seed / 100 for seed in range(6)] for value in DROPOUT.values}
    rows[0.3][0] += 0.01
    result = answer(DROPOUT, numbered(rows))
    assert result.sentence.startswith("More dropout raises the loss by 0.10")
    assert "6 of 6 seeds (sign-flip p = 0.031" in result.sentence
    assert "lowest mean with dropout 0, 1.925 bits" in result.sentence


def test_noise_is_called_noise() -> None:
    result = answer(CELLS, table(rnn=[1.9, 2.0, 1.95, 1.9], lstm=[2.0, 1.9, 1.94, 1.91]))
    assert not result.decided
    assert result.sentence.startswith("No clear difference between LSTM and RNN:")
    flat = answer(HIDDEN, numbered({v: [1.9, 1.9 + (v % 100) / 1e4, 1.9] for v in HIDDEN.values}))
    assert not flat.decided
    assert flat.sentence.startswith("No clear trend with more units:")


def test_the_planned_test_decides_where_the_interval_alone_would() -> None:
    lstm = [1.9 - difference for difference in (0.02, 0.03, 0.025, 0.02, 0.03, -0.001)]
    result = answer(CELLS, table(rnn=[1.9] * 6, lstm=lstm))
    assert result.contrast is not None
    assert result.contrast.interval.excludes_zero
    assert result.contrast.p == 4 / 64
    assert not result.decided
    assert result.sentence.startswith("No clear difference")


@pytest.mark.parametrize("seeds", [1, 2])
def test_fewer_than_three_seeds_decide_nothing(seeds: int) -> None:
    cells = answer(CELLS, table(rnn=[2.1, 2.1][:seeds], lstm=[1.9, 1.9001][:seeds]))
    assert not cells.decided
    assert "too few to tell LSTM and RNN apart: LSTM is lower by 0.20 bits" in cells.sentence
    slope = answer(
        HIDDEN, numbered({v: [2 - v / 1000, 2 - v / 900][:seeds] for v in HIDDEN.values})
    )
    assert not slope.decided
    assert "too few to tell whether more units matter" in slope.sentence


def test_nothing_finished_says_nothing() -> None:
    empty = pd.DataFrame({"value": [], "seed": [], "bits": []})
    assert answer(CELLS, empty).sentence.startswith("No run of this study is finished yet")
    unfinished = table(rnn=[float("nan")], lstm=[1.9])
    assert answer(CELLS, unfinished).sentence == (
        "Nothing can be said yet: no finished run with RNN."
    )
    apart = table(rnn=[float("nan"), 2.0], lstm=[1.9, float("nan")])
    assert "no seed is finished with all the settings" in answer(CELLS, apart).sentence


def test_only_seeds_with_both_sides_enter() -> None:
    nan = float("nan")
    result = answer(
        CELLS, table(rnn=[2.1, 2.2, 2.15, 9.0], lstm=[1.9, 1.9, 1.9, nan], gru=[nan, nan, nan, 1.8])
    )
    assert result.contrast is not None
    assert set(result.contrast.per_seed) == {0, 1, 2}
    assert {(pair.first, pair.second) for pair in result.pairs} == {("gru", "rnn"), ("lstm", "rnn")}
    assert result.missing == 18 - 8


def test_every_pair_has_a_difference_an_interval_and_a_count_but_no_p() -> None:
    result = answer(CELLS, table(rnn=[2.1, 2.2, 2.3], gru=[1.9, 2.3, 2.0], lstm=[1.8, 1.8, 1.8]))
    pair = next(pair for pair in result.pairs if (pair.first, pair.second) == ("gru", "rnn"))
    assert pair.difference.estimate == pytest.approx((-0.2 + 0.1 - 0.3) / 3)
    assert (pair.lower, pair.n) == (2, 3)
    assert not hasattr(pair, "p")


def test_the_planned_pair_comes_first_turned_as_it_was_planned() -> None:
    result = answer(CELLS, table(rnn=[2.1, 2.2, 2.3], gru=[1.9, 2.3, 2.0], lstm=[1.8, 1.8, 1.8]))
    assert [(pair.first, pair.second, pair.planned) for pair in result.pairs] == [
        ("lstm", "rnn", True),
        ("gru", "rnn", False),
        ("lstm", "gru", False),
    ]


def test_all_values_against_a_base_are_told_apart_where_the_data_do() -> None:
    result = answer(
        NORMALIZATION,
        table(none=[1.80, 1.81, 1.79], layer=[1.70, 1.712, 1.689], batch=[1.801, 1.81, 1.79]),
    )
    assert result.decided
    assert result.contrast is None
    assert result.sentence == (
        "Against no normalization, the loss is lower with layer normalization (−0.100 ± 0.003); no "
        "clear difference with batch normalization (+0.000 ± 0.003) (bits, 3 seeds, 95 % intervals "
        "for all together)."
    )
    assert [pair.planned for pair in result.pairs] == [True, True, False]


def test_two_seeds_are_too_few_to_tell_anything_from_the_base() -> None:
    result = answer(NORMALIZATION, table(none=[1.8, 1.8], layer=[1.7, 1.7]))
    assert not result.decided
    assert result.sentence.startswith("2 seeds are too few to tell anything from no normalization")


def test_a_slope_whose_end_is_not_the_best_value_says_so() -> None:
    rows = {0.0: [1.80, 1.81, 1.80], 0.1: [1.78, 1.79, 1.79], 0.2: [1.9] * 3, 0.3: [2.0] * 3}
    sentence = answer(DROPOUT, numbered(rows)).sentence
    assert "lowest mean with dropout 0.1" in sentence
    assert "(for orientation: " in sentence
    assert sentence.endswith("below dropout 0, 3 of 3 seeds).")


def test_a_line_says_what_each_step_is_since_most_may_lie_in_one() -> None:
    rows = {50: [2.0] * 3, 100: [1.7] * 3, 150: [1.69] * 3, 200: [1.69] * 3, 250: [1.7] * 3}
    for units in rows:
        rows[units] = [loss + seed / 1000 for seed, loss in enumerate(rows[units])]
    sentence = answer(HIDDEN, numbered(rows)).sentence
    assert (
        "along a straight line (−0.300, −0.010, +0.000 and +0.010 from value to value)" in sentence
    )


def test_figures_are_those_of_pandas_and_scipy() -> None:
    rng = np.random.default_rng(5)
    frame = numbered({value: list(rng.normal(1.9, 0.05, 6)) for value in HIDDEN.values})
    result = answer(HIDDEN, frame)
    wide = frame.pivot_table(index="seed", columns="value", values="bits")
    slopes = wide.apply(lambda row: stats.linregress(wide.columns, row).slope * 100, axis=1)
    expected = stats.ttest_1samp(slopes, 0).confidence_interval()
    flips = stats.permutation_test(
        (slopes, np.zeros(6)), lambda a, b: np.mean(a - b), permutation_type="samples"
    )
    assert result.contrast is not None
    interval = result.contrast.interval
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))
    assert result.contrast.p == pytest.approx(flips.pvalue)
    for group in result.groups:
        low, high = stats.t.interval(
            0.95, 5, loc=wide[group.value].mean(), scale=wide[group.value].sem()
        )
        assert (group.mean.low, group.mean.high) == pytest.approx((low, high))
    for pair in result.pairs:
        test = stats.ttest_rel(wide[pair.first], wide[pair.second]).confidence_interval()
        assert (pair.difference.low, pair.difference.high) == pytest.approx((test.low, test.high))
        assert pair.lower == int((wide[pair.first] < wide[pair.second]).sum())


def test_labels_and_figures_read_well() -> None:
    assert label("cell", "lstm") == "LSTM"
    assert label("hidden_size", 50) == "50 units"
    assert label("dropout", 0.0) == "dropout 0"
    assert label("initialization", "xavier_normal") == "xavier normal initialization"
    assert label("learning_rate", 0.003) == "learning rate 0.003"
    assert plus_minus(0.2149, 0.0123) == "0.21 ± 0.01"
    assert plus_minus(0.2149, 0.0042) == "0.215 ± 0.004"
    assert plus_minus(0.2149, 0.00001) == "0.2149 ± 0.0000"
