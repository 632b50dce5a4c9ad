"""`songrnn workspaces`: what the people of one server have, for whoever runs it."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from songrnn.cli.output import print_json, print_table

_COLUMNS = {
    "name": "workspace",
    "runs": "runs",
    "running": "training",
    "waiting": "waiting",
    "megabytes": "MB",
    "trash_megabytes": "trash MB",
    "last_written": "last written",
}


@click.group()
def workspaces() -> None:
    """The workspaces of the people on one server."""


@workspaces.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_workspaces(as_json: bool) -> None:
    """List all workspaces: how many runs each has, what trains and waits there, how full it is."""
    from songrnn.paths import places
    from songrnn.workspaces import DISK_EACH, all_checkpoints

    shared = places().checkpoints
    rows = [_row(path) for path in all_checkpoints() if path != shared]
    if as_json:
        print_json(rows)
        return
    if not rows:
        click.echo("No workspaces yet; docs/deployment.md says how a server gives everybody one.")
        return
    shown = ("megabytes", "trash_megabytes")
    print_table([row | {key: f"{row[key]:,.1f}" for key in shown} for row in rows], _COLUMNS)
    click.echo(
        "Look into one with `songrnn runs list --workspace NAME`; `songrnn runs stop RUN --workspace NAME` "
        f"stops what works or waits there. {DISK_EACH}, where the server is started, says how much each may fill."
    )


def _row(checkpoints: Path) -> dict[str, Any]:
    from songrnn.store.finding import names_in
    from songrnn.store.jobs import processes_at
    from songrnn.training.waiting import places_in_queue
    from songrnn.workspaces import bytes_of

    root, names = checkpoints.parent, names_in(checkpoints)
    return {
        "name": root.name,
        "runs": len(names),
        "running": sum(bool(processes_at(checkpoints / name)) for name in names),
        "waiting": len(places_in_queue(checkpoints)),
        "megabytes": round(bytes_of(root) / 1e6, 3),
        "trash_megabytes": round(bytes_of(checkpoints / ".trash") / 1e6, 3),
        "last_written": _last_written(root),
        "checkpoints": str(checkpoints),
    }


def _last_written(root: Path) -> str:
    """The day and the minute, of this machine's clock, when a file of a folder was last written."""
    from datetime import datetime

    moments = []
    for folder, _, files in os.walk(root):
        for name in files:
            with suppress(OSError):  # it was replaced while we looked
                moments.append(os.lstat(os.path.join(folder, name)).st_mtime)
    return f"{datetime.fromtimestamp(max(moments)):%Y-%m-%d %H:%M}" if moments else ""
