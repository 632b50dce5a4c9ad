"""From the finished runs of a study to what may be said about them, in numbers and in a sentence.

What is contrasted was planned before the runs were trained. A single contrast gets a p; contrasts
of several values with one base get intervals that hold for all of them together. All other pairs
get their difference, its interval and a count of seeds: looked at together, some of fifteen
unplanned p values would be small by chance.

Functions of a table with one row a run: columns `value` (of the varied setting), `seed` and
`bits` (best validation loss, bits per character; missing where a run is not finished).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations

import pandas as pd

from songrnn.config import SETTINGS
from songrnn.statistics import (
    Interval,
    differences_from,
    mean_interval,
    paired_difference,
    sign_flip_p,
    slopes,
)
from songrnn.store.runs import DamagedRun, Run
from songrnn.tuning.study import RECIPE, Against, Difference, Slope, Study, Value

# Two seeds have an interval in theory; in practice it says nothing.
FEWEST_SEEDS = 3


@dataclass(frozen=True)
class Group:
    """The finished runs with one value: their losses in bits per character and the mean's
    interval (without width below three seeds)."""

    value: Value
    seeds: tuple[int, ...]
    bits: tuple[float, ...]
    mean: Interval


@dataclass(frozen=True)
class Pair:
    """first − second in bits per character, paired by seed; `lower` of n seeds have first lower.

    planned: whether it was to be looked at from the beginning.
    """

    first: Value
    second: Value
    difference: Interval
    lower: int
    planned: bool = False

    @property
    def n(self) -> int:
        """Seeds that have both."""
        return self.difference.n


@dataclass(frozen=True)
class Contrast:
    """The planned contrast: per seed a difference or a slope, their mean, how many seeds share
    its sign, and the exact sign-flip p."""

    per_seed: dict[int, float]
    interval: Interval
    agreeing: int
    p: float

    @property
    def n(self) -> int:
        """Seeds that enter."""
        return self.interval.n


@dataclass(frozen=True)
class Answer:
    """All that a study's finished runs allow one to say."""

    sentence: str
    decided: bool
    contrast: Contrast | None
    groups: tuple[Group, ...]
    pairs: tuple[Pair, ...]
    missing: int


def answer(study: Study, table: pd.DataFrame) -> Answer:
    """Answer the study's question from its runs: columns `value`, `seed`, `bits`.

    missing: how many of the study's planned runs are not finished.
    """
    finished = table.dropna(subset=["bits"])
    bits = {
        value: {
            int(seed): float(loss) for seed, loss in zip(rows["seed"], rows["bits"], strict=True)
        }
        for value, rows in ((value, finished[finished["value"] == value]) for value in study.values)
        if len(rows)
    }
    groups = tuple(
        Group(value, tuple(by_seed), tuple(by_seed.values()), mean_interval(list(by_seed.values())))
        for value, by_seed in bits.items()
    )
    pairs = _pairs(study, bits)
    contrast = None if isinstance(study.contrast, Against) else _contrast(study, bits)
    decided, sentence = (
        _against_sentence(study, study.contrast, bits, [pair for pair in pairs if pair.planned])
        if isinstance(study.contrast, Against)
        else _sentence(study, bits, contrast)
    )
    planned = len(study.values) * len(study.seeds)
    missing = max(planned - sum(len(by_seed) for by_seed in bits.values()), 0)
    return Answer(sentence, decided, contrast, groups, pairs, missing)


def study_table(study: Study, runs: Iterable[Run | DamagedRun]) -> pd.DataFrame:
    """One row for each run that belongs to the study: columns run, value, seed, status, bits.

    bits: best validation loss of a finished run; missing for all others, because a run that
    trained for less is no run of the study yet.
    """
    by_name = {run.name: run for run in runs if isinstance(run, Run)}
    rows = []
    for config in study.members(run.config for run in by_name.values()):
        status = by_name[config.name].status
        finished = status.status == "finished" and status.best is not None
        rows.append(
            {
                "run": config.name,
                "value": study.value_of(config),
                "seed": config.seed,
                "status": status.status,
                "bits": status.best.bits_per_character if finished and status.best else math.nan,
            }
        )
    return pd.DataFrame(rows, columns=["run", "value", "seed", "status", "bits"])


def compare(first: Value, a: dict[int, float], second: Value, b: dict[int, float]) -> Pair | None:
    """first − second over the seeds that both have; None where they share none."""
    shared = sorted(a.keys() & b.keys())
    if not shared:
        return None
    ours, theirs = [a[seed] for seed in shared], [b[seed] for seed in shared]
    lower = sum(x < y for x, y in zip(ours, theirs, strict=True))
    return Pair(first, second, paired_difference(ours, theirs), lower)


