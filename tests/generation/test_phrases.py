"""Songs written phrase by phrase: the judge is asked where the text says, and is listened to."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pytest

from songrnn.config import ModelConfig, SampleConfig
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import SamplingError
from songrnn.generation.composer import compose, compose_each, compose_stream
from songrnn.generation.forms.form import Forms
from songrnn.generation.forms.reading import form_of
from songrnn.generation.phrases import CUTS, cut
from songrnn.generation.ways import EASE, Way
from songrnn.model.engine import Engine
from songrnn.model.shapes import parameter_shapes
from songrnn.notation.bars import wrong_bars
from songrnn.notation.reader import read
from songrnn.recall.gate import WEIGHTS, Gate
from songrnn.recall.memory import TuneMemory
from songrnn.store.runs import open_run

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


def likes(
    letter: str, texts: Sequence[str], whole: Sequence[bool], stage: int, more: Sequence[float]
) -> list[float]:
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

    def judge(
        texts: Sequence[str], whole: Sequence[bool], stage: int, more: Sequence[float]
    ) -> list[float]:
        assert list(more) == [0.0] * len(texts)  # nothing led these songs
        seen.extend((text, over, stage) for text, over in zip(texts, whole, strict=True))
        return [0.0] * len(texts)  # the first one is as good as any

    song = compose(engine, VOCABULARY, seed=1, prime=PRIME, config=CONFIG, gate=gate, judge=judge)
    stages = sorted({stage for *_, stage in seen})
    assert len(seen) == CONFIG.ways * len(stages)
    for stage in stages[:-1]:
        assert (*cut(song.text, CUTS[stage]), stage) in seen
    assert (song.text, True, stages[-1]) in seen


def test_the_best_of_several_drafts_stays(engine: Engine, gate: Gate) -> None:
    """A draft goes by random numbers of its own; the first is what one draft would be."""
    compared: list[list[str]] = []

    def judge(
        texts: Sequence[str], whole: Sequence[bool], stage: int, more: Sequence[float]
    ) -> list[float]:
        if len(texts) == 2:  # of three ways, but two drafts
            assert all(whole)
            assert stage == len(CUTS)
            compared.append(list(texts))
        return likes("c", texts, whole, stage, more)

    def songs(drafts: int, together: int) -> list[str]:
        config = CONFIG.model_copy(update={"drafts": drafts})
        made = compose_each(
            engine, VOCABULARY, seeds=range(4), prime=PRIME, config=config, gate=gate, judge=judge,
            together=together,
        )  # fmt: skip
        return [song.text for song in made]

    one = songs(1, 6)
    assert not compared
    best = songs(2, 9)
    assert [first for first, _ in compared] == one
    assert all(first != second for first, second in compared)
    assert best == [max(pair, key=lambda text: text.count("c") / len(text)) for pair in compared]
    assert best != one
    assert songs(2, 1) == best


def test_a_way_that_followed_its_form_readily_is_preferred() -> None:
    """Where the judge sees no difference, probability that a form took away decides."""
    run = open_run("lstm-150")
    tune = "X:1\nM:2/4\nL:1/8\nK:D\n" + "A2B2|c2d2|A2B2|d4|" * 2
    form = form_of(tune)
    assert form is not None
    asked: list[list[float]] = []

    def judge(
        texts: Sequence[str], whole: Sequence[bool], stage: int, more: Sequence[float]
    ) -> list[float]:
        asked.append(list(more))
        return list(more)

    config = SampleConfig(temperature=0.8, whole_bars=True, form=True, ways=4, limit=400)
    song = compose(
        Engine.of(run), run.vocabulary, prime="X:1\nM:2/4\nL:1/8\nK:D\nB2A2|", config=config,
        forms=Forms([form]), judge=judge, seed=3,
    )  # fmt: skip
    assert len(asked) > 1
    assert all(value < 0 for each in asked for value in each)
    allowed = np.log(1 - song.withheld.astype(float))
    assert allowed.sum() < sum(max(each) for each in asked) < EASE * allowed.sum()


def test_the_last_note_of_a_section_counts_in_full() -> None:
    class Ending:
        ends_section = False

    rules = Ending()
    way = Way(TuneMemory(), None, rules, np.random.default_rng(0))  # type: ignore[arg-type]
    way.drawn(-1.0, 0.5)
    assert (way.ease, way.endings) == (EASE * np.log(0.5), 0.0)
    rules.ends_section = True
    way.drawn(-1.0, 0.75)
    assert way.ease == pytest.approx(EASE * np.log(0.5) + np.log(0.25))
    assert way.endings == pytest.approx(np.log(0.25))
    other = way.forked(np.random.default_rng(1))
    assert (other.ease, other.endings) == (0.0, way.endings)
    assert other.withheld == [0.5, 0.75]


def test_of_drafts_one_that_the_model_ended_and_led_to_its_endings_is_preferred() -> None:
    run = open_run("lstm-150")
    form = form_of("X:1\nM:2/4\nL:1/8\nK:D\n" + "A2B2|c2d2|A2B2|d4|" * 2)
    assert form is not None
    seen: list[tuple[list[str], list[float]]] = []

    def judge(
        texts: Sequence[str], whole: Sequence[bool], stage: int, more: Sequence[float]
    ) -> list[float]:
        if len(texts) == 3:
            seen.append((list(texts), list(more)))
        return list(more)

    config = SampleConfig(temperature=0.8, whole_bars=True, form=True, ways=2, drafts=3, limit=200)
    songs = list(
        compose_each(
            Engine.of(run), run.vocabulary, prime="X:1\nM:2/4\nL:1/8\nK:D\nB2A2|", config=config,
            forms=Forms([form]), judge=judge, seeds=range(6),
        )
    )  # fmt: skip
    assert len(seen) == 6
    for song, (texts, more) in zip(songs, seen, strict=True):
        assert song.text == texts[int(np.argmax(more))]
        assert len(set(more)) > 1
        limited = [value <= -10 for value in more]
        assert all(limited) or song.stopped_by == "end"


def test_without_a_judge_or_before_a_stop(engine: Engine) -> None:
    config = SampleConfig(ways=2, limit=100)
    with pytest.raises(SamplingError, match="songrnn typicality"):
        compose_stream(engine, VOCABULARY, config=config)
    stopped = compose(
        engine, VOCABULARY, prime="X:1\n", config=config, judge=partial(likes, "c"),
        stop=lambda: True,
    )  # fmt: skip
    assert (stopped.text, stopped.stopped_by) == ("X:1\n", "person")


def test_a_stop_keeps_the_best_draft_that_has_ended(engine: Engine) -> None:
    """One draft after the other: stopped in the first, second or third, or never."""
    config = SampleConfig(ways=2, drafts=3, limit=60)
    judge = partial(likes, "c")

    def songs(draws: float, drafts: int) -> list[tuple[str, str]]:
        asked = 0

        def stop() -> bool:
            nonlocal asked
            asked += 1
            return asked > draws

        made = compose_each(
            engine, VOCABULARY, seeds=range(2), prime="X:1\n",
            config=config.model_copy(update={"drafts": drafts}), judge=judge, stop=stop, together=1,
        )  # fmt: skip
        return [(song.text, song.stopped_by) for song in made]

    one, best_of_two, best = (songs(np.inf, drafts)[0] for drafts in (1, 2, 3))
    kept = [songs(draws, 3) for draws in range(0, 400, 5)]
    assert all(len(each) == 1 for each in kept[:5])
    firsts = [each[0] for each in kept]
    ended = [first for first in firsts if first[1] != "person"]
    assert firsts[0] == ("X:1\n", "person")
    assert ended == sorted(ended, key=[one, best_of_two, best].index)
    assert {one, best_of_two, best} == set(ended)
