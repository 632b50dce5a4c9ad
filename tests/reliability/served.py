"""A lab of its own with a server, and what that server takes of the machine."""

import contextlib
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests import serving
from tests.serving import HOME, ROOT

RUNS = ("lstm-150", "rnn-150", "unet")


@dataclass(frozen=True)
class Served:
    """A server that runs, and where its lab lies."""

    address: str
    folder: Path
    process: psutil.Process

    def processor_seconds(self) -> float:
        """What the server has used of the processor, in all its threads, its helpers left out."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def megabytes(self) -> float:
        """Memory that the server has filled itself, 10^6 bytes: no file that it has open (`RssAnon`).

        What it shares with no other process would be another measure, but one that falls while a
        training has the same libraries open, and rises when that ends.
        """
        return filled(self.process.pid) / 1e6

    def helpers(self) -> list[psutil.Process]:
        """Processes that the server started, trainings left out."""
        return [p for p in self.process.children(recursive=True) if "train" not in _command(p)]

    def sample(self) -> dict[str, Any]:
        """What it holds at this moment."""
        helpers = self.helpers()
        return {
            "megabytes": round(self.megabytes(), 1),
            "resident": round(self.process.memory_info().rss / 1e6, 1),
            "helpers_megabytes": round(sum(filled(each.pid) for each in helpers) / 1e6, 1),
            "handles": self.process.num_fds(),
            "threads": self.process.num_threads(),
            "processes": 1 + len(helpers),
            "cache_megabytes": round(folder_bytes(self.folder / "data" / "cache") / 1e6, 2),
            "processor_seconds": round(self.processor_seconds(), 2),
        }


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def filled(pid: int) -> int:
    """Bytes in memory that are of no file; none of a process that has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return sum(1024 * int(kilobytes) for kilobytes in re.findall(r"RssAnon:\s+(\d+) kB", status))


def folder_bytes(folder: Path) -> int:
    """Sum of the sizes of all files below a folder."""
    found = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            found += path.stat().st_size if path.is_file() else 0
    return found


@contextlib.contextmanager
def served(
    folder: Path, runs: Sequence[str] = RUNS, script: Path = HOME, **environment: str
) -> Iterator[Served]:
    """A server of a copy of some shipped runs and of the corpus; it ends with the block."""
    (folder / "data").mkdir(parents=True)
    shutil.copytree(ROOT / "data" / "folk", folder / "data" / "folk")
    for run in runs:
        shutil.copytree(ROOT / "checkpoints" / run, folder / "checkpoints" / run)
    places = {
        "SONGRNN_DATA": str(folder / "data"),
        "SONGRNN_CHECKPOINTS": str(folder / "checkpoints"),
    }
    server, address = serving.start(folder / "log.txt", script, **places, **environment)
    try:
        yield Served(address, folder, psutil.Process(server.pid))
    finally:
        serving.stop(server)
