"""The mixture: its definition, its limits, and what the gate's numbers refer to."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from songrnn.recall.gate import SIZES, STARTS, TABLES, WEIGHTS, Gate, Recall, entries, mix_each
from songrnn.recall.memory import TuneMemory

NAMES = ["", "", *"\n:23ABCGKX[]bcd|"]
SYMBOL_OF = {name: symbol for symbol, name in enumerate(NAMES) if name}
TUNE = "X:2\nK:C\nGABc|dcdB|GABc|d"


def recall_of(text: str, weights: np.ndarray | None = None, strength: float = 1.0) -> Recall:
    recall = Recall(
        Gate(np.zeros(WEIGHTS) if weights is None else weights), NAMES, SYMBOL_OF, strength
    )
    for character in text:
        recall.feed(SYMBOL_OF[character])
    return recall


seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.integers(0, len(TUNE)), st.floats(0, 50))
def test_the_mixture_is_a_distribution(seed: int, length: int, strength: float) -> None:
    rng = np.random.default_rng(seed)
    recall = recall_of(TUNE[:length], rng.normal(size=WEIGHTS), strength)
    logits = rng.normal(size=len(NAMES)) * 5
    mixed = recall.mix(logits)
    assert math.isclose(np.exp(mixed - np.logaddexp.reduce(mixed)).sum(), 1)
    if recall.last is not None:
        assert math.isclose(np.exp(mixed).sum(), 1, rel_tol=1e-9)
        shares = recall.last.network + sum(share for *_, share in recall.last.shares)
        assert math.isclose(shares, 1)


def test_it_is_the_sum_that_the_module_states() -> None:
    rng = np.random.default_rng(0)
    weights = rng.normal(size=WEIGHTS)
    recall = recall_of(TUNE, weights)
    logits = rng.normal(size=len(NAMES))
    p = np.exp(logits) / np.exp(logits).sum()
    memory = TuneMemory(TUNE)
    proposals = memory.proposals()
    assert len(proposals) >= 3
    symbols = [SYMBOL_OF[memory.text[each.place]] for each in proposals]
    scores = [weights[list(row)].sum() for row in entries(memory, proposals, symbols, p)]
    g = np.exp([0.0, *scores]) / np.exp([0.0, *scores]).sum()
    expected = g[0] * p
    for symbol, share in zip(symbols, g[1:], strict=True):
        expected[symbol] += share
    np.testing.assert_allclose(np.exp(recall.mix(logits)), expected, rtol=1e-12)


def test_without_a_source_or_strength_the_network_is_left_alone() -> None:
    logits = np.arange(len(NAMES), dtype=np.float32)
    assert recall_of("X:2").mix(logits) is logits
    assert recall_of(TUNE, strength=0).mix(logits) is logits


def test_more_strength_recalls_more() -> None:
    logits = np.zeros(len(NAMES))
    shares = []
    for strength in (0.5, 1.0, 4.0, 100.0):
        recall = recall_of(TUNE, strength=strength)
        recall.mix(logits)
        assert recall.last is not None
        shares.append(recall.last.network)
    assert shares == sorted(shares, reverse=True)
    n = len(recall.last.shares)  # type: ignore[union-attr]
    assert math.isclose(shares[1], 1 / (1 + n))
    assert math.isclose(shares[2], 1 / (1 + 4 * n))


@given(seeds, st.integers(0, len(TUNE)))
def test_each_entry_lies_in_its_own_table(seed: int, length: int) -> None:
    memory = TuneMemory(TUNE[:length])
    proposals = memory.proposals()
    symbols = [SYMBOL_OF[memory.text[each.place]] for each in proposals]
    p = np.random.default_rng(seed).dirichlet(np.full(len(NAMES), 0.1))
    for proposal, row in zip(proposals, entries(memory, proposals, symbols, p), strict=True):
        for entry, start, size, (name, shape) in zip(
            row, STARTS, SIZES, TABLES.items(), strict=True
        ):
            assert start <= entry < start + size
            if name != "likelihood and confidence, of all sources":
                assert np.unravel_index(entry - start, shape)[0] == proposal.source


def test_float32_logits_give_float32(recwarn: pytest.WarningsRecorder) -> None:
    logits = np.full(len(NAMES), -200, np.float32)
    logits[3] = 200
    mixed = recall_of(TUNE).mix(logits)
    assert mixed.dtype == np.float32
    assert np.isfinite(mixed).all()
    assert not recwarn.list


@pytest.mark.parametrize("weights", [np.zeros(3), np.full(WEIGHTS, np.nan)])
def test_what_is_no_gate_is_refused(weights: np.ndarray) -> None:
    with pytest.raises(ValueError, match="finite weights"):
        Gate(weights)


@given(seeds, st.lists(st.integers(0, len(TUNE)), min_size=1, max_size=5), st.floats(0, 50))
def test_a_batch_is_mixed_as_its_songs_one_by_one(
    seed: int, lengths: list[int], strength: float
) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=WEIGHTS)
    songs = [recall_of(TUNE[:length], weights, strength) for length in lengths]
    copies = [song.copy() for song in songs]
    logits = rng.normal(size=(len(songs) + 1, len(NAMES))) * 5
    together = logits.copy()
    mix_each([*songs, None], together)
    for song, twin, own, row in zip(songs, copies, logits[:-1], together[:-1], strict=True):
        np.testing.assert_allclose(row, twin.mix(own), rtol=1e-12, atol=1e-12)
        assert (song.last is None) == (twin.last is None)
    np.testing.assert_array_equal(together[-1], logits[-1])
