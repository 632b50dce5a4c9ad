"""The folder of a segmentation run during training."""

from collections.abc import Mapping
from typing import Any

from songrnn.segmentation.documents import NetStatus, NetSummary, PixelFigures, PixelRow
from songrnn.segmentation.runs import SegmentationRun
from songrnn.store.documents import State, now
from songrnn.training.folder import RunFolder
from songrnn.training.resume import Position


class PixelFolder(RunFolder[SegmentationRun, PixelFigures]):
    """Keeps the run's files. speed: pixels per second of the last training row."""

    speed: float | None = None

    def append(self, row: PixelRow) -> None:
        """Write a row. Raises StorageError."""
        self.history.append(row)
        if row.split == "train":
            self.last_train_loss, self.speed = row.loss, row.pixels_per_second

    def _figures(self, data: Mapping[str, Any]) -> PixelFigures:
        return PixelFigures.model_validate(data)

    def _status(self, state: State, at: Position, message: str | None) -> NetStatus:
        return NetStatus(
            status=state,
            epoch=at.step / self.steps_per_epoch,
            step=at.step,
            heartbeat=now(),
            process=self._process,
            message=message,
            best=self.best,
            last=self.last,
            seconds=round(at.seconds, 3),
            pixels_per_second=self.speed,
            precision=self.precision,
        )

    def _summary(self, at: Position, best: PixelFigures, last: PixelFigures) -> NetSummary:
        return NetSummary(
            parameters=self.run.parameters,
            epochs=at.step / self.steps_per_epoch,
            steps=at.step,
            best_validation_loss=best.loss,
            best_validation_accuracy=best.accuracy,
            best_validation_mean_iou=best.mean_iou,
            best_epoch=best.epoch,
            last_validation_loss=last.loss,
            last_validation_accuracy=last.accuracy,
            last_validation_mean_iou=last.mean_iou,
            last_epoch=last.epoch,
            last_train_loss=self.last_train_loss,
            duration_seconds=round(at.seconds, 3),
            pixels_per_second=self.speed,
            precision=str(self.precision),
            device=self.device,
            weights_sha256=str(self.weights_sha256),
        )
