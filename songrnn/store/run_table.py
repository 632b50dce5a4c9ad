"""Runs as rows of plain data: settings, where each stands, its best figures."""

from collections.abc import Iterable
from typing import Any

from songrnn.config import default_run_name
from songrnn.store.documents import Figures
from songrnn.store.finding import reason_of
from songrnn.store.runs import DamagedRun, Run

_COLUMNS = (
    *(
        "name",
        "study",
        "setting",
        "cell",
        "hidden_size",
        "layers",
        "embedding_size",
        "dropout",
        "seed",
    ),
    *("status", "epochs", "parameters"),
    *("best_validation_loss", "best_validation_bits_per_character", "best_validation_accuracy"),
    *("best_validation_mean_iou", "best_validation_kin", "best_validation_bits_without_kin"),
    "best_epoch",
    *("last_validation_loss", "last_validation_bits_per_character", "last_epoch"),
    *("duration_seconds", "characters_per_second", "corpus", "source", "created"),
    *("weights", "message"),
)


def run_table(runs: Iterable[Run | DamagedRun]) -> list[dict[str, Any]]:
    """A row of plain data for each run: its settings, where it stands, its best figures.

    Damaged runs get a row with name, status "damaged" and reason, other keys None.
    """
    rows = []
    for run in runs:
        if isinstance(run, DamagedRun):
            rows.append(_damaged_row(run.name, run.reason))
            continue
        try:
            rows.append(_row(run))
        except Exception as error:  # the files may have changed since the run was opened
            rows.append(_damaged_row(run.name, reason_of(error)))
    return rows


def _damaged_row(name: str, reason: str) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(_COLUMNS)
    return empty | {"name": name, "status": "damaged", "weights": False, "reason": reason}


def _row(run: Run) -> dict[str, Any]:
    document, status, summary = run.document, run.status, run.summary
    row: dict[str, Any] = {
        "name": run.name,
        "study": document.study,
        # The same of all seeds of one setting.
        "setting": default_run_name(document.model, document.training, corpus=document.corpus.name),
        **document.model.model_dump(),
        "seed": document.seed,
        "status": status.status,
        "epochs": document.training.epochs,
        "parameters": run.parameters,
        **_figures("best", status.best),
        **_figures("last", status.last),
        "duration_seconds": status.seconds,
        "characters_per_second": status.characters_per_second,
        "corpus": document.corpus.name,
        "source": document.source.name if document.source else None,
        "created": document.created.isoformat(),
        "weights": run.has_weights,
        "message": status.message,
    }
    if summary is not None:
        row |= {k: v for k, v in summary.model_dump().items() if k in row and k != "epochs"}
    return {name: row.get(name) for name in _COLUMNS}


def _figures(which: str, figures: Figures | None) -> dict[str, Any]:
    names = ("loss", "bits_per_character", "accuracy", "mean_iou", "kin", "bits_without_kin")
    values = {f"{which}_validation_{name}": getattr(figures, name, None) for name in names}
    return values | {f"{which}_epoch": getattr(figures, "epoch", None)}
