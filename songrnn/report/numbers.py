"""How numbers are written in a report."""

import math

from songrnn.statistics import Interval


def signed(value: float, decimals: int = 4) -> str:
    """`+0.0123`, with a true minus sign; `–` for none."""
    return "–" if math.isnan(value) else f"{value:+.{decimals}f}".replace("-", "−")


def fixed(value: float | None, decimals: int = 4) -> str:
    """`0.1234`; `–` for none."""
    if value is None or math.isnan(value):
        return "–"
    return f"{value:.{decimals}f}".replace("-", "−")


def percent(value: float | None) -> str:
    """`12 %`; `–` for none."""
    return "–" if value is None else f"{100 * value:.0f} %"


def spread(interval: Interval, decimals: int = 3) -> str:
    """`1.793 (95 % interval 1.779 to 1.808)`; the estimate alone where there is no interval."""
    middle = fixed(interval.estimate, decimals)
    if math.isnan(interval.low):
        return middle
    low, high = fixed(interval.low, decimals), fixed(interval.high, decimals)
    return f"{middle} (95 % interval {low} to {high})"


def listed(names: list[str], last: str = "and") -> str:
    """`a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"
