"""Composing: what is fed, what is drawn, when it stops, and that many songs are as each alone."""

from collections.abc import Iterator
from itertools import count, islice

import numpy as np
import pytest

from songrnn.cells import CELLS
from songrnn.config import Cell, ModelConfig, SampleConfig
from songrnn.corpus.vocabulary import END, START, Vocabulary
from songrnn.errors import SamplingError, UnknownCharacterError
from songrnn.generation.composer import (
    Composition,
    compose,
    compose_each,
    compose_many,
    compose_stream,
)
from songrnn.model.engine import Engine
from songrnn.model.shapes import parameter_shapes
from tests.generation.oracle import log_probabilities, probabilities

VOCABULARY = Vocabulary.of(["\n:|ABCDEFGKLMX12348/"])
V = VOCABULARY.size
SHORT = SampleConfig(limit=40)
GREEDY = SampleConfig(temperature=0, limit=40)


def engine(cell: Cell = "lstm", layers: int = 1, hidden: int = 12, end: float = 0.0) -> Engine:
    """Random weights, lively enough that the past matters; `end` is added to END's score."""
    config = ModelConfig(cell=cell, layers=layers, hidden_size=hidden, embedding_size=6)
    rng = np.random.default_rng(3)
    weights = {
        name: rng.normal(0, 1.0 if name.startswith("readout") else 0.6, shape).astype(np.float32)
        for name, shape in parameter_shapes(config, V).items()
    }
    weights["readout.bias"][END] += end
    return Engine(config, V, weights)


def after(reader: Engine, text: str) -> np.ndarray:
    """Logits (T + 1, V) of reading START and the text in one go."""
    return reader.read(np.array([START, *VOCABULARY.encode(text)]))[0]


def ids(song: Composition) -> list[int]:
    """The symbols drawn, END included."""
    drawn = VOCABULARY.encode(song.text[len(song.prime) :]).tolist()
    return [*drawn, END] if song.stopped_by == "end" else drawn


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("layers", [1, 2])
def test_composing_remembers_all_it_wrote(cell: Cell, layers: int) -> None:
    """The net was once called without its previous state, so it had no memory."""
    reader = engine(cell, layers, end=-20)
    song = compose(reader, VOCABULARY, prime="X:1\n", config=GREEDY)
    expected = after(reader, song.text)[:, START + 1 :].argmax(-1) + START + 1
    assert len(song.text) == 40
    np.testing.assert_array_equal(VOCABULARY.encode(song.text)[4:], expected[4:-1])


@pytest.mark.parametrize("cell", CELLS)
def test_log_probabilities_are_the_models_own_at_temperature_one(cell: Cell) -> None:
    reader = engine(cell, end=-1)
    for seed in range(5):
        song = compose(
            reader,
            VOCABULARY,
            prime="AB",
            config=SampleConfig(temperature=1.7, top_k=9, limit=40),
            seed=seed,
        )
        scores = log_probabilities(after(reader, song.text))[2:]
        expected = [scores[t, symbol] for t, symbol in enumerate(ids(song))]
        np.testing.assert_allclose(song.log_probabilities, expected, atol=1e-4)


class Listening:
    """An engine that notes what its stepper is fed."""

    def __init__(self, reader: Engine) -> None:
        self.fed: list[int] = []
        stepper = reader.single_stepper()
        feed = stepper.feed

        def noting(symbol: int) -> np.ndarray:
            self.fed.append(symbol)
            return feed(symbol)

        stepper.feed = noting  # type: ignore[method-assign]
        self.single_stepper = lambda: stepper


def test_start_and_every_character_are_fed_exactly_once() -> None:
    """The last character of the prime was once fed twice."""
    listening = Listening(engine(end=-20))
    song = compose(listening, VOCABULARY, prime="X:1\nA", config=SHORT)  # type: ignore[arg-type]
    assert listening.fed == [START, *VOCABULARY.encode(song.text)]


def test_end_stops_a_song() -> None:
    """<end>, spelled out, was once compared with a single character: songs never stopped."""
    song = compose(engine(end=50), VOCABULARY, prime="AB")
    assert (song.text, song.stopped_by) == ("AB", "end")
    assert len(song.log_probabilities) == 1


def test_the_limit_counts_the_prime_and_stops_a_song() -> None:
    song = compose(engine(end=-50), VOCABULARY, prime="ABC", config=SampleConfig(limit=10))
    assert len(song.text) == 10
    assert len(song.log_probabilities) == 7
    assert song.stopped_by == "length"


