"""The rule: which property a unit remembers, and what it does when it remembers none.

A unit *remembers* a property when R² ≥ 0.25, and the partial R² once the last characters and the
position in the tune are taken out of both sides has a lower bound above 0.10 and above the 99th percentile that untrained networks
of the same shape reach for that property. For rare properties average precision, corrected for
chance, stands in for R². What only follows the last characters is an *echo*, what only follows the
place in the tune a *position*; neither is counted as a label. Hidden and cell state of a neuron
have one label together.

P properties, N units.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.inspection.memory.echoes import RUNS
from songrnn.inspection.memory.measuring import LEAST, LEAST_PARTIAL, MemoryScores
from songrnn.inspection.memory.verdicts import Verdict, VerdictKind
from songrnn.inspection.properties import PROPERTIES, TUNE_PROPERTIES
from songrnn.inspection.sums import Floats
from songrnn.inspection.units import Unit

PERCENTILE = 99.0
# Untrained networks that the percentile is of, at least.
UNTRAINED = 5
# R² of the last characters from which on a unit is called their echo; of the position likewise.
ECHO = 0.5
POSITION = 0.25
# Share of what a longer run explains that makes a shorter one enough; and of what the last
# character explains, that makes one of them its name.
_ENOUGH = 0.9
_ONE = 0.5


@dataclass(frozen=True, eq=False)
class Bounds:
    """(P,) what partial R² and partial precision must exceed."""

    r_squared: Floats
    precision: Floats


def bounds_of(untrained: Sequence[MemoryScores]) -> Bounds:
    """The 99th percentile of untrained networks' units for each property, at least LEAST_PARTIAL."""

    def bound(name: str) -> Floats:
        if not untrained:  # one network alone has no others to be judged by
            return np.full(len(PROPERTIES), LEAST_PARTIAL)
        values = np.concatenate([getattr(each, name) for each in untrained], axis=1)
        reached = np.percentile(np.maximum(values, 0), PERCENTILE, axis=1)
        return np.maximum(reached, LEAST_PARTIAL)

    return Bounds(bound("partial"), bound("precision_partial"))


def remembered(scores: MemoryScores, bounds: Bounds) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(P, N) each: pairs that the rule holds for by R², and by average precision."""
    by_r_squared = (scores.raw >= LEAST) & (scores.low > bounds.r_squared[:, None])
    by_precision = (scores.precision >= LEAST) & (scores.precision_low > bounds.precision[:, None])
    return by_r_squared, by_precision


def count_remembering(scores: MemoryScores, bounds: Bounds, units: Sequence[Unit]) -> int:
    """Neurons that remember something, hidden and cell state counted once."""
    by_r_squared, by_precision = remembered(scores, bounds)
    found = np.flatnonzero((by_r_squared | by_precision).any(axis=0)).tolist()
    return len({(units[n].layer, units[n].neuron) for n in found})


def judge(
    scores: MemoryScores,
    bounds: Bounds,
    units: Sequence[Unit],
    n: NDArray[np.int64],
    tunes: int,
) -> list[Verdict]:
    """The verdict on every neuron. n: (P,) held-out characters of each property; tunes: held out."""
    pairs = remembered(scores, bounds)
    by_neuron: dict[tuple[int, int], list[Verdict]] = {}
    for place, unit in enumerate(units):
        verdict = _judged(scores, bounds, pairs, place, unit, n, tunes)
        by_neuron.setdefault((unit.layer, unit.neuron), []).append(verdict)
    return [max(found, key=_strength) for _, found in sorted(by_neuron.items())]


def _strength(verdict: Verdict) -> tuple[int, float]:
    order: tuple[VerdictKind, ...] = ("none", "echo", "position", "remembers")
    value = {
        "remembers": verdict.partial,
        "echo": verdict.recent,
        "position": verdict.position,
        "none": verdict.score,
    }
    return order.index(verdict.kind), value[verdict.kind]


def _judged(
    scores: MemoryScores,
    bounds: Bounds,
    pairs: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    place: int,
    unit: Unit,
    n: NDArray[np.int64],
    tunes: int,
) -> Verdict:
    by_r_squared, by_precision = (each[:, place] for each in pairs)
    runs, recent = scores.runs[:, place], float(scores.recent[place])
    position = float(scores.position[place])
    precise = bool(by_precision.any() and not by_r_squared.any())
    raw, partial, low, bound = (
        (scores.precision, scores.precision_partial, scores.precision_low, bounds.precision)
        if precise
        else (scores.raw, scores.partial, scores.low, bounds.r_squared)
    )
    holding = by_precision if precise else by_r_squared
    among = np.where(holding, partial[:, place], -np.inf) if holding.any() else raw[:, place]
    best = int(np.argmax(among))
    kind: VerdictKind = "none"
    if holding.any():
        kind = "remembers"
    elif position >= max(POSITION, recent):
        kind = "position"
    elif recent >= ECHO:
        kind = "echo"
    run = next(r for r, share in zip(RUNS, runs, strict=True) if share >= _ENOUGH * runs[-1])
    named = kind == "echo" and scores.strongest_share[place] >= _ONE * runs[0] and run == 1
    of_tune = PROPERTIES[best].name in TUNE_PROPERTIES
    return Verdict(
        layer=unit.layer,
        neuron=unit.neuron,
        quantity=unit.quantity,
        kind=kind,
        label=PROPERTIES[best].name if kind == "remembers" else None,
        measure="average precision" if precise else "R²",
        score=_finite(raw[best, place]),
        partial=_finite(partial[best, place]),
        low=_finite(low[best, place]),
        bound=float(bound[best]),
        n=tunes if of_tune else int(n[best]),
        counted="tunes" if of_tune else "characters",
        echo=run if kind == "echo" else 0,
        character=int(scores.strongest[place]) if named else None,
        recent=recent,
        position=position,
    )


def _finite(value: float) -> float:
    return float(value) if np.isfinite(value) else 0.0
