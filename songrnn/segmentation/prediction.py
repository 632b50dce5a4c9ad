"""A picture of a page in, its labelled pixels out.

The picture is brought to the staff size that the network knows; without a staff nothing is
labelled. It knows nothing of what the labels mean for the music.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from songrnn.errors import NoStaffError, RunError
from songrnn.segmentation.classes import BACKGROUND, BY_NAME
from songrnn.segmentation.colouring import Pixels
from songrnn.segmentation.engraved import STAFF_SPACES
from songrnn.segmentation.pictures import MOST_PIXELS, Picture, open_picture, resized
from songrnn.segmentation.runs import SegmentationRun
from songrnn.segmentation.staffs import find_staff_size

if TYPE_CHECKING:
    from songrnn.segmentation.unet import UNet

# Pixels from line to line that a page is brought to when its own are not ones the network knows.
STAFF_SPACE = 10.0
# Share of the columns that cross a staff, at least, before the network has looked: faint lines
# are not given up, since what it labels must have a staff in plain sight.
_FAINT = 0.01
_NO_STAFF = (
    "No staff was found in this picture: nowhere do five lines follow one another at one "
    "distance. Is it a page of music, upright, with at least 4 pixels from line to line?"
)


@dataclass(frozen=True)
class LabelledPage:
    """What a network says of a page.

    image: (H, W) as the network saw it. labels: (H, W) class numbers. confidence: (H, W), the
    probability of that class times 255. scale: its pixels per pixel of the original picture.
    staff_space: pixels from line to line, in `image`. size: height and width of the original.
    notes: sentences on what was done to the picture.
    """

    image: Pixels
    labels: Pixels
    confidence: Pixels
    scale: float
    staff_space: float
    size: tuple[int, int]
    notes: tuple[str, ...]

    def original_labels(self) -> Pixels:
        """The labels at the size of the original picture."""
        from PIL import Image

        if self.labels.shape == self.size:
            return self.labels
        height, width = self.size
        picture = Image.fromarray(self.labels)
        return np.array(picture.resize((width, height), Image.Resampling.NEAREST))


def load_network(run: SegmentationRun) -> "UNet":
    """The run's network with its best weights, for labelling. Loads torch and lets it use one
    thread: two on a busy machine are many times slower.

    Raises HistoryOnlyError, DamagedRunError.
    """
    import torch

    from songrnn.model.device import one_thread
    from songrnn.segmentation.unet import UNet

    one_thread()
    network = UNet(run.document.model, inputs=run.document.channels, classes=len(run.classes))
    weights = {name: torch.from_numpy(array) for name, array in run.weights().items()}
    network.load_state_dict(weights, strict=False)  # the count of batches is not stored
    return network.eval()


def label_page(network: "UNet", source: Path | bytes | Picture, *, page: int = 1) -> LabelledPage:
    """Label the picture in a file, or page `page` of a PDF, from 1.

    Memory does not grow with the network's layers times the picture: it is read in tiles. Raises
    SegmentationError for what is not a picture and NoStaffError where there is no staff.
    """
    import torch

    from songrnn.model.precision import has_bf16
    from songrnn.segmentation.inference import label_tiles

    picture = source if isinstance(source, Picture) else open_picture(source, page=page)
    image, scale, space, notes = _at_known_size(picture)
    labels = np.zeros(image.shape, dtype=np.uint8)
    confidence = np.zeros(image.shape, dtype=np.uint8)
    # Half the time where the processor has instructions for it, and hardly another label.
    precision: Literal["fp32", "bf16"] = "bf16" if has_bf16(torch.device("cpu")) else "fp32"
    for rows, columns, scores in label_tiles(network, image, precision=precision):
        share, chosen = scores.softmax(dim=0).max(dim=0)
        labels[rows, columns] = chosen.numpy()
        confidence[rows, columns] = (255 * share).round().numpy()
    music = (labels != BACKGROUND) & (labels != BY_NAME["text"].number)
    if find_staff_size(np.where(music, 0, 255).astype(np.uint8)) is None:
        raise NoStaffError(_NO_STAFF)
    return LabelledPage(
        image, labels, confidence, scale, space, (len(picture.grey), len(picture.grey[0])), notes
    )


def check_labels_music(run: SegmentationRun) -> None:
    """Raise RunError unless the run was trained on pages of music."""
    if run.document.channels != 1 or "staff_line" not in run.classes:
        raise RunError(f"The run {run.name} was not trained on pages of music.")


def _at_known_size(picture: Picture) -> tuple[Pixels, float, float, tuple[str, ...]]:
    """Picture, its scale, its staff space and notes. Raises NoStaffError."""
    found = find_staff_size(picture.grey, least_share=_FAINT)
    if found is None:
        raise NoStaffError(_NO_STAFF)
    low, high = STAFF_SPACES
    factor = 1.0 if low <= found.space <= high else STAFF_SPACE / found.space
    factor = min(factor, math.sqrt(MOST_PIXELS / picture.grey.size))
    notes = picture.notes
    if factor != 1:
        notes = (
            *notes,
            f"Its staff lines are {found.space:.1f} pixels apart; it was scaled by {factor:.2f}.",
        )
    return resized(picture.grey, factor), factor, found.space * factor, notes
