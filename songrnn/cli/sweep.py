"""`songrnn sweep`: train all runs of a study, here or on a cluster, and say what they answer."""

import contextlib
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from songrnn.cli.output import progress_bar

if TYPE_CHECKING:
    from rich.console import RenderableType

    from songrnn.config import CorpusReference
    from songrnn.corpus.tunebook import Tunebook
    from songrnn.tuning.launchers import Launcher, Progress
    from songrnn.tuning.study import Study

# Seconds between two looks at the processes and the files.
_PAUSE = 0.5

_STYLES = {
    "running": "bold",
    "elsewhere": "bold",
    "finished": "green",
    "failed": "red",
    "stopped": "yellow",
    "waiting": "dim",
}


@click.command()
@click.argument("study")
@click.option("--seeds", type=click.IntRange(min=1), help="Only the first N seeds.")
@click.option("--epochs", type=click.IntRange(min=1), help="Another number of epochs.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Runs at once (default: one a core, or all the threads of a cluster).",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Train on the Dask cluster of the scheduler at tcp://HOST:8786.",
)
def sweep(
    study: str,
    seeds: int | None,
    epochs: int | None,
    workers: int | None,
    scheduler: str | None,
) -> int:
    """Train STUDY: cells, hidden, dropout, initialization, normalization, ingredients, a .toml
    file, or all.

    Ctrl-C stops all its runs and keeps them; the same command goes on where it stopped. Finished
    runs are not trained again. Leaves with exit code 1 when a run failed.

    On a cluster, rows come back while the runs train and their files when they end; a run that
    was stopped, or whose worker was lost, starts again from its beginning.
    """
    from songrnn.config import CorpusReference
    from songrnn.corpus.sources import load
    from songrnn.training.interruption import interrupts
    from songrnn.tuning.launchers import Sweep, cores
    from songrnn.tuning.study import find_study, merge, shipped_studies
    from songrnn.tuning.sweeps import note_sweep, sweep_arguments, write_sweep

    studies = shipped_studies() if study == "all" else [find_study(study)]
    if epochs is not None:
        studies = [each.at_epochs(epochs) for each in studies]
    if seeds is not None:
        # Of all studies some have fewer seeds than others; one that is named must have as many.
        studies = (
            [each.with_first_seeds(seeds) for each in studies]
            if study == "all"
            else [each.with_seeds(seeds) for each in studies]
        )
    address = client = None
    if scheduler is not None:
        from songrnn.tuning.cluster import check_address, connect

        address = check_address(scheduler)
        client = connect(address)
    references: dict[str, CorpusReference] = {}
    books: dict[str, Tunebook] = {}
    for name in dict.fromkeys(each.corpus for each in studies):
        with progress_bar("Reading the corpus") as progress:
            book = load(name, progress=progress)
        references[name] = CorpusReference(name=book.name, sha256=book.sha256)
        books[name] = book
    runs = merge([each.expand(references[each.corpus]) for each in studies])
    training: Launcher
    if client is None:
        training = Sweep(runs, workers=workers or cores())
    else:
        from songrnn.tuning.cluster import ClusterSweep

        training = ClusterSweep(runs, books=books, client=client, limit=workers)
    # Listening begins before the note tells others whom to signal.
    with contextlib.ExitStack() as closing:
        closing.callback(training.stop)
        stopped = closing.enter_context(interrupts())
        record = note_sweep(
            study,
            [run.name for run in runs],
            workers=training.workers,
            seeds=seeds,
            epochs=epochs,
            scheduler=address,
        )
        outcome = "failed"
        try:
            outcome = "finished" if _watch(training, stopped) else "stopped"
        finally:
            write_sweep(record.model_copy(update={"status": outcome}))
    if outcome == "stopped":
        again = " ".join(sweep_arguments(study, seeds, epochs, workers, address))
        click.echo(f"Stopped; go on with: songrnn sweep {again}", err=True)
        return 130
    for each in studies:
        click.echo(_answer(each, references[each.corpus]))
    failed = [one for one in training.progress() if one.state != "finished"]
    for one in failed:
        click.echo(f"{one.name} {one.state}: {one.message}", err=True)
    return 1 if failed else 0


