"""Segmentation runs: folders in checkpoints/ like those of runs that write songs.

run.json says which kind a run is, so each command and page lists its own. No torch here.
"""

import functools
import hashlib
import os
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from songrnn.config import SourceReference
from songrnn.disk import read_bytes
from songrnn.errors import (
    ConfigError,
    DamagedRunError,
    HistoryOnlyError,
    RunError,
    RunExistsError,
    RunNotFoundError,
    SongRNNError,
)
from songrnn.paths import checkpoints_directory, run_roots
from songrnn.segmentation.documents import (
    FORMAT_VERSION,
    KIND,
    NetDocument,
    NetStatus,
    NetSummary,
    PixelNumbers,
    PixelRow,
)
from songrnn.segmentation.settings import SegmentationConfig
from songrnn.store.creating import make_folder, refuse_while_running, versions_of
from songrnn.store.documents import now, read_if_there
from songrnn.store.finding import check_name_is_not_shared, kind_of, reason_of, run_folders
from songrnn.store.history import HISTORY, whole_lines
from songrnn.store.processes import is_alive
from songrnn.store.runs import INITIAL, DamagedRun
from songrnn.store.weights import read_weights, write_weights

_NOTED = ("songrnn", "torch", "numpy", "verovio", "resvg_py", "music21")


class SegmentationRun:
    """A segmentation run that can be read; see `open_segmentation_run`."""

    def __init__(self, path: Path, document: NetDocument) -> None:
        self.path = path
        self.document = document

    def __repr__(self) -> str:
        return f"SegmentationRun({str(self.path)!r})"

    @property
    def name(self) -> str:
        """The folder's name, which is the one in run.json."""
        return self.document.name

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, by number."""
        return self.document.classes

    @functools.cached_property
    def config(self) -> SegmentationConfig:
        """All that decided the training."""
        fields = SegmentationConfig.model_fields
        return SegmentationConfig(**{name: getattr(self.document, name) for name in fields})

    @property
    def status(self) -> NetStatus:
        """Where its training stands; "interrupted" when its process is gone."""
        status = read_if_there(NetStatus, self.path / "status.json")
        if status is None:
            return NetStatus(status="created", heartbeat=self.document.created)
        if status.status == "running" and not (status.process and is_alive(status.process)):
            return status.model_copy(update={"status": "interrupted"})
        return status

    @property
    def summary(self) -> NetSummary | None:
        """How its training ended; None before that."""
        return read_if_there(NetSummary, self.path / "summary.json")

    @property
    def has_weights(self) -> bool:
        """Whether it can label pictures; else it is history only."""
        return (self.path / "weights.safetensors").is_file()

    @functools.cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Name -> shape of its weights, as run.json promises them. Loads torch."""
        import torch

        from songrnn.segmentation.unet import UNet, weights_of

        with torch.device("meta"):
            network = UNet(
                self.document.model, inputs=self.document.channels, classes=len(self.classes)
            )
        return {name: tuple(tensor.shape) for name, tensor in weights_of(network).items()}

    @functools.cached_property
    def parameters(self) -> int:
        """How many numbers the network learns. Loads torch."""
        statistics = ("running_mean", "running_var")
        return sum(
            int(np.prod(shape))
            for name, shape in self.shapes.items()
            if not name.endswith(statistics)
        )

    def initial_weights(self) -> dict[str, np.ndarray]:
        """The weights it begins with, when it has a source."""
        return read_weights(self.path / INITIAL, shapes=self.shapes)

    def weights(self) -> dict[str, np.ndarray]:
        """Its best weights: name -> float32 array.

        Raises HistoryOnlyError without a file, DamagedRunError when they are not those of
        run.json or not the file that was written.
        """
        summary = self.summary
        try:
            return read_weights(
                self.path / "weights.safetensors",
                shapes=self.shapes,
                sha256=summary.weights_sha256 if summary else None,
            )
        except FileNotFoundError as error:
            raise HistoryOnlyError(
                f"The run {self.name} has its history but no weights; train it again to label "
                "pictures with it."
            ) from error

    def rows(self) -> list[PixelRow]:
        """Its history so far, whole lines only. Raises DamagedRunError."""
        path, lines = whole_lines(self.path / HISTORY)
        try:
            return [PixelRow.model_validate_json(line) for line in lines.splitlines()]
        except ValueError as error:
            raise DamagedRunError(f"{path} has a line that is not a row of a history.") from error

    def history(self) -> pd.DataFrame:
        """The numbers of `rows` as a frame; missing ones are NaN."""
        columns = list(PixelNumbers.model_fields)
        values = [[getattr(row, name) for name in columns] for row in self.rows()]
        frame = pd.DataFrame(values, columns=columns)
        numbers = [name for name in columns if name not in ("step", "split")]
        return frame.astype(dict.fromkeys(numbers, np.float64))


