"""Files that people bring: what is read as a page, and what is refused in a sentence."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from songrnn.errors import SegmentationError
from songrnn.segmentation import pictures
from songrnn.segmentation.engraved import Page
from songrnn.segmentation.pictures import open_picture


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png_of_size(width: int, height: int) -> bytes:
    """A PNG that says it is that large and holds next to nothing: a decompression bomb."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "P", "CMYK"])
def test_all_modes_of_colour_show_the_same_page(page: Page, mode: str) -> None:
    image = Image.fromarray(page.image).convert(mode)
    grey = open_picture(encoded(image, "TIFF" if mode == "CMYK" else "PNG")).grey
    assert grey.shape == page.image.shape
    assert np.abs(grey.astype(int) - page.image).mean() < 3


def test_sixteen_bits_are_scaled_not_cut(page: Page) -> None:
    wide = page.image.astype(np.uint16) * 257
    grey = open_picture(encoded(Image.fromarray(wide))).grey
    assert np.abs(grey.astype(int) - page.image).max() <= 1


def test_transparent_paper_is_white() -> None:
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (10, 10, 20, 20))
    grey = open_picture(encoded(image)).grey
    assert grey[0, 0] == 255
    assert grey[15, 15] == 0


def test_a_page_light_on_dark_is_inverted(page: Page) -> None:
    found = open_picture(encoded(Image.fromarray(255 - page.image)))
    assert (found.grey == page.image).all()
    assert "inverted" in found.notes[0]


def test_a_photograph_lies_as_it_was_held(page: Page) -> None:
    image = Image.fromarray(page.image)
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    turned = image.transpose(Image.Transpose.ROTATE_90)
    grey = open_picture(encoded(turned, "JPEG", exif=exif, quality=95)).grey
    assert grey.shape == page.image.shape


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"X:1\nK:C\nabc", "not a picture that can be read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture that can be read"),
        (png_of_size(20_000, 20_000), "too large to be opened"),
        (png_of_size(2_000_000, 2_000_000), "too large to be opened"),
        (png_of_size(0, 0), "picture"),
        (png_of_size(300, 300), "damaged"),
        (b"%PDF-1.7\nnothing", "PDF cannot be read"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(SegmentationError, match=words):
        open_picture(data)


def test_a_picture_too_small_for_a_staff_is_refused() -> None:
    with pytest.raises(SegmentationError, match="too small"):
        open_picture(encoded(Image.new("L", (12, 400))))


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.png", tmp_path):
        with pytest.raises(SegmentationError, match="cannot be read"):
            open_picture(path)


def test_a_large_picture_is_scaled_down_with_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_PIXELS", 20_000)
    for kind in ("PNG", "JPEG"):
        found = open_picture(encoded(Image.new("L", (800, 400), 200), kind))
        assert found.grey.size <= 20_000
        assert found.grey.shape[1] == pytest.approx(2 * found.grey.shape[0], abs=2)
        assert "scaled down" in found.notes[0]


def test_a_truncated_file_is_damaged(page: Page) -> None:
    whole = encoded(Image.fromarray(page.image))
    with pytest.raises(SegmentationError, match="damaged"):
        open_picture(whole[: len(whole) // 2])


def pdf_of(page: Page, pages: int) -> bytes:
    image = Image.fromarray(page.image)
    blank = Image.new("L", (40, 40), 255)
    return encoded(blank, "PDF", save_all=True, append_images=[image] + [blank] * (pages - 2))


def test_a_page_of_a_pdf_is_drawn(page: Page) -> None:
    data = pdf_of(page, 500)
    found = open_picture(data, page=2)
    assert found.pages == 500
    ratio = found.grey.shape[1] / found.grey.shape[0]
    assert ratio == pytest.approx(page.image.shape[1] / page.image.shape[0], rel=0.02)
    with pytest.raises(SegmentationError, match="has 500 pages; there is no page 501"):
        open_picture(data, page=501)


def test_only_a_pdf_has_further_pages(page: Page) -> None:
    with pytest.raises(SegmentationError, match="Only a PDF"):
        open_picture(encoded(Image.fromarray(page.image)), page=2)
