"""Runs: one folder each in checkpoints/, opened by name, listed with the damaged ones.

A Run is a light handle: run.json is read when it is opened, everything else when asked for, so a
handle may be kept and always tells what the files say now. One broken folder never hides others.
"""

import difflib
import functools
import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from songrnn.access import may_change
from songrnn.cells import CELLS
from songrnn.config import RunConfig, check_run_name
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.disk import replace_file, storing
from songrnn.errors import (
    ConfigError,
    DamagedRunError,
    HistoryOnlyError,
    RunError,
    RunNotFoundError,
    SongRNNError,
)
from songrnn.model.shapes import parameter_count, parameter_shapes
from songrnn.paths import additions_directory, is_shared, run_roots
from songrnn.store.documents import (
    Notes,
    RunBaselines,
    RunDocument,
    RunStatus,
    RunSummary,
    read_if_there,
)
from songrnn.store.finding import kind_of, reason_of, run_folders
from songrnn.store.history import HISTORY, read_frame
from songrnn.store.processes import is_alive
from songrnn.store.songs import (
    DamagedSong,
    KeptSong,
    keep_song,
    list_songs,
    read_songs,
    remove_song,
    write_song,
)
from songrnn.store.weights import check_weights, read_weights
from songrnn.workspaces import check_room, check_room_at

# A name made from settings says which cell it is: it must not lie.
_CELL_IN_NAME = re.compile(rf"({'|'.join(CELLS)})-\d")
# The weights that a fine-tuning begins with, until it is finished.
INITIAL = "initial.safetensors"
BASELINES = "baselines.json"
_SEED = re.compile(r"-seed-\d+$")


def cell_in_name(name: str) -> str | None:
    """The cell that a name made from settings claims, None when it claims none."""
    match = _CELL_IN_NAME.match(name)
    return match[1] if match else None


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

    def initial_weights(self) -> dict[str, np.ndarray] | None:
        """What a fine-tuning begins with: its source's weights; None for a run without a source.

        Raises DamagedRunError when they are damaged, or gone as they are once it is finished.
        """
        if self.config.source is None:
            return None
        try:
            return read_weights(self.path / INITIAL, shapes=self.shapes)
        except FileNotFoundError as error:
            raise DamagedRunError(
                f"{self.path} lacks {INITIAL}, the weights of {self.config.source.name} that the "
                "training begins with; start the fine-tuning again."
            ) from error

    def history(self) -> pd.DataFrame:
        """Its history so far, without regions; see `read_frame`."""
        return read_frame(self.path / HISTORY)

    @property
    def additions(self) -> Path:
        """Where songs and notes go that are added: to the run, or to a workspace on top of it."""
        return additions_directory(self.path)

    def songs(self) -> list[KeptSong]:
        """The songs kept with it, oldest first; of a shared run also those of the workspace."""
        return read_songs(self.path, self.additions)

    def damaged_songs(self) -> list[DamagedSong]:
        """Files among its songs that cannot be read, with the reason."""
        folders = dict.fromkeys((self.path, self.additions))
        songs = [song for folder in folders for song in list_songs(folder)]
        return [song for song in songs if isinstance(song, DamagedSong)]

    def keep_song(self, song: KeptSong) -> Path:
        """Keep a song; the same song again keeps what was noted on it.

        Raises StorageError, QuotaError.
        """
        check_room(len(song.to_json()))
        return keep_song(self.additions, song)

    def change_song(self, song: KeptSong) -> Path:
        """Replace a kept song: its star, tags and notes are now these. As `keep_song`."""
        check_room_at(self.additions / "songs" / f"{song.id}.json", len(song.to_json()))
        return write_song(self.additions, song)

    def remove_song(self, song: KeptSong) -> None:
        """Take a song off the shelf; `change_song` puts it back.

        Raises StorageError, ReadOnlyError for one that everyone has.
        """
        remove_song(self.path if self._is_everyones(song) else self.additions, song.id)

    def can_remove(self, song: KeptSong) -> bool:
        """Whether whoever asks may take a song off the shelf."""
        return may_change(self.path) or not self._is_everyones(song)

    def _is_everyones(self, song: KeptSong) -> bool:
        own = self.additions / "songs" / f"{song.id}.json"
        return is_shared(self.path) and not own.is_file()

    def baselines(self) -> dict[str, dict[str, float]]:
        """Split -> baseline -> bits per character, as kept with it; empty without a file.

        Raises DamagedRunError.
        """
        kept = read_if_there(RunBaselines, self.path / BASELINES)
        return kept.baselines if kept and kept.sha256 == self.config.corpus.sha256 else {}

    def notes(self) -> Notes:
        """What a person noted about it. Raises DamagedRunError."""
        found = (
            read_if_there(Notes, folder / "notes.json") for folder in (self.additions, self.path)
        )
        return next(filter(None, found), Notes())

    def write_notes(self, notes: Notes) -> None:
        """Replace the notes. Raises StorageError, QuotaError, TooLargeError, DamagedRunError."""
        path = self.additions / "notes.json"
        read_if_there(Notes, path)  # what cannot be read is not written over
        check_room_at(path, len(written := notes.to_json()))
        with storing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, written)


