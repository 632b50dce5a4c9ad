"""`songrnn runs`: what is in checkpoints/."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from songrnn.cli.output import print_json, print_table
from songrnn.errors import ConfigError

if TYPE_CHECKING:
    from songrnn.segmentation.runs import SegmentationRun
    from songrnn.store.documents import ProcessIdentity
    from songrnn.store.runs import Run

_COLUMNS = {
    "name": "run",
    "status": "status",
    "cell": "cell",
    "hidden_size": "units",
    "layers": "layers",
    "dropout": "dropout",
    "seed": "seed",
    "epochs": "epochs",
    "parameters": "parameters",
    "best_validation_bits_per_character": "bits/char",
    "reason": "",
}
# Seconds that a training is given to finish its step.
_STOPPING = 60.0
_LEAST = ("layers", "cell", "dropout", "seed", "epochs", "hidden_size", "parameters")


def _workspace_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """--workspace NAME, as `songrnn workspaces list` has it."""
    return click.option(
        "--workspace",
        metavar="NAME",
        help="The runs of that workspace, on a server of many people.",
    )(command)


@contextmanager
def _in_workspace(name: str | None) -> Iterator[None]:
    """Act on behalf of whom a workspace belongs to. Raises ConfigError for no such one."""
    from songrnn.paths import using
    from songrnn.workspaces import checkpoints_of, owner_of

    if name is None:
        yield
        return
    found = checkpoints_of(name)
    if found is None or not found.parent.is_dir():
        raise ConfigError(f"There is no workspace {name!r}. See them with: songrnn workspaces list")
    with using(owner_of(found)):
        yield


@click.group()
def runs() -> None:
    """The runs in checkpoints/."""


@runs.command("list")
@_workspace_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_stored_runs(workspace: str | None, as_json: bool) -> None:
    """List all runs with their settings and best validation loss, damaged ones with the reason."""
    from songrnn.paths import checkpoints_directory
    from songrnn.store.run_table import run_table
    from songrnn.store.runs import list_runs

    with _in_workspace(workspace):
        own = None if workspace is None else checkpoints_directory()
        rows = run_table(list_runs(checkpoints=own))
    if as_json:
        print_json(rows)
    elif rows:
        columns = {k: name for k, name in _COLUMNS.items() if any(row.get(k) for row in rows)}
        print_table(rows, columns, least=[name for name in _LEAST if name in columns])
        click.echo("bits/char: the best validation loss, in bits per character.")
    else:
        click.echo("No runs yet; train one with: songrnn train --epochs 5")


@runs.command("export")
@click.argument("names", nargs=-1, metavar="[RUN]…")
@click.option(
    "--tensorboard",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder for TensorBoard event files, one below it for each run.",
)
def export(names: tuple[str, ...], folder: Path) -> None:
    """Write the histories of runs, all when none is named, for another program."""
    from songrnn.store.runs import Run, list_runs, open_run
    from songrnn.store.tensorboard import write_events

    chosen = [open_run(name) for name in names] or [
        run for run in list_runs() if isinstance(run, Run)
    ]
    for run in chosen:
        count = write_events(run, folder)
        click.echo(f"{run.name}: {count:,} numbers in {folder / run.name}")
    click.echo(f"Look at them with: tensorboard --logdir {folder}")


@runs.command("stop")
@click.argument("names", nargs=-1, required=True, metavar="RUN…")
@_workspace_option
def stop(names: tuple[str, ...], workspace: str | None) -> None:
    """Stop what trains these runs, or labels their neurons: as Ctrl-C there, the runs are kept.

    Those that wait leave the queue.
    """
    with _in_workspace(workspace):
        _stop(names)


def _stop(names: Sequence[str]) -> None:
    from songrnn.errors import RunError
    from songrnn.store.jobs import KINDS, job_of, processes_at, stop_job
    from songrnn.store.processes import is_alive
    from songrnn.store.runs import open_run
    from songrnn.training.launch import stop_training
    from songrnn.training.waiting import places_in_queue, withdraw

    refused: list[str] = []
    asked: list[tuple[Run, list[ProcessIdentity]]] = []
    chosen = [open_run(name) for name in names]
    # Before anything ends, which starts what waits.
    waited = set()
    for _, name, work in places_in_queue():
        if name in names:
            with suppress(RunError):
                withdraw(name, work=work)
                waited.add(name)
    for name in sorted(waited):
        click.echo(f"{name}: no longer waits")
    for run in chosen:
        found = {kind: job for kind in KINDS if (job := job_of(run, kind))}
        jobs = {kind: job.process for kind, job in found.items() if job.status == "running"}
        status = run.status
        # A labelling that follows a training is the same process: asked twice, it could not end in order.
        at_work = processes_at(run.path) - {each.pid for each in jobs.values()}
        training = [status.process] if status.process and status.process.pid in at_work else []
        for kind in jobs:
            stop_job(run, kind)
        if run.name in waited and not (training or jobs):
            continue
        try:
            if training or not jobs:
                stop_training(run)
        except RunError as error:
            refused.append(str(error))
        else:
            asked.append((run, [*jobs.values(), *training]))
    deadline = time.monotonic() + _STOPPING
    for run, working in asked:
        while any(map(is_alive, working)) and time.monotonic() < deadline:
            time.sleep(0.05)
        still = ", and its process has not ended yet" if any(map(is_alive, working)) else ""
        click.echo(f"{run.name}: {run.status.status}{still}")
    if refused:
        raise RunError(" ".join(refused))


@runs.command("pack")
@click.argument("names", nargs=-1, required=True, metavar="RUN…")
def pack(names: tuple[str, ...]) -> None:
    """Pack the histories of finished runs: the same rows in a sixth of the bytes.

    A history.jsonl.gz takes the place of history.jsonl; everything reads it as before, and gunzip
    unpacks it. Networks that label pictures can be named too.
    """
    from songrnn.access import check_may_change
    from songrnn.store.packing import pack_history

    chosen = [_open(name) for name in names]
    for run in chosen:
        check_may_change(run.path)
    sizes = []
    for run in chosen:
        packed = pack_history(run.path)
        if packed is None:
            click.echo(f"{run.name}: packed already")
            continue
        sizes.append(packed)
        click.echo(f"{run.name}: {packed[0]:,} bytes before, {packed[1]:,} after")
    if len(sizes) > 1:
        before, after = map(sum, zip(*sizes, strict=True))
        click.echo(f"All {len(sizes)}: {before:,} bytes before, {after:,} after")


def _open(name: str) -> "Run | SegmentationRun":
    """The run of that name, whatever it learned."""
    from songrnn.segmentation.documents import KIND
    from songrnn.segmentation.runs import open_segmentation_run
    from songrnn.store.finding import kind_of, run_folders
    from songrnn.store.runs import open_run

    folder = run_folders().get(name)
    segments = folder is not None and kind_of(folder) == KIND
    return open_segmentation_run(name) if segments else open_run(name)
