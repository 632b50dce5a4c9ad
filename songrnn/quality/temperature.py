"""The temperature study: what songs gain and lose as the temperature rises.

At each temperature a set of songs is written with the same seeds and measured; the last row is
that of real held-out tunes. Low temperatures are correct and repeat themselves or the training
tunes, high ones are new and fall apart; `suggest` says where the two balance.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from pydantic import BaseModel, ConfigDict, Field, model_validator

from songrnn.config import SampleConfig
from songrnn.corpus.tunebook import Tune, Tunebook
from songrnn.disk import read_bytes, replace_file
from songrnn.errors import DamagedRunError
from songrnn.generation.composition import Composition
from songrnn.notation.reader import read
from songrnn.quality.distributions import Counts, compare, features
from songrnn.quality.novelty import Index, Novelty
from songrnn.quality.validity import Validity, assess
from songrnn.statistics import Interval, bootstrap_interval, share_interval
from songrnn.store.runs import Run

FILE = "temperature.json"
# What every song of a study begins with.
PRIME = "X:1\n"
TEMPERATURES = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 2.0)

MEANINGS = {
    "valid": "Share of songs with at least 8 bars, all of them complete, no errors, that ended by "
    "themselves.",
    "right_bars": "Share of the bars of a song that are as long as the meter says; mean over songs.",
    "ended": "Share of songs that the model ended by itself.",
    "in_key": "Share of a song's notes in the scale of its key; mean over songs.",
    "seen_notes": "Share of a song's runs of 8 notes that occur in training tunes, in any key; "
    "mean over songs.",
    "longest_notes": "Longest run of notes that a song shares with a training tune; mean over "
    "songs.",
    "different": "Share of songs that are unlike every other one of the set, character for "
    "character; with one song there is none, and no interval since songs are counted in pairs.",
    "divergence": "Jensen-Shannon divergence from real held-out tunes in bits, mean of pitch "
    "classes, intervals, durations and bar rhythms; chance differences of finite sets taken off.",
    "overlap": "Share of what songs are made of that real held-out tunes have in the same "
    "proportion, mean of the same four; chance differences taken off.",
    "characters": "Length of a song in characters; mean over songs.",
}


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Figure(_Document):
    """An estimate with its 95 % interval (None where n allows none)."""

    estimate: float
    low: float | None
    high: float | None
    n: int

    @classmethod
    def of(cls, interval: Interval) -> "Figure":
        """From an interval."""
        ends = [end if np.isfinite(end) else None for end in (interval.low, interval.high)]
        return cls(estimate=interval.estimate, low=ends[0], high=ends[1], n=interval.n)


class Row(_Document):
    """Figures of the songs at one temperature; temperature None: of real held-out tunes."""

    temperature: float | None = Field(ge=0, le=100)
    songs: int = Field(ge=0)
    figures: dict[str, Figure]


class TemperatureStudy(_Document):
    """temperature.json of a run."""

    format_version: Literal[1] = 1
    run: str
    corpus: str
    songs: int
    seed: int
    limit: int
    whole_bars: bool
    rows: tuple[Row, ...]
    suggested: float | None
    reason: str

    @model_validator(mode="after")
    def _ends_with_real_tunes(self) -> Self:
        if [row.temperature is None for row in self.rows].count(True) != 1 or (
            self.rows[-1].temperature is not None
        ):
            raise ValueError("the last row, and only that, must be of real tunes")
        return self

    def write(self, folder: Path) -> None:
        """Replace the study in the run's folder. Raises StorageError."""
        replace_file(folder / FILE, self.model_dump_json(indent=1).encode() + b"\n")

    @classmethod
    def read(cls, folder: Path) -> "TemperatureStudy | None":
        """The study of a run; None when there is none. Raises DamagedRunError."""
        try:
            return cls.model_validate_json(read_bytes(folder / FILE))
        except FileNotFoundError:
            return None
        except (ValueError, OSError) as error:
            raise DamagedRunError(
                f"{folder / FILE} cannot be read; make it again with songrnn study-temperature."
            ) from error