def create_segmentation_run(
    config: SegmentationConfig,
    *,
    classes: tuple[str, ...],
    channels: int,
    source: SegmentationRun | None = None,
    checkpoints: Path | None = None,
    overwrite: bool = False,
) -> SegmentationRun:
    """Make the folder of a new run, complete or not at all.

    source: the run whose weights it begins with, as `config.source` says; see `source_of`.
    overwrite: put a segmentation run of that name into the trash first. Raises RunExistsError
    otherwise, and for a run of another kind; RunError when that run is being trained.
    """
    check_name_is_not_shared(config.name, checkpoints)
    path = (checkpoints or checkpoints_directory()) / config.name
    refuse = partial(_refuse, overwrite=overwrite)
    if os.path.lexists(path):
        refuse(path)
    document = NetDocument.model_validate(
        {
            "format_version": FORMAT_VERSION,
            "kind": KIND,
            **{name: getattr(config, name) for name in SegmentationConfig.model_fields},
            "classes": classes,
            "channels": channels,
            "created": now(),
            "versions": versions_of(_NOTED),
        }
    )

    def put_first_weights(folder: Path) -> None:
        if source is not None:
            write_weights(folder / INITIAL, source.weights())

    status = NetStatus(status="created", heartbeat=document.created)
    make_folder(path, document, status, refuse=refuse, prepare=put_first_weights)
    return SegmentationRun(path, document)


def source_of(source: SegmentationRun, config: SegmentationConfig) -> SourceReference:
    """How a run with these settings refers to the run whose weights it begins with.

    Raises ConfigError when the networks differ in shape, HistoryOnlyError without weights.
    """
    ours, theirs = config.model, source.config.model
    shape = ("depth", "base_width", "widest", "normalization")
    if any(getattr(ours, name) != getattr(theirs, name) for name in shape):
        raise ConfigError(
            f"The network of {source.name} has another shape: "
            + ", ".join(f"{name.replace('_', ' ')} {getattr(theirs, name)}" for name in shape)
            + "."
        )
    source.weights()  # raises when there are none, or damaged ones
    digest = hashlib.sha256(read_bytes(source.path / "weights.safetensors", most=1 << 30))
    return SourceReference(name=source.name, weights_sha256=digest.hexdigest())


def open_segmentation_run(name: str, *, checkpoints: Path | None = None) -> SegmentationRun:
    """The run of that name. Raises RunNotFoundError, RunError for another kind, DamagedRunError."""
    path = run_folders(checkpoints).get(name)
    if path is None:
        known = [run.name for run in list_segmentation_runs(checkpoints=checkpoints)]
        hint = f" There are: {', '.join(known[:5])}." if known else ""
        root = run_roots(checkpoints)[0]
        raise RunNotFoundError(f"There is no segmentation run {name!r} in {root}.{hint}")
    if kind_of(path) != KIND:
        raise RunError(f"{name} is a run that writes songs; it cannot label pictures.")
    return _open(path)


def list_segmentation_runs(
    *, checkpoints: Path | None = None
) -> list[SegmentationRun | DamagedRun]:
    """All segmentation runs sorted by name, those that cannot be read as DamagedRun. Never fails."""
    found: list[SegmentationRun | DamagedRun] = []
    for name, path in run_folders(checkpoints).items():
        if kind_of(path) != KIND:
            continue
        try:
            run = _open(path)
            run.status, run.summary  # noqa: B018 (reading them is the check)
            found.append(run)
        except FileNotFoundError:
            continue  # it was deleted while we looked
        except Exception as error:  # whatever a folder holds, it hides no other
            found.append(DamagedRun(name, path, reason_of(error)))
    return found


def _open(path: Path) -> SegmentationRun:
    try:
        document = NetDocument.read(path / "run.json")
    except FileNotFoundError as error:
        raise DamagedRunError(f"{path} has no run.json, so what it is cannot be told.") from error
    if document.name != path.name:
        raise DamagedRunError(
            f"The folder {path} holds the run {document.name}; rename one to the other."
        )
    run = SegmentationRun(path, document)
    try:
        run.config  # noqa: B018 (making it is the check)
    except SongRNNError as error:
        raise DamagedRunError(f"{path / 'run.json'}: {error}") from error
    return run


def _refuse(path: Path, *, overwrite: bool) -> None:
    """Raise what speaks against a new run in the place of an old one."""
    if not overwrite or kind_of(path) != KIND:
        raise RunExistsError(
            f"There is a run {path.name} already; choose another name (--run NAME), or overwrite "
            "a segmentation run (--overwrite)."
        )
    refuse_while_running(path)
