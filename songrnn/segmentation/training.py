"""train_segmentation(): a generator of history rows that trains a U-Net and keeps its folder up to date."""

from collections.abc import Callable, Generator

import torch

from songrnn.errors import RunError
from songrnn.model.device import one_thread, pick_device
from songrnn.segmentation.course import PixelTraining
from songrnn.segmentation.crops import Crops
from songrnn.segmentation.data import LabelledData
from songrnn.segmentation.documents import PixelRow
from songrnn.segmentation.folder import PixelFolder
from songrnn.segmentation.runs import SegmentationRun
from songrnn.training.interruption import interrupts
from songrnn.training.loop import CHECKPOINT_STEPS, drive, starting_point
from songrnn.training.resume import Position
from songrnn.training.run_lock import run_lock


def train_segmentation(
    run: SegmentationRun,
    data: LabelledData,
    *,
    resume: bool = False,
    stop: Callable[[], bool] | None = None,
    checkpoint_steps: int = CHECKPOINT_STEPS,
    device: torch.device | None = None,
) -> Generator[PixelRow, None, None]:
    """Train `run` to its end, yielding each row once it is in the history.

    resume: from the last checkpoint, bit-identically; without one from the beginning.
    stop: asked after every step; once it is true, or after Ctrl-C, a checkpoint is written, the
    run is marked "stopped" and the generator ends. One thread is used.

    Raises what `songrnn.training.loop.train` raises.
    """
    if data.reference != run.config.data:
        raise RunError(f"The pictures given are not those of the run {run.name}.")
    device = device or pick_device()
    one_thread()
    with interrupts() as interrupted, run_lock(run):
        checkpoint = starting_point(run, run.status.status) if resume else None
        crops = Crops(data.train, run.config.training, run.config.seed)
        folder = PixelFolder(run, device=device.type, steps_per_epoch=crops.steps_per_epoch)
        try:
            folder.begin(checkpoint)
            at = checkpoint.position if checkpoint else Position()

            def begin() -> PixelTraining:
                training = PixelTraining(folder, crops, data.validation, at, device)
                if checkpoint is not None:
                    training.restore(checkpoint)
                return training

            def stops() -> bool:
                return interrupted() or (stop is not None and stop())

            yield from drive(folder, at, begin, stops, checkpoint_steps)
        finally:
            folder.close()
