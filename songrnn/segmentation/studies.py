"""Studies of segmentation runs: which start, how deep; three seeds each, and what they answer.

A study is a grid of settings and seeds on few pages and for few steps: it tells how nets *begin*
to learn. A run belongs to it by its settings, not by its name. The figure is the mean IoU of the
last validation; contrasts are planned, paired by seed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from songrnn.errors import ConfigError
from songrnn.segmentation.data import LabelledData
from songrnn.segmentation.runs import (
    SegmentationRun,
    create_segmentation_run,
    list_segmentation_runs,
)
from songrnn.segmentation.settings import (
    NetInitialization,
    NetNormalization,
    SegmentationConfig,
    SegmentationSettings,
    UNetSettings,
)
from songrnn.statistics import Interval, differences_from, mean_interval, slopes
from songrnn.store.runs import DamagedRun

SEEDS = (0, 1, 2)
# Pages that the studies' runs learn from.
PAGES = 36
_WIDTH = 8
_BUDGET = SegmentationSettings(
    epochs=8,
    crops=7,
    batch_size=4,
    crop=64,
    learning_rate=4e-3,
    averaging=0.95,
    class_weights="none",
    dice=1.0,
    rare=0.8,
    scans=0.0,
)
_STARTS: tuple[NetInitialization, ...] = ("kaiming", "xavier_uniform", "xavier_normal")
_NORMS: tuple[NetNormalization, ...] = ("batch", "none")

# Value -> seed -> mean IoU.
Figures = Mapping[str, Mapping[int, float]]


@dataclass(frozen=True)
class PixelStudy:
    """question: in a sentence. cells: value, as it is written -> the network's settings."""

    name: str
    title: str
    question: str
    cells: Mapping[str, UNetSettings]
    contrast: Callable[[Figures], str]


@dataclass(frozen=True)
class PixelAnswer:
    """What a study's finished runs say. groups: value -> mean IoU with its interval over seeds."""

    study: PixelStudy
    groups: Mapping[str, Interval]
    sentence: str
    finished: int
    planned: int


def _start_cells() -> dict[str, UNetSettings]:
    return {
        f"{start.replace('_', ' ')}, {'batch' if norm == 'batch' else 'no'} normalization": (
            UNetSettings(depth=3, base_width=_WIDTH, initialization=start, normalization=norm)
        )
        for norm in _NORMS
        for start in _STARTS
    }


def _start_sentence(figures: Figures) -> str:
    """Batch normalization against none over all starts; then each start against Kaiming's.

    The four intervals of the latter hold together: two and two, each pair with half of the error.
    """
    labels = list(_start_cells())
    rows = np.array([[figures[label][seed] for seed in SEEDS] for label in labels])  # (6, seeds)
    gain = mean_interval(rows[:3].mean(axis=0) - rows[3:].mean(axis=0))
    verdict = (
        f"Batch normalization {'raises' if gain.estimate > 0 else 'lowers'} mean IoU by"
        if gain.excludes_zero
        else "Whether batch normalization helps is not decided: it changes mean IoU by"
    )
    parts = [f"{verdict} {_signed(gain)} over the three starts"]
    for first, words in ((0, "with it"), (3, "without it")):
        compared = differences_from(
            rows[first], rows[first + 1 : first + 3], confidence=1 - 0.05 / len(_NORMS)
        )
        names = [start.replace("_", " ") for start in _STARTS[1:]]
        told = [
            f"{name} {_signed(each)}{'' if each.excludes_zero else ' (not clear)'}"
            for name, each in zip(names, compared, strict=True)
        ]
        parts.append(f"against kaiming, {words}: {' and '.join(told)}")
    return "; ".join(parts) + (
        f" ({len(SEEDS)} seeds, 95 % intervals, those against kaiming for all four together)."
    )


def _depth_sentence(figures: Figures) -> str:
    labels = list(figures)
    depths = [int(label.split()[1]) for label in labels]
    rows = [[figures[label][seed] for label in labels] for seed in SEEDS]
    slope = mean_interval(slopes(depths, rows))
    best = max(labels, key=lambda label: float(np.mean(list(figures[label].values()))))
    if not slope.excludes_zero:
        return (
            f"No clear trend with depth: {_signed(slope)} mean IoU a level; the highest mean is at "
            f"{best} ({len(SEEDS)} seeds, 95 % interval)."
        )
    verb = "raises" if slope.estimate > 0 else "lowers"
    return (
        f"Each level {verb} mean IoU by {_signed(slope)}; the highest mean is at {best} "
        f"({len(SEEDS)} seeds, 95 % interval)."
    )


