"""Many songs in one batch: one step of the network moves all of them by a character.

This is continuous batching. Each song has a slot. When it ends, the next one takes its slot; when
none is waiting and half the slots are free, the batch is made smaller. What a song draws depends on
its own generator alone, not on the songs in other slots.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np

from songrnn.config import SampleConfig
from songrnn.corpus.vocabulary import END, START, Vocabulary
from songrnn.generation.composition import (
    Composition,
    Constraint,
    StoppedBy,
    encode_prime,
    ended_by,
    generator_of,
    score_drawn,
)
from songrnn.generation.sampling import Sampler
from songrnn.model.engine import Engine, State
from songrnn.recall.gate import Recall, mix_each

# Random numbers are drawn this many at a time; a generator gives the same ones either way.
BLOCK = 256


@dataclass(frozen=True)
class _Song:
    number: int  # in the order of the requests
    prime: str
    seed: int
    rng: np.random.Generator
    constraint: Constraint | None
    recall: Recall | None


@dataclass(frozen=True)
class Rules:
    """What makes the constraint and the recall of a new song, where there are such."""

    constraint: Callable[[], Constraint] | None = None
    recall: Callable[[], Recall] | None = None


@dataclass(frozen=True)
class _Primed:
    """The network after START and a prime: its state and what it expects next, (V,)."""

    prime: str
    state: State
    logits: np.ndarray


def compose_together(
    engine: Engine,
    vocabulary: Vocabulary,
    requests: Iterator[tuple[str, int]],
    config: SampleConfig,
    rules: Rules,
    stop: Callable[[], bool] | None,
    together: int,
) -> Iterator[Composition]:
    """Yield a song for each (prime, seed), in their order; `together` slots."""
    first = list(islice(requests, together))
    if not first:
        return
    waiting = enumerate(chain(first, requests))
    slots = _Slots(engine, vocabulary, config, rules, len(first))
    done: dict[int, Composition] = {}  # finished before one that came earlier
    next_number = 0

    def fill_slot(slot: int) -> None:
        for number, (prime, seed) in waiting:
            if len(prime) < config.limit:
                slots.start(slot, number, prime, seed)
                return
            encode_prime(prime, vocabulary, config)
            none = np.zeros(0, np.float32)
            done[number] = Composition(prime, prime, none, none, config, seed, "length")

    for slot in range(len(slots)):
        fill_slot(slot)
    while True:
        while next_number in done:
            yield done.pop(next_number)
            next_number += 1
        if not slots.taken:
            return
        stopped = stop is not None and stop()
        for slot, why in slots.all_stop() if stopped else slots.step():
            number, song = slots.finish(slot, why)
            done[number] = song
            if not stopped:
                fill_slot(slot)
        if 2 * slots.taken <= len(slots):
            slots.shrink()


class _Slots:
    """The songs in progress: B slots, a row each in every array."""

    def __init__(
        self,
        engine: Engine,
        vocabulary: Vocabulary,
        config: SampleConfig,
        rules: Rules,
        count: int,
    ) -> None:
        self._engine, self._vocabulary, self._config = engine, vocabulary, config
        self._new_constraint, self._new_recall = rules.constraint, rules.recall
        self._names = [vocabulary.decode([symbol]) for symbol in range(vocabulary.size)]
        self._sampler = Sampler(config, vocabulary.size)
        self._stepper = engine.batch_stepper(count)
        self._logits = np.zeros((count, vocabulary.size), np.float32)
        self._symbols: np.ndarray | None = None  # (B,) drawn last, not read yet
        self._songs: list[_Song | None] = [None] * count
        self._starting: dict[int, _Primed] = {}
        self._primed: _Primed | None = None
        self._rows = np.arange(count)
        self._active = np.zeros(count, np.intp)  # 1 where a slot is taken
        self._room = np.ones(count, np.intp)  # characters it may still draw
        self._drawn = np.zeros(count, np.intp)  # symbols drawn
        self._uniforms = np.zeros((count, BLOCK))
        self._used = np.zeros(count, np.intp)  # random numbers of its block
        self._history = np.zeros((count, BLOCK), np.int32)
        self._scores = np.zeros((count, BLOCK), np.float32)
        self._withheld = np.zeros((count, BLOCK), np.float32)
        self._steps_left = 0  # for which the random numbers and the history suffice
        self.taken = 0  # how many slots are

    def __len__(self) -> int:
        return len(self._songs)

    def start(self, slot: int, number: int, prime: str, seed: int) -> None:
        """Start a song; UnknownCharacterError and SamplingError as in `compose_stream`."""
        rng = generator_of(seed)
        primed = self._prime(prime)
        constraint = None if self._new_constraint is None else self._new_constraint()
        if constraint is not None:
            for character in prime:
                constraint.advance(character)
        recall = None if self._new_recall is None else self._new_recall()
        if recall is not None:
            for symbol in self._vocabulary.encode(prime).tolist():
                recall.feed(symbol)
        self._songs[slot] = _Song(number, prime, seed, rng, constraint, recall)
        self._starting[slot] = primed
        self._active[slot] = 1
        self._room[slot] = self._config.limit - len(prime)
        self._drawn[slot] = 0
        self._uniforms[slot] = rng.random(BLOCK)
        self._used[slot] = 0
        self.taken += 1

    def step(self) -> list[tuple[int, StoppedBy]]:
        """Draw a symbol for every song; return the slots of those that are over, and why."""
        self._read()
        if self._steps_left == 0:
            self._provide()
        self._steps_left -= 1
        uniforms = self._uniforms[self._rows, self._used]
        at = (self._rows, self._drawn)
        if self._new_recall is not None:
            self._recall()
        if self._new_constraint is None:
            symbols, scores = self._sampler.draw_and_score(self._logits, uniforms)
        else:
            allowed = self._allowed()
            symbols = self._sampler.draw_each(self._logits, uniforms, allowed)
            scores, self._withheld[at] = score_drawn(self._logits, symbols, allowed)
        self._tell(symbols)
        self._history[at] = symbols
        self._scores[at] = scores
        self._used += self._active
        self._drawn += self._active
        self._room -= self._active
        self._symbols = symbols
        ended = symbols == END
        if self._room.all() and not ended.any():
            return []
        over = (ended | (self._room == 0)) & (self._active == 1)
        return [(slot, self._why(slot, ended[slot])) for slot in over.nonzero()[0].tolist()]

    def _why(self, slot: int, ended: bool) -> StoppedBy:
        song = self._songs[slot]
        return ended_by(song.constraint) if ended and song is not None else "length"

    def all_stop(self) -> list[tuple[int, StoppedBy]]:
        """Every taken slot, to be left because a person said so."""
        return [(slot, "person") for slot in self._active.nonzero()[0].tolist()]

    def finish(self, slot: int, why: StoppedBy) -> tuple[int, Composition]:
        """Empty a slot; return its song and the song's number among the requests."""
        song, n = self._songs[slot], self._drawn[slot]
        assert song is not None
        composition = Composition(
            song.prime + "".join(map(self._names.__getitem__, self._history[slot, :n].tolist())),
            song.prime,
            self._scores[slot, :n].copy(),
            self._withheld[slot, :n].copy(),
            self._config,
            song.seed,
            why,
        )
        self._songs[slot] = None
        # An empty slot goes through the motions without moving on.
        self._active[slot] = self._drawn[slot] = self._used[slot] = 0
        self._room[slot] = 1
        self._starting.pop(slot, None)
        self.taken -= 1
        return song.number, composition

    def shrink(self) -> None:
        """Keep the taken slots only, so that no work is done for free ones."""
        rows = self._active.nonzero()[0]
        if not len(rows):
            return
        self._read()
        self._songs = [self._songs[row] for row in rows]
        self._stepper = self._engine.batch_stepper(len(rows), self._stepper.state().rows(rows))
        self._logits = self._logits[rows]
        self._rows = np.arange(len(rows))
        self._active, self._room = self._active[rows], self._room[rows]
        self._drawn, self._used = self._drawn[rows], self._used[rows]
        self._uniforms, self._history = self._uniforms[rows], self._history[rows]
        self._scores, self._withheld = self._scores[rows], self._withheld[rows]

    def _read(self) -> None:
        """Read the symbols drawn last, so that the logits are those of the next draw."""
        if self._symbols is not None:
            self._logits = self._stepper.feed(self._symbols)
            self._symbols = None
        for slot, primed in self._starting.items():
            self._stepper.load(primed.state, self._rows[slot : slot + 1])
            self._logits[slot] = primed.logits
        self._starting.clear()

    def _provide(self) -> None:
        """See to it that no song runs out of random numbers or of room for its symbols."""
        for slot in (self._used == BLOCK).nonzero()[0]:
            song = self._songs[slot]
            if song is not None:
                self._uniforms[slot] = song.rng.random(BLOCK)
            self._used[slot] = 0
        width = self._history.shape[1]
        if self._drawn.max() == width:
            self._history = np.pad(self._history, ((0, 0), (0, width)))
            self._scores = np.pad(self._scores, ((0, 0), (0, width)))
            self._withheld = np.pad(self._withheld, ((0, 0), (0, width)))
            width *= 2
        self._steps_left = int(min(BLOCK - self._used.max(), width - self._drawn.max()))

    def _prime(self, prime: str) -> _Primed:
        """Read START and the prime once for all the songs in a row that begin with it."""
        if self._primed is None or self._primed.prime != prime:
            stepper = self._engine.single_stepper()
            logits = stepper.feed(START)
            for symbol in encode_prime(prime, self._vocabulary, self._config):
                logits = stepper.feed(symbol)
            self._primed = _Primed(prime, stepper.state(), logits.copy())
        return self._primed

    def _allowed(self) -> np.ndarray:
        """(B, V): what each song's constraint permits; everything on free slots."""
        allowed = np.ones((len(self), self._vocabulary.size), bool)
        for slot, song in enumerate(self._songs):
            if song is not None and song.constraint is not None:
                allowed[slot] = song.constraint.allowed()
        return allowed

    def _recall(self) -> None:
        """Mix into each song's logits what it said before."""
        recalls = [None if song is None else song.recall for song in self._songs]
        mix_each(recalls, self._logits)

    def _tell(self, symbols: np.ndarray) -> None:
        """Let constraints and recalls know what was drawn."""
        if self._new_constraint is None and self._new_recall is None:
            return
        for song, symbol in zip(self._songs, symbols.tolist(), strict=True):
            if song is None or symbol == END:
                continue
            if song.constraint is not None:
                song.constraint.advance(self._names[symbol])
            if song.recall is not None:
                song.recall.feed(symbol)