def _pairs(study: Study, bits: dict[Value, dict[int, float]]) -> tuple[Pair, ...]:
    """The planned pairs first, turned as they were planned; then all others."""
    plan = study.contrast
    planned: list[Pair] = []
    if isinstance(plan, Against):
        planned = _against(plan, bits)
    elif isinstance(plan, Difference) and plan.first in bits and plan.second in bits:
        pair = compare(plan.first, bits[plan.first], plan.second, bits[plan.second])
        planned = [replace(pair, planned=True)] if pair else []
    done = {frozenset((pair.first, pair.second)) for pair in planned}
    rest = (
        compare(first, bits[first], second, bits[second])
        for second, first in combinations(bits, 2)
        if frozenset((first, second)) not in done
    )
    return (*planned, *(pair for pair in rest if pair))


def _against(plan: Against, bits: dict[Value, dict[int, float]]) -> list[Pair]:
    """Each value minus the base, over the seeds that have all of them; none below two seeds."""
    others = [value for value in bits if value != plan.base]
    if plan.base not in bits or not others:
        return []
    seeds = sorted(set.intersection(*(set(by_seed) for by_seed in bits.values())))
    if len(seeds) < 2:
        return []
    base = [bits[plan.base][seed] for seed in seeds]
    rows = [[bits[value][seed] for seed in seeds] for value in others]
    return [
        Pair(value, plan.base, difference, sum(x < y for x, y in zip(row, base, strict=True)), True)
        for value, row, difference in zip(others, rows, differences_from(base, rows), strict=True)
    ]


def setting_name(setting: str) -> str:
    """How a setting is called in a sentence: `units`, `dropout`, `learning rate`."""
    return SETTINGS[setting].label.lower() if setting in SETTINGS else setting.replace("_", " ")


def label(setting: str, value: Value) -> str:
    """How a value of a setting reads: `LSTM`, `150 units`, `dropout 0.2`."""
    if setting == "cell":
        return str(value).upper()
    if setting in ("run", RECIPE):
        return str(value)
    if setting == "hidden_size":
        return f"{value} unit{'' if value == 1 else 's'}"
    if isinstance(value, str):
        kind = "no" if value == "none" else value.replace("_", " ")
        return f"{kind} {setting_name(setting)}"
    return f"{setting_name(setting)} {value:g}"


def plus_minus(estimate: float, half_width: float) -> str:
    """`0.21 ± 0.01`: as many decimals as the half width's first digit needs, two to four."""
    decimals = 2
    if 0 < half_width < 1:
        decimals = min(max(2, math.ceil(-math.log10(half_width))), 4)
    return f"{estimate:.{decimals}f} ± {half_width:.{decimals}f}".replace("-", "−")


def _contrast(study: Study, bits: dict[Value, dict[int, float]]) -> Contrast | None:
    plan = study.contrast
    if isinstance(plan, Against):
        return None
    values = (plan.first, plan.second) if isinstance(plan, Difference) else study.values
    if any(value not in bits for value in values):
        return None
    # A seed enters only with all values of the contrast: slopes over different places would not
    # be the same quantity.
    seeds = sorted(set.intersection(*(set(bits[value]) for value in values)))
    if not seeds:
        return None
    if isinstance(plan, Difference):
        figures = [bits[plan.first][seed] - bits[plan.second][seed] for seed in seeds]
    else:
        rows = [[bits[value][seed] for value in values] for seed in seeds]
        places = [float(value) for value in values]
        figures = [float(slope) * plan.per for slope in slopes(places, rows)]
    interval = mean_interval(figures)
    agreeing = sum(figure * interval.estimate > 0 for figure in figures)
    return Contrast(
        dict(zip(seeds, figures, strict=True)), interval, agreeing, sign_flip_p(figures)
    )


def _sentence(
    study: Study, bits: dict[Value, dict[int, float]], contrast: Contrast | None
) -> tuple[bool, str]:
    """Whether the single contrast is decided, and what the data allow one to say."""
    if contrast is None or isinstance(study.contrast, Against):
        return False, _nothing(study, bits)
    few = contrast.n < FEWEST_SEEDS
    # The planned test decides. Below six seeds it cannot reach 0.05, so there its least must do.
    least = max(0.05, 2.0 ** (1 - contrast.n))
    decided = contrast.interval.excludes_zero and contrast.p <= least and not few
    text = (
        _difference_sentence(study, study.contrast, contrast, decided)
        if isinstance(study.contrast, Difference)
        else _slope_sentence(study, study.contrast, bits, contrast, decided)
    )
    return decided, text


def _nothing(study: Study, bits: dict[Value, dict[int, float]]) -> str:
    needed = (
        (study.contrast.first, study.contrast.second)
        if isinstance(study.contrast, Difference)
        else study.values
    )
    lacking = [label(study.vary, value) for value in needed if value not in bits]
    if not bits:
        return "No run of this study is finished yet, so there is nothing to compare."
    if lacking:
        return f"Nothing can be said yet: no finished run with {_listed(lacking)}."
    return "Nothing can be said yet: no seed is finished with all the settings compared."