def open_run(name: str, *, checkpoints: Path | None = None) -> Run:
    """The run of that name. Raises RunNotFoundError naming similar ones, RunError for a run that
    labels pictures, DamagedRunError."""
    folders = run_folders(checkpoints)
    path = folders.get(name)
    if path is None:
        root = run_roots(checkpoints)[0]
        near = difflib.get_close_matches(name, list(folders), n=3)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise RunNotFoundError(
            f"There is no run {name!r} in {root}.{hint or ' See them with: songrnn runs list'}"
        )
    if kind_of(path) != "song":
        raise RunError(f"{name} labels pictures and writes no songs; see: songrnn segment --help")
    return _open(path)


def list_runs(*, checkpoints: Path | None = None) -> list[Run | DamagedRun]:
    """All runs that write songs, sorted by name, those that cannot be read as DamagedRun. Never fails.

    Reads run.json, status, summary and the header of the weights, not their numbers (a flipped
    bit shows when they are loaded) and no history.
    """
    found = [run_in(path) for path in run_folders(checkpoints).values()]
    return [each for each in found if each is not None]


def run_in(path: Path) -> Run | DamagedRun | None:
    """What `list_runs` says of one folder; None where there is nothing, or no writer of songs."""
    if kind_of(path) != "song":
        return None
    try:
        run = _open(path)
        run.status, run.summary  # noqa: B018 (reading them is the check)
    except FileNotFoundError:
        return None  # it was deleted while we looked
    except Exception as error:  # whatever a folder holds, it hides no other
        return DamagedRun(path.name, path, reason_of(error))
    return run


def _open(path: Path) -> Run:
    """Open a folder as a run; all that is derived from run.json is derived once, as a check.

    Raises DamagedRunError.
    """
    if not path.is_dir():
        raise DamagedRunError(f"{path} is a file where the folder of a run should be.")
    document = _document(path)
    if document.name != path.name:
        raise DamagedRunError(_another_name(path, document))
    named = cell_in_name(document.name)
    if named and named != document.model.cell:
        raise DamagedRunError(
            f"{path} is named after the cell {named}, but its run.json says {document.model.cell}."
        )
    run = Run(path, document)
    try:
        run.config, run.vocabulary  # noqa: B018 (making them is the check)
    except SongRNNError as error:
        raise DamagedRunError(f"{path / 'run.json'}: {error}") from error
    if run.has_weights:
        check_weights(path / "weights.safetensors", run.shapes)
    return run


def _document(path: Path) -> RunDocument:
    try:
        found = RunDocument.read(path / "run.json")
    except FileNotFoundError as error:
        raise DamagedRunError(f"{path} has no run.json, so what it is cannot be told.") from error
    # Its renaming was cut short between the folder's name and the document's.
    return found.model_copy(update={"name": path.name}) if found.renamed == path.name else found


def _another_name(path: Path, document: RunDocument) -> str:
    """The sentence for a folder that holds a run of another name; it advises only what works."""
    said = document.name
    ours, theirs = _can_name(path.name, document), _can_name(said, document)
    if theirs and not os.path.lexists(path.with_name(said)):
        return (
            f"The folder {path} holds the run {said}; "
            f"a run keeps its name, so rename the folder to {said}."
        )
    if theirs:
        what = f"The folder {path} is a copy of the run {said}"
    else:
        what = f"The run.json in {path} gives the run a name that no run of its kind can have"
    if ours:
        way = f'write "name": "{path.name}" into its run.json'
    else:
        way = (
            "rename the folder (letters, digits, '.', '_' and '-'; no other cell's name) and "
            'write the same "name" into its run.json'
        )
    return f"{what}; to make it a run of its own {way}, or delete the folder."


def _can_name(name: str, document: RunDocument) -> bool:
    try:
        check_run_name(name)
    except ConfigError:
        return False
    return cell_in_name(name) in (None, document.model.cell)
