"""The run folder during training: history, weights, status, summary.

It knows nothing of networks beyond their weights, and nothing of how they are trained.
"""

import contextlib
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Generic, Literal, Protocol, TypeVar

import numpy as np

from songrnn.disk import replace_file, storing
from songrnn.errors import RunError, SongRNNError, StorageError
from songrnn.event_log import Event, log_event
from songrnn.store.documents import (
    Document,
    Figures,
    HistoryRow,
    RegionMetrics,
    RunStatus,
    RunSummary,
    State,
    now,
)
from songrnn.store.history import HISTORY, History, whole_lines
from songrnn.store.packing import unpack_history
from songrnn.store.processes import identity
from songrnn.store.runs import INITIAL, Run
from songrnn.store.weights import file_sha256, write_weights
from songrnn.training.resume import FILE, Checkpoint, Position
from songrnn.workspaces import workspace_at

# Seconds between two heartbeats.
_HEARTBEAT = 1.0


class RunFiles(Protocol):
    """A run as far as its folder goes, whatever it learns."""

    @property
    def path(self) -> Path: ...

    @property
    def name(self) -> str: ...

    @property
    def parameters(self) -> int: ...


class ValidationFigures(Protocol):
    """Figures of a validation, of which the loss decides what is best."""

    @property
    def loss(self) -> float: ...

    def model_dump(self) -> dict[str, Any]: ...


F = TypeVar("F", bound=ValidationFigures)
R = TypeVar("R", bound=RunFiles)


class RunFolder(ABC, Generic[R, F]):
    """Keeps a run's files such that whoever reads them, at any moment, finds a whole run.

    What a kind of run writes as its status and its summary is the subclass's. best, last: figures
    of validations. best_weights: name -> array of the best ones.
    """

    def __init__(self, run: R, *, device: str, steps_per_epoch: int) -> None:
        self.run = run
        self.device = device
        self.steps_per_epoch = steps_per_epoch
        self.precision: Literal["fp32", "bf16"] | None = None
        self.best: F | None = None
        self.last: F | None = None
        self.last_train_loss: float | None = None
        self.best_weights: Mapping[str, np.ndarray] | None = None
        self.weights_sha256: str | None = None
        self.why_stopped: str | None = None  # what its status says when it ends early
        self._process = identity()
        self._history: History | None = None
        self._beat_due = 0.0

    @property
    def history(self) -> History:
        """The history, open for writing since `begin`."""
        assert self._history is not None
        return self._history

    def begin(self, checkpoint: Checkpoint | None) -> None:
        """Mark the run as running, from a checkpoint or from the beginning.

        The summary is removed: it says how a training ended. The history is unpacked, if it was
        packed, and cut to where the checkpoint was. Raises RunError when a history cannot be
        continued, DamagedRunError, StorageError.
        """
        path = self.run.path
        if checkpoint is None and whole_lines(path / HISTORY)[1]:
            raise RunError(
                f"The run {self.run.name} has a history but no {FILE} to resume from; "
                "overwrite it to train it again."
            )
        unpack_history(path)
        with storing(path / "summary.json"):
            (path / "summary.json").unlink(missing_ok=True)
        self._history = History(path / HISTORY)
        whose = workspace_at(self.run.path.parent)
        log_event("start", "training", name=self.run.name, workspace=whose)
        if checkpoint is None:
            self.history.cut(0)
            self._write_status("running", Position(), durable=True)
            return
        self.precision = checkpoint.precision
        self.best = self._figures(checkpoint.best) if checkpoint.best else None
        self.last = self._figures(checkpoint.last) if checkpoint.last else None
        self.last_train_loss = checkpoint.last_train_loss
        self.history.cut(checkpoint.position.history)
        if checkpoint.best_weights is not None:
            # A kill between a better validation and its checkpoint left weights of a step that
            # is about to be done again.
            self.best_weights = {n: t.cpu().numpy() for n, t in checkpoint.best_weights.items()}
            self.weights_sha256 = write_weights(path / "weights.safetensors", self.best_weights)
        self._write_status("running", checkpoint.position, durable=True)

    def keep_weights(self, weights: Mapping[str, np.ndarray], figures: F) -> bool:
        """Store weights with their validation figures; whether they are the best so far."""
        self.last = figures
        write_weights(self.run.path / "last.safetensors", weights)
        if self.best is not None and figures.loss >= self.best.loss:
            return False
        path = self.run.path / "weights.safetensors"
        try:
            digest = write_weights(path, weights)
        except StorageError:
            if file_sha256(path) != self.weights_sha256:
                # They are in place; what failed came after. The summary must not deny them.
                self._are_best(figures, weights, file_sha256(path))
            raise
        self._are_best(figures, weights, digest)
        return True

    def _are_best(self, figures: F, weights: Mapping[str, np.ndarray], digest: str | None) -> None:
        self.best, self.weights_sha256 = figures, digest
        self.best_weights = {name: array.copy() for name, array in weights.items()}

    def beat(self, at: Position) -> None:
        """Renew the status, at most about once a second."""
        if time.monotonic() >= self._beat_due:
            self._write_status("running", at)

    def end(
        self, state: State, at: Position, message: str | None = None, *, careful: bool = False
    ) -> None:
        """Bring the folder into its final form. careful: what cannot be written is left out."""
        event: Event = "failed" if state == "failed" else "stop"
        whose = workspace_at(self.run.path.parent)
        log_event(
            event, "training", name=self.run.name, workspace=whose, state=state, epoch=at.epoch
        )
        with contextlib.suppress(SongRNNError) if careful else contextlib.nullcontext():
            if self.best is not None and self.last is not None:
                summary = self._summary(at, self.best, self.last)
                replace_file(self.run.path / "summary.json", summary.to_json())
        with contextlib.suppress(SongRNNError) if careful else contextlib.nullcontext():
            why = message or (self.why_stopped if state == "stopped" else None)
            self._write_status(state, at, why, durable=True)
            if state == "finished":
                for file in (FILE, INITIAL):
                    with storing(self.run.path / file):
                        (self.run.path / file).unlink(missing_ok=True)

    def close(self) -> None:
        """Close the files."""
        if self._history is not None:
            self._history.close()

    def _write_status(
        self, state: State, at: Position, message: str | None = None, *, durable: bool = False
    ) -> None:
        status = self._status(state, at, message)
        replace_file(self.run.path / "status.json", status.to_json(), durable=durable)
        self._beat_due = time.monotonic() + _HEARTBEAT

    @abstractmethod
    def _figures(self, data: Mapping[str, Any]) -> F:
        """Figures of a validation from plain data."""

    @abstractmethod
    def _status(self, state: State, at: Position, message: str | None) -> Document:
        """What status.json says."""

    @abstractmethod
    def _summary(self, at: Position, best: F, last: F) -> Document:
        """What summary.json says."""


