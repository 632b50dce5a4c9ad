"""Songs written phrase by phrase: the judge is asked where the text says, and is listened to."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pytest

from songrnn.config import ModelConfig, SampleConfig
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import SamplingError
from songrnn.generation.composer import compose, compose_each, compose_stream
from songrnn.generation.phrases import CUTS, cut
from songrnn.model.engine import Engine
from songrnn.model.shapes import parameter_shapes
from songrnn.notation.bars import wrong_bars
from songrnn.notation.reader import read
from songrnn.recall.gate import WEIGHTS, Gate

VOCABULARY = Vocabulary.of("\n :|/12348ABCDEFGKLMXcdefg[]()z")
PRIME = "X:1\nL:1/8\nM:2/4\nK:C\nABCd|"
MODEL = ModelConfig(hidden_size=8, embedding_size=4)
CONFIG = SampleConfig(whole_bars=True, recall=0.5, ways=3, limit=300)


@pytest.fixture(scope="module")
def engine() -> Engine:
    rng = np.random.default_rng(0)
    shapes = parameter_shapes(MODEL, VOCABULARY.size)
    weights = {name: rng.normal(size=size).astype(np.float32) for name, size in shapes.items()}
    return Engine(MODEL, VOCABULARY.size, weights)


@pytest.fixture(scope="module")
def gate() -> Gate:
    return Gate(np.random.default_rng(1).normal(size=WEIGHTS))


def likes(letter: str, texts: Sequence[str], whole: Sequence[bool], stage: int) -> list[float]:
    return [text.count(letter) / len(text) for text in texts]


def test_the_judge_is_listened_to(engine: Engine, gate: Gate) -> None:
    shares = {}
    for letter in "cG":
        songs = compose_each(
            engine, VOCABULARY, seeds=range(4), prime=PRIME, config=CONFIG, gate=gate,
            judge=partial(likes, letter),
        )  # fmt: skip
        texts = "".join(song.text for song in songs)
        shares[letter] = [texts.count(each) / len(texts) for each in "cG"]
    assert shares["c"][0] > shares["G"][0]
    assert shares["G"][1] > shares["c"][1]


def test_songs_are_the_same_together_and_one_by_one_and_keep_their_bars(
    engine: Engine, gate: Gate
) -> None:
    judge = partial(likes, "c")
    together = list(
        compose_each(
            engine, VOCABULARY, seeds=range(5), prime=PRIME, config=CONFIG, gate=gate, judge=judge,
            together=6,
        )
    )  # fmt: skip
    for seed, song in enumerate(together):
        alone = compose(
            engine, VOCABULARY, seed=seed, prime=PRIME, config=CONFIG, gate=gate, judge=judge
        )
        assert song.text == alone.text
        np.testing.assert_allclose(song.log_probabilities, alone.log_probabilities, atol=1e-4)
        drawn = len(song.text) - len(PRIME) + (len(song.text) < CONFIG.limit)
        assert len(song.log_probabilities) == len(song.withheld) == drawn
        assert not wrong_bars(read(song.text))
        assert song.seed == seed


def test_the_judge_sees_beginnings_as_they_are_cut_for_it_to_learn_from(
    engine: Engine, gate: Gate
) -> None:
    seen: list[tuple[str, bool, int]] = []

    def judge(texts: Sequence[str], whole: Sequence[bool], stage: int) -> list[float]:
        seen.extend((text, over, stage) for text, over in zip(texts, whole, strict=True))
        return [0.0] * len(texts)  # the first one is as good as any

    song = compose(engine, VOCABULARY, seed=1, prime=PRIME, config=CONFIG, gate=gate, judge=judge)
    stages = sorted({stage for *_, stage in seen})
    assert len(seen) == CONFIG.ways * len(stages)
    for stage in stages[:-1]:
        assert (*cut(song.text, CUTS[stage]), stage) in seen
    assert (song.text, True, stages[-1]) in seen


def test_without_a_judge_or_before_a_stop(engine: Engine) -> None:
    config = SampleConfig(ways=2, limit=100)
    with pytest.raises(SamplingError, match="songrnn typicality"):
        compose_stream(engine, VOCABULARY, config=config)
    stopped = compose(
        engine, VOCABULARY, prime="X:1\n", config=config, judge=partial(likes, "c"),
        stop=lambda: True,
    )  # fmt: skip
    assert (stopped.text, stopped.stopped_by) == ("X:1\n", "person")
