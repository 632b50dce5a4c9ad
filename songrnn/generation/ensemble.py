"""Many songs side by side: one step of the network moves all of them by a character.

Each song has a seat. When it ends, the next one takes its seat; when none is waiting and half the
seats are empty, the rest move together. What a song draws depends on its own generator alone, not
on who sits beside it.
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
    generator_of,
    score_drawn,
)
from songrnn.generation.sampling import Sampler
from songrnn.model.engine import Engine, State

# Random numbers are drawn this many at a time; a generator gives the same ones either way.
BLOCK = 256


@dataclass(frozen=True)
class _Song:
    place: int  # in the order of the requests
    prime: str
    seed: int
    rng: np.random.Generator
    constraint: Constraint | None


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
    constraint: Callable[[], Constraint] | None,
    stop: Callable[[], bool] | None,
    together: int,
) -> Iterator[Composition]:
    """Yield a song for each (prime, seed), in their order; `together` seats."""
    first = list(islice(requests, together))
    if not first:
        return
    waiting = enumerate(chain(first, requests))
    seats = _Seats(engine, vocabulary, config, constraint, len(first))
    done: dict[int, Composition] = {}  # finished before one that came earlier
    next_place = 0

    def seat_next(seat: int) -> None:
        for place, (prime, seed) in waiting:
            if len(prime) < config.limit:
                seats.take(seat, place, prime, seed)
                return
            encode_prime(prime, vocabulary, config)
            none = np.zeros(0, np.float32)
            done[place] = Composition(prime, prime, none, none, config, seed, "length")

    for seat in range(len(seats)):
        seat_next(seat)
    while True:
        while next_place in done:
            yield done.pop(next_place)
            next_place += 1
        if not seats.taken:
            return
        stopped = stop is not None and stop()
        for seat, why in seats.all_stop() if stopped else seats.step():
            place, song = seats.leave(seat, why)
            done[place] = song
            if not stopped:
                seat_next(seat)
        if 2 * seats.taken <= len(seats):
            seats.close_up()


class _Seats:
    """The songs under way: B seats, a row each in every array."""

    def __init__(
        self,
        engine: Engine,
        vocabulary: Vocabulary,
        config: SampleConfig,
        constraint: Callable[[], Constraint] | None,
        count: int,
    ) -> None:
        self._engine, self._vocabulary, self._config = engine, vocabulary, config
        self._new_constraint = constraint
        self._names = [vocabulary.decode([symbol]) for symbol in range(vocabulary.size)]
        self._sampler = Sampler(config, vocabulary.size)
        self._stepper = engine.batch_stepper(count)
        self._logits = np.zeros((count, vocabulary.size), np.float32)
        self._symbols: np.ndarray | None = None  # (B,) drawn last, not read yet
        self._songs: list[_Song | None] = [None] * count
        self._newcomers: dict[int, _Primed] = {}
        self._primed: _Primed | None = None
        self._rows = np.arange(count)
        self._sits = np.zeros(count, np.intp)  # 1 where a song sits
        self._room = np.ones(count, np.intp)  # characters it may still draw
        self._drawn = np.zeros(count, np.intp)  # symbols drawn
        self._uniforms = np.zeros((count, BLOCK))
        self._used = np.zeros(count, np.intp)  # random numbers of its block
        self._history = np.zeros((count, BLOCK), np.int32)
        self._scores = np.zeros((count, BLOCK), np.float32)
        self._withheld = np.zeros((count, BLOCK), np.float32)
        self._steps_left = 0  # for which the random numbers and the history suffice
        self.taken = 0

    def __len__(self) -> int:
        return len(self._songs)

    def take(self, seat: int, place: int, prime: str, seed: int) -> None:
        """Seat a song; UnknownCharacterError and SamplingError as in `compose_stream`."""
        rng = generator_of(seed)
        primed = self._prime(prime)
        constraint = None if self._new_constraint is None else self._new_constraint()
        if constraint is not None:
            for character in prime:
                constraint.advance(character)
        self._songs[seat] = _Song(place, prime, seed, rng, constraint)
        self._newcomers[seat] = primed
        self._sits[seat] = 1
        self._room[seat] = self._config.limit - len(prime)
        self._drawn[seat] = 0
        self._uniforms[seat] = rng.random(BLOCK)
        self._used[seat] = 0
        self.taken += 1

    def step(self) -> list[tuple[int, StoppedBy]]:
        """Draw a symbol for every song; return the seats of those that are over, and why."""
        self._read()
        if self._steps_left == 0:
            self._provide()
        self._steps_left -= 1
        uniforms = self._uniforms[self._rows, self._used]
        place = (self._rows, self._drawn)
        if self._new_constraint is None:
            symbols, scores = self._sampler.draw_and_score(self._logits, uniforms)
        else:
            allowed = self._allowed()
            symbols = self._sampler.draw_each(self._logits, uniforms, allowed)
            scores, self._withheld[place] = score_drawn(self._logits, symbols, allowed)
            self._tell(symbols)
        self._history[place] = symbols
        self._scores[place] = scores
        self._used += self._sits
        self._drawn += self._sits
        self._room -= self._sits
        self._symbols = symbols
        ended = symbols == END
        if self._room.all() and not ended.any():
            return []
        over = (ended | (self._room == 0)) & (self._sits == 1)
        return [(seat, "end" if ended[seat] else "length") for seat in over.nonzero()[0].tolist()]

    def all_stop(self) -> list[tuple[int, StoppedBy]]:
        """Every taken seat, to be left because a person said so."""
        return [(seat, "person") for seat in self._sits.nonzero()[0].tolist()]

    def leave(self, seat: int, why: StoppedBy) -> tuple[int, Composition]:
        """Empty a seat; return its song and the song's place among the requests."""
        song, n = self._songs[seat], self._drawn[seat]
        assert song is not None
        composition = Composition(
            song.prime + "".join(map(self._names.__getitem__, self._history[seat, :n].tolist())),
            song.prime,
            self._scores[seat, :n].copy(),
            self._withheld[seat, :n].copy(),
            self._config,
            song.seed,
            why,
        )
        self._songs[seat] = None
        # An empty seat goes through the motions without moving on.
        self._sits[seat] = self._drawn[seat] = self._used[seat] = 0
        self._room[seat] = 1
        self._newcomers.pop(seat, None)
        self.taken -= 1
        return song.place, composition

    def close_up(self) -> None:
        """Let the songs that are left move together, so that no work is done for empty seats."""
        rows = self._sits.nonzero()[0]
        if not len(rows):
            return
        self._read()
        self._songs = [self._songs[row] for row in rows]
        self._stepper = self._engine.batch_stepper(len(rows), self._stepper.state().rows(rows))
        self._logits = self._logits[rows]
        self._rows = np.arange(len(rows))
        self._sits, self._room = self._sits[rows], self._room[rows]
        self._drawn, self._used = self._drawn[rows], self._used[rows]
        self._uniforms, self._history = self._uniforms[rows], self._history[rows]
        self._scores, self._withheld = self._scores[rows], self._withheld[rows]

    def _read(self) -> None:
        """Read the symbols drawn last, so that the logits are those of the next draw."""
        if self._symbols is not None:
            self._logits = self._stepper.feed(self._symbols)
            self._symbols = None
        for seat, primed in self._newcomers.items():
            self._stepper.load(primed.state, self._rows[seat : seat + 1])
            self._logits[seat] = primed.logits
        self._newcomers.clear()

    def _provide(self) -> None:
        """See to it that no song runs out of random numbers or of room for its symbols."""
        for seat in (self._used == BLOCK).nonzero()[0]:
            song = self._songs[seat]
            if song is not None:
                self._uniforms[seat] = song.rng.random(BLOCK)
            self._used[seat] = 0
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
        """(B, V): what each song's constraint permits; everything on empty seats."""
        allowed = np.ones((len(self), self._vocabulary.size), bool)
        for seat, song in enumerate(self._songs):
            if song is not None and song.constraint is not None:
                allowed[seat] = song.constraint.allowed()
        return allowed

    def _tell(self, symbols: np.ndarray) -> None:
        for song, symbol in zip(self._songs, symbols.tolist(), strict=True):
            if song is not None and song.constraint is not None and symbol != END:
                song.constraint.advance(self._names[symbol])
