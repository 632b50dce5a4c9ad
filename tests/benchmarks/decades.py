"""How costs grow over decades of sizes: measuring them, and the rows of the table.

Each cost is measured at sizes over decades, at each size the median of several repeats, beside a
named reference that is measured in turn with it. The exponent is the slope of log cost against
log size over the last decade of sizes, the one where constant costs no longer count.
"""

import math
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

REPEATS = 3
# Seconds: what takes longer is timed once, after a first call. The steps from size to size are far
# larger than what chance does to it.
LONG = 2.0


@dataclass(frozen=True)
class Series:
    """A cost at several sizes. Work and reference do what their name says for a size.

    of: what grows. products: multiply-adds of a size's work, read: bytes of memory it must read;
    0 where neither limits it. clock: what tells the time of the work, and that of the reference; least:
    seconds that are timed together.
    """

    name: str
    of: str
    sizes: Sequence[int]
    work: Callable[[int], Callable[[], object]]
    reference: Callable[[int], Callable[[], object]]
    against: str
    products: Callable[[int], float] = lambda size: 0.0
    read: Callable[[int], float] = lambda size: 0.0
    clock: Callable[[], float] = time.thread_time
    reference_clock: Callable[[], float] | None = None
    least: float = 0.02


# The machine -------------------------------------------------------------------------------------


def products_a_second() -> float:
    """Multiply-adds a second of one core: a product of two square matrices of float32."""
    one = np.random.default_rng(0).normal(size=(1024, 1024)).astype(np.float32)
    return 1024**3 / seconds(lambda: one @ one)


def bytes_a_second() -> float:
    """Bytes of memory that one core reads in a second: the sum of an array too large for caches."""
    long = np.ones(1 << 26, np.float32)
    return long.nbytes / seconds(lambda: long.sum())


def seconds(
    do: Callable[[], object], clock: Callable[[], float] = time.thread_time, least: float = 0.02
) -> float:
    """Median time of a call, as this thread used it; of many calls together when one is short, of
    one alone when it is long.

    clock: another time, as that of a process. least: seconds of calls that are timed together.
    """
    do()
    start = clock()
    do()
    once = clock() - start
    if once > LONG:
        return once
    calls = max(1, int(least / max(once, 1e-6)))
    taken = []
    for _ in range(REPEATS):
        start = clock()
        for _ in range(calls):
            do()
        taken.append((clock() - start) / calls)
    return statistics.median(taken)


def exponent(sizes: Sequence[int], costs: Sequence[float]) -> float:
    """Slope of log cost against log size, by least squares, over the last decade of sizes."""
    last = [n for n, size in enumerate(sizes) if size * 10 >= sizes[-1]]
    x, y = ([math.log(each[n]) for n in last] for each in (sizes, costs))
    return float(np.polyfit(x, y, 1)[0])


def measured(series: Series, products: float, read: float) -> Iterator[str]:
    """Rows of the table for one cost."""
    rows, costs, references = [], [], []
    for size in series.sizes:
        work, reference = series.work(size), series.reference(size)
        costs.append(seconds(work, series.clock, series.least))
        references.append(seconds(reference, series.reference_clock or series.clock, series.least))
        shares = [
            amount / costs[-1] / limit
            for amount, limit in ((series.products(size), products), (series.read(size), read))
            if amount
        ]
        rows.append((size, costs[-1], costs[-1] / references[-1], shares))
    own, theirs = exponent(series.sizes, costs), exponent(series.sizes, references)
    for size, cost, ratio, shares in rows:
        limits = " / ".join(f"{share:.0%}" for share in shares) or "–"
        yield (
            f"| {series.name} | {size:,} {series.of} | {cost * 1000:.3g} ms | {ratio:.3g} | {limits} "
            f"| {own:.2f} ({theirs:.2f}) |"
        )
