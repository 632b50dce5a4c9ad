"""From a file that a person brings to the grey picture of a page: PNG, JPEG, TIFF, …, or a PDF's page.

A file is not believed: kinds, bytes and pixels are bounded before anything is unpacked, and what
cannot be used is refused in a sentence. Pillow and pypdfium2 are imported where they are used.
"""

import io
import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from songrnn.disk import read_bytes
from songrnn.errors import SegmentationError
from songrnn.segmentation.colouring import Pixels

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 40_000_000  # kept; a larger picture is scaled down to it
_MOST_OPENED = 120_000_000  # unpacked at all; a JPEG is unpacked smaller than it is
_MOST_BYTES = 200 << 20
_LEAST_SIDE = 16
_KINDS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")
_PDF_DPI = 200.0


@dataclass(frozen=True)
class Picture:
    """grey: (H, W), 0 black to 255 white. notes: sentences on what was done to it.

    pages: of the PDF it came from, else 1.
    """

    grey: Pixels
    notes: tuple[str, ...] = ()
    pages: int = 1


def open_picture(source: Path | bytes, *, page: int = 1) -> Picture:
    """The picture in a file, or on page `page` (from 1) of a PDF. Raises SegmentationError."""
    data = _bytes(source)
    if data.lstrip()[:5] == b"%PDF-":
        return _from_pdf(data, page)
    if page != 1:
        raise SegmentationError("Only a PDF has further pages; this is a picture.")
    return _from_image(data)


def _bytes(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        data = source
    else:
        try:
            data = read_bytes(source, most=_MOST_BYTES)
        except OSError as error:
            raise SegmentationError(
                f"{source} cannot be read: {error.strerror or error}."
            ) from error
    if len(data) > _MOST_BYTES:
        raise SegmentationError(
            f"The file has {len(data) / 1e6:,.0f} MB; at most {_MOST_BYTES / 1e6:,.0f} can be read."
        )
    if not data:
        raise SegmentationError("The file is empty.")
    return data


def _from_image(data: bytes) -> Picture:
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sizes, which are looked at here
            with Image.open(io.BytesIO(data), formats=_KINDS) as image:
                return _unpacked(image)
    except UnidentifiedImageError:
        raise SegmentationError(
            "This file is not a picture that can be read; PNG, JPEG, TIFF, BMP, GIF, WebP and PDF "
            "can."
        ) from None
    except Image.DecompressionBombError:
        raise SegmentationError(_too_large_sentence("It has far more pixels")) from None
    except SegmentationError:
        raise
    except Exception as error:  # Pillow raises whatever a broken file leads to
        raise SegmentationError(
            f"The picture is damaged and cannot be read ({' '.join(str(error).split())[:120]})."
        ) from error


def _unpacked(image: "Image") -> Picture:
    from PIL import ImageOps

    width, height = image.size
    if min(width, height) < _LEAST_SIDE:
        raise SegmentationError(
            f"The picture has {width:,} × {height:,} pixels, which is too small for a staff."
        )
    notes: list[str] = []
    if width * height > MOST_PIXELS and image.format == "JPEG":
        shrink = math.sqrt(MOST_PIXELS / (width * height))
        image.draft("L", (max(int(width * shrink), 1), max(int(height * shrink), 1)))
    if image.size[0] * image.size[1] > _MOST_OPENED:
        raise SegmentationError(_too_large_sentence(f"It has {width:,} × {height:,} pixels"))
    turned = ImageOps.exif_transpose(image)
    grey = _grey(turned)
    if width * height > MOST_PIXELS:
        grey, _ = _reduced(grey)
        notes.append(
            f"The picture has {width * height / 1e6:,.0f} megapixels; it was scaled down to "
            f"{grey.size / 1e6:,.0f}."
        )
    return _upright(grey, notes, 1)


def _grey(image: "Image") -> Pixels:
    """Any mode of picture as (H, W) on white paper."""
    from PIL import Image as Images

    if image.mode in ("I;16", "I;16B", "I;16L", "I;16N", "I", "F"):
        values = np.asarray(image, dtype=np.float32)
        largest = float(np.nanmax(values)) if values.size else 0.0
        # 16 bits, 8 bits in wider numbers, or shares of 1.
        full = 65535.0 if largest > 255 else 255.0 if largest > 1 else 1.0
        scaled = np.nan_to_num(values) * np.float32(255 / full)
        return np.clip(scaled, 0, 255).astype(np.uint8)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        seen = image.convert("RGBA")
        paper = Images.new("RGBA", seen.size, (255, 255, 255, 255))
        image = Images.alpha_composite(paper, seen)
    if image.mode == "CMYK":
        image = image.convert("RGB")
    return np.array(image.convert("L"))


def _reduced(grey: Pixels) -> tuple[Pixels, float]:
    """A picture of at most MOST_PIXELS, and the factor of its sides."""
    factor = min(math.sqrt(MOST_PIXELS / grey.size), 1.0)
    return resized(grey, factor), factor


def resized(grey: Pixels, factor: float) -> Pixels:
    """A grey picture with sides `factor` times as long."""
    from PIL import Image

    if factor == 1:
        return grey
    size = tuple(max(int(side * factor), 1) for side in grey.shape[::-1])
    method = Image.Resampling.BOX if factor < 0.5 else Image.Resampling.BICUBIC
    return np.array(Image.fromarray(grey).resize((size[0], size[1]), method))


def _upright(grey: Pixels, notes: list[str], pages: int) -> Picture:
    """Dark ink on light paper, whichever way round it was."""
    if np.median(grey[:: max(grey.shape[0] // 500, 1), :: max(grey.shape[1] // 500, 1)]) < 90:
        grey = 255 - grey
        notes.append("The picture is light on dark; it was inverted.")
    return Picture(grey, tuple(notes), pages)


def _from_pdf(data: bytes, page: int) -> Picture:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise SegmentationError(
            "The PDF cannot be read; it is damaged or protected by a password."
        ) from error
    try:
        pages = len(document)
        if not 1 <= page <= pages:
            raise SegmentationError(f"The PDF has {pages:,} pages; there is no page {page:,}.")
        opened = document[page - 1]
        width, height = opened.get_size()  # points, 72 an inch
        if width <= 0 or height <= 0:
            raise SegmentationError(f"Page {page:,} of the PDF is empty.")
        scale = min(_PDF_DPI / 72, math.sqrt(MOST_PIXELS / (width * height)))
        bitmap = opened.render(scale=scale, grayscale=True)
        grey = np.array(bitmap.to_pil().convert("L"))
    except pypdfium2.PdfiumError as error:
        raise SegmentationError(f"Page {page:,} of the PDF cannot be drawn.") from error
    finally:
        document.close()
    if min(grey.shape) < _LEAST_SIDE:
        raise SegmentationError(f"Page {page:,} of the PDF is too small for a staff.")
    return _upright(grey, [], pages)


def _too_large_sentence(what: str) -> str:
    return (
        f"The picture is too large to be opened. {what}; at most {_MOST_OPENED / 1e6:,.0f} "
        "megapixels can be unpacked. Scale it down first."
    )
