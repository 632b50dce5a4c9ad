"""`songrnn sweep`: train all runs of a study, here or on a cluster, and print the answer."""

import contextlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from songrnn.cli.output import progress_bar
from songrnn.cli.sweep_display import watch

if TYPE_CHECKING:
    from distributed import Client

    from songrnn.config import RunConfig
    from songrnn.corpus.tunebook import Tunebook
    from songrnn.tuning.launchers import Launcher
    from songrnn.tuning.study import Study


@click.command()
@click.argument("study")
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    help="Only the first N seeds of each study; more narrow the intervals.",
)
@click.option(
    "--epochs",
    type=click.IntRange(min=1),
    help="Train for so many epochs instead of the study's own; such runs have names of their own.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Runs at once (default: one for each core, or all threads of a cluster). More than there "
    "are cores makes all of them slower.",
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

    Ctrl-C stops all its runs and keeps them; the same command resumes them. Finished runs are not
    trained again. The exit code is 1 when a run failed.

    On a cluster, rows come back while the runs train and their files when they end; a run that
    was stopped, or whose worker was lost, starts again from its beginning.
    """
    from songrnn.tuning.study import merge
    from songrnn.tuning.sweeps import sweep_arguments

    studies = _studies(study, seeds, epochs)
    address = client = None
    if scheduler is not None:
        from songrnn.tuning.connecting import check_address, connect

        address = check_address(scheduler)
        client = connect(address)
    books = _books(studies)
    runs = merge([each.expand(books[each.corpus].reference) for each in studies])
    training = _launcher(runs, books, client, workers)
    if not _noted(training, study, seeds=seeds, epochs=epochs, scheduler=address):
        again = " ".join(sweep_arguments(study, seeds, epochs, workers, address))
        click.echo(f"Stopped; resume with: songrnn sweep {again}", err=True)
        return 130
    for each in studies:
        click.echo(_answer(each))
    failed = [one for one in training.progress() if one.state != "finished"]
    for one in failed:
        click.echo(f"{one.name} {one.state}: {one.message}", err=True)
    return 1 if failed else 0


def _studies(name: str, seeds: int | None, epochs: int | None) -> "list[Study]":
    """The studies named, with the seeds and epochs asked for."""
    from songrnn.tuning.study import find_study, shipped_studies

    studies = shipped_studies() if name == "all" else [find_study(name)]
    if epochs is not None:
        studies = [each.at_epochs(epochs) for each in studies]
    if seeds is None:
        return studies
    # Of all studies some have fewer seeds than others; one that is named must have as many.
    if name == "all":
        return [each.with_first_seeds(seeds) for each in studies]
    return [each.with_seeds(seeds) for each in studies]


def _books(studies: "Sequence[Study]") -> "dict[str, Tunebook]":
    """The corpora of the studies by name."""
    from songrnn.corpus.sources import load

    books = {}
    for name in dict.fromkeys(each.corpus for each in studies):
        with progress_bar("Reading the corpus") as progress:
            books[name] = load(name, progress=progress)
    return books


def _launcher(
    runs: "Sequence[RunConfig]",
    books: "Mapping[str, Tunebook]",
    client: "Client | None",
    workers: int | None,
) -> "Launcher":
    """What trains the runs: processes here, or the cluster that `client` is connected to."""
    if client is None:
        from songrnn.tuning.launchers import Sweep, cores

        return Sweep(runs, workers=workers or cores())
    from songrnn.tuning.cluster import ClusterSweep

    return ClusterSweep(runs, books=books, client=client, limit=workers)


def _noted(training: "Launcher", study: str, **options: Any) -> bool:
    """Drive the sweep to its end, with a note for others; False when a signal stopped it."""
    from songrnn.training.interruption import interrupts
    from songrnn.tuning.sweeps import note_sweep, write_sweep

    # Listening begins before the note tells others whom to signal.
    with contextlib.ExitStack() as closing:
        closing.callback(training.stop)
        stopped = closing.enter_context(interrupts())
        record = note_sweep(
            study,
            [run.name for run in training.runs],
            workers=training.workers,
            **options,
        )
        outcome = "failed"
        try:
            outcome = "finished" if watch(training, stopped) else "stopped"
        finally:
            write_sweep(record.model_copy(update={"status": outcome}))
    return outcome == "finished"


def _answer(study: "Study") -> str:
    from songrnn.store.runs import list_runs
    from songrnn.tuning.answers import answer, study_table

    return f"{study.question} {answer(study, study_table(study, list_runs())).sentence}"
