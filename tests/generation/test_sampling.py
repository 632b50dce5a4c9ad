"""Drawing the next symbol: temperature, filters, and what is never drawn."""

import warnings
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from songrnn.config import SampleConfig
from songrnn.corpus.vocabulary import START
from songrnn.errors import ConfigError, SamplingError
from songrnn.generation.sampling import Sampler
from tests.generation.oracle import probabilities, rounding_decides

LOGITS = np.array([9.0, 1.0, 3.0, 2.0, 3.0, -1.0], np.float32)  # START first
RNG = np.random.default_rng


@pytest.fixture(autouse=True)
def warnings_are_errors() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def sample(
    logits: np.ndarray,
    config: SampleConfig,
    rng: np.random.Generator,
    allowed: np.ndarray | None = None,
) -> int:
    return Sampler(config, len(logits)).draw(logits, rng.random(), allowed)


def assert_drawn_with(
    p: np.ndarray, logits: np.ndarray, config: SampleConfig, allowed: np.ndarray | None = None
) -> None:
    """Symbols divide the numbers from 0 to 1 among them in their order, each as much as its p."""
    sampler = Sampler(config, len(logits))
    ends = p.cumsum()
    for symbol in (p > 1e-4).nonzero()[0]:
        inside = 1e-5 + (1 - 2e-5) * np.array([0.0, 0.5, 1.0])
        for uniform in ends[symbol] - p[symbol] + p[symbol] * inside:
            near = min(abs(uniform - end) for end in (ends[symbol], ends[symbol] - p[symbol]))
            if near > 1e-6:  # nearer, and rounding decides
                assert sampler.draw(logits, float(uniform), allowed) == symbol


def test_start_is_never_drawn_however_probable() -> None:
    drawn = {sample(LOGITS, SampleConfig(), RNG(seed)) for seed in range(200)}
    assert START not in drawn
    assert len(drawn) > 1


def test_the_rest_shares_the_probability_of_start() -> None:
    assert_drawn_with(probabilities(LOGITS, SampleConfig()), LOGITS, SampleConfig())


def test_temperature_zero_takes_the_most_probable_symbol_and_the_first_of_equals() -> None:
    assert {sample(LOGITS, SampleConfig(temperature=0), RNG(seed)) for seed in range(20)} == {2}


@pytest.mark.parametrize("temperature", [1e-300, 1e-40, 1e-12, 1e-3])
def test_low_temperatures_do_not_overflow(temperature: float) -> None:
    """exp(logit / T) without subtracting the maximum first once overflowed to NaN."""
    logits = np.array([0, 900, 901, 880], np.float32)
    config = SampleConfig(temperature=temperature)
    assert sample(logits, config, RNG(0)) == 2
    ids = Sampler(config, 4).draw_each(np.stack([logits, logits]), np.array([0.0, 0.99]))
    np.testing.assert_array_equal(ids, [2, 2])


@pytest.mark.parametrize("temperature", [0.5, 1.7, 100])
def test_temperature_divides_the_logits(temperature: float) -> None:
    config = SampleConfig(temperature=temperature)
    assert_drawn_with(probabilities(LOGITS, config), LOGITS, config)


@pytest.mark.parametrize("temperature", [-0.1, float("nan"), float("inf")])
def test_a_temperature_that_is_no_number_from_0_is_refused(temperature: float) -> None:
    with pytest.raises(ConfigError, match="temperature"):
        SampleConfig(temperature=temperature)


def test_top_p_zero_is_refused() -> None:
    with pytest.raises(ConfigError, match="top p"):
        SampleConfig(top_p=0)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_scores_that_are_not_numbers_are_an_error(bad: float, temperature: float) -> None:
    logits = LOGITS.copy()
    logits[3] = bad
    config = SampleConfig(temperature=temperature)
    with np.errstate(invalid="ignore"):
        with pytest.raises(SamplingError, match="diverged"):
            sample(logits, config, RNG(0))
        with pytest.raises(SamplingError, match="diverged"):
            Sampler(config, 6).draw_each(np.stack([LOGITS, logits]), np.array([0.5, 0.5]))