def _signed(interval: Interval) -> str:
    return f"{interval.estimate:+.3f} ± {interval.half_width:.3f}".replace("-", "−")


STUDIES: dict[str, PixelStudy] = {
    study.name: study
    for study in (
        PixelStudy(
            "start",
            "Which start?",
            "How do the first weights, and batch normalization, decide how a U-Net begins to learn?",
            _start_cells(),
            _start_sentence,
        ),
        PixelStudy(
            "depth",
            "How deep?",
            "Does a deeper U-Net, which sees more of the page, begin to learn faster?",
            {f"depth {depth}": UNetSettings(depth=depth, base_width=_WIDTH) for depth in (2, 3, 4)},
            _depth_sentence,
        ),
    )
}


def find_study(name: str) -> PixelStudy:
    """The study of that name. Raises ConfigError naming those there are."""
    if name not in STUDIES:
        raise ConfigError(f"There is no study {name!r}; there are: {', '.join(STUDIES)}.")
    return STUDIES[name]


def train_study(
    study: PixelStudy, data: LabelledData, *, checkpoints: Path | None = None
) -> Iterable[SegmentationRun]:
    """Train the runs that are missing, yielding each when it is finished. Loads torch.

    data: of `load_data(…, pages=PAGES)`. One that was stopped is resumed.
    """
    from songrnn.segmentation.training import train_segmentation

    for label, model in study.cells.items():
        for seed in SEEDS:
            run = _run_of(model, seed, list_segmentation_runs(checkpoints=checkpoints))
            if run is None:
                config = SegmentationConfig(
                    name=_run_name(study, label, seed),
                    study=study.name,
                    seed=seed,
                    model=model,
                    training=_BUDGET,
                    data=data.reference,
                )
                run = create_segmentation_run(
                    config,
                    classes=data.train.classes,
                    channels=data.train.channels,
                    checkpoints=checkpoints,
                )
            if run.status.status != "finished":
                for _ in train_segmentation(run, data, resume=True):
                    pass
            yield run


def answer(study: PixelStudy, runs: Iterable[SegmentationRun | DamagedRun]) -> PixelAnswer:
    """What the finished runs of a study say; a sentence on what is missing when some are not."""
    known = list(runs)
    figures: dict[str, dict[int, float]] = {}
    for label, model in study.cells.items():
        for seed in SEEDS:
            run = _run_of(model, seed, known)
            status = run.status if run else None
            if status and status.status == "finished" and status.last:
                figures.setdefault(label, {})[seed] = status.last.mean_iou
    finished = sum(len(by_seed) for by_seed in figures.values())
    planned = len(study.cells) * len(SEEDS)
    if finished < planned:
        sentence = (
            f"{finished} of {planned} runs are finished; train the others with: "
            f"songrnn segment study {study.name} --train"
        )
    else:
        sentence = study.contrast(figures)
    groups = {label: mean_interval(list(by_seed.values())) for label, by_seed in figures.items()}
    return PixelAnswer(study, groups, sentence, finished, planned)


def runs_of(
    study: PixelStudy, runs: Iterable[SegmentationRun | DamagedRun]
) -> list[tuple[str, SegmentationRun]]:
    """(value, run) of all runs that belong to a study, in the order of its values and seeds."""
    known = list(runs)
    found = [
        (label, _run_of(model, seed, known))
        for label, model in study.cells.items()
        for seed in SEEDS
    ]
    return [(label, run) for label, run in found if run is not None]


def _run_name(study: PixelStudy, label: str, seed: int) -> str:
    words = label.replace(", batch normalization", "").replace("no normalization", "plain")
    name = f"segment-{study.name}-" + words.replace(",", "").replace(" ", "-").replace(
        f"{study.name}-", ""
    )
    return name + (f"-seed-{seed}" if seed else "")


def _run_of(
    model: UNetSettings, seed: int, runs: Iterable[SegmentationRun | DamagedRun]
) -> SegmentationRun | None:
    """The run with these settings and the studies' budget, whatever its name."""
    for run in runs:
        if isinstance(run, SegmentationRun):
            config = run.config
            same = config.model == model and config.training == _BUDGET and config.seed == seed
            if same and config.data.pages == PAGES:
                return run
    return None
