"""Masks as pictures that other programs open: PNGs with a palette, as PASCAL VOC has them."""

import io
from collections.abc import Sequence

from songrnn.segmentation.colouring import Pixels


def palette_png(labels: Pixels, colours: Sequence[str]) -> bytes:
    """Class numbers (H, W) as a PNG whose pixels are these numbers, shown in `colours` (#rrggbb)."""
    from PIL import Image

    height, width = labels.shape
    picture = Image.frombytes("P", (width, height), labels.tobytes())
    entries = [int(colour[at : at + 2], 16) for colour in colours for at in (1, 3, 5)]
    # All 256, lest Pillow pack the pixels into as few bits as the colours need.
    picture.putpalette(entries + [255] * (3 * 256 - len(entries)))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
