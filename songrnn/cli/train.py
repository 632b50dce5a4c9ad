"""`songrnn train`: one run, from the settings or from where it stopped."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from songrnn import config as settings
from songrnn.cli.setting_options import setting_options
from songrnn.errors import ConfigError

if TYPE_CHECKING:
    from songrnn.corpus.tunebook import Tunebook
    from songrnn.store.history import HistoryRow
    from songrnn.store.runs import Run

# Seconds that a training may take to finish its step and end once its parent is gone.
_PATIENCE = 60.0


@click.command()
@setting_options(settings.SETTINGS.values())
@setting_options([settings.SEED])
@click.option(
    "--corpus",
    "corpus_name",
    default=settings.USUAL_CORPUS,
    show_default=True,
    help="The tunes to learn from.",
)
@click.option("--run", "name", help="The run's name (default: made from the settings).")
@click.option(
    "--study", help="Name of the study the run is started for, noted in run.json.", hidden=True
)
@click.option("--overwrite", is_flag=True, help="Replace a run of the same name.")
@click.option("--resume", metavar="RUN", help="Resume a stopped run, with the settings it has.")
@click.option(
    "--end-with-parent",
    is_flag=True,
    hidden=True,
    help="Stop and keep the run once standard input, a pipe held by another process, is closed.",
)
def train(
    resume: str | None,
    name: str | None,
    corpus_name: str,
    seed: int,
    end_with_parent: bool,
    **given: Any,
) -> int:
    """Train a run and store it under checkpoints/. Ctrl-C stops it and keeps it."""
    from songrnn.training import child
    from songrnn.training.interruption import interrupts

    # Before anything slow is read: a stop during the start keeps the run as any other does.
    with interrupts() as stopped:
        if end_with_parent:
            child.end_with_parent(sys.stdin.fileno(), patience=_PATIENCE)
        run, book = (
            _opened(resume) if resume is not None else _created(name, corpus_name, seed, given)
        )
        from songrnn.training.loop import train as train_run

        rows = train_run(
            run.config, tunebook=book, run=run, resume=resume is not None, stop=stopped
        )
        _show(run, rows)
    return 130 if stopped() else 0


def _opened(name: str) -> "tuple[Run, Tunebook]":
    """A run to resume, and its tunes."""
    from songrnn.corpus.sources import load_of
    from songrnn.store.runs import open_run

    run = open_run(name)
    if run.status.status == "finished":
        raise ConfigError(f"The run {name} is finished: there is nothing to resume.")
    return run, load_of(run.config.corpus)


def _created(
    name: str | None, corpus_name: str, seed: int, given: dict[str, Any]
) -> "tuple[Run, Tunebook]":
    """A new run of the settings given, and its tunes."""
    from songrnn.cli.output import progress_bar
    from songrnn.corpus.sources import load
    from songrnn.corpus.vocabulary import Vocabulary
    from songrnn.store.creating import create_run

    model, training = settings.with_settings({n: given[n] for n in settings.SETTINGS})
    if name is not None:
        settings.check_run_name(name)  # before the corpus is read, which may take a while
    with progress_bar("Reading the corpus") as progress:
        book = load(corpus_name, progress=progress)
    run_config = settings.RunConfig(
        name=name or settings.default_run_name(model, training, seed, book.name),
        study=given["study"],
        seed=seed,
        model=model,
        training=training,
        corpus=book.reference,
    )
    return create_run(
        run_config, Vocabulary.of(book.characters), overwrite=given["overwrite"]
    ), book


def _show(run: "Run", rows: Iterable["HistoryRow"]) -> None:
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
