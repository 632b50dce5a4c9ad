"""What the numbers of a study allow one to say, as a sentence, and how settings are named in it."""

import math
from itertools import pairwise

from songrnn.config import SETTINGS
from songrnn.statistics import mean_interval
from songrnn.tuning.contrasts import FEWEST_SEEDS, Contrast, Losses, Pair, compare
from songrnn.tuning.study import RECIPE, Against, Difference, Slope, Study, Value


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


def contrast_sentence(study: Study, bits: Losses, contrast: Contrast | None) -> tuple[bool, str]:
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


def _nothing(study: Study, bits: Losses) -> str:
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


def against_sentence(
    study: Study, plan: Against, bits: Losses, pairs: list[Pair]
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
    bits: Losses,
    contrast: Contrast,
    decided: bool,
) -> str:
    means = {value: mean_interval(list(by_seed.values())) for value, by_seed in bits.items()}
    lowest = min(means, key=lambda value: means[value].estimate)
    best = f"lowest mean with {label(study.vary, lowest)}, {means[lowest].estimate:.3f} bits"
    # A slope does not hold for each step: say so where the best value is not at the slope's end.
    if contrast.interval.excludes_zero:
        end = max(bits) if contrast.interval.estimate < 0 else min(bits)
        pair = compare(lowest, bits[lowest], end, bits[end])
        if lowest != end and pair and pair.n >= FEWEST_SEEDS:
            size = plus_minus(abs(pair.difference.estimate), pair.difference.half_width)
            # Which value is lowest was seen first, so this comparison was not planned.
            best += (
                f" (for orientation: {size} below {label(study.vary, end)}, {pair.lower} of "
                f"{pair.n} seeds)"
            )
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
    step += _line(bits)
    size = plus_minus(abs(mean), reach)
    count = f"{contrast.agreeing} of {contrast.n} seeds ({_p(contrast)})"
    if not decided:
        sign = "−" if mean < 0 else "+"
        return f"No clear trend with more {thing}: {sign}{size} bits {step}, {count}; {best}."
    verb = ("lower" if mean < 0 else "raise") + ("" if thing.endswith("s") else "s")
    return f"More {thing} {verb} the loss by {size} bits {step}, {count}; {best}."


def _line(bits: Losses) -> str:
    """That the slope is one line's, and what the mean does from each value to the next.

    A line through a curve hides that most of the change may lie in one step.
    """
    ordered = sorted(bits)
    steps = [
        compare(after, bits[after], before, bits[before]) for before, after in pairwise(ordered)
    ]
    if len(ordered) < 3 or not all(steps):
        return ""
    told = [f"{pair.difference.estimate:+.3f}".replace("-", "−") for pair in steps if pair]
    return f" along a straight line ({_listed(told, 'and')} from value to value)"


def _count(n: int) -> str:
    return "One seed is" if n == 1 else f"{n} seeds are"


def _p(contrast: Contrast) -> str:
    least = (
        f", the smallest p that {contrast.n} seeds can give"
        if contrast.p == 2 ** (1 - contrast.n)
        else ""
    )
    return f"sign-flip p = {contrast.p:.3f}{least}"


def _listed(names: list[str], last: str = "or") -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"
