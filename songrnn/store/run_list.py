"""All runs, looked at again and again: a folder whose files did not change is not read again.

`list_runs` reads three documents and a header of every folder, which is too much for a page that
is drawn several times a minute; to ask when a file was written costs a hundredth of that.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from songrnn.store.finding import names_in
from songrnn.store.run_table import run_table
from songrnn.store.runs import DamagedRun, Run, run_in

# What the rows are made from.
_FILES = ("", "run.json", "status.json", "summary.json", "weights.safetensors")
_Stamp = tuple[tuple[int, int, int] | None, ...]


@dataclass
class _Seen:
    stamp: _Stamp
    run: Run | DamagedRun | None
    row: dict[str, Any] | None = None


class RunList:
    """The runs of a folder as it is at the moment. It may be shared: each answer is a new list."""

    def __init__(self, checkpoints: Path) -> None:
        self.checkpoints = checkpoints
        self._seen: dict[str, _Seen] = {}

    def runs(self) -> list[Run | DamagedRun]:
        """What `list_runs` gives."""
        return [each.run for each in self._look() if each.run is not None]

    def rows(self) -> list[dict[str, Any]]:
        """What `run_table` makes of them. A running one is asked each time: if its process dies,
        no file says so."""
        rows = []
        for seen in self._look():
            if seen.run is None:
                continue
            if seen.row is None or seen.row["status"] == "running":
                seen.row = run_table([seen.run])[0]
            rows.append(seen.row)
        return rows

    def _look(self) -> list[_Seen]:
        found = {}
        for name in names_in(self.checkpoints):
            path = self.checkpoints / name
            stamp = _stamp(path)
            seen = self._seen.get(name)
            if seen is None or seen.stamp != stamp:
                # A file may be written while it is read: the next look sees another stamp.
                seen = _Seen(stamp, run_in(path))
            found[name] = seen
        self._seen = found
        return list(found.values())


def _stamp(path: Path) -> _Stamp:
    """When, how large and which: a file that is put in the place of another is another one."""
    found: list[tuple[int, int, int] | None] = []
    for name in _FILES:
        try:
            status = os.stat(f"{path}/{name}")
        except OSError:
            found.append(None)
            continue
        # Of the folder itself only whether it is another one: its songs are no matter of the rows.
        when = (status.st_mtime_ns, status.st_size) if name else (0, 0)
        found.append((*when, status.st_ino))
    return tuple(found)
