"""Partial R², by sums over masks, is what two plain regressions on the rows themselves give."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import average_precision_score

from songrnn.inspection.memory.features import Features
from songrnn.inspection.memory.fitting import RIDGE, FitSums, fit_groups
from songrnn.inspection.memory.held_out import HeldOut
from songrnn.inspection.memory.rare import corrected_precision
from songrnn.inspection.properties import FIRST_COLUMN, PROPERTIES, property_number, property_table
from songrnn.notation.reader import read

V, N = 19, 3
LETTERS = "XKMLDEFGA|:1\n248/"


def tune(seed: int) -> str:
    rng = np.random.default_rng(seed)
    bars = ["".join(rng.choice(list("DEFGA"), rng.integers(2, 7))) for _ in range(12)]
    return "X:1\nM:2/4\nL:1/8\nK:D\n" + "|".join(bars) + "|\n"


TEXTS = [tune(seed) for seed in range(24)]
IDS = [np.array([2 + LETTERS.index(c) for c in text]) for text in TEXTS]
TABLES = [property_table(read(text)) for text in TEXTS]
SPACE = Features(V, IDS[:16])
KNOWN = [SPACE.of(ids) for ids in IDS]
RNG = np.random.default_rng(0)
VALUES = [
    np.stack(
        [
            np.nan_to_num(table[:, FIRST_COLUMN[property_number("since-bar")]]) / 8,
            (ids == ids[0]).astype(float),
            RNG.normal(size=len(ids)),
        ],
        axis=1,
    )
    + 0.1 * RNG.normal(size=(len(ids), N))
    for table, ids in zip(TABLES, IDS, strict=True)
]
FIT, HELD = range(16), range(16, 24)


def scored() -> HeldOut:
    sums = FitSums()
    for i in FIT:
        sums.add(VALUES[i].astype(np.float32), TABLES[i], KNOWN[i])
    held = HeldOut(fit_groups(sums), len(HELD), N)
    for row, i in enumerate(HELD):
        held.add(row, VALUES[i].astype(np.float32), TABLES[i], KNOWN[i])
    return held


SCORED = scored()


def rows(which: range, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, property and values of the characters where the property means something."""
    first = FIRST_COLUMN[number]
    columns = slice(first, first + PROPERTIES[number].columns)
    table = np.concatenate([TABLES[i] for i in which])[:, columns]
    there = np.isfinite(table).all(axis=1)
    known = np.concatenate([KNOWN[i].toarray() for i in which])
    return known[there], table[there], np.concatenate([VALUES[i] for i in which])[there]


@pytest.mark.parametrize("name", ["since-bar", "pitch", "bar-phase", "bar", "beat"])
def test_partial_r2_is_that_of_residuals_of_ridge_regressions(name: str) -> None:
    number = property_number(name)
    z, x, y = rows(FIT, number)
    of_x = Ridge(RIDGE, fit_intercept=False).fit(z, x)
    of_y = Ridge(RIDGE, fit_intercept=False).fit(z, y)
    line = LinearRegression().fit(x - of_x.predict(z).reshape(x.shape), y - of_y.predict(z))
    z, x, y = rows(HELD, number)
    left = y - of_y.predict(z)
    missed = left - line.predict(x - of_x.predict(z).reshape(x.shape))
    wanted = 1 - (missed**2).sum(axis=0) / ((left - left.mean(axis=0)) ** 2).sum(axis=0)
    ours = SCORED.partial()[number]
    told = np.isfinite(ours)
    assert told[2]
    np.testing.assert_allclose(ours[told], wanted[told], atol=2e-3)


def test_a_property_that_the_last_characters_say_has_no_partial_score() -> None:
    assert (SCORED.partial()[property_number("barline")] == -np.inf).all()


def test_lower_bounds_lie_below_the_estimate_and_only_where_asked() -> None:
    number = property_number("since-bar")
    pairs = np.zeros((len(PROPERTIES), N), bool)
    pairs[number, 0] = True
    low = SCORED.lower_bounds(pairs, np.random.default_rng(0))
    assert SCORED.partial()[number, 0] - 0.3 < low[number, 0] < SCORED.partial()[number, 0]
    low[number, 0] = -np.inf
    assert (low == -np.inf).all()


def test_corrected_precision_is_scikit_learns_less_chance() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random(500) < 0.05
    scores = (rng.normal(size=500) + 2 * truth).astype(np.float32)
    weights = rng.integers(0, 3, (4, 500)).astype(np.float32)
    for ours, weight in zip(corrected_precision(scores, truth, weights), weights, strict=True):
        wanted = average_precision_score(truth, scores, sample_weight=weight)
        chance = (weight * truth).sum() / weight.sum()
        assert ours == pytest.approx((wanted - chance) / (1 - chance), abs=1e-6)
