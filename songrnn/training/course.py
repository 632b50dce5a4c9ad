"""The course of a training: epochs of steps, a row every twenty, a validation and a checkpoint.

It knows nothing of what may end a training early; see `loop.py`.
"""

import itertools
import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from songrnn.corpus.augmentation import Transpositions
from songrnn.corpus.batches import stream, symbols_of
from songrnn.errors import TrainingError
from songrnn.metrics import bits
from songrnn.model.device import seed_everything
from songrnn.model.precision import pick_precision
from songrnn.store.documents import HistoryRow
from songrnn.training.epochs import ROW_STEPS, EpochCourse
from songrnn.training.evaluation import Evaluator
from songrnn.training.folder import TrainingFolder, rounded
from songrnn.training.learner import Learner, RunningSums
from songrnn.training.resume import (
    Checkpoint,
    Position,
    order_state,
    restore_generators,
    restore_order,
)
from songrnn.training.schedule import learning_rate


class Training(EpochCourse[TrainingFolder, HistoryRow]):
    """A training. `at` says where it is; the folder's files follow it."""

    def __init__(
        self,
        folder: TrainingFolder,
        texts: Transpositions,
        evaluator: Evaluator,
        at: Position,
        device: torch.device,
    ) -> None:
        run = folder.run
        self.settings = run.config.training
        super().__init__(folder, at, device, self.settings.epochs)
        self.texts, self.evaluator = texts, evaluator
        self.total = folder.steps_per_epoch * self.settings.epochs
        if folder.precision is None:  # a checkpoint has its own
            folder.precision = pick_precision(
                self.settings.precision,
                run.config.model,
                batch_size=self.settings.batch_size,
                device=device,
            )
        self.order = seed_everything(run.config.seed)
        self.learner = Learner(
            run.config.model,
            self.settings,
            run.vocabulary.size,
            precision=folder.precision,
            device=device,
            initial=run.initial_weights() if at.validations == 0 else None,
        )
        self.order_at_epoch = order_state(self.order)
        self._row_clock, self._row_characters = self._clock, 0

    def _early_end(self) -> str | None:
        patience, stale = self.settings.patience, self.at.stale
        if patience and stale >= patience:
            return f"Stopped early: no better validation loss for {stale} epochs."
        return None

    def _epoch_is_over(self) -> None:
        self.learner.forget()
        self.order_at_epoch = order_state(self.order)

    def _epoch(self, stop: Callable[[], bool], checkpoint_steps: int) -> Iterator[HistoryRow]:
        """What is left of the epoch; ends before its end only when `stop` says so."""
        at, steps = self.at, self.folder.steps_per_epoch
        restore_order(self.order, self.order_at_epoch)
        settings = self.settings
        windows = stream(
            self.texts.draw(self.order),
            settings.batch_size,
            settings.window,
            self.order,
            symbols=symbols_of(self.texts.originals),
        )
        self._start_row_clock()
        for inputs, targets in itertools.islice(windows, at.position, None):
            self._step(inputs, targets)
            if self.learner.sums.steps == ROW_STEPS or at.position == steps:
                yield self._train_row()
            if at.position < steps:
                if at.step % checkpoint_steps == 0:
                    self.checkpoint()
                if stop():
                    return
            self.folder.beat(at)

    def _step(self, inputs: np.ndarray, targets: np.ndarray) -> None:
        """A step of the learner on a window (B, T); `at` moves on."""
        at = self.at
        rate = learning_rate(at.step, self.total, self.settings)
        self.learner.step(inputs, targets, rate=rate, number=at.step + 1)
        at.step += 1
        at.position += 1
        self._row_characters += inputs.size

    def _train_row(self) -> HistoryRow:
        at, sums = self.at, self.learner.sums
        loss, norm = sums.loss.item() / sums.characters, sums.norm.item() / sums.steps
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise self._broke_down(f"loss is {loss}, the gradient's norm {norm}")
        self._tick()
        elapsed = time.monotonic() - self._row_clock
        row = HistoryRow(
            step=at.step,
            epoch=at.step / self.folder.steps_per_epoch,
            split="train",
            loss=loss,
            bits_per_character=bits(loss),
            learning_rate=learning_rate(at.step - 1, self.total, self.settings),
            gradient_norm=norm,
            characters_per_second=round(self._row_characters / max(elapsed, 1e-9), 1),
            seconds=round(at.seconds, 3),
        )
        self.learner.sums = RunningSums(self.device)
        self.folder.append(row)
        self._start_row_clock()
        return row

    def _validate(self) -> HistoryRow:
        at = self.at
        network = self.learner.evaluated
        found = self.evaluator.evaluate(network)
        if not math.isfinite(found.loss):
            raise self._broke_down(f"validation loss is {found.loss}")
        self._tick()
        row = HistoryRow(
            step=at.step,
            epoch=float(at.epoch),
            split="validation",
            loss=found.loss,
            bits_per_character=found.bits_per_character,
            accuracy=found.accuracy,
            mean_iou=found.mean_iou,
            kin=found.kin or None,
            bits_without_kin=found.without_kin.bits_per_character if found.without_kin else None,
            seconds=round(at.seconds, 3),
            regions=rounded(found.regions),
            kinds=rounded(found.kinds),
        )
        self.folder.append(row)
        weights = {name: tensor.cpu().numpy() for name, tensor in network.state_dict().items()}
        better = self.folder.keep_weights(weights, row.figures)
        at.stale = 0 if better else at.stale + 1
        at.validations += 1
        return row

    def _broke_down(self, what: str, advice: str = "") -> TrainingError:
        return super()._broke_down(
            what, advice or ("" if self.settings.clip else ", or clip the gradients")
        )

    def _start_row_clock(self) -> None:
        self._row_clock, self._row_characters = time.monotonic(), 0

    # Checkpoints

    def _summed_loss(self) -> float:
        return float(self.learner.sums.loss.item())

    def _state(self) -> dict[str, Any]:
        state = self.learner.state()
        return {"precision": self.learner.precision, "order": self.order_at_epoch, **state}

    def restore(self, checkpoint: Checkpoint) -> None:
        """Resume from a checkpoint; `at` is its position already."""
        self.learner.restore(checkpoint)
        self.order_at_epoch = checkpoint.order
        # Last, because building the network has drawn from them.
        restore_generators(checkpoint.generators, self.device)
