"""Segmentation: pages of music as labelled pixels, by whatever runs there are."""

from collections.abc import Sequence

import numpy as np

from songrnn.report.document import Block, Figure, Paragraph, table_of
from songrnn.report.figures.curves import Line, loss_curves
from songrnn.report.figures.drawing import KINDS
from songrnn.report.material import Material
from songrnn.report.numbers import fixed, percent
from songrnn.segmentation.runs import SegmentationRun
from songrnn.statistics import mean_interval
from songrnn.tuning.contrasts import FEWEST_SEEDS


def segmentation(material: Material) -> list[Block]:
    """What the segmentation runs reached; a sentence when there are none."""
    runs = [run for run in material.segmentation_runs if run.status.best is not None]
    if not runs:
        return [
            Paragraph(
                "No segmentation run is among the runs of this report, so there is nothing to show "
                "here."
            )
        ]
    best = min(runs, key=lambda run: (-_mean_iou(run), run.name))
    return [
        Paragraph(
            "A U-Net (Ronneberger et al. 2015) labels every pixel of a page of music with what is "
            "printed there: staff line, notehead, beam and so on. Most pixels are paper, so the "
            "share of right pixels is high for anything; the mean IoU, for each class the pixels "
            "where guess and truth agree over those where either is, averaged over classes, is the "
            f"figure to look at. Of {len(runs)} runs `{best.name}` reaches the highest: "
            f"**{_mean_iou(best):.3f}**, with {percent(_accuracy(best))} of pixels right."
        ),
        *_groups(runs),
        _curves(runs, best),
        *_classes(best),
        _runs(runs),
    ]


def _mean_iou(run: SegmentationRun) -> float:
    best = run.status.best
    return best.mean_iou if best is not None else 0.0


def _accuracy(run: SegmentationRun) -> float:
    best = run.status.best
    return best.accuracy if best is not None else 0.0


def configurations(runs: Sequence[SegmentationRun]) -> dict[str, list[SegmentationRun]]:
    """Runs alike in all but the seed, by what tells them from the others."""
    tables = {
        run.name: {
            **run.config.model.model_dump(),
            **run.config.training.model_dump(),
            "data": run.config.data.source,
        }
        for run in runs
    }
    differing = [
        name
        for name in next(iter(tables.values()), {})
        if len({str(table.get(name)) for table in tables.values()}) > 1
    ]
    found: dict[str, list[SegmentationRun]] = {}
    for run in runs:
        settings = [f"{name.replace('_', ' ')} {tables[run.name][name]}" for name in differing]
        found.setdefault(", ".join(settings) or "all alike", []).append(run)
    return found


def _groups(runs: Sequence[SegmentationRun]) -> list[Block]:
    """Means over seeds, where settings differ."""
    groups = configurations([run for run in runs if run.status.status == "finished"])
    if len(groups) < 2:
        return []
    rows, intervals = [], []
    for name, members in groups.items():
        interval = mean_interval([_mean_iou(run) for run in members])
        sure = len(members) >= FEWEST_SEEDS
        if sure:
            intervals.append(interval)
        rows.append(
            (
                name,
                str(len(members)),
                fixed(interval.estimate, 3),
                fixed(interval.half_width if sure else None, 3),
            )
        )
    ordered = sorted(intervals, key=lambda interval: -interval.estimate)
    if len(ordered) < 2:
        said = f"Fewer than {FEWEST_SEEDS} seeds a setting: no difference could be shown."
    elif ordered[0].low > ordered[1].high:
        said = "The interval of the best setting lies above those of all others."
    else:
        said = "The intervals of the best settings overlap, so no difference between them could be shown."
    return [
        table_of(
            "segmentation-settings",
            "Best mean IoU on validation pages by setting, means over seeds.",
            ("Setting", "Runs", "Mean IoU", "± 95 %"),
            rows,
        ),
        Paragraph(said),
    ]


def _curves(runs: Sequence[SegmentationRun], best: SegmentationRun) -> Figure:
    lines = []
    groups = configurations(runs)
    for place, (name, members) in enumerate(groups.items()):
        curves = []
        for run in members:
            history = run.history()
            rows = history[history["split"] == "validation"]
            x, y = rows["epoch"].to_numpy(), rows["mean_iou"].to_numpy()
            known = np.isfinite(y)
            if known.any():
                curves.append((x[known], y[known]))
        lines.append(Line(name, KINDS[place % len(KINDS)], tuple(curves)))
    return Figure(
        "segmentation-mean-iou",
        "Mean IoU on validation pages by epoch; thin lines are runs, thick ones means with their "
        "95 % intervals over seeds.",
        f"Mean IoU of {len(runs)} segmentation runs by epoch; {best.name} reaches "
        f"{_mean_iou(best):.3f}.",
        loss_curves(lines, {}, y="mean IoU", whole=True),
    )


def _classes(best: SegmentationRun) -> list[Block]:
    known = [row for row in best.rows() if row.split == "validation" and row.iou]
    if not known:
        return []
    row = max(known, key=lambda row: (row.mean_iou or 0.0, -row.epoch))
    return [
        table_of(
            "segmentation-classes",
            f"IoU of `{best.name}` by class, at its best epoch ({row.epoch:g}), the best first.",
            ("Class", "IoU"),
            [
                (name.replace("_", " "), fixed(value, 3))
                for name, value in sorted(
                    (row.iou or {}).items(), key=lambda item: (-item[1], item[0])
                )
            ],
        )
    ]


def _runs(runs: Sequence[SegmentationRun]) -> Block:
    return table_of(
        "segmentation-runs",
        "All segmentation runs.",
        ("Run", "Data", "Status", "Seed", "Parameters", "Loss", "Pixels right", "Mean IoU"),
        [
            (
                f"`{run.name}`",
                run.config.data.source,
                run.status.status,
                str(run.config.seed),
                f"{run.summary.parameters:,}" if run.summary else "–",
                fixed(run.status.best.loss if run.status.best else None),
                percent(_accuracy(run)),
                fixed(_mean_iou(run), 3),
            )
            for run in runs
        ],
        words=(0, 1, 2),
    )