def study_run(
    run: Run,
    compose: Callable[..., Iterable[Composition]],
    book: Tunebook,
    index: Index,
    *,
    temperatures: Sequence[float] = TEMPERATURES,
    songs: int = 200,
    seed: int = 0,
    limit: int = 2000,
    whole_bars: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> TemperatureStudy:
    """Write a run's songs at each temperature, measure them and the real tunes, and suggest one.

    compose: `compose_each` with the run's engine and vocabulary given. book: the corpus whose
    validation tunes songs are compared with. index: of its training tunes. progress: called with
    the sets of songs measured so far and their number. Nothing is stored; see
    `TemperatureStudy.write`.
    """

    def write(config: SampleConfig, seeds: range) -> Iterable[Composition]:
        return compose(prime=PRIME, config=config, seeds=seeds)

    found = []
    for row in rows(
        write,
        book.split("validation"),
        index,
        temperatures=temperatures,
        songs=songs,
        seed=seed,
        limit=limit,
        whole_bars=whole_bars,
    ):
        found.append(row)
        if progress is not None:
            progress(len(found), len(temperatures) + 1)
    suggested, reason = suggest(found)
    return TemperatureStudy(
        run=run.name,
        corpus=book.name,
        songs=songs,
        seed=seed,
        limit=limit,
        whole_bars=whole_bars,
        rows=tuple(found),
        suggested=suggested,
        reason=reason,
    )


def rows(
    write: Callable[[SampleConfig, range], Iterable[Composition]],
    real: Sequence[Tune],
    index: Index,
    *,
    temperatures: Sequence[float] = TEMPERATURES,
    songs: int = 200,
    seed: int = 0,
    limit: int = 2000,
    whole_bars: bool = False,
) -> Iterator[Row]:
    """Measure the songs at each temperature, lowest first, then the real tunes.

    write: gives the songs of some settings with these seeds. real: held-out tunes; they are what
    songs are compared with, and for their own row each half is compared with the other. At temperature 0 all seeds write one song, so one is written.
    """
    known = [features(tune.text) for tune in real]
    rng = np.random.default_rng(seed)
    for temperature in sorted(temperatures):
        config = SampleConfig(temperature=temperature, limit=limit, whole_bars=whole_bars)
        count = 1 if temperature == 0 else songs
        written = list(write(config, range(seed, seed + count)))
        texts = [song.text for song in written]
        ended = [song.stopped_by == "end" for song in written]
        yield Row(
            temperature=temperature,
            songs=count,
            figures=measure(texts, ended, known, index, rng),
        )
    texts = [tune.text for tune in real]
    figures = measure(texts, None, known, index, rng)
    figures |= _likeness(known[::2], known[1::2])
    yield Row(temperature=None, songs=len(texts), figures=figures)


def measure(
    texts: Sequence[str],
    ended: Sequence[bool] | None,
    real: Sequence[dict],
    index: Index,
    rng: np.random.Generator,
) -> dict[str, Figure]:
    """The figures of `MEANINGS` for a set of songs. real: features of the real tunes."""
    readings = [read(text) for text in texts]
    judged: list[Validity] = [
        assess(reading, ended=None if ended is None else ended[place])
        for place, reading in enumerate(readings)
    ]
    new: list[Novelty] = [index.look_up(reading) for reading in readings]
    found = {
        "valid": share_interval(sum(song.valid for song in judged), len(judged)),
        "right_bars": _over(rng, [song.right_bars for song in judged]),
        "in_key": _over(rng, [song.in_key for song in judged]),
        "seen_notes": _over(rng, [song.seen_notes for song in new]),
        "longest_notes": _over(rng, [song.longest_notes for song in new]),
        "different": _unlike_all_others(texts),
        "characters": _over(rng, [len(text) for text in texts]),
    }
    if ended is not None:
        found["ended"] = share_interval(sum(ended), len(ended))
    figures = {name: Figure.of(value) for name, value in found.items() if value is not None}
    return figures | _likeness([features(reading) for reading in readings], real)


def _likeness(songs: Sequence[Counts], real: Sequence[Counts]) -> dict[str, Figure]:
    found = compare(songs, real)
    return {
        name: _mean([getattr(like, name) for like in found])
        for name in ("divergence", "overlap")
        if found
    }


def _unlike_all_others(texts: Sequence[str]) -> Interval | None:
    once = sum(times == 1 for times in Counter(texts).values())
    n = len(texts)
    return Interval(once / n, math.nan, math.nan, n) if n > 1 else None


def _over(rng: np.random.Generator, values: Sequence[float | None]) -> Interval | None:
    there: ArrayLike = [value for value in values if value is not None]
    return bootstrap_interval(there, rng, resamples=400) if np.size(there) else None


def _mean(intervals: Sequence[Interval]) -> Figure:
    """Of the features' divergences; the ends are the means of the ends, which is wide enough."""
    ends = np.mean([[one.estimate, one.low, one.high] for one in intervals], axis=0)
    return Figure.of(Interval(float(ends[0]), float(ends[1]), float(ends[2]), intervals[0].n))


# What `suggest` looks at: shares all, so their distances can be added.
_BALANCED = ("valid", "seen_notes", "overlap")


def suggest(found: Sequence[Row]) -> tuple[float | None, str]:
    """The temperature whose songs are nearest to real tunes in what matters, and why.

    Valid songs, runs seen in training and overlap are shares; the distance of a temperature is
    the mean of how far each lies from that of real tunes. It depends on no other temperature
    tried. Those that cannot be told from the nearest one by their intervals are named.
    """
    real = next((row for row in found if row.temperature is None), None)
    tried = [row for row in found if row.temperature and row.songs > 1 and _complete(row)]
    if real is None or not tried or not _complete(real):
        return None, "Too few songs were written to suggest a temperature."
    away = [_distance(row, real) for row in tried]
    nearest = min(range(len(tried)), key=lambda place: away[place][0])
    best, (distance, unsure) = tried[nearest], away[nearest]
    alike = [
        f"{row.temperature:g}"
        for row, (other, doubt) in zip(tried, away, strict=True)
        if row is not best and other - distance < math.hypot(unsure, doubt)
    ]
    shown, human = best.figures, real.figures
    return best.temperature, (
        f"At {best.temperature:g} the songs are nearest to real tunes, {100 * distance:.0f} points "
        "away on average over three shares: "
        f"{shown['valid'].estimate:.0%} are valid (real tunes {human['valid'].estimate:.0%}), "
        f"{shown['seen_notes'].estimate:.0%} of their runs of 8 notes were seen in training (real "
        f"tunes {human['seen_notes'].estimate:.0%}), and what they are made of overlaps with real "
        f"tunes by {shown['overlap'].estimate:.0%} (real tunes among themselves "
        f"{human['overlap'].estimate:.0%})."
        + (f" {best.songs} songs cannot tell it from {_listed(alike)}." if alike else "")
    )


def _listed(names: Sequence[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _complete(row: Row) -> bool:
    return all(name in row.figures for name in _BALANCED)


def _distance(row: Row, real: Row) -> tuple[float, float]:
    """Mean distance over the shares, and half the width of its 95 % interval."""
    ours = [row.figures[name] for name in _BALANCED]
    theirs = [real.figures[name].estimate for name in _BALANCED]
    halves = [
        (one.high - one.low) / 2 for one in ours if one.low is not None and one.high is not None
    ]
    mean = sum(abs(a.estimate - b) for a, b in zip(ours, theirs, strict=True)) / len(ours)
    return mean, math.hypot(*halves) / len(ours)
