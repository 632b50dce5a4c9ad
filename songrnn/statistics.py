"""What measurements allow one to say: intervals, paired differences, sign flips, bootstrap, shares.

Every function takes plain arrays and knows nothing of runs, songs or neurons. The distributions
and tests are scipy's, imported where they are used: it takes a second to load. Ours are planned
contrasts with simultaneous intervals, which scipy lacks, and the sign flips, which it does slowly.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

# 2^20 sign patterns are a million sums; beyond that "exact" would no longer be quick.
MOST_EXACT_PAIRS = 20


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval, in the unit of the data, from n values.

    low and high are NaN when n allows no interval (fewer than two values).
    """

    estimate: float
    low: float
    high: float
    n: int

    @property
    def half_width(self) -> float:
        """Half the interval's width: what stands behind the ±."""
        return (self.high - self.low) / 2

    @property
    def excludes_zero(self) -> bool:
        """Whether the whole interval lies on one side of zero."""
        return self.low > 0 or self.high < 0


def mean_interval(values: ArrayLike, *, confidence: float = 0.95) -> Interval:
    """Mean of values (n,) with Student's t interval.

    >>> interval = mean_interval([1.0, 2.0, 3.0])
    >>> round(interval.estimate, 3), round(interval.half_width, 3)
    (2.0, 2.484)
    """
    sample = _sample(values)
    n = len(sample)
    mean = float(sample.mean())
    if n < 2:
        return Interval(mean, math.nan, math.nan, n)
    error = float(sample.std(ddof=1)) / math.sqrt(n)
    reach = student_t_quantile(0.5 + confidence / 2, n - 1) * error
    return Interval(mean, mean - reach, mean + reach, n)


def paired_difference(a: ArrayLike, b: ArrayLike, *, confidence: float = 0.95) -> Interval:
    """Mean of a − b with its t interval; a (n,) and b (n,) are paired by position."""
    first, second = _sample(a), _sample(b)
    if first.shape != second.shape:
        raise ValueError(
            f"pairs need as many values on both sides, not {first.size}, {second.size}"
        )
    return mean_interval(first - second, confidence=confidence)


def differences_from(
    base: ArrayLike, others: ArrayLike, *, confidence: float = 0.95
) -> list[Interval]:
    """Mean of each row of others (K, n) minus base (n,), with intervals that hold for all K together.

    Columns are blocks (seeds). The spread is that of all K + 1 rows about their own and their
    block's mean, so few blocks tell more than they would pair by pair; it is taken to be alike in
    all rows (Fisher 1935, The Design of Experiments, section 27: randomized blocks). The interval
    of each is widened by Bonferroni's inequality. NaN below two blocks.

    >>> [one] = differences_from([1.0, 2.0, 3.0], [[1.5, 2.5, 3.5]])
    >>> one.estimate, round(one.half_width, 9)
    (0.5, 0.0)
    """
    first, rest = _sample(base), np.atleast_2d(_sample(others))
    if rest.shape[1] != first.size:
        raise ValueError(f"{first.size} blocks but {rest.shape[1]} values a row")
    table = np.vstack([first, rest])  # (K + 1, n)
    rows, n = table.shape
    means = [float(mean) for mean in (rest - first).mean(axis=1)]
    if n < 2:
        return [Interval(mean, math.nan, math.nan, n) for mean in means]
    residuals = (
        table - table.mean(axis=1, keepdims=True) - table.mean(axis=0, keepdims=True) + table.mean()
    )
    degrees = (rows - 1) * (n - 1)
    error = math.sqrt(float(np.sum(residuals**2)) / degrees * 2 / n)
    reach = student_t_quantile(1 - (1 - confidence) / (2 * len(rest)), degrees) * error
    return [Interval(mean, mean - reach, mean + reach, n) for mean in means]


def sign_flip_p(differences: ArrayLike) -> float:
    """Exact two-sided p of a zero mean, under independent flips of each difference's sign.

    The share of all 2^n sign patterns whose mean is at least as far from zero as the observed
    one (Fisher 1935, The Design of Experiments, section 21). The least possible value is
    2^(1 − n): 0.031 for six pairs. ValueError above MOST_EXACT_PAIRS pairs.

    The sums of all patterns are doubled value by value. `scipy.stats.permutation_test` makes the
    patterns one by one: 0.7 s for 16 pairs and sixteen times that for 20, here a thousandth.

    >>> sign_flip_p([1.0, 2.0, 3.0])
    0.25
    """
    sample = _sample(differences)
    n = len(sample)
    if n > MOST_EXACT_PAIRS:
        raise ValueError(f"{n} pairs are too many for an exact test; {MOST_EXACT_PAIRS} at most")
    sums = np.zeros(1)
    for value in sample:
        sums = np.concatenate([sums + value, sums - value])  # (2^k,) after k values
    observed = abs(float(sample.sum()))
    # Sums of the same numbers in another order differ by rounding; that is no difference.
    tolerance = 1e-9 * float(np.abs(sample).sum())
    return float(np.mean(np.abs(sums) >= observed - tolerance))


