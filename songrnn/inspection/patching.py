"""Patching between two tunes: the state of one put into the other at one character.

Two heads of equal length are read (a jig and a reel, D and G). At one character the state of the
source, or a part of it, takes the place of the base's, and both read on the same music: how much of
the change that the whole state makes does a part make by itself?

T characters that are read on, L layers, H units, P parts.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import START, Vocabulary
from songrnn.errors import ConfigError
from songrnn.inspection.directions import Direction
from songrnn.model.engine import Engine
from songrnn.model.state import State
from songrnn.statistics import Interval, bootstrap_interval

Floats = NDArray[np.float64]
# Characters read on after the patch.
READ_ON = 48
# Tunes whose music is read on.
TUNES = 20
# Rows of a batch.
_ROWS = 512


@dataclass(frozen=True)
class Pair:
    """Two heads of equal length, with the same last character, and what follows both. The patch is
    made before that last character, so that the first prediction compared is that of the music."""

    base: str
    source: str
    music: tuple[str, ...]

    def __post_init__(self) -> None:
        """Raise ConfigError unless the heads differ, are alike in length and end, and music follows."""
        if len(self.base) != len(self.source):
            raise ConfigError(
                f"The two heads must be as long as each other: {len(self.base)} and "
                f"{len(self.source)} characters."
            )
        if not self.base or self.base[-1] != self.source[-1]:
            raise ConfigError("The two heads must end with the same character, such as a newline.")
        if self.base == self.source:
            raise ConfigError("The two heads are the same, so there is nothing to put in.")
        if not self.music or not all(self.music):
            raise ConfigError("There is no music to read on after the patch.")


@dataclass(frozen=True)
class Moved:
    """What a part of the state moves. share: of the whole state's change, with its 95 % interval
    over tunes: 1 as much, 0 nothing."""

    part: str
    share: Interval


@dataclass(frozen=True)
class NextCharacter:
    """A character's probability right after the patch: without it, with the whole state of the
    source."""

    character: str
    before: float
    after: float


@dataclass(frozen=True)
class Patched:
    """bits: by how many bits the whole state moves each prediction (Kullback-Leibler), by distance
    from the patch, mean over tunes; total: their mean over distances with its interval. half: the distance within which half of the change
    lies. parts, neurons: shares, the neurons ranked (hidden and cell together). next: the
    characters whose probability changes most. untrained: total of an untrained network."""

    bits: tuple[float, ...]
    total: Interval
    half: int
    parts: tuple[Moved, ...]
    neurons: tuple[Moved, ...]
    next: tuple[NextCharacter, ...]
    untrained: Interval | None
    tunes: int


HEADS = {
    "meter": ("M:4/4\nL:1/8\nK:D\n", "M:6/8\nL:1/8\nK:D\n"),
    "key": ("M:4/4\nL:1/8\nK:D\n", "M:4/4\nL:1/8\nK:G\n"),
}


# How a meter of four quarter notes is written.
_FOUR_QUARTERS = ("4/4", "C", "C|")


def written_pair(
    name: str, tunes: Sequence[Tune], vocabulary: Vocabulary, *, most: int = TUNES
) -> Pair:
    """Two heads written for the purpose, and the music of tunes that have the first one's meter
    and key. Raises ConfigError for a name that is not in HEADS, and without such a tune."""
    if name not in HEADS:
        raise ConfigError(f"There is no pair {name!r}; choose one of {', '.join(HEADS)}.")
    base, source = (f"X:1\nT:Tune\n{fields}" for fields in HEADS[name])
    music = []
    for tune in tunes:
        body = tune.text.partition(f"K:{tune.key}\n")[2]
        fits = tune.meter in _FOUR_QUARTERS and (tune.unit_length, tune.key) == ("1/8", "D")
        fits = fits and len(body) >= READ_ON
        if fits and not vocabulary.unknown(body[:READ_ON]):
            music.append(body[:READ_ON])
        if len(music) == most:
            break
    return Pair(base, source, tuple(music))


def patch(
    engine: Engine,
    vocabulary: Vocabulary,
    pair: Pair,
    rng: np.random.Generator,
    *,
    units: Sequence[tuple[int, int]] = (),
    direction: Direction | None = None,
    untrained: Engine | None = None,
    progress: Callable[[float], None] | None = None,
) -> Patched:
    """Put parts of the source's state into the base's, and read on.

    units: (layer, neuron) from 0 of some to be patched together; direction: along which the base
    takes the source's place. Raises ConfigError as Pair, UnknownCharacterError.
    """
    base, source = (_after(engine, vocabulary, head[:-1]) for head in (pair.base, pair.source))
    named = _parts(base, source, units, direction, rng)
    L, H = engine.config.layers, engine.config.hidden_size
    single = [(layer, neuron) for layer in range(L) for neuron in range(H)]
    states = [base, source, *named.values(), *(_swap(base, source, [unit]) for unit in single)]
    music = _music(vocabulary, pair)
    # bits by which the source's prediction differs from that of state k: (tunes, P, T)
    missed = np.zeros((len(music), len(states), max(map(len, music))))
    first = np.zeros((2, engine.vocabulary_size))
    for number, ids in enumerate(music):
        missed[number, :, : len(ids)], first = _read_on(engine, states, ids)
        if progress is not None:
            progress((number + 1) / len(music))
    whole = missed[:, 0]
    shares = [_share(whole, missed[:, 2 + k], rng) for k in range(len(states) - 2)]
    neurons = [
        Moved(f"{layer + 1}/{neuron}", share)
        for (layer, neuron), share in zip(single, shares[len(named) :], strict=True)
    ]
    by_distance = whole.mean(axis=0)
    return Patched(
        bits=tuple(by_distance.tolist()),
        total=bootstrap_interval(whole.mean(axis=1), rng),
        half=int(np.searchsorted(np.cumsum(by_distance), by_distance.sum() / 2)),
        parts=tuple(Moved(n, s) for n, s in zip(named, shares, strict=False)),
        neurons=tuple(sorted(neurons, key=lambda each: -each.share.estimate)),
        next=_next(vocabulary, first),
        untrained=_whole_change(untrained, vocabulary, pair, rng),
        tunes=len(music),
    )


def _after(engine: Engine, vocabulary: Vocabulary, text: str) -> State:
    ids = np.concatenate([[START], vocabulary.encode(text)])
    return engine.read(ids)[1]


def _parts(
    base: State,
    source: State,
    units: Sequence[tuple[int, int]],
    direction: Direction | None,
    rng: np.random.Generator,
) -> dict[str, State]:
    """Name -> the base's state with that part of the source's."""
    L, _, H = base.hidden.shape
    found = {}
    if base.cell is not None and source.cell is not None:
        found["hidden"] = State(source.hidden, base.cell)
        found["cell"] = State(base.hidden, source.cell)
    if L > 1:
        for layer in range(L):
            every = [(layer, neuron) for neuron in range(H)]
            found[f"layer {layer + 1}"] = _swap(base, source, every)
    if units:
        found["chosen neurons"] = _swap(base, source, units)
    if direction is not None:
        found[f"direction of {direction.property}"] = _along(base, source, direction)
        found["a random direction as long"] = _random(base, source, direction, rng)
    return found


def _swap(base: State, source: State, units: Sequence[tuple[int, int]]) -> State:
    """The base with hidden and cell state of these (layer, neuron) from the source."""
    found = base.copy()
    layers, neurons = np.array(units, np.intp).reshape(-1, 2).T
    found.hidden[layers, 0, neurons] = source.hidden[layers, 0, neurons]
    if found.cell is not None and source.cell is not None:
        found.cell[layers, 0, neurons] = source.cell[layers, 0, neurons]
    return found


def _along(base: State, source: State, direction: Direction) -> State:
    """The base moved along a direction until it reads as the source does."""
    found = base.copy()
    for part in direction.parts:
        mine, theirs = (_of(state, part.quantity)[part.layer, 0] for state in (found, source))
        mine += (part.reads @ (theirs.astype(float) - mine)) * part.step
    return found


def _random(base: State, source: State, direction: Direction, rng: np.random.Generator) -> State:
    """The base moved as far as `_along` moves it, in directions drawn at random."""
    moved, found = _along(base, source, direction), base.copy()
    for part in direction.random(rng).parts:
        mine = _of(found, part.quantity)[part.layer, 0]
        length = np.linalg.norm(_of(moved, part.quantity)[part.layer, 0] - mine)
        mine += part.step / max(float(np.linalg.norm(part.step)), 1e-12) * length
    return found


def _of(state: State, quantity: str) -> np.ndarray:
    found = state.cell if quantity == "cell" else state.hidden
    assert found is not None
    return found


def _music(vocabulary: Vocabulary, pair: Pair) -> list[NDArray[np.int64]]:
    """What is read on of every tune: the head's last character and the music."""
    return [vocabulary.encode(pair.base[-1] + text[:READ_ON]) for text in pair.music]


