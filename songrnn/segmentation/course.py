"""The course of a segmentation training: steps on crops, a validation on whole pictures an epoch.

What it shares with the course of a run that writes songs is in `songrnn/training/epochs.py`.
"""

import math
import time
from collections.abc import Callable, Iterator
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from songrnn.metrics import confusion_matrix
from songrnn.model.device import autocast, seed_everything
from songrnn.model.precision import has_bf16
from songrnn.segmentation.classes import IGNORED
from songrnn.segmentation.crops import Crops, LabelledPictures
from songrnn.segmentation.documents import PixelFigures, PixelRow
from songrnn.segmentation.evaluation import PixelEvaluation
from songrnn.segmentation.folder import PixelFolder
from songrnn.segmentation.inference import label_tiles
from songrnn.segmentation.loss import balanced_weights, segmentation_loss
from songrnn.segmentation.settings import NetPrecision
from songrnn.segmentation.unet import UNet, weights_of
from songrnn.training.averaging import WeightAverage
from songrnn.training.epochs import ROW_STEPS, EpochCourse
from songrnn.training.resume import Checkpoint, Position, restore_generators
from songrnn.training.schedule import learning_rate


class PixelTraining(EpochCourse[PixelFolder, PixelRow]):
    """A training. `at` says where it is; the folder's files follow it."""

    def __init__(
        self,
        folder: PixelFolder,
        crops: Crops,
        validation: LabelledPictures,
        at: Position,
        device: torch.device,
    ) -> None:
        run = folder.run
        self.settings = run.config.training
        super().__init__(folder, at, device, self.settings.epochs)
        self.crops, self.validation = crops, validation
        self.total = folder.steps_per_epoch * self.settings.epochs
        if folder.precision is None:  # a checkpoint has its own
            folder.precision = _pick_precision(self.settings.precision, device)
        self.precision = folder.precision
        seed_everything(run.config.seed)
        network = UNet(run.config.model, inputs=run.document.channels, classes=len(run.classes))
        if run.config.source is not None and at.step == 0:  # later a checkpoint has its own
            initial = {n: torch.from_numpy(a) for n, a in run.initial_weights().items()}
            network.load_state_dict(initial, strict=False)
        self.network = network.to(device).train()
        decay = self.settings.averaging
        self.average = WeightAverage(self.network, decay) if decay else None
        self._parameters = list(self.network.parameters())
        self._optimizer = torch.optim.AdamW(
            self._parameters, weight_decay=self.settings.weight_decay, fused=True
        )
        balanced = self.settings.class_weights == "balanced"
        self._weights = balanced_weights(crops.pixels).to(device) if balanced else None
        self._sums = {"loss": 0.0, "norm": 0.0, "right": 0.0, "counted": 0.0, "steps": 0.0}
        self._row_clock = self._clock

    def _early_end(self) -> str | None:
        minutes = self.settings.minutes
        if minutes and self.at.seconds >= 60 * minutes:
            return f"Finished after {minutes:g} minutes."
        return None

    def _epoch(self, stop: Callable[[], bool], checkpoint_steps: int) -> Iterator[PixelRow]:
        """What is left of the epoch; ends before its end only when `stop` says so."""
        at, steps = self.at, self.folder.steps_per_epoch
        self._row_clock = time.monotonic()
        while at.position < steps:
            self._step()
            at.step += 1
            at.position += 1
            if self._sums["steps"] == ROW_STEPS or at.position == steps:
                yield self._train_row()
            if at.position < steps:
                if at.step % checkpoint_steps == 0:
                    self.checkpoint()
                if stop():
                    return
            self.folder.beat(at)

    def _step(self) -> None:
        for group in self._optimizer.param_groups:
            group["lr"] = learning_rate(self.at.step, self.total, self.settings)
        pictures, masks = self.crops.batch(self.at.step)
        inputs = torch.from_numpy(pictures).to(self.device)
        inputs = inputs.contiguous(memory_format=torch.channels_last)  # (B, C, h, w)
        truth = torch.from_numpy(masks).to(self.device)  # (B, h, w)
        with autocast(self.precision, self.device):
            scores = self.network(inputs)  # (B, K, h, w)
        loss = segmentation_loss(
            scores.float(), truth, weights=self._weights, dice=self.settings.dice
        )
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self._parameters, self.settings.clip or math.inf)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        if self.average is not None:
            self.average.update(self.network, self.at.step + 1)
        counted = truth != IGNORED
        right = (scores.detach().argmax(dim=1) == truth) & counted
        self._sums["loss"] += loss.item()
        self._sums["norm"] += norm.item()
        self._sums["right"] += right.sum().item()
        self._sums["counted"] += counted.sum().item()
        self._sums["steps"] += 1

    def _train_row(self) -> PixelRow:
        at, sums = self.at, self._sums
        loss, norm = sums["loss"] / sums["steps"], sums["norm"] / sums["steps"]
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise self._broke_down(f"loss is {loss}, the gradient's norm {norm}")
        self._tick()
        pixels = sums["steps"] * self.settings.batch_size * self.settings.crop**2
        elapsed = max(time.monotonic() - self._row_clock, 1e-9)
        row = PixelRow(
            step=at.step,
            epoch=at.step / self.folder.steps_per_epoch,
            split="train",
            loss=loss,
            accuracy=sums["right"] / max(sums["counted"], 1),
            learning_rate=learning_rate(at.step - 1, self.total, self.settings),
            gradient_norm=norm,
            pixels_per_second=round(pixels / elapsed, 1),
            seconds=round(at.seconds, 3),
        )
        self._sums = dict.fromkeys(sums, 0.0)
        self.folder.append(row)
        self._row_clock = time.monotonic()
        return row

    def _validate(self) -> PixelRow:
        at = self.at
        network = self.average.network if self.average else self.network
        found = evaluate_network(
            network, self.validation, precision=self.precision, device=self.device
        )
        self.network.train()
        if not math.isfinite(found.loss):
            raise self._broke_down(f"validation loss is {found.loss}")
        self._tick()
        row = PixelRow(
            step=at.step,
            epoch=float(at.epoch),
            split="validation",
            loss=found.loss,
            accuracy=found.accuracy,
            mean_iou=found.mean_iou,
            frequency_weighted_iou=found.frequency_weighted_iou,
            seconds=round(at.seconds, 3),
            iou={name: round(value, 6) for name, value in found.iou.items()},
        )
        self.folder.append(row)
        weights = {n: t.detach().float().cpu().numpy() for n, t in weights_of(network).items()}
        figures = PixelFigures.model_validate(row.model_dump())
        better = self.folder.keep_weights(weights, figures)
        at.stale = 0 if better else at.stale + 1
        at.validations += 1
        return row

    def _summed_loss(self) -> float:
        return self._sums["loss"]

    def _state(self) -> dict[str, Any]:
        return {
            "precision": self.precision,
            "network": self.network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "average": self.average.network.state_dict() if self.average else None,
            "memory": None,
            "partial": self._sums,
            "order": "",  # the crops are a function of the step
        }

    def restore(self, checkpoint: Checkpoint) -> None:
        """Resume from a checkpoint; `at` is its position already."""
        self.network.load_state_dict(checkpoint.network)
        if self.average is not None and checkpoint.average is not None:
            self.average.network.load_state_dict(checkpoint.average)
        optimizer: dict[str, Any] = dict(checkpoint.optimizer)
        self._optimizer.load_state_dict(optimizer)
        self._sums = {name: float(value) for name, value in checkpoint.partial.items()}
        restore_generators(checkpoint.generators, self.device)


