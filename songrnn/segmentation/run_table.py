"""Segmentation runs as rows of a table: their settings and their best validation."""

from collections.abc import Iterable
from typing import Any

from songrnn.segmentation.runs import SegmentationRun
from songrnn.store.runs import DamagedRun


def segmentation_table(runs: Iterable[SegmentationRun | DamagedRun]) -> list[dict[str, Any]]:
    """A row a run: name, status, data, seed, all settings, best figures; `reason` when damaged."""
    return [
        {"name": run.name, "status": "damaged", "reason": run.reason}
        if isinstance(run, DamagedRun)
        else _row(run)
        for run in runs
    ]


def _row(run: SegmentationRun) -> dict[str, Any]:
    status, config = run.status, run.config
    best = status.best
    return {
        "name": run.name,
        "status": status.status,
        "study": config.study,
        "data": config.data.source,
        "seed": config.seed,
        "has_weights": run.has_weights,
        **config.model.model_dump(),
        **config.training.model_dump(),
        "loss": best.loss if best else None,
        "accuracy": best.accuracy if best else None,
        "mean_iou": best.mean_iou if best else None,
        "best_epoch": best.epoch if best else None,
        "seconds": status.seconds,
    }
