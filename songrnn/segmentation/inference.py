"""A network over a whole picture, tile by tile, so that memory does not grow with the picture."""

from collections.abc import Iterator
from typing import Literal

import torch
from torch import Tensor, nn

from songrnn.model.device import autocast
from songrnn.segmentation.colouring import Pixels
from songrnn.segmentation.crops import as_input

# Tiles overlap by what lies around a pixel and is seen for it; their middles are kept.
TILE = 512
OVERLAP = 64


def label_tiles(
    network: nn.Module,
    picture: Pixels,
    *,
    precision: Literal["fp32", "bf16"] = "fp32",
    device: torch.device | None = None,
    tile: int = TILE,
    overlap: int = OVERLAP,
) -> Iterator[tuple[slice, slice, Tensor]]:
    """Scores of a picture (H, W) or (H, W, 3): (rows, columns, scores (K, h, w)), tile after tile.

    The tiles' kept parts cover each pixel once. The network must be in evaluation mode.
    """
    height, width = picture.shape[:2]
    device = device or torch.device("cpu")
    for rows, around_rows in _pieces(height, tile, overlap):
        for columns, around_columns in _pieces(width, tile, overlap):
            inputs = torch.from_numpy(as_input(picture[around_rows, around_columns]))[None]
            inputs = inputs.to(device).contiguous(memory_format=torch.channels_last)
            with torch.inference_mode(), autocast(precision, device):
                scores = network(inputs)[0].float().cpu()  # (K, h, w)
            top, left = rows.start - around_rows.start, columns.start - around_columns.start
            kept = scores[
                :, top : top + rows.stop - rows.start, left : left + columns.stop - columns.start
            ]
            yield rows, columns, kept


def _pieces(length: int, tile: int, overlap: int) -> Iterator[tuple[slice, slice]]:
    """(kept, seen) along one axis: kept parts follow one another, seen parts overlap."""
    step = tile - 2 * overlap
    start = 0
    while start < length:
        end = length if length - start <= tile - overlap else start + step
        yield slice(start, end), slice(max(start - overlap, 0), min(end + overlap, length))
        start = end