def test_a_prime_as_long_as_the_limit_is_the_song() -> None:
    limit = SampleConfig(limit=3)
    song = compose(engine(), VOCABULARY, prime="ABC", config=limit)
    assert (song.text, song.stopped_by, len(song.log_probabilities)) == ("ABC", "length", 0)
    many = compose_many(engine(), VOCABULARY, prime="ABC", config=limit, seeds=[1, 2])
    assert [(s.text, s.stopped_by, s.seed) for s in many] == [
        ("ABC", "length", 1),
        ("ABC", "length", 2),
    ]


def test_a_person_can_stop_a_song() -> None:
    asked = iter([False, False, True])
    song = compose(engine(end=-50), VOCABULARY, prime="A", stop=lambda: next(asked))
    assert (len(song.text), song.stopped_by) == (3, "person")


def test_a_prime_longer_than_the_limit_is_refused_at_the_call() -> None:
    with pytest.raises(SamplingError, match="4 characters, more than the limit of 3"):
        compose_stream(engine(), VOCABULARY, prime="ABCD", config=SampleConfig(limit=3))
    with pytest.raises(SamplingError, match="4 characters"):
        compose_each(
            engine(), VOCABULARY, prime="ABCD", config=SampleConfig(limit=3), seeds=count()
        )


def test_an_unknown_character_in_the_prime_is_named_with_its_place_at_the_call() -> None:
    with pytest.raises(UnknownCharacterError, match=r"'é' at line 2, column 3"):
        compose_stream(engine(), VOCABULARY, prime="X:1\nABé")
    with pytest.raises(UnknownCharacterError):
        compose_each(engine(), VOCABULARY, prime="é", seeds=[1])


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(SamplingError, match="-1"):
        compose(engine(), VOCABULARY, seed=-1)


def test_whole_bars_need_the_characters_of_a_tune() -> None:
    with pytest.raises(SamplingError, match="vocabulary lacks"):
        compose(engine(), Vocabulary.of(["AB"]), config=SampleConfig(whole_bars=True))


def test_the_stream_yields_prime_and_song_character_by_character() -> None:
    reader = engine()
    stream = compose_stream(reader, VOCABULARY, prime="X:1\n", config=SHORT, seed=4)
    characters = list(islice(stream, 8))
    assert characters[:4] == list("X:1\n")
    whole = compose(reader, VOCABULARY, prime="X:1\n", config=SHORT, seed=4)
    assert "".join([*characters, *stream]) == whole.text


def test_two_streams_of_one_engine_do_not_disturb_each_other() -> None:
    reader = engine(end=-50)
    alone = [compose(reader, VOCABULARY, config=SHORT, seed=seed).text for seed in (1, 2)]
    streams = [compose_stream(reader, VOCABULARY, config=SHORT, seed=seed) for seed in (1, 2)]
    pairs = list(zip(*streams, strict=True))
    assert ["".join(characters) for characters in zip(*pairs, strict=True)] == alone