def _watch(training: "Launcher", stopped: Callable[[], bool]) -> bool:
    """Drive the sweep to its end, showing all runs; False when a signal stopped it."""
    from rich.console import Console
    from rich.live import Live

    console = Console(stderr=True)
    told: set[str] = set()
    noticed = ""
    try:
        with Live(console=console, auto_refresh=False, transient=False) as live:
            while not stopped() and training.step():
                standing = training.progress()
                if console.is_terminal:
                    live.update(_table(training, standing, console.height - 4), refresh=True)
                else:
                    _tell_ended(standing, told)
                    if training.notice != noticed:
                        noticed = training.notice
                        if noticed:
                            click.echo(noticed, err=True)
                _sleep(stopped)
            if stopped():
                console.print("Stopping the runs …")
                training.stop()
            standing = training.progress()
            if console.is_terminal:
                live.update(_table(training, standing, len(standing)), refresh=True)
            else:
                _tell_ended(standing, told)
    finally:
        # An error of our own must not leave processes behind that nobody watches.
        training.stop()
    return not stopped()


def _sleep(stopped: Callable[[], bool]) -> None:
    end = time.monotonic() + _PAUSE
    while time.monotonic() < end and not stopped():
        time.sleep(0.05)


def _tell_ended(standing: "Sequence[Progress]", told: set[str]) -> None:
    """One plain line for each run that ended since the last look."""
    ended = [one for one in standing if one.state in ("finished", "failed", "stopped")]
    for one in ended:
        if one.name not in told:
            told.add(one.name)
            figures = "" if one.bits is None else f", best validation {one.bits:.4f} bits/char"
            reason = f": {one.message}" if one.message else ""
            click.echo(f"{one.name} {one.state}{figures}{reason} ({len(told)} of {len(standing)})")


def _table(training: "Launcher", standing: "Sequence[Progress]", height: int) -> "RenderableType":
    """All runs as far as they fit: first those that run, then those that ended or wait."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from songrnn.tuning.launchers import time_left

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("run")
    table.add_column("status")
    for heading in ("epoch", "validation (bits/char)", "char/s", "left"):
        table.add_column(heading, justify="right")
    order = {"running": 0, "elsewhere": 1, "failed": 2, "stopped": 3, "waiting": 4, "finished": 5}
    shown = sorted(standing, key=lambda one: order[one.state])[: max(height, 5)]
    for one in standing:
        if one in shown:
            table.add_row(
                one.name,
                Text(one.state, style=_STYLES[one.state]),
                f"{one.epoch:.1f} of {one.epochs}",
                "–" if one.bits is None else f"{one.bits:.4f}",
                "–" if not one.characters_per_second else f"{one.characters_per_second:,.0f}",
                _duration(one.seconds_left) if one.state in ("running", "elsewhere") else "",
            )
    counts = ", ".join(
        f"{sum(one.state == state for one in standing)} {state}"
        for state in order
        if any(one.state == state for one in standing)
    )
    hidden = f"; {len(standing) - len(shown)} more rows" if len(shown) < len(standing) else ""
    seconds = time_left(standing, training.workers)
    left = f"; about {_duration(seconds)} left" if seconds else ""
    words = f"{len(standing)} runs: {counts}{left}{hidden}. Ctrl-C stops and keeps."
    if training.notice:
        words += f" {training.notice}"
    return Group(table, Text(words))


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    minutes, seconds = divmod(round(seconds), 60)
    return (
        f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        if minutes >= 60
        else f"{minutes}:{seconds:02}"
    )


def _answer(study: "Study", corpus: "CorpusReference") -> str:
    from songrnn.store.runs import list_runs
    from songrnn.tuning.answers import answer, study_table

    return f"{study.question} {answer(study, study_table(study, list_runs())).sentence}"
