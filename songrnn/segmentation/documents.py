"""What stands in the files of a segmentation run: those of a run that writes songs, with pixels in
the place of characters. Losses are nats per pixel."""

import json
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, Field, model_validator

from songrnn.config import SourceReference
from songrnn.disk import LARGEST_DOCUMENT
from songrnn.segmentation.settings import (
    DataReference,
    SegmentationSettings,
    UNetSettings,
)
from songrnn.store.documents import Amount, Count, Document, ProcessIdentity, Share, State

FORMAT_VERSION = 1
KIND: Literal["segmentation"] = "segmentation"


class NetDocument(Document):
    """run.json: all that decides a training, and its classes; never changes.

    channels: 1 for grey pictures, 3 for colours.
    """

    largest: ClassVar[int] = LARGEST_DOCUMENT

    format_version: int
    kind: Literal["segmentation"]
    name: str
    study: str | None
    seed: int
    model: UNetSettings
    training: SegmentationSettings
    data: DataReference
    source: SourceReference | None = None
    classes: Annotated[tuple[str, ...], Field(min_length=2, max_length=255)]
    channels: Literal[1, 3]
    created: AwareDatetime
    versions: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _is_not_from_the_future(cls, data: Any) -> Any:
        version = data.get("format_version") if isinstance(data, dict) else None
        if isinstance(version, int) and version > FORMAT_VERSION:
            raise ValueError(
                f"it was written by a newer SongRNN Lab (format {version}); update this one"
            )
        return data


class PixelFigures(Document):
    """A validation's figures."""

    loss: Amount
    accuracy: Share
    mean_iou: Share
    epoch: Amount
    step: Count


class NetStatus(Document):
    """status.json, as of other runs."""

    status: State
    epoch: Amount = 0.0
    step: Count = 0
    heartbeat: AwareDatetime
    process: ProcessIdentity | None = None
    message: str | None = None
    best: PixelFigures | None = None
    last: PixelFigures | None = None
    seconds: Amount = 0.0
    pixels_per_second: Amount | None = None
    precision: str | None = None


class NetSummary(Document):
    """summary.json, as of other runs."""

    parameters: Count
    epochs: Amount
    steps: Count
    best_validation_loss: Amount
    best_validation_accuracy: Share
    best_validation_mean_iou: Share
    best_epoch: Amount
    last_validation_loss: Amount
    last_validation_accuracy: Share
    last_validation_mean_iou: Share
    last_epoch: Amount
    last_train_loss: Amount | None = None
    duration_seconds: Amount
    pixels_per_second: Amount | None = None
    precision: str
    device: str
    weights_sha256: str


class PixelNumbers(Document):
    """The numbers of a line of history.jsonl.

    split "train": means over the crops since the last such row, weighted as in training, Dice
    included. split "validation": over whole pictures, unweighted, the weights being those that
    would be stored; frequency_weighted_iou and iou (by class, of those present) then too.
    """

    step: Count
    epoch: Amount
    split: Literal["train", "validation"]
    loss: Amount
    accuracy: Share | None = None
    mean_iou: Share | None = None
    frequency_weighted_iou: Share | None = None
    learning_rate: Amount | None = None
    gradient_norm: Amount | None = None
    pixels_per_second: Amount | None = None
    seconds: Amount


class PixelRow(PixelNumbers):
    """A line of history.jsonl."""

    iou: dict[str, Share] | None = None

    def to_line(self) -> bytes:
        """One line of JSON without its newline; what is None is left out."""
        return json.dumps(self.model_dump(mode="json", exclude_none=True)).encode()