def test_a_seed_decides_the_song() -> None:
    reader = engine()
    texts = [compose(reader, VOCABULARY, config=SHORT, seed=seed).text for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def same(one: Composition, other: Composition) -> bool:
    return (one.text, one.prime, one.seed, one.stopped_by, one.config) == (
        other.text,
        other.prime,
        other.seed,
        other.stopped_by,
        other.config,
    ) and np.allclose(one.log_probabilities, other.log_probabilities, atol=1e-4)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(
    "config",
    [
        SampleConfig(limit=60),
        SampleConfig(limit=60, temperature=0),
        SampleConfig(limit=60, temperature=0.6, top_k=5, top_p=0.9, min_p=0.05),
        SampleConfig(limit=700, temperature=1.4),
    ],
    ids=["plain", "greedy", "filtered", "long"],
)
def test_many_songs_are_as_each_alone(cell: Cell, config: SampleConfig) -> None:
    reader = engine(cell, 2, end=-1 if config.limit < 700 else -5)
    seeds = range(30)
    alone = [compose(reader, VOCABULARY, prime="AB", config=config, seed=s) for s in seeds]
    many = compose_many(reader, VOCABULARY, prime="AB", config=config, seeds=seeds, together=8)
    assert len(many) == 30
    assert all(map(same, many, alone))
    if config.temperature and not config.top_k:
        assert {song.stopped_by for song in many} == {"end", "length"}


def test_each_song_may_have_its_own_prime() -> None:
    reader = engine()
    primes = ["", "A", "X:1\nK:", "A" * 40, "BC"]
    many = compose_many(reader, VOCABULARY, primes=primes, seeds=range(5), config=SHORT, together=2)
    alone = [
        compose(reader, VOCABULARY, prime=prime, seed=seed, config=SHORT)
        for seed, prime in enumerate(primes)
    ]
    assert all(map(same, many, alone))


def test_songs_come_in_the_order_of_their_seeds_and_no_sooner_than_needed() -> None:
    """Seeds may be endless: nothing is collected."""
    asked: list[int] = []

    def seeds() -> Iterator[int]:
        for seed in count():
            asked.append(seed)
            yield seed

    songs = compose_each(engine(end=-1), VOCABULARY, seeds=seeds(), config=SHORT, together=4)
    assert [song.seed for song in islice(songs, 50)] == list(range(50))
    # Every song takes at least a step, so a slow one is overtaken by few.
    assert len(asked) <= 50 + 4 * 41


def test_no_seeds_give_no_songs() -> None:
    assert compose_many(engine(), VOCABULARY, seeds=[]) == []


def test_a_person_can_stop_many_songs_and_keeps_those_under_way() -> None:
    asked = iter([False] * 5 + [True] * 100)
    songs = compose_many(
        engine(end=-50),
        VOCABULARY,
        prime="A",
        seeds=range(10),
        together=3,
        stop=lambda: next(asked),
    )
    assert [(len(s.text), s.stopped_by) for s in songs] == [(6, "person")] * 3


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("temperature", [1.0, 0.6])
def test_characters_come_as_often_as_the_softmax_says(cell: Cell, temperature: float) -> None:
    """Chi-square with a bound that a right sampler passes 9,999 times in 10,000."""
    stats = pytest.importorskip("scipy.stats")
    reader, n = engine(cell), 4000
    config = SampleConfig(temperature=temperature, limit=4)
    songs = compose_each(reader, VOCABULARY, prime="AB:", config=config, seeds=range(n))
    counts = np.bincount([ids(song)[0] for song in songs], minlength=V)
    p = probabilities(after(reader, "AB:")[-1], config)
    common = n * p >= 5
    observed = [*counts[common], counts[~common].sum()]
    expected = [*(n * p[common]), n * p[~common].sum()]
    kept = np.array(expected) > 1e-9
    difference = np.array(observed)[kept] - np.array(expected)[kept]
    chi_square = (difference**2 / np.array(expected)[kept]).sum()
    assert chi_square < stats.chi2.ppf(0.9999, kept.sum() - 1)


class Alternating:
    """After A only B, after B only A or END, else anything."""

    def __init__(self) -> None:
        self.heard = ""

    def allowed(self) -> np.ndarray:
        mask = np.zeros(V, bool)
        match self.heard[-1:]:
            case "A":
                mask[VOCABULARY.encode("B")] = True
            case "B":
                mask[[*VOCABULARY.encode("A"), END]] = True
            case _:
                mask[:] = True
        return mask

    def advance(self, character: str) -> None:
        self.heard += character


def test_a_constraint_hears_the_prime_and_steers_the_song() -> None:
    rules = Alternating()
    song = compose(engine(), VOCABULARY, prime="X:1\nA", config=SHORT, constraint=rules)
    assert rules.heard == song.text
    tail = song.text[4:]
    assert tail == ("AB" * 40)[: len(tail)]
    assert len(tail) > 2


def test_what_a_constraint_withholds_is_told_and_leaves_the_log_probabilities_alone() -> None:
    reader = engine()
    song = compose(reader, VOCABULARY, prime="A", config=SHORT, constraint=Alternating())
    scores = log_probabilities(after(reader, song.text))[1:]
    b = VOCABULARY.encode("B")[0]
    assert song.log_probabilities[0] == pytest.approx(scores[0, b], abs=1e-4)
    assert song.withheld[0] == pytest.approx(1 - np.exp(scores[0, b]), abs=1e-4)
    assert len(song.withheld) == len(song.log_probabilities)
    assert not compose(reader, VOCABULARY, config=SHORT).withheld.any()


def test_constrained_songs_are_the_same_together_and_alone() -> None:
    reader = engine(end=-1)
    many = compose_many(
        reader,
        VOCABULARY,
        prime="A",
        config=SHORT,
        seeds=range(9),
        constraint=Alternating,
        together=4,
    )
    for song in many:
        alone = compose(
            reader,
            VOCABULARY,
            prime="A",
            config=SHORT,
            seed=song.seed,
            constraint=Alternating(),
        )
        assert same(song, alone)
        np.testing.assert_allclose(song.withheld, alone.withheld, atol=1e-4)
