"""How far back a network looks: one character is replaced, and what follows is read on.

The state and the predictions after the replaced character differ from what they were; how much at
each distance, and within which distance half of all that lies, says how long the network, a layer
or a property read off the state remembers. (Occlusion: Zeiler and Fergus 2014.)

T characters, D distances, L layers, H units.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.inspection.batch_reader import batches, readable_tunes
from songrnn.inspection.directions import Direction
from songrnn.model.engine import Engine
from songrnn.statistics import Interval, bootstrap_interval

Floats = NDArray[np.float64]
# Distances that are looked at; tunes that are read, and characters replaced in each.
DISTANCES = 200
TUNES = 60
PLACES = 4
_TOGETHER = 32


@dataclass(frozen=True)
class Reach:
    """Of one thing that is watched. name: "predictions", "layer 1", …, or a property. effect: by
    distance from the replaced character, 0 being the character itself: bits, or the mean square of
    the change. half: the distance within which half of the effect lies, with its 95 % interval over
    tunes."""

    name: str
    effect: tuple[float, ...]
    half: Interval


def measure_reach(
    engine: Engine,
    vocabulary: Vocabulary,
    tunes: Sequence[Tune],
    rng: np.random.Generator,
    *,
    directions: Sequence[Direction] = (),
    most_tunes: int = TUNES,
    progress: Callable[[float], None] | None = None,
) -> list[Reach]:
    """The reach of the predictions, of each layer's state, and of what directions read off it.

    A character is replaced by one of the same tune, drawn at random among those that differ.
    Raises ConfigError when the network can read none of the tunes.
    """
    known = readable_tunes(tunes, vocabulary)
    chosen = [known[i] for i in rng.permutation(len(known))[:most_tunes]]
    names = ["predictions"] + [f"layer {n + 1}" for n in range(engine.config.layers)]
    names += [each.property for each in directions]
    sums = np.zeros((len(chosen), len(names), DISTANCES))
    pairs: list[tuple[NDArray[np.int64], int, int]] = []
    for number, tune in enumerate(chosen):
        ids = vocabulary.encode(tune.text)
        for place in rng.integers(0, max(len(ids) - 1, 1), PLACES).tolist():
            others = ids[ids != ids[place]]
            if len(others):
                changed = ids.copy()
                changed[place] = rng.choice(others)
                pairs.append((changed, place, number))
    originals = [vocabulary.encode(tune.text) for tune in chosen]
    for begin in range(0, len(pairs), _TOGETHER):
        part = pairs[begin : begin + _TOGETHER]
        numbers = sorted({number for *_, number in part})
        texts = [originals[n] for n in numbers] + [changed for changed, *_ in part]
        logs, states = _read(engine, texts)
        for row, (changed, place, number) in enumerate(part, start=len(numbers)):
            base = numbers.index(number)
            end = min(place + DISTANCES, len(changed))
            span = slice(place, end)
            sums[number, :, : end - place] += _effects(
                logs[base][span], logs[row][span], states[base][span], states[row][span], directions
            )
        if progress is not None:
            progress(min(begin + _TOGETHER, len(pairs)) / len(pairs))
    return [_reach(name, sums[:, k], rng) for k, name in enumerate(names)]


def _read(engine: Engine, texts: Sequence[NDArray[np.int64]]) -> tuple[list[Floats], list[Floats]]:
    """Log-probabilities (T, V) after each character, and states (T, quantities, L, H)."""
    quantities = [name for name in ("hidden", "cell") if name in engine.quantities]
    L, H, V = engine.config.layers, engine.config.hidden_size, engine.vocabulary_size
    logs = [np.zeros((len(ids), V)) for ids in texts]
    states = [np.zeros((len(ids), len(quantities), L, H)) for ids in texts]
    for batch in batches(engine, texts, most_texts=len(texts)):
        batch.stepper.feed(batch.inputs[0])
        for t, symbols in enumerate(batch.inputs[1:]):
            scores = batch.stepper.feed(symbols).astype(np.float64)
            scores -= scores.max(axis=1, keepdims=True)
            scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
            values = [
                [batch.stepper.values(name, layer).copy() for layer in range(L)]
                for name in quantities
            ]
            for row, text in enumerate(batch.texts):
                if t < len(texts[text]):
                    logs[text][t] = scores[row]
                    states[text][t] = [[each[row] for each in layers] for layers in values]
    return logs, states


def _effects(
    log: Floats, other: Floats, state: Floats, changed: Floats, directions: Sequence[Direction]
) -> Floats:
    """(watched, T) of one replaced character: T distances."""
    bits = (np.exp(log) * (log - other)).sum(axis=1) / math.log(2)
    squashed = np.tanh(changed) - np.tanh(state)
    layers = (squashed**2).mean(axis=(1, 3)).T  # (L, T)
    found = [bits, *layers]
    for direction in directions:
        read = np.zeros(len(log))
        for part in direction.parts:
            at = int(part.quantity == "cell")
            read += (changed[:, at, part.layer] - state[:, at, part.layer]) @ part.reads
        found.append((read / len(direction.parts)) ** 2)
    return np.stack(found)


def _reach(name: str, by_tune: Floats, rng: np.random.Generator) -> Reach:
    """by_tune: (tunes, D) sums."""

    def half(drawn: Floats) -> float:
        total = np.cumsum(drawn.sum(axis=0))
        return float(np.searchsorted(total, total[-1] / 2))

    interval = bootstrap_interval(by_tune, rng, statistic=half, resamples=400)
    return Reach(name, tuple((by_tune.sum(axis=0) / max(len(by_tune), 1)).tolist()), interval)
