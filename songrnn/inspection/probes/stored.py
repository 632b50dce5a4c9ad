"""probes.npz: what probes of a run found, so that a page and a comparison need no measuring.

One JSON document with all figures, and arrays: the probes' weights, and the outcomes by tune, which
two runs are compared by. Read only as far as they fit; no pickle.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, NonNegativeInt

from songrnn.disk import replace_file
from songrnn.errors import DamagedRunError
from songrnn.inspection.probes.measuring import ALL, Probed
from songrnn.inspection.probes.outcomes import Figures, Outcome, difference, figures
from songrnn.inspection.probes.samples import Part, Sample
from songrnn.inspection.units import units_in
from songrnn.statistics import Interval
from songrnn.store.arrays import open_arrays
from songrnn.store.runs import Run

FILE = "probes.npz"
FORMAT_VERSION = 1
_LARGEST_FILE = 1 << 26
_LARGEST_TEXT = 1 << 22
_MOST_CLASSES, _MOST_TASKS = 64, 64


@dataclass(frozen=True)
class NamedUnit:
    """A unit; layer and neuron from 0."""

    quantity: str
    layer: int
    neuron: int


@dataclass(frozen=True)
class TaskProbes:
    """One task's figures. states, untrained: by state. single, few: of the best unit or units.

    control: of the control task; selectivity: accuracy on the true classes minus that. beyond_recent, beyond_untrained: by
    how much the main figure (mean IoU, or R²) of all states together lies above that of the last
    characters, and of the untrained network. ceiling: of a network that sees the whole tune, None
    when it was not trained.
    """

    name: str
    words: str
    classes: tuple[str, ...]
    states: dict[str, Figures]
    untrained: dict[str, Figures]
    single_unit: NamedUnit
    single: Figures
    few_units: tuple[NamedUnit, ...]
    few: Figures
    recent: Figures
    majority: Figures
    control: Figures | None
    selectivity: float | None
    beyond_recent: Interval
    beyond_untrained: Interval
    ceiling: Figures | None = None

    @property
    def of_all(self) -> Figures:
        """Of all states together."""
        return self.states[ALL]

    @property
    def least_beyond(self) -> float:
        """By how much it lies above the better one of last characters and untrained network."""
        return min(self.beyond_recent.estimate, self.beyond_untrained.estimate)

    @property
    def known(self) -> bool:
        """Whether the state holds more than the last characters and than an untrained network's."""
        return self.beyond_recent.low > 0 and self.beyond_untrained.low > 0


@dataclass(frozen=True, eq=False)
class StoredProbes:
    """fitted, aside, held: characters of each part; tunes: held out. weights: sha256 of the run's.

    arrays: "weights_<task>" (N + 1, K) of the probe of all states, "tunes_<task>" its outcome.
    """

    tasks: tuple[TaskProbes, ...]
    corpus: str
    corpus_sha256: str
    weights: str
    seed: int
    fitted: int
    aside: int
    held: int
    tunes: int
    arrays: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    def is_of(self, run: Run) -> bool:
        """Whether they were made of these weights, and of as many units as the run has."""
        weights = run.summary.weights_sha256 if run.summary is not None else ""
        units = units_in(run.config.model)
        fits = all(len(self.weights_of(task.name)) == units + 1 for task in self.tasks)
        return self.weights == weights and fits

    @property
    def sentence(self) -> str:
        """What follows from the figures."""
        known = [task for task in self.tasks if task.known]
        rest = [task.words for task in self.tasks if not task.known]
        known.sort(key=lambda task: -task.least_beyond)
        told = ", ".join(f"{task.words} ({task.least_beyond:+.2f})" for task in known)
        said = (
            "Beyond what both the last 8 characters and an untrained network tell, the state holds: "
            f"{told or 'nothing'}."
        )
        return f"{said} Not shown: {', '.join(rest)}." if rest else said

    @property
    def without_ceiling(self) -> str:
        """Of which tasks the network that sees the whole tune tells no more than the state, in words;
        "" when it tells more of all, or was not trained."""
        learned = [task for task in self.tasks if task.ceiling is not None]
        less = [
            task.words
            for task in learned
            if task.ceiling and task.ceiling.main.estimate <= task.of_all.main.estimate
        ]
        if not less:
            return ""
        return (
            f"In {len(less)} of {len(learned)} tasks the network that sees the whole tune tells no more "
            f"than the state: {', '.join(less)}. There it has learned less, and is no ceiling."
        )

    def weights_of(self, task: str) -> NDArray[np.float32]:
        """(N + 1, K) of the probe of all states; the last row holds the constants."""
        return self.arrays[f"weights_{task}"]

    def outcome_of(self, task: str) -> Outcome:
        """By tune, of the probe of all states."""
        return Outcome(self.arrays[f"tunes_{task}"].astype(np.float64))

    def write(self, folder: Path) -> None:
        """Replace the probes in a run's folder. Raises StorageError."""
        document = {"format_version": FORMAT_VERSION, **_without_arrays(self)}
        text = json.dumps(document, allow_nan=False)
        buffer = io.BytesIO()
        arrays: dict[str, Any] = {"document": np.frombuffer(text.encode(), np.uint8), **self.arrays}
        np.savez_compressed(buffer, **arrays)
        replace_file(folder / FILE, buffer.getvalue(), most=_LARGEST_FILE)

    @classmethod
    def read(cls, folder: Path) -> "StoredProbes | None":
        """The probes of a run; None when there are none. Raises DamagedRunError."""
        path = folder / FILE
        try:
            with open_arrays(path, most=_LARGEST_FILE) as file:
                text = file.read("document", dtypes=["u1"], shape=[None], most=_LARGEST_TEXT)
                found = ProbesDocument.model_validate_json(text.tobytes())
                if len(found.tasks) > _MOST_TASKS:
                    raise ValueError(f"{len(found.tasks)} tasks")
                arrays = {}
                for task in found.tasks:
                    K = len(task.classes)
                    if K > _MOST_CLASSES:
                        raise ValueError(f"{K} classes")
                    shape = [found.tunes, K, K] if K else [found.tunes, 4]
                    for name, size in (("weights", [None, max(K, 1)]), ("tunes", shape)):
                        key = f"{name}_{task.name}"
                        arrays[key] = file.read(key, dtypes=["f4"], shape=size)
        except FileNotFoundError:
            return None
        except Exception as error:  # zipfile, numpy and pydantic raise whatever damage leads to
            raise DamagedRunError(
                f"{path} cannot be read; make it again with: "
                f"songrnn neurons {folder.name} probe --again"
            ) from error
        fields = {
            name: getattr(found, name)
            for name in ProbesDocument.model_fields
            if name != "format_version"
        }
        return cls(arrays=arrays, **fields)


