"""How the benchmarks measure, and where they are listed.

A benchmark is a function without arguments in any module of this folder:

    @benchmark("engine: one song at a time")
    def one_song() -> Result:
        return compare(Work(ours, 3000), Work(theirs, 300), at_least=12, unit="characters")

`compare` runs the two in turn (A B A B …) and takes the median of the ratios of neighbours, so
that a machine that is busy or warms up slows both alike. `measure` is for figures that have an
absolute target. A benchmark that lacks something raises CannotRunError with the reason.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


class CannotRunError(Exception):
    """The benchmark cannot run here; the message says why."""


@dataclass(frozen=True)
class Work:
    """Something to time: `run` does `amount` units of it.

    The clock counts what this thread used of a core, so that a busy machine does not count.
    Work that waits or uses other threads and processes wants time.perf_counter instead.
    """

    run: Callable[[], object]
    amount: float = 1
    clock: Callable[[], float] = time.thread_time

    def seconds_a_unit(self) -> float:
        start = self.clock()
        self.run()
        return (self.clock() - start) / self.amount


@dataclass(frozen=True)
class Result:
    """One row of the table, ready to print."""

    figure: str
    reference: str
    ratio: float | None
    target: str
    met: bool


BENCHMARKS: dict[str, Callable[[], Result]] = {}


def benchmark(name: str) -> Callable[[Callable[[], Result]], Callable[[], Result]]:
    """List a function under `name`, "subject: what"."""

    def enter(function: Callable[[], Result]) -> Callable[[], Result]:
        assert name not in BENCHMARKS, f"two benchmarks are called {name!r}"
        BENCHMARKS[name] = function
        return function

    return enter


def compare(
    ours: Work,
    reference: Work,
    *,
    at_least: float,
    unit: str,
    against: str = "reference",
    pairs: int = 9,
) -> Result:
    """How many times as fast `ours` is as `reference`: the median over interleaved pairs."""
    ours.run()
    reference.run()
    times = [(ours.seconds_a_unit(), reference.seconds_a_unit()) for _ in range(pairs)]
    ratio = statistics.median(theirs / own for own, theirs in times)
    own, theirs = (statistics.median(column) for column in zip(*times, strict=True))
    return Result(
        f"{_amount(1 / own)} {unit}/s",
        f"{against}: {_amount(1 / theirs)} {unit}/s",
        ratio,
        f"≥ {at_least:g} ×",
        ratio >= at_least,
    )


def measure_rate(work: Work, *, at_least: float, unit: str, repeats: int = 9) -> Result:
    """Units a second, the median of `repeats`."""
    work.run()
    rate = 1 / statistics.median(work.seconds_a_unit() for _ in range(repeats))
    target = f"≥ {_amount(at_least)} {unit}/s"
    return Result(f"{_amount(rate)} {unit}/s", "", rate / at_least, target, rate >= at_least)


def measure_time(work: Work, *, at_most: float, repeats: int = 9) -> Result:
    """Seconds a unit, the median of `repeats`."""
    work.run()
    seconds = statistics.median(work.seconds_a_unit() for _ in range(repeats))
    target = f"≤ {at_most * 1000:g} ms"
    return Result(f"{seconds * 1000:.3g} ms", "", at_most / seconds, target, seconds <= at_most)


def _amount(number: float) -> str:
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.3g}{letter}"
    return f"{number:.3g}"
