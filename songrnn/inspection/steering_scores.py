"""Steering while composing: does holding a property in the state give songs that have it?

At each strength songs are composed with the same seeds, and validation tunes are read, which says
what steering costs in bits. Random directions as long stand beside it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from songrnn.config import SampleConfig
from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.generation.composer import check_songs, compose_each
from songrnn.inspection.ablated_bits import Floats, read_bits
from songrnn.inspection.batch_reader import readable_tunes
from songrnn.inspection.clamping import Clamp
from songrnn.inspection.directions import Direction
from songrnn.model.engine import Engine
from songrnn.notation.bars import bars
from songrnn.notation.reader import read
from songrnn.quality.validity import assess
from songrnn.statistics import Interval, bootstrap_interval

# −1 and 1 are where the property does not hold, and holds, on average.
STRENGTHS = (-2.0, -1.0, 0.5, 1.0, 2.0, 4.0)
SONGS = 100
# Tunes that the cost in bits is measured on.
TUNES = 30
_CONFIG = SampleConfig(temperature=0.7, limit=400)
FIGURES = {
    "right_bars": "bars as long as the meter says",
    "even_bars": "bars of the song's most frequent length",
    "three_quarters": "bars of three quarter notes, such as those of 6/8",
    "compound": "songs in a compound meter",
    "in_key": "notes in the key",
    "ends_on_tonic": "songs that end on the tonic",
    "ended": "songs that end by themselves",
    "length": "characters of a song",
}


@dataclass(frozen=True)
class Steered:
    """Songs at one strength, None being not steered. figures: of FIGURES, each a mean over songs
    with its 95 % interval, None where fewer than two songs have it. cost: change in bits per
    character of validation tunes, None when not steered."""

    strength: float | None
    figures: dict[str, Interval | None]
    cost: Interval | None
    songs: int


@dataclass(frozen=True)
class SteeringScores:
    """plain: not steered; steered: at each strength; random: the same, along random directions.
    bits: per character of validation tunes, not steered. breaks: the least strength, by size, that
    costs as many bits again; None when none does."""

    property: str
    bits: float
    plain: Steered
    steered: tuple[Steered, ...]
    random: tuple[Steered, ...]
    breaks: float | None


def score_steering(
    engine: Engine,
    vocabulary: Vocabulary,
    direction: Direction | Clamp,
    tunes: Sequence[Tune],
    rng: np.random.Generator,
    *,
    strengths: Sequence[float] = STRENGTHS,
    prime: str = "",
    songs: int = SONGS,
    config: SampleConfig = _CONFIG,
    progress: Callable[[float], None] | None = None,
) -> SteeringScores:
    """Compose `songs` songs at each strength, along the direction and along a random one; for a
    clamp, with its neurons held and with as many others.

    Raises ConfigError when the network can read none of the tunes, UnknownCharacterError,
    SamplingError and QuotaError as composing does.
    """
    check_songs((1 + 2 * len(strengths)) * songs * config.counts_as)
    known = readable_tunes(tunes, vocabulary)
    chosen = [known[i] for i in rng.permutation(len(known))[:TUNES]]
    ids = [vocabulary.encode(tune.text) for tune in chosen]
    [before] = read_bits(engine, ids, [()])
    asked: list[tuple[Direction | Clamp | None, float | None]] = [(None, None)]
    asked += [(each, s) for each in (direction, direction.random(rng)) for s in strengths]
    found = []
    for done, (way, strength) in enumerate(asked):
        held = way.steering(strength) if way is not None and strength is not None else ()
        steered = engine.holding(held)
        composed = compose_each(steered, vocabulary, seeds=range(songs), prime=prime, config=config)
        rows = [_song(song.text, ended=song.stopped_by == "end") for song in composed]
        figures = {name: _interval([row[name] for row in rows], rng) for name in FIGURES}
        cost = None
        if held:
            [after] = read_bits(engine, ids, [held])
            changes = [[(b - a).sum(), len(a)] for a, b in zip(before, after, strict=True)]
            cost = bootstrap_interval(np.array(changes), rng, statistic=_ratio, resamples=500)
        found.append(Steered(strength, figures, cost, songs))
        if progress is not None:
            progress((done + 1) / len(asked))
    plain, along, other = found[0], found[1 : len(strengths) + 1], found[len(strengths) + 1 :]
    bits = float(np.concatenate(before).mean())
    broken = [each.strength for each in along if each.cost and each.cost.estimate >= bits]
    return SteeringScores(
        direction.property,
        bits,
        plain,
        tuple(along),
        tuple(other),
        min((each for each in broken if each is not None), key=abs, default=None),
    )


def _song(text: str, *, ended: bool) -> dict[str, float | None]:
    reading = read(text)
    validity = assess(reading, ended=ended)
    lengths = Counter(bar.actual for bar in bars(reading) if bar.role != "pickup")
    total = sum(lengths.values())
    return {
        "right_bars": validity.right_bars,
        "even_bars": max(lengths.values()) / total if total else None,
        "three_quarters": lengths[3] / total if total else None,  # type: ignore[index]
        "compound": float(reading.meter.compound),
        "in_key": validity.in_key,
        "ends_on_tonic": None if validity.ends_on_tonic is None else float(validity.ends_on_tonic),
        "ended": float(ended),
        "length": float(len(text)),
    }


def _interval(values: Sequence[float | None], rng: np.random.Generator) -> Interval | None:
    known = [value for value in values if value is not None]
    return bootstrap_interval(known, rng, resamples=500) if len(known) > 1 else None


def _ratio(drawn: Floats) -> float:
    return float(drawn[:, 0].sum() / drawn[:, 1].sum())
