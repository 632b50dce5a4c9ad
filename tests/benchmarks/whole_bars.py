"""Whole bars on and off: how right songs are, what it costs in time, how much is taken away.

`python tests/benchmarks/whole_bars.py [RUN]` prints the figures of 200 songs as they are; the
benchmarks listed here say which of them meet their targets.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from measuring import CannotRunError, Result, Work, benchmark, compare

from songrnn.config import SampleConfig
from songrnn.corpus.sources import load
from songrnn.errors import SongRNNError
from songrnn.generation.composer import compose
from songrnn.generation.composition import Composition
from songrnn.generation.whole_bars.grammar import GRAMMARS
from songrnn.model.engine import Engine
from songrnn.notation.bars import bars
from songrnn.notation.reader import read
from songrnn.statistics import share_interval
from songrnn.store.runs import Run, open_run

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "notation"))
import abc2midi as oracle  # the oracle of the tests lies beside them

SONGS = 200
TEMPERATURE = 0.8
PRIME = "X:1\n"
# A song is long enough for the shares below from this many bars on.
BARS = 8


@dataclass(frozen=True)
class Figures:
    """Of SONGS songs; shares are 0 to 1.

    whole: ended by themselves with BARS bars or more. right: of those, with every bar right.
    withheld: probability taken away, the mean over songs of the mean over draws.
    characters: of a song. first, again: characters drawn a second of this thread's time, with
    nothing remembered and with all places found.
    """

    whole: float
    right: float
    withheld: float
    characters: float
    first: float
    again: float


@lru_cache(maxsize=1)
def instrument(name: str = "lstm-150") -> tuple[Run, Engine]:
    """A run and its engine; CannotRunError where it is missing."""
    try:
        run = open_run(name)
        return run, Engine.of(run)
    except SongRNNError as error:
        raise CannotRunError(str(error)) from error


def songs(*, whole_bars: bool, name: str = "lstm-150", count: int = SONGS) -> list[Composition]:
    """One song after the other, as a person would ask for them."""
    run, engine = instrument(name)
    config = SampleConfig(temperature=TEMPERATURE, whole_bars=whole_bars)
    return [
        compose(engine, run.vocabulary, prime=PRIME, config=config, seed=seed)
        for seed in range(count)
    ]


@lru_cache(maxsize=2)
def figures(*, whole_bars: bool, name: str = "lstm-150") -> Figures:
    def work() -> list[Composition]:
        return songs(whole_bars=whole_bars, name=name)

    instrument(name)
    GRAMMARS.clear()
    composed, first = _timed(work)
    _, again = _timed(work)
    whole = right = 0
    for song in composed:
        found = bars(read(song.text))
        if song.stopped_by == "end" and len(found) >= BARS:
            whole += 1
            right += all(bar.right for bar in found)
    n = len(composed)
    return Figures(
        whole / n,
        right / whole if whole else 0.0,
        sum(song.share_withheld for song in composed) / n,
        sum(len(song.text) for song in composed) / n,
        first,
        again,
    )


def _timed(work: Callable[[], list[Composition]]) -> tuple[list[Composition], float]:
    """(the songs, characters drawn a second)."""
    start = time.thread_time()
    composed = work()
    seconds = time.thread_time() - start
    return composed, sum(len(song.log_probabilities) for song in composed) / seconds


def _share(figure: float, target: float, what: str, off: float) -> Result:
    return Result(
        f"{100 * figure:.1f} % {what}",
        f"{100 * off:.1f} % without",
        None,
        f"≥ {100 * target:g} %",
        figure >= target,
    )


@benchmark("whole bars: songs that end by themselves with 8 bars or more")
def ended() -> Result:
    on, off = figures(whole_bars=True), figures(whole_bars=False)
    return _share(on.whole, 0.95, "of songs", off.whole)


@benchmark("whole bars: of those, songs with every bar right")
def right() -> Result:
    on, off = figures(whole_bars=True), figures(whole_bars=False)
    return _share(on.right, 0.995, "of songs", off.right)


@benchmark("whole bars: 200 songs, nothing remembered, lstm-150")
def speed_at_first() -> Result:
    on, off = figures(whole_bars=True), figures(whole_bars=False)
    reference = f"{off.first:,.0f} without"
    return Result(f"{on.first:,.0f} characters/s", reference, None, "≥ 8,000", on.first >= 8000)


@benchmark("whole bars: 20 songs, places remembered, against without, lstm-150")
def speed_again() -> Result:
    counts = {on: sum(len(s.text) for s in songs(whole_bars=on, count=20)) for on in (True, False)}
    return compare(
        Work(lambda: songs(whole_bars=True, count=20), counts[True]),
        Work(lambda: songs(whole_bars=False, count=20), counts[False]),
        at_least=0.5,
        unit="characters",
        against="without",
    )


def complaints(texts: Sequence[str]) -> str:
    """The share of texts whose log has an error by abc2midi, with its 95 % interval."""
    if oracle.BINARY is None:
        return "abc2midi is not installed"
    with tempfile.TemporaryDirectory() as folder:
        found = [oracle.played_by_abc2midi(text, Path(folder)).complains for text in texts]
    share = share_interval(sum(found), len(found))
    return (
        f"abc2midi complains about {100 * share.estimate:.1f} % "
        f"({100 * share.low:.1f} to {100 * share.high:.1f}, n = {share.n})"
    )


def main(name: str) -> None:
    """Print the figures of a run."""
    print(f"{name}, {SONGS} songs at temperature {TEMPERATURE}")
    for whole_bars in (False, True):
        found = figures(whole_bars=whole_bars, name=name)
        print(
            f"whole bars {'on ' if whole_bars else 'off'}: "
            f"{100 * found.whole:.1f} % end by themselves with {BARS} bars or more, "
            f"{100 * found.right:.1f} % of those with every bar right; "
            f"{100 * found.withheld:.2f} % of probability withheld; "
            f"{found.characters:.0f} characters a song; "
            f"{found.first:,.0f} characters/s at first, {found.again:,.0f} again; "
            f"{complaints([song.text for song in songs(whole_bars=whole_bars, name=name)])}"
        )
    run, _ = instrument(name)
    real = [tune.text for tune in load(run.config.corpus.name).split("validation")]
    whole = [tune for tune in map(bars, map(read, real)) if len(tune) >= BARS]
    right = sum(all(bar.right for bar in tune) for tune in whole)
    print(
        f"validation tunes: {100 * len(whole) / len(real):.1f} % have {BARS} bars or more, "
        f"{100 * right / len(whole):.1f} % of those every bar right; {complaints(real)}"
    )


if __name__ == "__main__":
    main(*(sys.argv[1:2] or ["lstm-150"]))
