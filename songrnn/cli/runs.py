"""`songrnn runs`: what is in checkpoints/."""

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
    "best_validation_bits_per_character": "best validation (bits/char)",
    "reason": "",
}


@click.group()
def runs() -> None:
    """The runs in checkpoints/."""


@runs.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_stored_runs(as_json: bool) -> None:
    """List all runs with their settings and best validation loss, damaged ones with the reason."""
    from songrnn.store.runs import list_runs, run_table

    rows = run_table(list_runs())
    if as_json:
        print_json(rows)
    elif rows:
        print_table(rows, _COLUMNS)
    else:
        click.echo("No runs yet; train one with: songrnn train --epochs 5")