def _pick_precision(wanted: NetPrecision, device: torch.device) -> Literal["fp32", "bf16"]:
    """bf16 is 1.7 times as fast as fp32 for these networks where there are instructions for it."""
    if wanted == "auto":
        return "bf16" if has_bf16(device) else "fp32"
    return wanted


def evaluate_network(
    network: nn.Module,
    pictures: LabelledPictures,
    *,
    precision: Literal["fp32", "bf16"] = "fp32",
    device: torch.device | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> PixelEvaluation:
    """The figures of a network on whole pictures, each once; left in evaluation mode."""
    network.eval()
    size = len(pictures.classes)
    confusions = np.zeros((len(pictures), size, size), dtype=np.int64)
    nats, counted = 0.0, 0
    for index in range(len(pictures)):
        picture, mask = pictures.pair(index)
        for rows, columns, scores in label_tiles(
            network, picture, precision=precision, device=device
        ):
            truth = mask[rows, columns]
            labels = scores.argmax(dim=0).numpy()
            confusions[index] += confusion_matrix(labels, truth, size, ignored=IGNORED)
            nats += _nats(scores, torch.from_numpy(truth.astype(np.int64)))
            counted += int((truth != IGNORED).sum())
        if progress is not None:
            progress("Labelling pictures", (index + 1) / len(pictures))
    return PixelEvaluation(pictures.classes, confusions, nats / max(counted, 1))


def _nats(scores: Tensor, truth: Tensor) -> float:
    """Summed cross entropy of a tile (K, h, w) against (h, w), what is unknown left out."""
    loss = nn.functional.cross_entropy(
        scores[None], truth[None], ignore_index=IGNORED, reduction="sum"
    )
    return float(loss)
