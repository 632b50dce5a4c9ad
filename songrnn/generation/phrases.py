"""Songs written phrase by phrase: each phrase several ways, to go on with the best of them.

A song stops after so many bars (`CUTS`) until all its ways have come there or ended. A judge, who
knows nothing of the network, says how good each of these beginnings is; all ways go on from the
best one, each with random numbers of its own, and so to the end. Of 4 ways at each of twelve places
this finds what would have to be looked for among 4 to the twelfth whole songs. It is a particle
filter with one survivor, the judge its twist (sequential Monte Carlo; Naesseth et al. 2019). Where a
form leads a song, how likely the network found what the form asked for counts as well: that is the
weight of a particle that draws from allowed characters alone. Several drafts of a song are written
so, each from its beginning, and the judge chooses among them as among whole songs.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np

from songrnn.config import SampleConfig
from songrnn.corpus.vocabulary import END, START, Vocabulary
from songrnn.generation.batching import Rules
from songrnn.generation.composition import (
    Composition,
    StoppedBy,
    encode_prime,
    ended_by,
    generator_of,
    score_drawn,
)
from songrnn.generation.sampling import Sampler
from songrnn.generation.ways import Way
from songrnn.model.engine import Engine, State
from songrnn.recall.gate import mix_each
from songrnn.recall.memory import TuneMemory

# Bars, as the text has them, after which the ways of a song are compared; then at their ends.
CUTS = (4, 6, 8, 9, 12, 14, 16, 17, 20, 24, 25, 32)

# (beginnings or whole songs, which of them are whole, index into CUTS or len(CUTS) once all are,
# what else counts for each, to be added) -> a number each, the best one's the largest.
Judge = Callable[[Sequence[str], Sequence[bool], int, Sequence[float]], Sequence[float]]

# What is added to the score of a draft that a limit ended: less than for one that copies.
_LIMITED = -10.0


def cut(text: str, bars: int) -> tuple[str, bool]:
    """The beginning of a song that is judged after so many bars, and whether it is all of it.

    What a bar's first character tells of the barline before it, whether it is that of a section,
    belongs to the beginning; the character itself does not.

    >>> cut("K:C\\nCDEF|GABc||d4|", 2)
    ('K:C\\nCDEF|GABc||', False)
    >>> cut("K:C\\nCDEF|", 2)
    ('K:C\\nCDEF|', True)
    """
    memory = TuneMemory()
    for place, character in enumerate(text):
        memory.feed(character)
        if memory.bar >= bars and memory.offset:
            return text[:place], False
    return text, True


@dataclass(frozen=True)
class _Draft:
    """A draft that is over. endings: as `Way` has it."""

    song: Composition
    endings: float


@dataclass
class _Song:
    """A draft in progress: number, in the order of the requests and their drafts; stage, the next
    of CUTS."""

    number: int
    prime: str
    seed: int
    ways: list[Way]
    stage: int


def compose_by_phrases(
    engine: Engine,
    vocabulary: Vocabulary,
    requests: Iterator[tuple[str, int]],
    config: SampleConfig,
    rules: Rules,
    judge: Judge,
    stop: Callable[[], bool] | None,
    together: int,
) -> Iterator[Composition]:
    """Yield a song for each (prime, seed), in their order, `together` ways side by side.

    When `stop` says so, the best draft that has ended of each song in progress is yielded, or else
    the first way of its first draft as it is.
    """
    each = (request for request in requests for _ in range(config.drafts))
    written = _drafts(engine, vocabulary, each, config, rules, judge, stop, together)
    while drafts := list(islice(written, config.drafts)):
        ended = [draft for draft in drafts if draft.song.stopped_by != "person"] or drafts[:1]
        more = [each.endings + _LIMITED * (each.song.stopped_by == "length") for each in ended]
        texts = [each.song.text for each in ended]
        scores = judge(texts, [True] * len(ended), len(CUTS), more) if len(ended) > 1 else more
        yield ended[int(np.argmax(scores))].song


def _drafts(
    engine: Engine,
    vocabulary: Vocabulary,
    requests: Iterator[tuple[str, int]],
    config: SampleConfig,
    rules: Rules,
    judge: Judge,
    stop: Callable[[], bool] | None,
    together: int,
) -> Iterator[_Draft]:
    """Yield `config.drafts` drafts of each song, in the order of the requests, which name a song as
    often as that."""
    first = []
    for request in requests:
        first.append(request)
        if len(first) * config.ways >= together:
            break
    waiting = enumerate(chain(first, requests))
    batch = _Batch(engine, vocabulary, config, rules, judge, max(len(first), 1))
    done: dict[int, _Draft] = {}
    next_number = 0

    def fill(place: int) -> None:
        for number, (prime, seed) in waiting:
            if len(prime) < config.limit:
                batch.start(place, number, prime, seed)
                return
            encode_prime(prime, vocabulary, config)
            none = np.zeros(0, np.float32)
            song = Composition(prime, prime, none, none, config, seed, "length")
            done[number] = _Draft(song, 0.0)

    for place in range(len(first)):
        fill(place)
    while True:
        while next_number in done:
            yield done.pop(next_number)
            next_number += 1
        if not batch.busy:
            return
        stopped = stop is not None and stop()
        for place, number, draft in batch.abandon() if stopped else batch.step():
            done[number] = draft
            if not stopped:
                fill(place)


class _Batch:
    """Songs in progress, `ways` rows each in one batch of the network."""

    def __init__(
        self,
        engine: Engine,
        vocabulary: Vocabulary,
        config: SampleConfig,
        rules: Rules,
        judge: Judge,
        songs: int,
    ) -> None:
        self._engine, self._vocabulary, self._config = engine, vocabulary, config
        self._rules, self._judge, self._ways = rules, judge, config.ways
        self._names = [vocabulary.decode([symbol]) for symbol in range(vocabulary.size)]
        self._sampler = Sampler(config, vocabulary.size)
        self._songs: list[_Song | None] = [None] * songs
        size = songs * config.ways
        self._stepper = engine.batch_stepper(size)
        self._rows: list[Way | None] = [None] * size  # those that draw
        self._logits = np.zeros((size, vocabulary.size), np.float32)
        self._primed: tuple[str, State, np.ndarray] | None = None

    @property
    def busy(self) -> bool:
        """Whether a song is in progress."""
        return any(song is not None for song in self._songs)

    def start(self, place: int, number: int, prime: str, seed: int) -> None:
        """Start a song; UnknownCharacterError and SamplingError as in `compose_stream`."""
        generator_of(seed)
        symbols = encode_prime(prime, self._vocabulary, self._config)
        if self._primed is None or self._primed[0] != prime:
            stepper = self._engine.single_stepper()
            logits = stepper.feed(START)
            for symbol in symbols:
                logits = stepper.feed(symbol)
            self._primed = prime, stepper.state(), logits.copy()
        new_constraint, new_recall = self._rules.constraint, self._rules.recall
        recall = None if new_recall is None else new_recall()
        way = Way(
            TuneMemory() if recall is None else recall.memory,
            recall,
            None if new_constraint is None else new_constraint(),
            np.random.default_rng([seed, 0]),
        )
        for symbol, character in zip(symbols, prime, strict=True):
            way.feed(symbol, character)
        way.state, way.logits = self._primed[1:]
        stage = sum(bars <= way.memory.bar for bars in CUTS)
        song = self._songs[place] = _Song(number, prime, seed, [], stage)
        n = number % self._config.drafts * self._ways
        generators = [np.random.default_rng([seed, each]) for each in range(n, n + self._ways)]
        self._go_on(place, song, way, generators)

    def _go_on(
        self, place: int, song: _Song, way: Way, generators: Sequence[np.random.Generator]
    ) -> None:
        """All ways of a song continue from one of them."""
        song.ways = [way.forked(rng) for rng in generators]
        rows = np.arange(place * self._ways, (place + 1) * self._ways)
        assert way.state is not None
        assert way.logits is not None
        self._stepper.load(way.state.rows(np.zeros(self._ways, np.intp)), rows)
        self._logits[rows] = way.logits
        self._rows[rows[0] : rows[-1] + 1] = song.ways

    def step(self) -> list[tuple[int, int, _Draft]]:
        """Draw a symbol for every way that goes on; return what is finished: the place, the song's
        number and the song."""
        symbols = self._draw()
        pausing = []
        for row, (way, symbol) in enumerate(zip(self._rows, symbols.tolist(), strict=True)):
            if way is not None and self._advance(row, way, symbol):
                self._rows[row] = None
                if way.stopped_by is None:
                    pausing.append((row, way))
        self._logits = self._stepper.feed(symbols).copy()
        if pausing:
            state = self._stepper.state()
            for row, way in pausing:
                way.state, way.logits = state.rows(np.array([row])), self._logits[row].copy()
        finished = []
        for place, song in enumerate(self._songs):
            first = place * self._ways
            if song is not None and not any(self._rows[first : first + self._ways]):
                finished += self._choose(place, song)
        return finished

    def _draw(self) -> np.ndarray:
        """The next symbol of each row; of those that wait, any."""
        recalls = [None if way is None else way.recall for way in self._rows]
        mix_each(recalls, self._logits)
        allowed = np.ones(self._logits.shape, bool)
        uniforms = np.zeros(len(self._rows))
        for row, way in enumerate(self._rows):
            if way is not None:
                uniforms[row] = way.rng.random()
                if way.constraint is not None:
                    allowed[row] = way.constraint.allowed()
        symbols = self._sampler.draw_each(self._logits, uniforms, allowed)
        scores, withheld = score_drawn(self._logits, symbols, allowed)
        for way, score, share in zip(self._rows, scores.tolist(), withheld.tolist(), strict=True):
            if way is not None:
                way.drawn(score, share)
        return symbols

    def _advance(self, row: int, way: Way, symbol: int) -> bool:
        """Take a symbol in; whether the way now waits or has ended."""
        song = self._songs[row // self._ways]
        assert song is not None
        if symbol == END:
            way.stopped_by = ended_by(way.constraint)
            return True
        way.feed(symbol, self._names[symbol])
        if len(way.memory.text) >= self._config.limit:
            way.stopped_by = "length"
            return True
        memory = way.memory
        return song.stage < len(CUTS) and memory.bar >= CUTS[song.stage] and memory.offset > 0

    def _choose(self, place: int, song: _Song) -> list[tuple[int, int, _Draft]]:
        """Go on with the best way of a song, or, where that has ended, be done with it."""
        ended = [way.stopped_by is not None for way in song.ways]
        texts = [
            "".join(way.memory.text if over else way.memory.text[:-1])
            for way, over in zip(song.ways, ended, strict=True)
        ]
        stage = len(CUTS) if all(ended) else song.stage
        eases = [way.ease if self._config.form else 0.0 for way in song.ways]
        best = int(np.argmax(self._judge(texts, ended, stage, eases)))
        way = song.ways[best]
        if way.stopped_by is None:
            song.stage += 1
            self._go_on(place, song, way, [each.rng for each in song.ways])
            return []
        self._songs[place] = None
        return [(place, song.number, self._composed(song, way, way.stopped_by))]

    def _composed(self, song: _Song, way: Way, stopped_by: StoppedBy) -> _Draft:
        scores, withheld = (np.array(x, np.float32) for x in (way.scores, way.withheld))
        text, config = "".join(way.memory.text), self._config
        made = Composition(text, song.prime, scores, withheld, config, song.seed, stopped_by)
        return _Draft(made, way.endings)

    def abandon(self) -> list[tuple[int, int, _Draft]]:
        """Leave every song, because a person said so."""
        found = []
        for place, song in enumerate(self._songs):
            if song is not None:
                found.append((place, song.number, self._composed(song, song.ways[0], "person")))
                self._songs[place] = None
        return found
