"""Streams of windows."""

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from songrnn.corpus.batches import steps_per_epoch, stream
from songrnn.corpus.vocabulary import END, START

books = st.lists(
    st.lists(st.integers(2, 9), min_size=1, max_size=12).map(lambda t: np.array(t)),
    min_size=1,
    max_size=12,
)


@settings(deadline=None)
@given(books, st.integers(1, 6), st.integers(1, 7), st.integers(0, 99))
def test_each_step_goes_on_where_the_last_one_ended(
    tunes: list[np.ndarray], batch: int, window: int, seed: int
) -> None:
    steps = list(stream(tunes, batch, window, np.random.default_rng(seed)))
    assert len(steps) == steps_per_epoch(tunes, batch, window)
    inputs = np.concatenate([x for x, _ in steps], axis=1)
    targets = np.concatenate([y for _, y in steps], axis=1)
    followed = targets[:, :-1] != END
    assert (inputs[:, 1:][followed] == targets[:, :-1][followed]).all()
    assert (inputs[:, 1:][~followed] == START).all()
    assert START not in targets
    assert END not in inputs


@settings(deadline=None)
@given(books, st.integers(1, 6), st.integers(1, 7), st.integers(0, 99))
def test_an_epoch_reads_every_symbol_once_but_a_short_rest(
    tunes: list[np.ndarray], batch: int, window: int, seed: int
) -> None:
    want = Counter(int(s) for tune in tunes for s in [*tune, END])
    steps = stream(tunes, batch, window, np.random.default_rng(seed))
    got = Counter(int(s) for _, y in steps for s in y.ravel())
    assert not got - want
    assert (want - got).total() < batch


def test_the_state_of_the_generator_and_a_step_number_say_where_a_training_is() -> None:
    tunes = [np.arange(2, 2 + n) for n in (5, 9, 3, 8, 7)]
    rng = np.random.default_rng(1)
    list(stream(tunes, 2, 3, rng))
    state = rng.bit_generator.state
    whole = list(stream(tunes, 2, 3, rng))
    again = np.random.default_rng()
    again.bit_generator.state = state
    for (x, y), (x2, y2) in zip(whole[2:], list(stream(tunes, 2, 3, again))[2:], strict=True):
        assert (x == x2).all()
        assert (y == y2).all()


def test_two_epochs_differ_in_order() -> None:
    tunes = [np.arange(2, 2 + n) for n in (5, 9, 3, 8, 7)]
    rng = np.random.default_rng(1)
    first = np.concatenate([x for x, _ in stream(tunes, 1, 50, rng)], axis=1)
    second = np.concatenate([x for x, _ in stream(tunes, 1, 50, rng)], axis=1)
    assert (first != second).any()


def test_an_epoch_may_be_cut_or_go_round_to_a_number_of_symbols() -> None:
    tunes = [np.arange(2, 9), np.arange(2, 5)]  # 7 + 3 characters and two ENDs: 12 symbols
    whole = next(stream(tunes, 1, 100, np.random.default_rng(0)))[0][0]
    for symbols in (9, 12, 17):
        inputs = next(stream(tunes, 1, 100, np.random.default_rng(0), symbols=symbols))[0]
        assert inputs.shape == (1, symbols)
        assert inputs[0].tolist() == np.resize(whole, symbols).tolist()
