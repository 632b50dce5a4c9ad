"""Sweeps as files: which studies are being trained, by which process, and how it went.

A sweep notes itself when it begins and when it ends, whoever started it, so every window of the
app and every terminal sees the same. What its runs do stands in the runs' own folders.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

import psutil

from songrnn.access import refuse_when_read_only
from songrnn.disk import replace_file, storing
from songrnn.errors import DamagedRunError, QuotaError, SongRNNError
from songrnn.paths import checkpoints_directory, places
from songrnn.store.documents import Document, ProcessIdentity, now
from songrnn.store.processes import identity, is_alive
from songrnn.training.child import child_environment

_FOLDER = ".sweeps"


class SweepRecord(Document):
    """What a sweep notes about itself. study: as asked for on the command line.

    workers: runs at once. scheduler: of the cluster that trains them; None is this machine.
    runs: the names of its runs in the order they are trained. status: "interrupted" is never
    written; it is what "running" reads as when the process is gone.
    """

    id: str
    study: str
    seeds: int | None = None
    epochs: int | None = None
    workers: int
    scheduler: str | None = None
    runs: tuple[str, ...]
    process: ProcessIdentity
    started: datetime
    status: Literal["running", "finished", "stopped", "failed", "interrupted"] = "running"
    message: str = ""

    @property
    def arguments(self) -> list[str]:
        """What follows `songrnn sweep` to resume it."""
        # A cluster may have grown or shrunk since.
        workers = None if self.scheduler else self.workers
        return sweep_arguments(self.study, self.seeds, self.epochs, workers, self.scheduler)


def note_sweep(
    study: str,
    runs: Sequence[str],
    *,
    workers: int,
    seeds: int | None = None,
    epochs: int | None = None,
    scheduler: str | None = None,
    checkpoints: Path | None = None,
) -> SweepRecord:
    """Note that this process trains a study; an older note on the same study is replaced.

    Raises SongRNNError when another process trains it at this moment, StorageError.
    """
    parts = [Path(study).stem, *([f"epochs-{epochs}"] if epochs else [])]
    record = SweepRecord(
        id="-".join(parts),
        study=study,
        seeds=seeds,
        epochs=epochs,
        workers=workers,
        scheduler=scheduler,
        runs=tuple(runs),
        process=identity(),
        started=now(),
    )
    for other in list_sweeps(checkpoints=checkpoints):
        if other.id == record.id and other.status == "running":
            raise SongRNNError(
                f"The study {study} is already being trained (process {other.process.pid}); "
                "stop that first."
            )
    write_sweep(record, checkpoints=checkpoints)
    return record


def write_sweep(record: SweepRecord, *, checkpoints: Path | None = None) -> None:
    """Write a sweep's note. Raises StorageError."""
    folder = (checkpoints or checkpoints_directory()) / _FOLDER
    with storing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    replace_file(folder / f"{record.id}.json", record.to_json())


def list_sweeps(*, checkpoints: Path | None = None) -> list[SweepRecord]:
    """All sweeps noted, the latest first; a note that cannot be read is left out."""
    folder = (checkpoints or checkpoints_directory()) / _FOLDER
    found = []
    for path in folder.glob("[!.]*.json"):
        with contextlib.suppress(DamagedRunError, FileNotFoundError):
            record = SweepRecord.read(path)
            if record.status == "running" and not is_alive(record.process):
                record = record.model_copy(update={"status": "interrupted"})
            found.append(record)
    return sorted(found, key=lambda record: record.started, reverse=True)


def forget_sweep(record: SweepRecord, *, checkpoints: Path | None = None) -> None:
    """Remove the note on a sweep that no longer runs; its runs stay."""
    path = (checkpoints or checkpoints_directory()) / _FOLDER / f"{record.id}.json"
    with storing(path):
        path.unlink(missing_ok=True)


def stop_sweep(record: SweepRecord) -> None:
    """Ask a sweep to stop its runs and keep them; nothing happens when it is gone.

    Raises ReadOnlyError.
    """
    refuse_when_read_only("Stopping a sweep")
    if is_alive(record.process):
        with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
            os.kill(record.process.pid, signal.SIGTERM)


def start_sweep(
    study: str,
    *,
    seeds: int | None = None,
    epochs: int | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    checkpoints: Path | None = None,
) -> None:
    """Start `songrnn sweep` as a process of its own that outlives this one.

    Raises QuotaError in a workspace: a study has workers of its own and waits for nobody.
    """
    if places().shared is not None:
        raise QuotaError(
            "A study trains dozens of runs at once, so none can be started in a workspace; start "
            "single runs."
        )
    root = checkpoints or checkpoints_directory()
    log = root / ".logs" / f"sweep-{Path(study).stem}.txt"
    with storing(log):
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            subprocess.Popen(
                [
                    *(sys.executable, "-m", "songrnn", "sweep"),
                    *sweep_arguments(study, seeds, epochs, workers, scheduler),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=child_environment(root),
                start_new_session=True,
            )


def sweep_arguments(
    study: str,
    seeds: int | None,
    epochs: int | None,
    workers: int | None,
    scheduler: str | None = None,
) -> list[str]:
    """What follows `songrnn sweep`."""
    options = {
        "--seeds": seeds,
        "--epochs": epochs,
        "--workers": workers,
        "--scheduler": scheduler,
    }
    given = [(name, str(value)) for name, value in options.items() if value is not None]
    return [study, *(text for pair in given for text in pair)]