def _read_on(
    engine: Engine, states: Sequence[State], ids: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """(P, T) bits by which the predictions of the second state differ from those of each, after
    each of the T symbols; and (2, V) the first two's first probabilities."""
    found, first = np.zeros((len(states), len(ids))), np.zeros((2, engine.vocabulary_size))
    for begin in range(0, len(states), _ROWS):
        # The source goes along as the first row of every batch.
        chosen = [states[1], *states[begin : begin + _ROWS]]
        hidden = np.concatenate([each.hidden for each in chosen], axis=1)
        cells = [each.cell for each in chosen if each.cell is not None]
        joined = State(hidden, np.concatenate(cells, axis=1) if cells else None)
        stepper = engine.batch_stepper(len(chosen), joined)
        for t, symbol in enumerate(ids.tolist()):
            logs = _log_softmax(stepper.feed(np.full(len(chosen), symbol)))
            if not begin and not t:
                first = np.exp(logs[[1, 2]])
            bits = (np.exp(logs[0]) * (logs[0] - logs[1:])).sum(axis=1) / math.log(2)
            found[begin : begin + _ROWS, t] = bits
    return found, first


def _log_softmax(logits: np.ndarray) -> Floats:
    scores = logits.astype(np.float64)
    scores -= scores.max(axis=1, keepdims=True)
    return np.asarray(scores - np.log(np.exp(scores).sum(axis=1, keepdims=True)))


def _share(whole: Floats, left: Floats, rng: np.random.Generator) -> Interval:
    """1 − what is left of the change / the change; both (tunes, T) bits."""
    sums = np.stack([left.sum(axis=1), whole.sum(axis=1)], axis=1)
    return bootstrap_interval(
        sums,
        rng,
        statistic=lambda drawn: float(1 - drawn[:, 0].sum() / max(drawn[:, 1].sum(), 1e-12)),
        resamples=400,
    )


def _next(vocabulary: Vocabulary, first: Floats, most: int = 6) -> tuple[NextCharacter, ...]:
    before, after = first
    order = np.argsort(-np.abs(after - before), kind="stable")[:most]
    symbols = vocabulary.symbols
    return tuple(
        NextCharacter(symbols[i], float(before[i]), float(after[i])) for i in order.tolist()
    )


def _whole_change(
    engine: Engine | None, vocabulary: Vocabulary, pair: Pair, rng: np.random.Generator
) -> Interval | None:
    if engine is None:
        return None
    states = [_after(engine, vocabulary, head[:-1]) for head in (pair.base, pair.source)]
    changes = [_read_on(engine, states, ids)[0][0].mean() for ids in _music(vocabulary, pair)]
    return bootstrap_interval(changes, rng)
