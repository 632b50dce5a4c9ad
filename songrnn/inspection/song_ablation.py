"""Hearing what neurons do: the same song composed with and without them.

The same seed draws with the same numbers, so two songs are alike up to the first character where
the missing neurons tip a draw.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from songrnn.config import SampleConfig
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.generation.composer import check_songs, compose, compose_each
from songrnn.generation.composition import Composition
from songrnn.model.engine import Engine
from songrnn.model.intervention import Change
from songrnn.quality.validity import Validity, assess
from songrnn.statistics import Interval, bootstrap_interval

_DEFAULT = SampleConfig()
SONGS = 100


@dataclass(frozen=True)
class Pair:
    """A song as the network writes it, and what the same draws make of it without the neurons.

    first_difference: the first character that differs, an index into both texts or the length of
    the shorter one; None when the songs are the same.
    """

    whole: Composition
    altered: Composition
    first_difference: int | None


@dataclass(frozen=True)
class SongEffect:
    """Mean change of a figure of songs, altered minus whole, over songs with the same seed.

    share_changed: of all songs. right_bars, in_key: shares of a song's bars and notes;
    ends_on_tonic, ended: shares of songs. None when fewer than two pairs have the figure.
    """

    songs: int
    share_changed: float
    right_bars: Interval | None
    in_key: Interval | None
    ends_on_tonic: Interval | None
    ended: Interval | None


def compose_pair(
    engine: Engine,
    vocabulary: Vocabulary,
    interventions: Sequence[Change],
    *,
    prime: str = "",
    config: SampleConfig = _DEFAULT,
    seed: int = 0,
) -> Pair:
    """One song twice.

    Raises UnknownCharacterError, SamplingError, QuotaError, ValueError for no such unit.
    """
    check_songs(2 * config.counts_as)
    whole, altered = (
        compose(each, vocabulary, prime=prime, config=config, seed=seed)
        for each in (engine, engine.holding(interventions))
    )
    return Pair(whole, altered, first_difference(whole.text, altered.text))


def first_difference(one: str, other: str) -> int | None:
    """Where two texts part.

    >>> first_difference("DFA|", "DFd|"), first_difference("DF", "DFA"), first_difference("D", "D")
    (2, 2, None)
    """
    for at, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return at
    return None if len(one) == len(other) else min(len(one), len(other))


def song_effect(
    engine: Engine,
    vocabulary: Vocabulary,
    interventions: Sequence[Change],
    rng: np.random.Generator,
    *,
    prime: str = "",
    config: SampleConfig = _DEFAULT,
    songs: int = SONGS,
    first_seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> SongEffect:
    """What the neurons do to songs: `songs` pairs, with bootstrap intervals over the pairs.

    Raises as `compose_pair`.
    """
    check_songs(2 * songs * config.counts_as)
    seeds = range(first_seed, first_seed + songs)

    def composed(each: Engine) -> Iterator[Composition]:
        return compose_each(each, vocabulary, seeds=seeds, prime=prime, config=config)

    pairs: list[tuple[Validity, Validity]] = []
    changed = 0
    for whole, altered in zip(
        composed(engine), composed(engine.holding(interventions)), strict=True
    ):
        changed += whole.text != altered.text
        pairs.append((_assessed(whole), _assessed(altered)))
        if progress is not None:
            progress(len(pairs) / songs)
    figures = {
        name: _interval([(getattr(a, name), getattr(b, name)) for a, b in pairs], rng)
        for name in ("right_bars", "in_key", "ends_on_tonic", "ended")
    }
    return SongEffect(songs=len(pairs), share_changed=changed / len(pairs), **figures)


def _assessed(song: Composition) -> Validity:
    return assess(song.text, ended=song.stopped_by == "end")


def _interval(
    pairs: Sequence[tuple[float | None, float | None]], rng: np.random.Generator
) -> Interval | None:
    changes = [float(b) - float(a) for a, b in pairs if a is not None and b is not None]
    return bootstrap_interval(changes, rng) if len(changes) > 1 else None