def test_a_forbidden_symbol_is_never_drawn_and_the_rest_is_renormalized() -> None:
    allowed = np.array([True, True, False, True, False, True])
    assert_drawn_with(
        probabilities(LOGITS, SampleConfig(), allowed), LOGITS, SampleConfig(), allowed
    )
    assert sample(LOGITS, SampleConfig(temperature=0), RNG(0), allowed) == 3
    drawn = {sample(LOGITS, SampleConfig(), RNG(seed), allowed) for seed in range(100)}
    assert drawn == {1, 3, 5}


def test_a_mask_that_forbids_all_is_an_error() -> None:
    nothing = np.zeros(6, bool)
    nothing[START] = True
    with pytest.raises(SamplingError, match="No next character"):
        sample(LOGITS, SampleConfig(), RNG(0), nothing)


scores = st.integers(2, 12).flatmap(
    lambda n: arrays(np.float32, n, elements=st.floats(-20, 20, width=32))
)
configs = st.builds(
    SampleConfig,
    temperature=st.sampled_from([0.3, 1.0, 1.7]),
    top_k=st.integers(0, 13),
    top_p=st.one_of(st.just(1.0), st.floats(0.01, 1.0)),
    min_p=st.one_of(st.just(0.0), st.floats(0.0, 1.0)),
    filters_in_turn=st.booleans(),
)


def test_in_turn_top_p_shares_out_what_top_k_leaves() -> None:
    logits = np.log(np.array([1e-9, 0.4, 0.3, 0.2, 0.1]))  # START, then four symbols
    for in_turn, kept in ((False, {1, 2}), (True, {1})):
        config = SampleConfig(top_k=2, top_p=0.55, filters_in_turn=in_turn)
        draws = {
            Sampler(config, 5).draw(logits.astype(np.float32), u) for u in np.linspace(0, 0.999, 50)
        }
        assert draws == kept


@pytest.mark.parametrize("min_p", [0.36, 0.37])
def test_min_p_is_a_share_of_the_largest_probability(min_p: float) -> None:
    """One less in the logits is exp(−1), or 0.368 of the largest."""
    config = SampleConfig(min_p=min_p)
    assert_drawn_with(probabilities(LOGITS, config), LOGITS, config)


@given(scores, configs)
@settings(max_examples=300, deadline=None)
def test_filters_keep_what_their_definitions_say(logits: np.ndarray, config: SampleConfig) -> None:
    assume(not rounding_decides(logits, config))
    assert_drawn_with(probabilities(logits, config), logits, config)


@given(scores, configs, st.integers(0, 2**32 - 1))
@settings(max_examples=200, deadline=None)
def test_one_song_and_a_batch_draw_the_same(
    logits: np.ndarray, config: SampleConfig, seed: int
) -> None:
    uniforms = RNG(seed).random(5)
    batch = np.stack([np.roll(logits, k) for k in range(5)])
    sampler = Sampler(config, len(logits))
    together = sampler.draw_each(batch, uniforms)
    alone = [sampler.draw(row, u) for row, u in zip(batch, uniforms, strict=True)]
    np.testing.assert_array_equal(together, alone)


@given(scores, configs, st.sampled_from([0.0, 0.25, 0.5, 1 - 2**-53]))
@settings(max_examples=200, deadline=None)
def test_only_symbols_of_positive_probability_are_drawn(
    logits: np.ndarray, config: SampleConfig, uniform: float
) -> None:
    assume(not rounding_decides(logits, config))
    assert probabilities(logits, config)[Sampler(config, len(logits)).draw(logits, uniform)] > 0


@pytest.mark.parametrize(
    "config",
    [
        SampleConfig(),
        SampleConfig(temperature=0.6),
        SampleConfig(temperature=1.8, top_k=4),
        SampleConfig(top_p=0.8),
        SampleConfig(min_p=0.2),
    ],
    ids=str,
)
def test_frequencies_match_the_probabilities(config: SampleConfig) -> None:
    """Chi-square with a bound that a right sampler passes 9,999 times in 10,000."""
    stats = pytest.importorskip("scipy.stats")
    n = 20_000
    p = probabilities(LOGITS, config)
    ids = Sampler(config, 6).draw_each(np.tile(LOGITS, (n, 1)), RNG(4).random(n))
    counts = np.bincount(ids, minlength=6)
    assert counts[p == 0].sum() == 0
    drawn = p > 0
    chi_square = ((counts[drawn] - n * p[drawn]) ** 2 / (n * p[drawn])).sum()
    assert chi_square < stats.chi2.ppf(0.9999, drawn.sum() - 1)