class ProbesDocument(BaseModel):
    """What of the probes is no array; see `StoredProbes`."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    format_version: Literal[1]
    tasks: tuple[TaskProbes, ...]
    corpus: str
    corpus_sha256: str
    weights: str
    seed: int
    fitted: NonNegativeInt
    aside: NonNegativeInt
    held: NonNegativeInt
    tunes: NonNegativeInt


def summarize(
    run: Run, probed: Sequence[Probed], samples: dict[Part, Sample], seed: int
) -> StoredProbes:
    """All figures with their intervals, and what is kept beside them."""
    arrays = {}
    for each in probed:
        arrays[f"weights_{each.task.name}"] = each.weights
        arrays[f"tunes_{each.task.name}"] = each.states[ALL].by_tune.astype(np.float32)
    summary = run.summary
    return StoredProbes(
        tasks=tuple(_figures(each, np.random.default_rng(seed)) for each in probed),
        corpus=run.config.corpus.name,
        corpus_sha256=run.config.corpus.sha256,
        weights=summary.weights_sha256 if summary is not None else "",
        seed=seed,
        fitted=len(samples["fitted"].owner),
        aside=len(samples["aside"].owner),
        held=len(samples["held"].owner),
        tunes=len(samples["held"].texts),
        arrays=arrays,
    )


def with_ceiling(probes: StoredProbes, found: Mapping[str, Outcome]) -> StoredProbes:
    """The probes with what a network tells that sees the whole tune, by task."""
    rng = np.random.default_rng(probes.seed)
    tasks = tuple(
        replace(task, ceiling=figures(found[task.name], rng)) if task.name in found else task
        for task in probes.tasks
    )
    return replace(probes, tasks=tasks)


def compare(one: StoredProbes, other: StoredProbes, task: str) -> Interval | None:
    """By how much the state of `one` tells more of a task than that of `other`, on the same tunes.

    None when they were measured on others or do not both have the task.
    """
    key = f"tunes_{task}"
    mine, theirs = one.arrays.get(key), other.arrays.get(key)
    same = (one.corpus_sha256, one.seed, one.held) == (other.corpus_sha256, other.seed, other.held)
    if not same or mine is None or theirs is None or mine.shape != theirs.shape:
        return None
    rng = np.random.default_rng(one.seed)
    return difference(one.outcome_of(task), other.outcome_of(task), rng)


def _figures(probed: Probed, rng: np.random.Generator) -> TaskProbes:
    states = {name: figures(each, rng) for name, each in probed.states.items()}
    control = figures(probed.control, rng) if probed.control is not None else None
    mine, theirs = states[ALL].accuracy, control.accuracy if control is not None else None
    return TaskProbes(
        name=probed.task.name,
        words=probed.task.words,
        classes=probed.task.classes,
        states=states,
        untrained={name: figures(each, rng) for name, each in probed.untrained.items()},
        single_unit=NamedUnit(*probed.single[0]),
        single=figures(probed.single[1], rng),
        few_units=tuple(NamedUnit(*unit) for unit in probed.few[0]),
        few=figures(probed.few[1], rng),
        recent=figures(probed.recent, rng),
        majority=figures(probed.majority, rng),
        control=control,
        selectivity=mine.estimate - theirs.estimate if mine and theirs else None,
        beyond_recent=difference(probed.states[ALL], probed.recent, rng),
        beyond_untrained=difference(probed.states[ALL], probed.untrained[ALL], rng),
    )


def _without_arrays(probes: StoredProbes) -> dict[str, Any]:
    found = {
        name: getattr(probes, name)
        for name in ProbesDocument.model_fields
        if name != "format_version"
    }
    return {**found, "tasks": [asdict(task) for task in probes.tasks]}
