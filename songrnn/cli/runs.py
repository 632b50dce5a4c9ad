"""`songrnn runs`: what is in checkpoints/."""

from pathlib import Path

import click

from songrnn.cli.output import print_json, print_table

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
_LEAST = ("layers", "cell", "dropout", "seed", "epochs", "hidden_size", "parameters")


@click.group()
def runs() -> None:
    """The runs in checkpoints/."""


@runs.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_stored_runs(as_json: bool) -> None:
    """List all runs with their settings and best validation loss, damaged ones with the reason."""
    from songrnn.store.run_table import run_table
    from songrnn.store.runs import list_runs

    rows = run_table(list_runs())
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
