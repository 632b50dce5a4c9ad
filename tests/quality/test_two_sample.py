"""The judge that tells songs from real tunes, against plain definitions and where it must guess."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from songrnn.notation.reader import read
from songrnn.quality.traits import NAMES, meaning, traits
from songrnn.quality.two_sample import delong, giveaways, two_sample_auc


def rows(seed: int, count: int, shift: float = 0.0) -> np.ndarray:
    found = np.random.default_rng(seed).normal(size=(count, len(NAMES)))
    found[:, 3] += shift
    return found


@given(
    st.lists(st.integers(0, 5), min_size=2, max_size=12),
    st.lists(st.integers(0, 5), min_size=2, max_size=12),
)
def test_the_area_is_that_of_the_library(songs: list[int], real: list[int]) -> None:
    found = delong(np.array(songs, float), np.array(real, float))
    truth = [1] * len(songs) + [0] * len(real)
    assert found.estimate == pytest.approx(roc_auc_score(truth, [*songs, *real]))
    assert 0 <= found.low <= found.estimate <= found.high <= 1


def test_delongs_interval_is_as_wide_as_the_area_varies() -> None:
    rng = np.random.default_rng(0)
    drawn = [delong(rng.normal(1, 1, 60), rng.normal(0, 1, 80)) for _ in range(300)]
    spread = np.std([one.estimate for one in drawn])
    assert np.mean([one.half_width / 1.96 for one in drawn]) == pytest.approx(spread, rel=0.12)


def test_what_differs_is_heard_and_what_does_not_is_a_guess() -> None:
    families = [str(n) for n in range(60)]
    told = two_sample_auc(rows(1, 60, shift=3), rows(2, 60), families)
    assert told.low > 0.85
    same = two_sample_auc(rows(3, 60), rows(2, 60), families)
    assert same.low < 0.5 < same.high
    assert giveaways(rows(1, 60, shift=3), rows(2, 60))[0].name == NAMES[3]


def test_families_that_stand_on_one_side_of_a_fold_give_nothing_away() -> None:
    twins = np.repeat(rows(5, 20), 3, axis=0)
    apart = two_sample_auc(twins, rows(6, 60), [str(n) for n in range(60)])
    names = [f"twin {n // 3}" for n in range(60)]
    together = two_sample_auc(twins, rows(6, 60), [str(n) for n in range(60)], names)
    assert together.estimate < 0.65 < apart.estimate


def test_every_trait_is_measured_and_says_what_it_is() -> None:
    text = "X:1\nM:2/4\nL:1/8\nK:D\n" + "DFAF|GABc|dcBA|d4|DFAF|{g}G(3ABcd|d>cB-B|d4|]\n"
    found = traits(read(text))
    assert tuple(found) == NAMES
    unmeasured = {name for name, value in found.items() if not np.isfinite(value)}
    assert unmeasured <= {name for name in NAMES if name.endswith("_8")} | {"endings_alike"}
    assert all(meaning(name).endswith(".") for name in NAMES)
    assert found["graces"] == pytest.approx(1 / found["notes"])
    assert found["triplets"] == pytest.approx(3 / found["notes"])
    assert np.isnan([found["step_size"], traits("")["new_bars"]]).tolist() == [False, True]
