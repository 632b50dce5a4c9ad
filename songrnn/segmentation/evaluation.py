"""How well labels fit the truth: confusion counts of each picture, and figures of them together.

Everybody who states a figure, training, command and page, takes it from here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.metrics import (
    class_iou,
    confusion_matrix,
    frequency_weighted_iou,
    mean_iou,
    pixel_accuracy,
)
from songrnn.segmentation.classes import IGNORED
from songrnn.segmentation.colouring import Pixels
from songrnn.statistics import Interval, bootstrap_interval

Counts = NDArray[np.int64]

_RESAMPLES = 1000


@dataclass(frozen=True)
class PixelEvaluation:
    """classes: names by number. confusions: (pictures, K, K), row the truth, column the label.

    loss: mean cross entropy in nats per pixel, NaN where only labels are known.
    """

    classes: tuple[str, ...]
    confusions: Counts
    loss: float = float("nan")

    @property
    def confusion(self) -> Counts:
        """(K, K) over all pictures."""
        return np.asarray(self.confusions.sum(axis=0))

    @property
    def accuracy(self) -> float:
        """Correct pixels / all pixels."""
        return pixel_accuracy(self.confusion)

    @property
    def mean_iou(self) -> float:
        """Mean IoU over the classes that are present."""
        return mean_iou(self.confusion)

    @property
    def frequency_weighted_iou(self) -> float:
        """Mean IoU, each class weighted by its pixels."""
        return frequency_weighted_iou(self.confusion)

    @property
    def iou(self) -> dict[str, float]:
        """IoU of each class that is present."""
        found = class_iou(self.confusion)
        return {
            name: float(value)
            for name, value in zip(self.classes, found, strict=True)
            if not np.isnan(value)
        }

    def interval(self, figure: Callable[[Counts], float], *, seed: int = 0) -> Interval:
        """A figure of the summed confusion counts with its 95 % bootstrap interval over pictures.

        figure: `metrics.mean_iou`, `metrics.pixel_accuracy`, ….
        """
        # Pages without a rare class make figures of a resample NaN; they are drawn, so it stays in.
        return bootstrap_interval(
            self.confusions,
            np.random.default_rng(seed),
            statistic=lambda drawn: figure(drawn.sum(axis=0).astype(np.int64)),
            resamples=_RESAMPLES,
        )

    def class_intervals(self, *, seed: int = 0) -> dict[str, Interval]:
        """IoU of each class that is present, with its interval over the pictures that are drawn.

        A resample without the class counts as if it had none of the errors: it is left out.
        """
        rng = np.random.default_rng(seed)
        n = len(self.confusions)
        draws = rng.integers(n, size=(_RESAMPLES, n))
        per_draw = np.stack([class_iou(self.confusions[rows].sum(axis=0)) for rows in draws])
        found = {}
        for number, name in enumerate(self.classes):
            if name not in self.iou:
                continue
            values = per_draw[:, number]
            values = values[~np.isnan(values)]
            low, high = (
                np.percentile(values, [2.5, 97.5]) if n > 1 and len(values) else (np.nan, np.nan)
            )
            found[name] = Interval(self.iou[name], float(low), float(high), n)
        return found


def evaluate_labels(
    labelled: Iterable[tuple[Pixels, Pixels]], classes: tuple[str, ...]
) -> PixelEvaluation:
    """Figures of pairs of labels and truth, both (H, W) class numbers; IGNORED is not counted."""
    counts = [
        confusion_matrix(labels, truth, len(classes), ignored=IGNORED) for labels, truth in labelled
    ]
    size = len(classes)
    return PixelEvaluation(classes, np.array(counts, dtype=np.int64).reshape(-1, size, size))