class TrainingFolder(RunFolder[Run, Figures]):
    """The folder of a run that writes songs. speed: characters per second of the last row."""

    speed: float | None = None

    def append(self, row: HistoryRow) -> None:
        """Write a row. Raises StorageError."""
        self.history.append(row)
        if row.split == "train":
            self.last_train_loss, self.speed = row.loss, row.characters_per_second

    def _figures(self, data: Mapping[str, Any]) -> Figures:
        return Figures(**data)

    def _status(self, state: State, at: Position, message: str | None) -> RunStatus:
        return RunStatus(
            status=state,
            epoch=at.step / self.steps_per_epoch,
            step=at.step,
            heartbeat=now(),
            process=self._process,
            message=message,
            best=self.best,
            last=self.last,
            seconds=round(at.seconds, 3),
            characters_per_second=self.speed,
            precision=self.precision,
        )

    def _summary(self, at: Position, best: Figures, last: Figures) -> RunSummary:
        return RunSummary(
            parameters=self.run.parameters,
            epochs=at.step / self.steps_per_epoch,
            steps=at.step,
            best_validation_loss=best.loss,
            best_validation_bits_per_character=best.bits_per_character,
            best_validation_accuracy=best.accuracy,
            best_validation_mean_iou=best.mean_iou,
            best_validation_kin=best.kin,
            best_validation_bits_without_kin=best.bits_without_kin,
            best_epoch=best.epoch,
            last_validation_loss=last.loss,
            last_validation_bits_per_character=last.bits_per_character,
            last_validation_accuracy=last.accuracy,
            last_validation_mean_iou=last.mean_iou,
            last_epoch=last.epoch,
            last_train_loss=self.last_train_loss,
            duration_seconds=round(at.seconds, 3),
            characters_per_second=self.speed,
            precision=str(self.precision),
            device=self.device,
            weights_sha256=str(self.weights_sha256),
        )


def rounded(parts: Mapping[str, RegionMetrics]) -> dict[str, RegionMetrics]:
    """To six places, which is more than anyone reads and half the size of a history."""
    fields = ("loss", "bits_per_character", "accuracy", "mean_iou")
    return {
        name: part.model_copy(update={field: round(getattr(part, field), 6) for field in fields})
        for name, part in parts.items()
    }
