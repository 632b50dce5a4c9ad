"""Composing with recall: what is drawn follows the mixture, one by one or together."""

import numpy as np
import pytest
from scipy import stats

from songrnn.config import ModelConfig, SampleConfig
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import SamplingError
from songrnn.generation.composer import compose, compose_each
from songrnn.model.engine import Engine
from songrnn.model.shapes import parameter_shapes
from songrnn.recall.gate import WEIGHTS, Gate, Recall

VOCABULARY = Vocabulary.of("\n :|/12348ABCDEFGKLMXcdefg[]()z")
PRIME = "X:1\nL:1/8\nM:2/4\nK:C\nABCd|"
MODEL = ModelConfig(hidden_size=8, embedding_size=4)


@pytest.fixture(scope="module")
def engine() -> Engine:
    rng = np.random.default_rng(0)
    shapes = parameter_shapes(MODEL, VOCABULARY.size)
    weights = {name: rng.normal(size=size).astype(np.float32) for name, size in shapes.items()}
    return Engine(MODEL, VOCABULARY.size, weights)


@pytest.fixture(scope="module")
def gate() -> Gate:
    return Gate(np.random.default_rng(1).normal(size=WEIGHTS))


@pytest.mark.parametrize("whole_bars", [False, True])
@pytest.mark.parametrize("strength", [1.0, 0.3])
def test_songs_are_the_same_together_and_one_by_one(
    engine: Engine, gate: Gate, whole_bars: bool, strength: float
) -> None:
    config = SampleConfig(recall=strength, whole_bars=whole_bars, limit=200)
    seeds = range(9)
    together = list(
        compose_each(
            engine, VOCABULARY, seeds=seeds, prime=PRIME, config=config, gate=gate, together=4
        )
    )
    for seed, song in zip(seeds, together, strict=True):
        alone = compose(engine, VOCABULARY, prime=PRIME, config=config, gate=gate, seed=seed)
        assert song.text == alone.text
        np.testing.assert_allclose(song.log_probabilities, alone.log_probabilities, atol=1e-4)


def mixture(engine: Engine, gate: Gate, text: str) -> np.ndarray:
    names = ["", "", *VOCABULARY.characters]
    recall = Recall(gate, names, {n: s for s, n in enumerate(names) if n})
    stepper = engine.single_stepper()
    logits = stepper.feed(0)
    for symbol in VOCABULARY.encode(text).tolist():
        recall.feed(symbol)
        logits = stepper.feed(symbol)
    p = np.exp(recall.mix(logits).astype(float))
    p[0] = 0  # START is never drawn
    return p / p.sum()


def test_drawn_characters_follow_the_mixture(engine: Engine, gate: Gate) -> None:
    config = SampleConfig(recall=1.0, limit=len(PRIME) + 1)
    n = 20_000
    counts = np.zeros(VOCABULARY.size)
    for song in compose_each(
        engine, VOCABULARY, seeds=range(n), prime=PRIME, config=config, gate=gate, together=256
    ):
        tail = song.text[len(PRIME) :]
        counts[VOCABULARY.encode(tail)[0] if tail else 1] += 1
    expected = mixture(engine, gate, PRIME) * n
    likely = expected >= 5
    observed = np.append(counts[likely], counts[~likely].sum())
    wanted = np.append(expected[likely], expected[~likely].sum())
    keep = wanted > 0
    assert stats.chisquare(observed[keep], wanted[keep] * n / wanted.sum()).pvalue > 1e-4


def test_temperature_0_takes_the_likeliest_of_the_mixture(engine: Engine, gate: Gate) -> None:
    config = SampleConfig(recall=1.0, temperature=0.0, limit=len(PRIME) + 20)
    song = compose(engine, VOCABULARY, prime=PRIME, config=config, gate=gate)
    for t in range(len(PRIME), len(song.text)):
        best = int(mixture(engine, gate, song.text[:t]).argmax())
        assert VOCABULARY.decode([best]) == song.text[t]


def test_without_a_gate_recall_is_refused_in_words(engine: Engine) -> None:
    with pytest.raises(SamplingError, match="no recall"):
        compose(engine, VOCABULARY, config=SampleConfig(recall=1.0))
    assert compose(engine, VOCABULARY, config=SampleConfig(limit=5)).text
