"""What measurements allow one to say: intervals, paired differences, sign flips, bootstrap, shares.

Numpy only. Every function takes plain arrays and knows nothing of runs, songs or neurons.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

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
    sample = _sample(values)
    n = len(sample)
    measure = statistic or (lambda drawn: float(np.mean(drawn)))
    estimate = float(measure(sample))
    if n < 2:
        return Interval(estimate, math.nan, math.nan, n)
    drawn = np.array([measure(sample[rng.integers(0, n, n)]) for _ in range(resamples)])
    low, high = np.quantile(drawn, [0.5 - confidence / 2, 0.5 + confidence / 2])
    return Interval(estimate, float(low), float(high), n)


def same_sign(differences: ArrayLike) -> tuple[int, int]:
    """(k, n): k of the n differences have the sign of their mean; a difference of zero has none.

    >>> same_sign([0.2, 0.3, -0.1])
    (2, 3)
    """
    sample = _sample(differences)
    return int(np.count_nonzero(sample * np.sign(sample.mean()) > 0)), len(sample)


def share_interval(hits: int, n: int, *, confidence: float = 0.95) -> Interval:
    """Share of hits in n trials with its interval (Wilson 1927, without continuity correction).

    >>> interval = share_interval(8, 10)
    >>> round(interval.low, 3), round(interval.high, 3)
    (0.49, 0.943)
    """
    if n < 1 or not 0 <= hits <= n:
        raise ValueError(f"a share needs 0 ≤ hits ≤ n and n ≥ 1, not {hits} of {n}")
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = hits / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # At no hit and at nothing but hits the interval ends exactly at 0 and 1.
    low = 0.0 if hits == 0 else centre - reach
    high = 1.0 if hits == n else centre + reach
    return Interval(share, low, high, n)


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
    first, second = first / first.sum(), second / second.sum()
    middle = (first + second) / 2
    divergence = 0.0
    for part in (first, second):
        at = part > 0
        divergence += 0.5 * float(np.sum(part[at] * np.log2(part[at] / middle[at])))
    # Rounding may carry it past the ends.
    return min(max(divergence, 0.0), 1.0)


def benjamini_hochberg(p: ArrayLike) -> NDArray[np.float64]:
    """p-values (n,) -> adjusted ones (n,), in the same order.

    Those at most q are discoveries of which, in expectation, at most the share q is false
    (Benjamini & Hochberg 1995): adjusted p₍ᵢ₎ = min over j ≥ i of p₍ⱼ₎ n / j.

    >>> benjamini_hochberg([0.04, 0.01, 0.5])
    array([0.06, 0.03, 0.5 ])
    """
    values = _sample(p)
    if values.min() < 0 or values.max() > 1:
        raise ValueError("a p-value lies between 0 and 1")
    n = len(values)
    order = np.argsort(values)
    scaled = values[order] * n / np.arange(1, n + 1)
    adjusted = np.empty(n)
    adjusted[order] = np.minimum.accumulate(scaled[::-1])[::-1]
    return np.minimum(adjusted, 1.0)


def student_t_quantile(probability: float, degrees: float) -> float:
    """The value that Student's t with `degrees` degrees of freedom stays below so often.

    Found by bisection on the distribution function; good to about 1e-10.

    >>> round(student_t_quantile(0.975, 5), 4)
    2.5706
    """
    if not 0 < probability < 1:
        raise ValueError(f"a probability lies between 0 and 1, not at {probability}")
    if probability == 0.5:
        return 0.0
    if probability < 0.5:
        return -student_t_quantile(1 - probability, degrees)
    low, high = 0.0, 1.0
    while student_t_probability(high, degrees) < probability:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if student_t_probability(middle, degrees) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def student_t_probability(value: float, degrees: float) -> float:
    """P(t ≤ value) for Student's t (Abramowitz & Stegun 26.7.1, by the incomplete beta)."""
    tail = 0.5 * _incomplete_beta(degrees / 2, 0.5, degrees / (degrees + value * value))
    return 1 - tail if value > 0 else tail


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b) by its continued fraction.

    Source: Abramowitz & Stegun 26.5.8, evaluated from the front (Lentz 1976).
    """
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    # The fraction converges fast only below the mean of the distribution.
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(b, a, 1 - x)
    factor = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    fraction = d
    for m in range(1, 500):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        step = 1.0
        for coefficient in (even, odd):
            d = 1 / (1 + coefficient * d)
            c = 1 + coefficient / c
            step *= c * d
        fraction *= step
        if abs(step - 1) < 1e-15:
            break
    return factor * fraction / a


def _sample(values: ArrayLike) -> NDArray[np.float64]:
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim == 0 or len(sample) == 0:
        raise ValueError("statistics need at least one value")
    if not np.isfinite(sample).all():
        raise ValueError("statistics need finite values; drop the missing ones first")
    return sample
