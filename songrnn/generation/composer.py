"""Composing: START, then the prime, then one drawn character after the other until END.

`compose_stream` is one song as it comes into being; `compose_each` is many, several at a time;
`compose` and `compose_many` collect. The same run, prime, settings and seed give the same song
in all four. With `config.whole_bars` each song keeps to the rules of `whole_bars`, unless a
constraint of the caller's own is given; with `config.form` it takes one of `forms` as well. With `config.recall` what the song said before is mixed
into each prediction by the run's gate (`songrnn.recall`), before rules and temperature act. With
`config.ways` a song is written phrase by phrase (`phrases`), each the best of several by a judge's
word.

All that composes goes through these, so that this is the place where songs are counted for the one
who asks (`songrnn.workspaces`).
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sized
from copy import copy
from functools import partial

import numpy as np

from songrnn.config import SampleConfig
from songrnn.corpus.vocabulary import END, START, Vocabulary
from songrnn.errors import SamplingError
from songrnn.generation.batching import BLOCK, Rules, compose_together
from songrnn.generation.composition import (
    Composition,
    Constraint,
    StoppedBy,
    encode_prime,
    ended_by,
    generator_of,
    recaller,
    score_drawn,
)
from songrnn.generation.forms.form import Forms
from songrnn.generation.forms.leading import FormedSong
from songrnn.generation.phrases import Judge, compose_by_phrases
from songrnn.generation.sampling import Sampler
from songrnn.generation.whole_bars.grammar import grammar_of
from songrnn.model.engine import Engine
from songrnn.recall.gate import Gate, Recall
from songrnn.workspaces import check_songs, count_song

__all__ = [
    "Composition",
    "Constraint",
    "check_songs",
    "compose",
    "compose_each",
    "compose_many",
    "compose_stream",
]

_DEFAULT = SampleConfig()


def compose_stream(
    engine: Engine,
    vocabulary: Vocabulary,
    *,
    prime: str = "",
    config: SampleConfig = _DEFAULT,
    seed: int = 0,
    constraint: Constraint | None = None,
    gate: Gate | None = None,
    forms: Forms | None = None,
    judge: Judge | None = None,
    stop: Callable[[], bool] | None = None,
) -> Generator[str, None, Composition]:
    """Yield the characters of one song, those of the prime first; return its Composition.

    `stop` is asked before each draw whether a person wants to end it. UnknownCharacterError,
    SamplingError and QuotaError are raised at the call, before the first character.
    """
    count_song(config.counts_as)
    if constraint is None and config.whole_bars:
        constraint = _rules(vocabulary, config, forms)()
    symbols = encode_prime(prime, vocabulary, config)
    rng = generator_of(seed)
    new_recall = recaller(gate, vocabulary, config)
    if config.ways > 1:
        new_rules = None if constraint is None else partial(copy, constraint)
        rules = Rules(new_rules, new_recall)
        judge = _needed(judge)
        return _phrased(engine, vocabulary, prime, seed, config, rules, judge, stop)

    def characters() -> Generator[str, None, Composition]:
        recall = None if new_recall is None else new_recall()
        song = _Progress(engine, vocabulary, constraint, recall)
        sampler = Sampler(config, vocabulary.size)
        ledger = _Ledger(vocabulary.size, constrained=constraint is not None)
        for symbol in symbols:
            yield song.take(symbol)
        uniforms: list[float] = []
        stopped_by: StoppedBy = "length"
        while len(song.text) < config.limit:
            if stop is not None and stop():
                stopped_by = "person"
                break
            if not uniforms:
                uniforms = rng.random(BLOCK)[::-1].tolist()
            allowed = None if constraint is None else constraint.allowed()
            logits = song.expected()
            symbol = sampler.draw(logits, uniforms.pop(), allowed)
            ledger.enter(logits, symbol, allowed)
            if symbol == END:
                stopped_by = ended_by(constraint)
                break
            yield song.take(symbol)
        scores, withheld = ledger.close()
        return Composition("".join(song.text), prime, scores, withheld, config, seed, stopped_by)

    return characters()


def compose(
    engine: Engine,
    vocabulary: Vocabulary,
    *,
    prime: str = "",
    config: SampleConfig = _DEFAULT,
    seed: int = 0,
    constraint: Constraint | None = None,
    gate: Gate | None = None,
    forms: Forms | None = None,
    judge: Judge | None = None,
    stop: Callable[[], bool] | None = None,
) -> Composition:
    """One whole song; as `compose_stream`."""
    stream = compose_stream(
        engine,
        vocabulary,
        prime=prime,
        config=config,
        seed=seed,
        constraint=constraint,
        gate=gate,
        forms=forms,
        judge=judge,
        stop=stop,
    )
    while True:
        try:
            next(stream)
        except StopIteration as finished:
            return finished.value


def compose_each(
    engine: Engine,
    vocabulary: Vocabulary,
    *,
    seeds: Iterable[int],
    prime: str = "",
    primes: Iterable[str] | None = None,
    config: SampleConfig = _DEFAULT,
    constraint: Callable[[], Constraint] | None = None,
    gate: Gate | None = None,
    forms: Forms | None = None,
    judge: Judge | None = None,
    stop: Callable[[], bool] | None = None,
    together: int = 64,
) -> Iterator[Composition]:
    """Yield one song a seed, in the order of the seeds, composing `together` at a time.

    A song that ends makes room for the next, so memory does not grow with their number and
    `seeds` may be endless. `primes` gives each song a prime of its own; `constraint` makes the
    rules of one song. When `stop` says so, the songs in progress are yielded as they are.
    Raises QuotaError, at the call where the number of seeds is known.
    """
    if isinstance(seeds, Sized):
        check_songs(len(seeds) * config.counts_as)
    if constraint is None and config.whole_bars:
        constraint = _rules(vocabulary, config, forms)
    if primes is None:
        encode_prime(prime, vocabulary, config)  # raises here rather than at the first song
        requests: Iterator[tuple[str, int]] = ((prime, seed) for seed in seeds)
    else:
        requests = zip(primes, seeds, strict=True)
    requests = _counted(requests, config.counts_as)
    rules = Rules(constraint, recaller(gate, vocabulary, config))
    if config.ways > 1:
        judge = _needed(judge)
        return compose_by_phrases(
            engine, vocabulary, requests, config, rules, judge, stop, together
        )
    return compose_together(engine, vocabulary, requests, config, rules, stop, together)


def _rules(
    vocabulary: Vocabulary, config: SampleConfig, forms: Forms | None
) -> Callable[[], Constraint]:
    """What makes the rules of one song in whole bars, and in a form where the settings say so."""
    new_rules = partial(grammar_of(vocabulary).song, config.limit)
    if not config.form:
        return new_rules
    if forms is None:
        raise SamplingError(
            "This run has not learned the forms of tunes yet; let it, with `songrnn typicality RUN`, "
            "or write without the form of a tune."
        )
    return lambda: FormedSong(new_rules(), forms, vocabulary)


def _needed(judge: Judge | None) -> Judge:
    if judge is None:
        raise SamplingError(
            "This run has not learned what phrases are typical yet; let it, with `songrnn typicality "
            "RUN`, or write each phrase in one way."
        )
    return judge


def _phrased(
    engine: Engine,
    vocabulary: Vocabulary,
    prime: str,
    seed: int,
    config: SampleConfig,
    rules: Rules,
    judge: Judge,
    stop: Callable[[], bool] | None,
) -> Generator[str, None, Composition]:
    """`compose_stream` of a song written phrase by phrase: its characters come all at once."""
    (song,) = compose_by_phrases(
        engine,
        vocabulary,
        iter([(prime, seed)]),
        config,
        rules,
        judge,
        stop,
        config.ways * config.drafts,
    )
    yield from song.text
    return song


def _counted(requests: Iterator[tuple[str, int]], counts_as: int) -> Iterator[tuple[str, int]]:
    """The same, each counted when it is begun. Raises QuotaError."""
    for request in requests:
        count_song(counts_as)
        yield request


def compose_many(
    engine: Engine,
    vocabulary: Vocabulary,
    *,
    seeds: Iterable[int],
    prime: str = "",
    primes: Iterable[str] | None = None,
    config: SampleConfig = _DEFAULT,
    constraint: Callable[[], Constraint] | None = None,
    gate: Gate | None = None,
    forms: Forms | None = None,
    judge: Judge | None = None,
    stop: Callable[[], bool] | None = None,
    together: int = 64,
) -> list[Composition]:
    """All songs of `compose_each` in a list."""
    return list(
        compose_each(
            engine,
            vocabulary,
            seeds=seeds,
            prime=prime,
            primes=primes,
            config=config,
            constraint=constraint,
            gate=gate,
            forms=forms,
            judge=judge,
            stop=stop,
            together=together,
        )
    )


class _Progress:
    """One song so far, with all that has to hear of each character: network, rules and memory."""

    def __init__(
        self,
        engine: Engine,
        vocabulary: Vocabulary,
        constraint: Constraint | None,
        recall: Recall | None,
    ) -> None:
        self.text: list[str] = []
        self._names = [vocabulary.decode([symbol]) for symbol in range(vocabulary.size)]
        self._stepper = engine.single_stepper()
        self._constraint, self._recall = constraint, recall
        self._logits = self._stepper.feed(START)

    def take(self, symbol: int) -> str:
        """Advance by a symbol; return its character."""
        character = self._names[symbol]
        self.text.append(character)
        if self._constraint is not None:
            self._constraint.advance(character)
        if self._recall is not None:
            self._recall.feed(symbol)
        self._logits = self._stepper.feed(symbol)
        return character

    def expected(self) -> np.ndarray:
        """The logits of the next symbol (V,), what is recalled mixed in; valid until `take`."""
        return self._logits if self._recall is None else self._recall.mix(self._logits)


class _Ledger:
    """Logits and symbols of the draws so far, scored a block at a time: a third of the cost."""

    def __init__(self, vocabulary_size: int, *, constrained: bool) -> None:
        self._logits = np.empty((BLOCK, vocabulary_size), np.float32)
        self._allowed = np.empty((BLOCK, vocabulary_size), bool) if constrained else None
        self._symbols: list[int] = []
        self._scored: list[tuple[np.ndarray, np.ndarray]] = []

    def enter(self, logits: np.ndarray, symbol: int, allowed: np.ndarray | None) -> None:
        n = len(self._symbols)
        self._logits[n] = logits
        if self._allowed is not None:
            self._allowed[n] = allowed
        self._symbols.append(symbol)
        if n + 1 == BLOCK:
            self._score()

    def close(self) -> tuple[np.ndarray, np.ndarray]:
        """(log probabilities, probability withheld), (n,) each."""
        self._score()
        scores, withheld = zip(*self._scored, strict=True)
        return np.concatenate(scores), np.concatenate(withheld)

    def _score(self) -> None:
        n = len(self._symbols)
        allowed = None if self._allowed is None else self._allowed[:n]
        self._scored.append(score_drawn(self._logits[:n], np.array(self._symbols, int), allowed))
        self._symbols = []
