"""Runs: one folder each in checkpoints/, opened by name, listed with the damaged ones.

A Run is a light handle: run.json is read when it is opened, everything else when asked for, so a
handle may be kept and always tells what the files say now. One broken folder never hides others.
"""

import difflib
import functools
import os
import platform
import re
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from songrnn.cells import CELLS
from songrnn.config import FORMAT_VERSION, Cell, RunConfig
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import (
    ConfigError,
    DamagedRunError,
    HistoryOnlyError,
    RunError,
    RunExistsError,
    RunNotFoundError,
)
from songrnn.model.shapes import parameter_count, parameter_shapes
from songrnn.paths import checkpoints_directory
from songrnn.store.documents import (
    Figures,
    Notes,
    RunDocument,
    RunStatus,
    RunSummary,
    now,
    read_if_there,
)
from songrnn.store.files import replace_file, storing
from songrnn.store.history import read_frame
from songrnn.store.processes import is_alive
from songrnn.store.songs import KeptSong, keep_song, read_songs, remove_song, write_song
from songrnn.store.trash import discard
from songrnn.store.weights import check_weights, read_weights

# Libraries whose versions are noted with a run.
_NOTED = ("songrnn", "torch", "numpy", "music21")

# A name made from settings says which cell it is: it must not lie.
_CELL_IN_NAME = re.compile(rf"({'|'.join(CELLS)})-\d")
_SEED = re.compile(r"-seed-\d+$")


@dataclass(frozen=True)
class DamagedRun:
    """A folder in checkpoints/ that cannot be read as a run, and why, in a sentence."""

    name: str
    path: Path
    reason: str


