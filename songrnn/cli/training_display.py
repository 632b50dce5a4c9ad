"""A training in the terminal: a bar that follows it, and a sentence at its end."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from songrnn.store.history import HistoryRow
    from songrnn.store.runs import Run


def show_training(run: "Run", rows: Iterable["HistoryRow"]) -> None:
    """Drive a live bar with the rows of a training and sum up at its end."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    epochs = run.config.training.epochs
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("epoch {task.completed:.1f} of {task.total:.0f}"),
        TextColumn("{task.fields[figures]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(run.name, total=epochs, figures="")
        training = validation = ""
        for row in rows:
            if row.split == "train":
                speed = row.characters_per_second or 0
                training = f"train {row.bits_per_character:.3f} bits · {speed / 1000:,.0f}k char/s"
            else:
                validation = f"validation {row.bits_per_character:.4f} bits · "
            progress.update(task, completed=row.epoch, figures=validation + training)
    summary, status = run.summary, run.status.status
    words = f"{run.name}: {status}"
    if summary is not None:
        words += (
            f"; best validation {summary.best_validation_bits_per_character:.4f} bits per "
            f"character (epoch {summary.best_epoch:g}), in {run.path}"
        )
    if status != "finished":
        words += f"; resume with: songrnn train --resume {run.name}"
    click.echo(words)
