"""The temperature study: what songs gain and lose as the temperature rises.

At each temperature a set of songs is written with the same seeds and measured; the last row is
that of real held-out tunes. Low temperatures are correct and repeat themselves or the training
tunes, high ones are new and fall apart; `suggest` says where the two balance.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike

from songrnn.config import SampleConfig
from songrnn.corpus.tunebook import Tune, Tunebook
from songrnn.generation.composer import check_songs
from songrnn.generation.composition import Composition
from songrnn.lineage.kin import kin, melodies_of
from songrnn.lineage.learned import learned_by
from songrnn.notation.reader import read
from songrnn.quality.distributions import Counts, compare, features
from songrnn.quality.ear import Ear, Heard
from songrnn.quality.form import NAMES as FORM
from songrnn.quality.novelty import Index, Novelty
from songrnn.quality.temperature_file import Figure, Row, TemperatureStudy, Trait
from songrnn.quality.validity import Validity, assess, shares
from songrnn.statistics import Interval, bootstrap_interval, share_interval
from songrnn.store.runs import Run

# What every song of a study begins with.
PRIME = "X:1\n"
TEMPERATURES = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 2.0)
_TOLD = 10  # traits that a study keeps
# Figures of a song whose mean over songs is told.
_MEANS = ("right_bars", "in_key", "ends_on_tonic", "repeated_bars")


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
    recall: float = 0.0,
    ear: Ear | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> TemperatureStudy:
    """Write a run's songs at each temperature, measure them and the real tunes, and suggest one.

    compose: `compose_each` with the run's engine, vocabulary and, with recall, gate given. book: the corpus whose
    validation tunes songs are compared with. index: of its training tunes. ear: of the corpus; without
    one it is left out how songs are told from real tunes. progress: called with the sets of songs measured so far and their number. Nothing is stored; see
    `TemperatureStudy.write`. Raises QuotaError.
    """
    count = sum(_count(temperature, songs) for temperature in temperatures)
    check_songs(count * SampleConfig(limit=limit).counts_as)

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
        recall=recall,
        ear=ear,
    ):
        found.append(row)
        if progress is not None:
            progress(len(found), len(temperatures) + 1)
    suggested, reason = suggest(found)
    known, others = _without_kin(run, book)
    return TemperatureStudy(
        run=run.name,
        corpus=book.name,
        songs=songs,
        seed=seed,
        limit=limit,
        whole_bars=whole_bars,
        recall=recall,
        rows=tuple(found),
        suggested=suggested,
        reason=reason,
        kin=known,
        without_kin=_real(others, index, np.random.default_rng(seed), ear) if others else None,
    )


def _without_kin(run: Run, book: Tunebook) -> tuple[int, list[Tune]]:
    """How many validation tunes are kin of what the run learned from, and the others, if any are."""
    real = book.split("validation")
    known = kin(learned_by(run, [book]).melodies, melodies_of(real))
    others = [tune for tune, one in zip(real, known, strict=True) if not one]
    return int(known.sum()), others if known.any() else []


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
    recall: float = 0.0,
    ear: Ear | None = None,
) -> Iterator[Row]:
    """Measure the songs at each temperature, lowest first, then the real tunes.

    write: gives the songs of some settings with these seeds. real: held-out tunes; they are what
    songs are compared with, and for their own row each half is compared with the other. At temperature 0 all seeds write one song, so one is written.
    """
    known = [features(tune.text) for tune in real]
    rng = np.random.default_rng(seed)
    for temperature in sorted(temperatures):
        config = SampleConfig(
            temperature=temperature, limit=limit, whole_bars=whole_bars, recall=recall
        )
        count = _count(temperature, songs)
        written = list(write(config, range(seed, seed + count)))
        texts = [song.text for song in written]
        ended = [song.stopped_by == "end" for song in written]
        figures = measure(texts, ended, known, index, rng)
        heard = None if ear is None else ear.listen(texts)
        if heard is not None:
            figures["told_apart"] = Figure.of(heard.auc)
        yield Row(
            temperature=temperature,
            songs=count,
            figures=figures,
            giveaways=() if heard is None else told(heard),
        )
    yield _real(real, index, rng, ear)


def _count(temperature: float, songs: int) -> int:
    """How many songs are written at a temperature: at 0 all seeds write the same one."""
    return 1 if temperature == 0 else songs


def _real(real: Sequence[Tune], index: Index, rng: np.random.Generator, ear: Ear | None) -> Row:
    """The row of real tunes; each half of them is compared with the other."""
    known = [features(tune.text) for tune in real]
    figures = measure([tune.text for tune in real], None, known, index, rng)
    figures |= _likeness(known[::2], known[1::2])
    if ear is not None:
        figures["told_apart"] = Figure.of(ear.control)
    return Row(temperature=None, songs=len(real), figures=figures)


def told(heard: Heard) -> tuple[Trait, ...]:
    """The most telling traits, as a study keeps them."""
    return tuple(
        Trait(
            name=one.name,
            auc=one.auc,
            songs=one.songs if math.isfinite(one.songs) else None,
            real=one.real if math.isfinite(one.real) else None,
        )
        for one in heard.giveaways[:_TOLD]
    )


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
    values = shares(judged)
    found = {
        "well_formed": share_interval(sum(song.well_formed for song in judged), len(judged)),
        **{name: _over_shares(rng, values[name].tolist()) for name in (*_MEANS, *FORM)},
        "seen_notes": _over_shares(rng, [song.seen_notes for song in new]),
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


def _over_shares(rng: np.random.Generator, values: Sequence[float | None]) -> Interval | None:
    """The same of values from 0 to 1. Where all are 0 or 1 they are counted: drawing again from a
    hundred zeros gives nothing but zeros, and an interval without width would say "never"."""
    there = np.array([value for value in values if value is not None], np.float64)
    if len(there) > 1 and np.isin(there, (0, 1)).all():
        return share_interval(int(there.sum()), len(there))
    return _over(rng, values)


def _mean(intervals: Sequence[Interval]) -> Figure:
    """Of the features' divergences; the ends are the means of the ends, which is wide enough."""
    ends = np.mean([[one.estimate, one.low, one.high] for one in intervals], axis=0)
    return Figure.of(Interval(float(ends[0]), float(ends[1]), float(ends[2]), intervals[0].n))


