"""What every training does, whatever it learns: validations, epochs and checkpoints in one order.

Before the first epoch and after each one there is a validation and a checkpoint, so that whoever
reads the folder at any moment finds a whole run.
"""

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

import torch

from songrnn.errors import TrainingError
from songrnn.training.folder import RunFolder
from songrnn.training.resume import Checkpoint, Position, generators_state, write_checkpoint

# Steps a row of split "train" is the mean of.
ROW_STEPS = 20

FolderT = TypeVar("FolderT", bound=RunFolder[Any, Any])
RowT = TypeVar("RowT")


class EpochCourse(ABC, Generic[FolderT, RowT]):
    """A training. `at` says where it is; the folder's files follow it."""

    def __init__(self, folder: FolderT, at: Position, device: torch.device, epochs: int) -> None:
        self.folder, self.at, self.device, self.epochs = folder, at, device, epochs
        self._clock = time.monotonic()

    def rows(self, stop: Callable[[], bool], checkpoint_steps: int) -> Iterator[RowT]:
        """Train to the end or until `stop`; the run's folder is complete when this returns."""
        at, folder = self.at, self.folder
        if at.validations == 0:
            self.checkpoint()
        while True:
            if at.validations == at.epoch:
                row = self._validate()
                self.checkpoint()
                yield row
            if at.epoch == self.epochs:
                folder.end("finished", at)
                return
            if (reason := self._early_end()) is not None:
                folder.end("finished", at, reason)
                return
            if not stop():
                yield from self._epoch(stop, checkpoint_steps)
            if at.position < folder.steps_per_epoch:
                self.checkpoint()
                folder.end("stopped", at)
                return
            at.epoch += 1
            at.position = 0
            self._epoch_is_over()

    def checkpoint(self) -> None:
        """Write all that is needed to resume from here. Raises StorageError, TrainingError."""
        if not math.isfinite(self._summed_loss()):
            raise self._broke_down("loss is no longer a number")
        self._tick()
        folder = self.folder
        self.at.history = folder.history.sync()
        best = folder.best_weights
        checkpoint = Checkpoint(
            run=folder.run.name,
            position=self.at,
            best_weights=best
            if best is None
            else {name: torch.from_numpy(array) for name, array in best.items()},
            generators=generators_state(self.device),
            best=folder.best.model_dump() if folder.best else None,
            last=folder.last.model_dump() if folder.last else None,
            last_train_loss=folder.last_train_loss,
            **self._state(),
        )
        write_checkpoint(folder.run.path, checkpoint)

    @abstractmethod
    def _epoch(self, stop: Callable[[], bool], checkpoint_steps: int) -> Iterator[RowT]:
        """What is left of the epoch; ends before its end only when `stop` says so."""

    @abstractmethod
    def _validate(self) -> RowT:
        """A validation, in the history; the weights are kept where they are the best so far."""

    @abstractmethod
    def _summed_loss(self) -> float:
        """The loss summed since the last row."""

    @abstractmethod
    def _state(self) -> dict[str, Any]:
        """What the network, its optimizer and the data add to a checkpoint, by field."""

    def _early_end(self) -> str | None:
        """Why the training is finished before its last epoch; None when it goes on."""
        return None

    def _epoch_is_over(self) -> None:
        """What is to be done between two epochs."""

    def _broke_down(self, what: str, advice: str = "") -> TrainingError:
        rate: float = self.folder.run.config.training.learning_rate
        return TrainingError(
            f"The training of {self.folder.run.name} broke down before step {self.at.step}: the "
            f"{what}. Try a learning rate below {rate:g}{advice}."
        )

    def _tick(self) -> None:
        """Count the time since the last tick as time spent training."""
        before, self._clock = self._clock, time.monotonic()
        self.at.seconds += self._clock - before
