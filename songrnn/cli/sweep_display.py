"""What `songrnn sweep` shows while it trains: a live table, or a line for each run that ended."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import RenderableType

    from songrnn.tuning.launchers import Launcher, Progress

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


def watch(training: "Launcher", stopped: Callable[[], bool]) -> bool:
    """Drive the sweep to its end, showing all runs; False when a signal stopped it."""
    from rich.console import Console
    from rich.live import Live

    console = Console(stderr=True)
    reported: set[str] = set()
    noticed = ""
    try:
        with Live(console=console, auto_refresh=False, transient=False) as live:
            while not stopped() and training.step():
                standing = training.progress()
                if console.is_terminal:
                    live.update(_table(training, standing, console.height - 4), refresh=True)
                else:
                    _report_ended(standing, reported)
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
                _report_ended(standing, reported)
    finally:
        # An error of our own must not leave processes behind that nobody watches.
        training.stop()
    return not stopped()


def _sleep(stopped: Callable[[], bool]) -> None:
    end = time.monotonic() + _PAUSE
    while time.monotonic() < end and not stopped():
        time.sleep(0.05)


def _report_ended(standing: "Sequence[Progress]", reported: set[str]) -> None:
    """One plain line for each run that ended since the last look."""
    ended = [one for one in standing if one.state in ("finished", "failed", "stopped")]
    for one in ended:
        if one.name not in reported:
            reported.add(one.name)
            figures = "" if one.bits is None else f", best validation {one.bits:.4f} bits/char"
            reason = f": {one.message}" if one.message else ""
            click.echo(
                f"{one.name} {one.state}{figures}{reason} ({len(reported)} of {len(standing)})"
            )


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
