"""Making a run's folder, complete or not at all, and putting it into the trash."""

import os
import platform
from collections.abc import Callable, Iterable
from functools import partial
from importlib import metadata
from pathlib import Path

import songrnn
from songrnn.config import FORMAT_VERSION, RunConfig
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.disk import replace_file
from songrnn.errors import ConfigError, DamagedRunError, RunError, RunExistsError, RunNotFoundError
from songrnn.folders import made_aside, put_in_place
from songrnn.model.shapes import parameter_count
from songrnn.paths import checkpoints_directory
from songrnn.store.documents import (
    Document,
    Liveness,
    RunDocument,
    RunStatus,
    now,
    read_if_there,
)
from songrnn.store.finding import check_name_is_not_shared, run_folders
from songrnn.store.processes import is_alive
from songrnn.store.runs import Run, cell_in_name
from songrnn.store.trash import discard
from songrnn.workspaces import check_room

# Numbers on the disk for each of a network's while it is trained: best and latest weights as files,
# and in the checkpoint weights, best weights and the optimizer's two moments.
_WHILE_TRAINED = 6

# Libraries whose versions are noted with a run.
_NOTED = ("songrnn", "torch", "numpy", "music21")


def create_run(
    config: RunConfig,
    vocabulary: Vocabulary,
    *,
    checkpoints: Path | None = None,
    overwrite: bool = False,
    prepare: Callable[[Path], None] | None = None,
) -> Run:
    """Make the folder of a new run, complete or not at all.

    overwrite: put a run of that name into the trash first. prepare: called with the folder while
    it is still aside, to write into it what the training begins with. Raises RunExistsError otherwise,
    RunError when that run is being trained, QuotaError, ConfigError when the name names another cell.
    """
    _check_name_tells_the_cell(config)
    check_name_is_not_shared(config.name, checkpoints)
    root = checkpoints or checkpoints_directory()
    path = root / config.name
    refuse = partial(_refuse, overwrite=overwrite)
    if os.path.lexists(path):
        refuse(path)
    check_room(bytes_while_training(config, vocabulary.size))
    document = RunDocument(
        format_version=FORMAT_VERSION,
        **{name: getattr(config, name) for name in RunConfig.model_fields},
        vocabulary=vocabulary.characters,
        created=now(),
        versions=versions_of(_NOTED),
    )
    status = RunStatus(status="created", heartbeat=document.created)
    make_folder(path, document, status, refuse=refuse, prepare=prepare)
    return Run(path, document)


def bytes_while_training(config: RunConfig, symbols: int) -> int:
    """What the weights of a training fill of the disk; its history and songs come on top."""
    # Averaged weights, and those that a fine-tuning begins with, are kept too.
    copies = _WHILE_TRAINED + bool(config.training.averaging) + (config.source is not None)
    return 4 * copies * parameter_count(config.model, symbols)


def make_folder(
    path: Path,
    document: Document,
    status: Document,
    *,
    refuse: Callable[[Path], None],
    prepare: Callable[[Path], None] | None = None,
) -> None:
    """A run's folder of any kind, complete or not at all; what is there goes into the trash.

    refuse: called with the path of what is there, raises what speaks against that.
    """
    with made_aside(path) as new:
        # Asked again: of two who make it at the same time the second finds the first one's.
        if os.path.lexists(path):
            refuse(path)
        replace_file(new / "run.json", document.to_json())
        replace_file(new / "status.json", status.to_json())
        if prepare is not None:
            prepare(new)
        if os.path.lexists(path):
            discard(path)
        put_in_place(new, path)


def _refuse(path: Path, *, overwrite: bool) -> None:
    """Raise what speaks against a new run in the place of the one there."""
    if not overwrite:
        raise RunExistsError(
            f"There is a run {path.name} already; choose another name (--run NAME), or "
            "overwrite it (--overwrite)."
        )
    refuse_while_running(path)


def _check_name_tells_the_cell(config: RunConfig) -> None:
    named, cell = cell_in_name(config.name), config.model.cell
    if named and named != cell:
        raise ConfigError(
            f"A run named {config.name} would say it is of the cell {named}, but it is {cell}; "
            "choose another name."
        )


def refuse_while_running(path: Path) -> None:
    """Raise RunError when the run in a folder, of any kind, is being trained."""
    try:
        status = read_if_there(Liveness, path / "status.json")
    except DamagedRunError:
        return
    if status and status.status == "running" and status.process and is_alive(status.process):
        raise RunError(f"The run {path.name} is being trained right now; stop it first.")


def versions_of(libraries: Iterable[str]) -> dict[str, str]:
    """Python's version and those of the libraries that are installed; of the lab itself that of its
    code, which may be newer than what was once installed from it."""
    versions = {"python": platform.python_version()}
    for library in libraries:
        try:
            own = library == "songrnn"
            versions[library] = songrnn.__version__ if own else metadata.version(library)
        except metadata.PackageNotFoundError:
            continue
    return versions


def delete_run(name: str, *, checkpoints: Path | None = None) -> Path:
    """Put a run, a damaged one too, into the trash; return where it lies there, for `restore_run`.

    Raises RunNotFoundError, RunError while it is being trained, StorageError.
    """
    path = run_folders(checkpoints).get(name)
    if path is None:
        root = checkpoints or checkpoints_directory()
        raise RunNotFoundError(f"There is no run {name!r} in {root}.")
    refuse_while_running(path)
    return discard(path)
