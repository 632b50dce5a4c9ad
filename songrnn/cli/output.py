"""How the commands print: JSON, tables and progress."""

import json
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click

from songrnn.plain_text import visible


def print_json(data: Any) -> None:
    """Print `data` as indented JSON, characters as they are."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


class JsonList:
    """A JSON object with one long list, printed at the end and kept in a file until then.

    So a command that fails half-way prints nothing that looks like JSON, and a list of any
    length takes no memory.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 (until print)
        self._empty = True

    def add(self, item: Any) -> None:
        """Add an item to the list."""
        text = json.dumps(item, indent=2, ensure_ascii=False)
        self._file.write(("" if self._empty else ",") + "\n" + textwrap.indent(text, "    "))
        self._empty = False

    def print(self, **others: Any) -> None:
        """Print `{name: [...], **others}` as `print_json` does."""
        click.echo("{\n  " + json.dumps(self._name) + ": [", nl=False)
        self._file.seek(0)
        for line in self._file:
            click.echo(line, nl=False)
        click.echo("]" if self._empty else "\n  ]", nl=False)
        for name, value in others.items():
            text = textwrap.indent(json.dumps(value, indent=2, ensure_ascii=False), "  ")
            click.echo(",\n  " + json.dumps(name) + ": " + text.lstrip(), nl=False)
        click.echo("\n}")
        self._file.close()


def print_table(
    rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], *, least: Sequence[str] = ()
) -> None:
    """Print rows as an aligned table; columns maps keys to headings, numbers go right.

    least: columns that a narrow terminal goes without, the first of them first. What is not a
    terminal gets all columns, unfolded.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(soft_wrap=True)
    if not console.is_terminal:
        console = Console(soft_wrap=True, width=10_000)
    widths = {
        key: max([len(heading), *(len(_cell(row.get(key))) for row in rows)]) + 1
        for key, heading in columns.items()
    }
    left_out = []
    for key in least:
        if sum(widths.values()) > console.width:
            widths.pop(key)
            left_out.append(columns[key])
    table = Table(box=None, pad_edge=False, header_style="bold")
    for key in widths:
        numeric = any(isinstance(row.get(key), int | float) for row in rows)
        table.add_column(columns[key], justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(row.get(key))) for key in widths))
    console.print(table)
    if left_out:
        console.print(
            f"(too narrow for: {', '.join(left_out)}; --json has all)", style="dim", highlight=False
        )


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return visible(str(value))


@contextmanager
def progress_bar(description: str) -> Iterator[Callable[[str, float], None]]:
    """A bar on standard error, driven by calls of (what is being done, share done 0–1)."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(description, total=1.0)

        def update(what: str, share: float) -> None:
            progress.update(task, description=visible(what or description), completed=share)

        yield update