class Run:
    """A run that can be read. `path` is its folder; see `open_run` and `create_run`."""

    def __init__(self, path: Path, document: RunDocument) -> None:
        self.path = path
        self.document = document

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    @property
    def name(self) -> str:
        """The folder's name, which is the one in run.json."""
        return self.document.name

    @functools.cached_property
    def config(self) -> RunConfig:
        """All that decided the training."""
        data = {name: getattr(self.document, name) for name in RunConfig.model_fields}
        return RunConfig(**data)

    @functools.cached_property
    def vocabulary(self) -> Vocabulary:
        """The symbols of its embedding and readout."""
        return Vocabulary(self.document.vocabulary)

    @property
    def status(self) -> RunStatus:
        """Where its training stands; "interrupted" when its process is gone.

        Raises DamagedRunError.
        """
        status = read_if_there(RunStatus, self.path / "status.json")
        if status is None:
            return RunStatus(status="created", heartbeat=self.document.created)
        if status.status == "running" and not (status.process and is_alive(status.process)):
            return status.model_copy(update={"status": "interrupted"})
        return status

    @property
    def summary(self) -> RunSummary | None:
        """How its training ended; None before that. Raises DamagedRunError."""
        return read_if_there(RunSummary, self.path / "summary.json")

    @property
    def has_weights(self) -> bool:
        """Whether it can compose and be inspected; else it is history only."""
        return (self.path / "weights.safetensors").is_file()

    @property
    def parameters(self) -> int:
        """How many numbers the network learns."""
        return parameter_count(self.config.model, self.vocabulary.size)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Name -> shape of its weights, as run.json promises them."""
        return parameter_shapes(self.config.model, self.vocabulary.size)

    def weights(self, file: str = "weights.safetensors") -> dict[str, np.ndarray]:
        """Its best weights, or those of another file of its folder: name -> float32 array.

        Raises HistoryOnlyError without a file, DamagedRunError when they are not those of
        run.json or not the file that was written.
        """
        summary = self.summary
        best = file == "weights.safetensors" and summary is not None
        try:
            return read_weights(
                self.path / file,
                shapes=self.shapes,
                sha256=summary.weights_sha256 if best and summary else None,
            )
        except FileNotFoundError as error:
            first = _SEED.sub("", self.name)
            other = self.path.with_name(first) / "weights.safetensors"
            hint = f" Its first seed, {first}, has weights." if other.is_file() else ""
            raise HistoryOnlyError(
                f"The run {self.name} has its history but no weights; "
                f"train it again to compose with it or to look inside.{hint}"
            ) from error

    def history(self) -> pd.DataFrame:
        """Its history so far, without regions; see `read_frame`."""
        return read_frame(self.path / "history.jsonl")

    def songs(self) -> list[KeptSong]:
        """The songs kept with it, oldest first."""
        return read_songs(self.path)

    def keep_song(self, song: KeptSong) -> Path:
        """Keep a song; the same song again keeps what was noted on it. Raises StorageError."""
        return keep_song(self.path, song)

    def change_song(self, song: KeptSong) -> Path:
        """Replace a kept song: its star, tags and notes are now these. Raises StorageError."""
        return write_song(self.path, song)

    def remove_song(self, song: KeptSong) -> None:
        """Take a song off the shelf; `change_song` puts it back. Raises StorageError."""
        remove_song(self.path, song.id)

    def notes(self) -> Notes:
        """What a person noted about it. Raises DamagedRunError."""
        return read_if_there(Notes, self.path / "notes.json") or Notes()

    def write_notes(self, notes: Notes) -> None:
        """Replace the notes. Raises StorageError."""
        replace_file(self.path / "notes.json", notes.to_json())


def create_run(
    config: RunConfig,
    vocabulary: Vocabulary,
    *,
    checkpoints: Path | None = None,
    overwrite: bool = False,
) -> Run:
    """Make the folder of a new run, complete or not at all.

    overwrite: put a run of that name into the trash first. Raises RunExistsError otherwise,
    RunError when that run is being trained, ConfigError when the name names another cell.
    """
    _check_name_tells_the_cell(config.name, config.model.cell)
    root = checkpoints or checkpoints_directory()
    path = root / config.name
    if os.path.lexists(path):
        if not overwrite:
            raise RunExistsError(
                f"There is a run {config.name} already; choose another name (--run NAME), or "
                "overwrite it (--overwrite)."
            )
        _refuse_while_running(path)
    document = RunDocument(
        format_version=FORMAT_VERSION,
        **{name: getattr(config, name) for name in RunConfig.model_fields},
        vocabulary=vocabulary.characters,
        created=now(),
        versions=_versions(),
    )
    new = root / f".new-{config.name}-{secrets.token_hex(4)}"
    try:
        with storing(path):
            root.mkdir(parents=True, exist_ok=True)
            new.mkdir()
        replace_file(new / "run.json", document.to_json())
        status = RunStatus(status="created", heartbeat=document.created)
        replace_file(new / "status.json", status.to_json())
        if os.path.lexists(path):
            discard(path)
        with storing(path):
            new.rename(path)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return Run(path, document)


def _check_name_tells_the_cell(name: str, cell: Cell) -> None:
    match = _CELL_IN_NAME.match(name)
    if match and match[1] != cell:
        raise ConfigError(
            f"A run named {name} would say it is of the cell {match[1]}, but it is {cell}; "
            "choose another name."
        )


def _refuse_while_running(path: Path) -> None:
    status = None
    try:
        status = read_if_there(RunStatus, path / "status.json")
    except DamagedRunError:
        return
    if status and status.status == "running" and status.process and is_alive(status.process):
        raise RunError(f"The run {path.name} is being trained right now; stop it first.")


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for library in _NOTED:
        try:
            versions[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            continue
    return versions


def open_run(name: str, *, checkpoints: Path | None = None) -> Run:
    """The run of that name. Raises RunNotFoundError naming similar ones, DamagedRunError."""
    root = checkpoints or checkpoints_directory()
    path = root / name
    if not name or Path(name).name != name or name.startswith(".") or not os.path.lexists(path):
        near = difflib.get_close_matches(name, _names(root), n=3)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise RunNotFoundError(
            f"There is no run {name!r} in {root}.{hint or ' See them with: songrnn runs list'}"
        )
    return _open(path)


def list_runs(*, checkpoints: Path | None = None) -> list[Run | DamagedRun]:
    """All runs sorted by name, those that cannot be read as DamagedRun. Never fails.

    Reads run.json, status, summary and the header of the weights, not their numbers (a flipped
    bit shows when they are loaded) and no history.
    """
    root = checkpoints or checkpoints_directory()
    found: list[Run | DamagedRun] = []
    for name in _names(root):
        path = root / name
        try:
            run = _open(path)
            run.status  # noqa: B018 (reading it is the check)
            run.summary  # noqa: B018
            found.append(run)
        except FileNotFoundError:
            continue  # it was deleted while we looked
        except (DamagedRunError, OSError) as error:
            found.append(DamagedRun(name, path, str(error)))
    return found


def _names(root: Path) -> list[str]:
    """What could be a run: every name but hidden ones and documents beside the runs."""
    try:
        with os.scandir(root) as entries:
            names = [entry.name for entry in entries]
    except OSError:
        return []
    return sorted(n for n in names if not n.startswith(".") and not n.endswith(".md"))


def _open(path: Path) -> Run:
    """Open a folder as a run. Raises DamagedRunError."""
    if not path.is_dir():
        raise DamagedRunError(f"{path} is a file where the folder of a run should be.")
    document = _document(path)
    if document.name != path.name:
        if path.with_name(document.name).exists():
            raise DamagedRunError(
                f"The folder {path} is a copy of the run {document.name}: give the copy its own "
                f'name by writing "name": "{path.name}" into its run.json, or delete it.'
            )
        raise DamagedRunError(
            f"The folder {path} holds the run {document.name}; "
            f"a run keeps its name, so rename the folder to {document.name}."
        )
    match = _CELL_IN_NAME.match(document.name)
    if match and match[1] != document.model.cell:
        raise DamagedRunError(
            f"{path} is named after the cell {match[1]}, "
            f"but its run.json says {document.model.cell}."
        )
    run = Run(path, document)
    if run.has_weights:
        check_weights(path / "weights.safetensors", run.shapes)
    return run


def _document(path: Path) -> RunDocument:
    file = path / "run.json"
    try:
        return RunDocument.read(file)
    except FileNotFoundError as error:
        raise DamagedRunError(f"{path} has no run.json, so what it is cannot be told.") from error


def delete_run(name: str, *, checkpoints: Path | None = None) -> Path:
    """Put a run, a damaged one too, into the trash; return where it lies there, for `restore_run`.

    Raises RunNotFoundError, RunError while it is being trained, StorageError.
    """
    root = checkpoints or checkpoints_directory()
    if name not in _names(root):
        raise RunNotFoundError(f"There is no run {name!r} in {root}.")
    _refuse_while_running(root / name)
    return discard(root / name)


def run_table(runs: Iterable[Run | DamagedRun]) -> list[dict[str, Any]]:
    """A row of plain data for each run: its settings, where it stands, its best figures.

    Damaged runs get a row with name, status "damaged" and reason, other keys None.
    """
    rows = []
    for run in runs:
        if isinstance(run, DamagedRun):
            rows.append(_damaged_row(run.name, run.reason))
            continue
        try:
            rows.append(_row(run))
        except DamagedRunError as error:
            rows.append(_damaged_row(run.name, str(error)))
    return rows


_COLUMNS = (
    *("name", "study", "cell", "hidden_size", "layers", "embedding_size", "dropout", "seed"),
    *("status", "epochs", "parameters"),
    *("best_validation_loss", "best_validation_bits_per_character", "best_validation_accuracy"),
    *("best_validation_mean_iou", "best_epoch"),
    *("last_validation_loss", "last_validation_bits_per_character", "last_epoch"),
    *("duration_seconds", "characters_per_second", "corpus", "created", "weights", "message"),
)


def _damaged_row(name: str, reason: str) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(_COLUMNS)
    return empty | {"name": name, "status": "damaged", "weights": False, "reason": reason}


def _row(run: Run) -> dict[str, Any]:
    document, status, summary = run.document, run.status, run.summary
    row: dict[str, Any] = {
        "name": run.name,
        "study": document.study,
        **document.model.model_dump(),
        "seed": document.seed,
        "status": status.status,
        "epochs": document.training.epochs,
        "parameters": run.parameters,
        **_figures("best", status.best),
        **_figures("last", status.last),
        "duration_seconds": status.seconds,
        "characters_per_second": status.characters_per_second,
        "corpus": document.corpus.name,
        "created": document.created.isoformat(),
        "weights": run.has_weights,
        "message": status.message,
    }
    if summary is not None:
        row |= {k: v for k, v in summary.model_dump().items() if k in row and k != "epochs"}
    return {name: row.get(name) for name in _COLUMNS}


def _figures(which: str, figures: Figures | None) -> dict[str, Any]:
    names = ("loss", "bits_per_character", "accuracy", "mean_iou")
    values = {f"{which}_validation_{name}": getattr(figures, name, None) for name in names}
    return values | {f"{which}_epoch": getattr(figures, "epoch", None)}
