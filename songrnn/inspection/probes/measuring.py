"""Probes of a run and, next to each, what it must be compared with.

Beside the probe of a state stand: the best single unit and the best few; the same probe of an
untrained network; the last characters; the most frequent class; and a control task, whose classes
were drawn at random for every pair of last characters (Hewitt and Liang 2019): what a probe can
learn of it, it learns by heart, so a probe tells of the state only where it does better on the
true classes (selectivity).

n characters, N units, D of them in a state, K classes.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from songrnn.inspection.probes.linear import (
    PENALTIES,
    choose,
    fit,
    in_states,
    predict,
    whiten,
)
from songrnn.inspection.probes.outcomes import Outcome, score
from songrnn.inspection.probes.samples import Part, Sample
from songrnn.inspection.probes.tasks import TASKS, Task
from songrnn.inspection.progress import part_of
from songrnn.inspection.units import Unit, units_of
from songrnn.model.engine import Engine

# Units of the best few.
FEW = 8
# Units whose variance is divided together.
_UNITS = 128
# Whitening copies all states; one network at a time, or a large one takes two gigabytes.
_WHITENING = Lock()
# The state that everything else is compared with.
ALL = "all"
Values = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Probed:
    """What was found for one task: outcomes on the held-out tunes.

    states, untrained: by state ("hidden 1", …, "all"). single, few: of the units named. recent:
    of the last characters; majority: of the most frequent class, or the mean. control: accuracy
    of the control task's probe, None for a number. weights: (N + 1, K) of the probe of all.
    """

    task: Task
    states: Mapping[str, Outcome]
    untrained: Mapping[str, Outcome]
    single: tuple[Unit, Outcome]
    few: tuple[tuple[Unit, ...], Outcome]
    recent: Outcome
    majority: Outcome
    control: Outcome | None
    weights: Values


def state_columns(engine: Engine) -> dict[str, slice]:
    """State -> its columns among all units: each quantity of each layer, then all together."""
    units, H = units_of(engine), engine.config.hidden_size
    found = {
        f"{units[at].quantity} {units[at].layer + 1}": slice(at, at + H)
        for at in range(0, len(units), H)
    }
    return found | {ALL: slice(0, len(units))}


class _Sides:
    """One set of features of the three parts, whitened or as they are."""

    def __init__(self, features: Mapping[Part, object], samples: Mapping[Part, Sample]) -> None:
        self._features, self._samples = features, samples

    def outcome(
        self, number: int, truth: Mapping[Part, Values] | None = None
    ) -> tuple[Outcome, Values]:
        """(held-out outcome, weights) of the probe for a task. truth: other classes than its own."""
        task = TASKS[number]
        given = truth or {part: each.truth[:, number] for part, each in self._samples.items()}
        there = {part: np.flatnonzero(np.isfinite(values)) for part, values in given.items()}
        sides = {part: self._features[part][rows] for part, rows in there.items()}  # type: ignore[index]
        known = {part: given[part][rows] for part, rows in there.items()}
        K = len(task.classes)
        if truth is None:
            weights = choose(sides["fitted"], known["fitted"], sides["aside"], known["aside"], K)
        else:
            [weights] = fit(sides["fitted"], known["fitted"], K, PENALTIES[:1])
        held = self._samples["held"]
        guess = predict(sides["held"], weights)
        owner = held.owner[there["held"]]
        return score(guess, known["held"], owner, len(held.texts), K), weights


def measure_probes(
    engine: Engine,
    untrained: Engine,
    samples: Mapping[Part, Sample],
    *,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> list[Probed]:
    """Every task of TASKS that has a value somewhere, probed in `engine` and beside it."""
    tasks = [n for n in range(len(TASKS)) if _asked(samples, n)]
    done = [0.0, 0.0]

    def probed(which: int) -> dict[int, _OfTask]:
        def tell(share: float) -> None:
            done[which] = share
            if progress is not None:
                progress(0.45 * sum(done))

        network, drawn = ((engine, seed), (untrained, None))[which]
        return _of_states(network, samples, tasks, tell, drawn)

    with ThreadPoolExecutor(2) as pool:  # a network each, on two cores if there are
        own, twin = pool.map(probed, range(2))
    V = engine.vocabulary_size
    recent = _Sides({part: each.last_characters(V) for part, each in samples.items()}, samples)
    found = []
    for place, number in enumerate(tasks):
        states, weights, single, few, control = own[number]
        found.append(
            Probed(
                task=TASKS[number],
                states=states,
                untrained=twin[number][0],
                single=single,
                few=few,
                recent=recent.outcome(number)[0],
                majority=_majority(samples, number),
                control=control,
                weights=weights,
            )
        )
        if progress is not None:
            progress(0.9 + 0.1 * (place + 1) / len(tasks))
    return found


_OfTask = tuple[
    dict[str, Outcome],
    Values,
    tuple[Unit, Outcome],
    tuple[tuple[Unit, ...], Outcome],
    Outcome | None,
]


def _of_states(
    engine: Engine,
    samples: Mapping[Part, Sample],
    tasks: list[int],
    progress: Callable[[float], None] | None,
    seed: int | None,
) -> dict[int, _OfTask]:
    """All states of one network. seed: of the control task; None leaves the controls out."""
    read, size = 0, sum(len(text) for sample in samples.values() for text in sample.texts)
    states: dict[Part, Values] = {}
    for part, sample in samples.items():
        mine = sum(map(len, sample.texts))
        told = part_of(progress, 0.3 * read / size, 0.3 * (read + mine) / size)
        states[part], read = sample.states(engine, told), read + mine
    units, columns = units_of(engine), state_columns(engine)
    if len(columns) == 2:  # one state only is all there is
        columns = {ALL: columns[ALL]}
    orders = _ranked(states["fitted"], samples["fitted"].truth, tasks)
    outcomes: dict[int, dict[str, Outcome]] = {number: {} for number in tasks}
    rest: dict[int, _OfTask] = {}
    for done, (name, chosen) in enumerate(columns.items()):
        with _WHITENING:
            whitening = whiten(states["fitted"][:, chosen])
        sides = _Sides(
            {part: whitening.of(values[:, chosen]) for part, values in states.items()}, samples
        )
        for number in tasks:
            outcomes[number][name], weights = sides.outcome(number)
            if name != ALL:
                continue
            order = orders[number]
            few = [
                _of_units(states, samples, order[:count], number) if seed is not None else None
                for count in (1, FEW)
            ]
            control = None
            if seed is not None and TASKS[number].classes:
                control = sides.outcome(number, _control(samples, number, seed))[0]
            single, several = few[0] or outcomes[number][ALL], few[1] or outcomes[number][ALL]
            rest[number] = (
                outcomes[number],
                in_states(whitening, weights),
                (units[order[0]], single),
                (tuple(units[n] for n in order[:FEW]), several),
                control,
            )
        if progress is not None:
            progress(0.3 + 0.7 * (done + 1) / len(columns))
    return rest


def _asked(samples: Mapping[Part, Sample], number: int) -> bool:
    """Whether the task has different values among the fitted characters, and some in each part."""
    values = {part: each.truth[:, number] for part, each in samples.items()}
    known = {part: each[np.isfinite(each)] for part, each in values.items()}
    return all(len(each) for each in known.values()) and len(np.unique(known["fitted"])) > 1


def _ranked(states: Values, truth: Values, tasks: Sequence[int]) -> dict[int, list[int]]:
    """For each task the units by how much of their variance lies between its classes, or goes with
    its number. states (n, N), truth (n, all tasks)."""
    from scipy.sparse import csr_matrix, vstack

    n, N = states.shape
    there = np.isfinite(truth[:, tasks])
    lines, counts = [], []
    for each, number in enumerate(tasks):
        y = np.where(there[:, each], truth[:, number], 0).astype(np.float64)
        if TASKS[number].classes:
            known = np.flatnonzero(there[:, each])
            rows = y[known].astype(np.int64)
            ones = np.ones(len(known))
            lines.append(csr_matrix((ones, (rows, known)), shape=(len(TASKS[number].classes), n)))
            counts.append(np.bincount(rows, minlength=lines[-1].shape[0]).astype(np.float64))
        else:
            y = np.where(there[:, each], y - y.sum() / there[:, each].sum(), 0)
            lines.append(csr_matrix(y[None]))
            counts.append(np.array([y @ y]))
    of_tasks, sizes = csr_matrix(there.T.astype(np.float64)), there.sum(axis=0)
    products, ends = vstack(lines, format="csr"), np.cumsum([0, *map(len, counts)])
    shares = np.empty((len(tasks), N))
    for begin in range(0, N, _UNITS):
        part = slice(begin, begin + _UNITS)
        values = states[:, part].astype(np.float64)
        values -= values.mean(axis=0)
        sums, found = of_tasks @ values, products @ values
        total = of_tasks @ (values * values) - sums**2 / sizes[:, None]
        for each, number in enumerate(tasks):
            along, count = found[ends[each] : ends[each + 1]], counts[each][:, None]
            between = (along**2 / np.maximum(count, 1e-12)).sum(axis=0)
            if TASKS[number].classes:
                between -= sums[each] ** 2 / sizes[each]
            shares[each, part] = between / np.where(total[each] > 0, total[each], np.inf)
    orders = np.argsort(-shares, axis=1, kind="stable")
    return {number: orders[each].tolist() for each, number in enumerate(tasks)}


def _of_units(
    states: Mapping[Part, Values], samples: Mapping[Part, Sample], units: list[int], number: int
) -> Outcome:
    whitening = whiten(states["fitted"][:, units])
    features = {part: whitening.of(values[:, units]) for part, values in states.items()}
    return _Sides(features, samples).outcome(number)[0]


def _majority(samples: Mapping[Part, Sample], number: int) -> Outcome:
    """Of always guessing the most frequent class, or the mean."""
    fitted, held = (samples[part].truth[:, number] for part in ("fitted", "held"))
    known = fitted[np.isfinite(fitted)]
    K = len(TASKS[number].classes)
    guess = np.bincount(known.astype(np.int64)).argmax() if K else known.mean()
    there = np.isfinite(held)
    sample = samples["held"]
    guesses = np.full(int(there.sum()), guess, np.float32)
    return score(guesses, held[there], sample.owner[there], len(sample.texts), K)


def _control(samples: Mapping[Part, Sample], number: int, seed: int) -> dict[Part, Values]:
    """Classes drawn for every pair of last characters, as frequent as the true ones."""
    rng = np.random.default_rng((seed, number))
    fitted = samples["fitted"].truth[:, number]
    known = fitted[np.isfinite(fitted)].astype(np.int64)
    shares = np.bincount(known, minlength=len(TASKS[number].classes)) / len(known)
    symbols = 1 + max(int(each.recent.max()) for each in samples.values())
    drawn = rng.choice(len(shares), symbols * symbols, p=shares).astype(np.float32)
    return {
        part: np.where(
            np.isfinite(each.truth[:, number]),
            drawn[each.recent[:, 0] * symbols + each.recent[:, 1]],
            np.nan,
        ).astype(np.float32)
        for part, each in samples.items()
    }