# What `suggest` looks at: shares all, so their distances can be added.
_BALANCED = {
    "well_formed": "{:.0%} are well-formed (real tunes {:.0%})",
    "seen_notes": "{:.0%} of their runs of 8 notes were seen in training (real tunes {:.0%})",
    "overlap": "what they are made of overlaps with real tunes by {:.0%} (real tunes among "
    "themselves {:.0%})",
    "repeated_bars": "{:.0%} of their bars say an earlier one again (real tunes {:.0%})",
    "told_apart": "a classifier tells them from real tunes with AUC {:.3f} (real tunes from other "
    "real ones {:.3f})",
}
_NEEDED = ("well_formed", "seen_notes", "overlap", "repeated_bars")


def suggest(found: Sequence[Row]) -> tuple[float | None, str]:
    """The temperature whose songs are nearest to real tunes in what matters, and why.

    The figures of _BALANCED are shares; the distance of a temperature is the mean of how far each
    lies from that of real tunes, those left out that some row lacks. It depends on no other
    temperature tried. Those that cannot be told from the nearest one by their intervals are named.
    """
    real = next((row for row in found if row.temperature is None), None)
    tried = [row for row in found if row.temperature and row.songs > 1 and _complete(row)]
    if real is None or not tried or not _complete(real):
        return None, "Too few songs were written to suggest a temperature."
    names = [name for name in _BALANCED if all(name in row.figures for row in (*tried, real))]
    away = [_distance(row, real, names) for row in tried]
    nearest = min(range(len(tried)), key=lambda place: away[place][0])
    best, (distance, unsure) = tried[nearest], away[nearest]
    alike = [
        f"{row.temperature:g}"
        for row, (other, doubt) in zip(tried, away, strict=True)
        if row is not best and other - distance < math.hypot(unsure, doubt)
    ]
    said = [
        _BALANCED[name].format(best.figures[name].estimate, real.figures[name].estimate)
        for name in names
    ]
    return best.temperature, (
        f"At {best.temperature:g} the songs are nearest to real tunes, {100 * distance:.0f} points "
        f"away on average over {len(names)} shares: "
        f"{', '.join(said[:-1])}, and {said[-1]}."
        + (f" {best.songs} songs cannot tell it from {_listed(alike)}." if alike else "")
    )


def _listed(names: Sequence[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _complete(row: Row) -> bool:
    return all(name in row.figures for name in _NEEDED)


def _distance(row: Row, real: Row, names: Sequence[str]) -> tuple[float, float]:
    """Mean distance over the shares, and half the width of its 95 % interval."""
    ours = [row.figures[name] for name in names]
    theirs = [real.figures[name].estimate for name in names]
    halves = [
        (one.high - one.low) / 2 for one in ours if one.low is not None and one.high is not None
    ]
    mean = sum(abs(a.estimate - b) for a, b in zip(ours, theirs, strict=True)) / len(ours)
    return mean, math.hypot(*halves) / len(ours)