def slopes(x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
    """Least-squares slope of each row of y (n, K) over x (K,): (n,), in units of y per unit of x.

    ValueError unless x holds at least two different values.
    """
    at = np.asarray(x, dtype=np.float64)
    rows = np.atleast_2d(np.asarray(y, dtype=np.float64))
    if rows.shape[-1] != at.size:
        raise ValueError(f"{at.size} places but {rows.shape[-1]} values a row")
    centred = at - at.mean()
    spread = float(centred @ centred)
    if spread == 0:
        raise ValueError("a slope needs at least two different places")
    return np.asarray(rows @ centred / spread)


def bootstrap_interval(
    values: ArrayLike,
    rng: np.random.Generator,
    *,
    statistic: Callable[[NDArray[np.float64]], float] | None = None,
    resamples: int = 2000,
    confidence: float = 0.95,
) -> Interval:
    """A statistic of values (n, …) with its percentile bootstrap interval over the first axis.

    statistic: of an array (n, …); the mean when not given. Source: Efron 1979.
    """
    from scipy import stats

    sample = _sample(values)
    n = len(sample)
    measure = statistic or (lambda drawn: float(np.mean(drawn)))
    estimate = float(measure(sample))
    if n < 2:
        return Interval(estimate, math.nan, math.nan, n)
    # Places are drawn rather than values, so that a row of several values stays together.
    low, high = stats.bootstrap(
        (np.arange(n),),
        lambda places: measure(sample[places]),
        n_resamples=resamples,
        confidence_level=confidence,
        method="percentile",
        vectorized=False,
        rng=rng,
    ).confidence_interval
    return Interval(estimate, float(low), float(high), n)


def share_interval(hits: int, n: int, *, confidence: float = 0.95) -> Interval:
    """Share of hits in n trials with its interval (Wilson 1927, without continuity correction).

    >>> interval = share_interval(8, 10)
    >>> round(interval.low, 3), round(interval.high, 3)
    (0.49, 0.943)
    """
    if n < 1 or not 0 <= hits <= n:
        raise ValueError(f"a share needs 0 ≤ hits ≤ n and n ≥ 1, not {hits} of {n}")
    from scipy import stats

    low, high = stats.binomtest(hits, n).proportion_ci(confidence, method="wilson")
    return Interval(hits / n, float(low), float(high), n)


def jensen_shannon(p: ArrayLike, q: ArrayLike) -> float:
    """Jensen-Shannon divergence of two distributions in bits: 0 when equal, 1 when disjoint.

    p, q: weights or counts (K,) over the same K outcomes; each is divided by its sum.
    ½ KL(p ‖ m) + ½ KL(q ‖ m) with m = ½ (p + q) (Lin 1991). Not its square root, the distance.

    >>> jensen_shannon([1, 0], [0, 3])
    1.0
    """
    first, second = _sample(p), _sample(q)
    if first.shape != second.shape:
        raise ValueError(f"distributions over {first.size} and {second.size} outcomes")
    if min(first.min(), second.min()) < 0 or not first.any() or not second.any():
        raise ValueError("a distribution needs weights of at least zero, not all of them zero")
    from scipy.special import rel_entr

    first, second = first / first.sum(), second / second.sum()
    middle = (first + second) / 2
    nats = float(np.sum(rel_entr(first, middle) + rel_entr(second, middle))) / 2
    # Rounding may carry it past the ends; scipy's own distance is NaN there.
    return min(max(nats / math.log(2), 0.0), 1.0)


def benjamini_hochberg(p: ArrayLike) -> NDArray[np.float64]:
    """p-values (n,) -> adjusted ones (n,), in the same order.

    Those at most q are discoveries of which, in expectation, at most the share q is false
    (Benjamini & Hochberg 1995): adjusted p₍ᵢ₎ = min over j ≥ i of p₍ⱼ₎ n / j.

    >>> benjamini_hochberg([0.04, 0.01, 0.5])
    array([0.06, 0.03, 0.5 ])
    """
    from scipy import stats

    values = _sample(p)
    if values.min() < 0 or values.max() > 1:
        raise ValueError("a p-value lies between 0 and 1")
    return np.asarray(stats.false_discovery_control(values, method="bh"))


def student_t_quantile(probability: float, degrees: float) -> float:
    """The value below which Student's t with `degrees` degrees of freedom lies with `probability`.

    >>> round(student_t_quantile(0.975, 5), 4)
    2.5706
    """
    from scipy import stats

    if not 0 < probability < 1:
        raise ValueError(f"a probability lies between 0 and 1, not at {probability}")
    return float(stats.t.ppf(probability, degrees))


def _sample(values: ArrayLike) -> NDArray[np.float64]:
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim == 0 or len(sample) == 0:
        raise ValueError("statistics need at least one value")
    if not np.isfinite(sample).all():
        raise ValueError("statistics need finite values; drop the missing ones first")
    return sample
