"""Features are the last characters, one by one, and the position."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from songrnn.corpus.vocabulary import START
from songrnn.inspection.memory.features import LAGS, POSITIONS, Features

V = 7


@given(st.lists(st.integers(2, V - 1), min_size=1, max_size=300))
def test_each_lag_names_the_character_so_long_ago_and_start_before_the_beginning(
    ids: list[int],
) -> None:
    space = Features(V, [np.array(ids)])
    table = space.of(np.array(ids)).toarray()
    assert table.shape == (len(ids), space.size)
    for t in range(len(ids)):
        for lag in range(LAGS):
            [there] = np.flatnonzero(table[t, lag * V : (lag + 1) * V])
            assert there == (ids[t - lag] if t >= lag else START)


def test_positions_are_told_apart_one_by_one_at_first_and_end_in_one_bin() -> None:
    space = Features(V, [np.full(3000, 2)])
    table = space.of(np.full(3000, 2)).toarray()[:, space.recent :]
    bins = table.argmax(axis=1)
    assert (table.sum(axis=1) == 1).all()
    assert bins[:128].tolist() == list(range(128))
    assert (np.diff(bins) >= 0).all()
    assert bins[-1] == POSITIONS - 1


def test_frequent_runs_have_a_feature_of_their_own_and_rare_ones_none() -> None:
    often, seldom = np.array([2, 3, 4] * 40), np.array([5, 6, 5])
    space = Features(V, [often, seldom])
    runs = space.of(often).toarray()[:, LAGS * V : space.recent]
    assert runs.shape[1] == 6  # 23, 34, 42, and the three runs of three
    assert runs[5].sum() == 2
    assert (runs[5] == runs[8]).all()
    assert (runs[5] != runs[6]).any()
    assert space.of(seldom)[:, LAGS * V : space.recent].sum() == 0