def _against_sentence(
    study: Study, plan: Against, bits: dict[Value, dict[int, float]], pairs: list[Pair]
) -> tuple[bool, str]:
    """What differs from the base, which way and by how much; and what does not clearly."""
    if not pairs:
        return False, _nothing(study, bits)
    base, n = label(study.vary, plan.base), pairs[0].n
    if n < FEWEST_SEEDS:
        return False, (
            f"{_count(n)} too few to tell anything from {base}; "
            f"train at least {FEWEST_SEEDS} seeds of each."
        )
    ordered = sorted(pairs, key=lambda pair: pair.difference.estimate)
    clear = [pair for pair in ordered if pair.difference.excludes_zero]
    lower = [pair for pair in clear if pair.difference.estimate < 0]
    higher = [pair for pair in reversed(clear) if pair.difference.estimate > 0]
    same = [pair for pair in ordered if pair not in clear]
    parts = [
        f"the loss is {words} {_listed([_sized(study, pair) for pair in found], 'and')}"
        for words, found in (("lower", lower), ("higher", higher))
        if found
    ]
    if same:
        names = _listed([_sized(study, pair) for pair in same], "and")
        parts.append(
            f"no clear difference {names}" if clear else f"nothing differs clearly: {names}"
        )
    return bool(clear), (
        f"Against {base}, {'; '.join(parts)} (bits, {n} seeds, 95 % intervals for all together)."
    )


def _sized(study: Study, pair: Pair) -> str:
    """`without dropout (+0.051 ± 0.010)`."""
    name = label(study.vary, pair.first)
    words = name if study.vary == RECIPE else f"with {name}"
    sign = "−" if pair.difference.estimate < 0 else "+"
    return (
        f"{words} ({sign}{plus_minus(abs(pair.difference.estimate), pair.difference.half_width)})"
    )


def _difference_sentence(study: Study, plan: Difference, contrast: Contrast, decided: bool) -> str:
    first, second = label(study.vary, plan.first), label(study.vary, plan.second)
    mean = contrast.interval.estimate
    better, worse = (first, second) if mean < 0 else (second, first)
    size = plus_minus(abs(mean), contrast.interval.half_width)
    if contrast.n < FEWEST_SEEDS:
        return (
            f"{_count(contrast.n)} too few to tell {first} and {second} apart: {better} is lower "
            f"by {abs(mean):.2f} bits so far; train at least {FEWEST_SEEDS} seeds of each."
        )
    if not decided:
        return (
            f"No clear difference between {first} and {second}: {better} is lower by {size} bits, "
            f"{contrast.agreeing} of {contrast.n} seeds ({_p(contrast)})."
        )
    return (
        f"{better} beats {worse} by {size} bits, {contrast.agreeing} of {contrast.n} seeds "
        f"({_p(contrast)})."
    )


def _slope_sentence(
    study: Study,
    plan: Slope,
    bits: dict[Value, dict[int, float]],
    contrast: Contrast,
    decided: bool,
) -> str:
    means = {value: mean_interval(list(by_seed.values())) for value, by_seed in bits.items()}
    lowest = min(means, key=lambda value: means[value].estimate)
    best = f"lowest mean with {label(study.vary, lowest)}, {means[lowest].estimate:.3f} bits"
    # A slope is no rule for each step: say so where the best value is not the slope's own end.
    if contrast.interval.excludes_zero:
        end = max(bits) if contrast.interval.estimate < 0 else min(bits)
        pair = compare(lowest, bits[lowest], end, bits[end])
        if lowest != end and pair and pair.n >= FEWEST_SEEDS:
            size = plus_minus(abs(pair.difference.estimate), pair.difference.half_width)
            best += f" ({size} below {label(study.vary, end)}, {pair.lower} of {pair.n} seeds)"
    thing = setting_name(study.vary)
    step = f"per {plan.per:g} {thing}"
    mean, reach = contrast.interval.estimate, contrast.interval.half_width
    if contrast.n < FEWEST_SEEDS:
        direction = "lower" if mean < 0 else "higher"
        return (
            f"{_count(contrast.n)} too few to tell whether more {thing} matter"
            f"{'' if thing.endswith('s') else 's'}: the loss is {abs(mean):.2f} bits {direction} "
            f"{step} so far, {best}; train at least {FEWEST_SEEDS} seeds."
        )
    size = plus_minus(abs(mean), reach)
    count = f"{contrast.agreeing} of {contrast.n} seeds ({_p(contrast)})"
    if not decided:
        sign = "−" if mean < 0 else "+"
        return f"No clear trend with more {thing}: {sign}{size} bits {step}, {count}; {best}."
    verb = ("lower" if mean < 0 else "raise") + ("" if thing.endswith("s") else "s")
    return f"More {thing} {verb} the loss by {size} bits {step}, {count}; {best}."


def _count(n: int) -> str:
    return "One seed is" if n == 1 else f"{n} seeds are"


def _p(contrast: Contrast) -> str:
    limit = f", the smallest p that {contrast.n} seeds can give"
    return f"sign-flip p = {contrast.p:.3f}{limit if contrast.p == 2 ** (1 - contrast.n) else ''}"


def _listed(names: list[str], last: str = "or") -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"
