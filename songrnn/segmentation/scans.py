"""What printing, a hundred years and a scanner do to a page, drawn from a generator.

Rotation and warp move the mask with the page: a pixel of the moved page is ink where it is dark enough,
as on a clean one, and of the class of the ink nearest to it. Everything else is done to the grey
values alone: uneven ink and paper, shadow, blur, noise, JPEG. scipy and Pillow are imported where they are used.
"""

import io

import numpy as np
from numpy.typing import NDArray

from songrnn.segmentation.colouring import Pixels, is_ink

Floats = NDArray[np.float32]

_MOST_DEGREES = 2.0
_WARP_GRID = 96  # pixels between the points that are moved
_MOST_WARP = 2.5  # pixels
_PAPER_GRID = 64


def scan(
    image: Pixels, mask: Pixels, rng: np.random.Generator, *, strength: float = 1.0
) -> tuple[Pixels, Pixels]:
    """Image and mask (H, W) as a scanner would have them, of the same size.

    strength: 0 leaves the page as it is, 1 is a poor copy.
    """
    moved, where = _moved(image, mask, rng, strength)
    grey = _aged(moved, rng, strength)
    return _compressed(grey, rng, strength), where


def _moved(
    image: Pixels, mask: Pixels, rng: np.random.Generator, strength: float
) -> tuple[Floats, Pixels]:
    """Rotate about the middle and warp smoothly; white paper comes in at the edges."""
    from scipy import ndimage

    height, width = image.shape
    angle = np.deg2rad(rng.uniform(-_MOST_DEGREES, _MOST_DEGREES) * strength)
    y, x = np.meshgrid(
        np.arange(height, dtype=np.float32), np.arange(width, dtype=np.float32), indexing="ij"
    )
    middle_y, middle_x = (height - 1) / 2, (width - 1) / 2
    sine, cosine = np.float32(np.sin(angle)), np.float32(np.cos(angle))
    from_y = middle_y + cosine * (y - middle_y) - sine * (x - middle_x)
    from_x = middle_x + sine * (y - middle_y) + cosine * (x - middle_x)
    reach = _MOST_WARP * strength
    from_y += reach * _smooth((height, width), _WARP_GRID, rng)
    from_x += reach * _smooth((height, width), _WARP_GRID, rng)
    grey = ndimage.map_coordinates(
        image.astype(np.float32), [from_y, from_x], order=1, mode="constant", cval=255.0
    )
    grey = grey.astype(np.float32)
    return grey, _moved_mask(mask, is_ink(grey), from_y, from_x)


def _moved_mask(mask: Pixels, ink: NDArray[np.bool_], from_y: Floats, from_x: Floats) -> Pixels:
    """The mask (H, W) of a moved page. ink: where it is dark. from_y, from_x: where from.

    A grey value is a mean of four pixels, of which one at least is ink where the mean is.
    """
    height, width = mask.shape
    y, x = from_y[ink], from_x[ink]  # (N,)
    label, least = np.zeros(len(y), np.uint8), np.full(len(y), np.inf, np.float32)
    for down in (0, 1):
        for right in (0, 1):
            row, column = np.floor(y).astype(np.intp) + down, np.floor(x).astype(np.intp) + right
            away = (row - y) ** 2 + (column - x) ** 2
            inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
            here = np.where(inside, mask[row % height, column % width], 0)
            nearer = (here > 0) & (away < least)
            label, least = np.where(nearer, here, label), np.where(nearer, away, least)
    moved = np.zeros((height, width), np.uint8)
    moved[ink] = label
    return moved


def _aged(grey: Floats, rng: np.random.Generator, strength: float) -> Floats:
    """Ink and paper of uneven darkness, a shadow, blur, noise; as a scanner would record them."""
    from scipy import ndimage

    shape = (grey.shape[0], grey.shape[1])
    ink = 1 - grey / 255  # (H, W), 1 where there is ink
    if rng.random() < 0.5 * strength:
        # Ink runs a little, or the plate is worn.
        spread = rng.uniform(-0.35, 0.35) * strength
        change = ndimage.maximum_filter(ink, 3) if spread > 0 else ndimage.minimum_filter(ink, 3)
        ink = ink + abs(spread) * (change - ink)
    ink = ndimage.gaussian_filter(ink, rng.uniform(0.2, 0.9) * strength)
    darkness = rng.uniform(0.65, 1.0) + 0.15 * strength * _smooth(shape, _PAPER_GRID, rng)
    paper = rng.uniform(0.75, 1.0) + 0.08 * strength * _smooth(shape, _PAPER_GRID, rng)
    if rng.random() < 0.4:  # the shadow of the fold or of a hand
        slope = np.linspace(0, 1, shape[1], dtype=np.float32)
        side = slope if rng.random() < 0.5 else slope[::-1]
        paper = paper * (1 - 0.35 * strength * rng.random() * side[None, :] ** 2)
    black = rng.uniform(0.0, 0.15) * strength
    light = paper * (1 - np.clip(ink * np.clip(darkness, 0, 1), 0, 1) * (1 - black))
    noise = rng.standard_normal(shape, dtype=np.float32)
    light = light + rng.uniform(0.01, 0.06) * strength * noise
    return np.clip(255 * light, 0, 255).astype(np.float32)


def _compressed(grey: Floats, rng: np.random.Generator, strength: float) -> Pixels:
    from PIL import Image

    pixels = grey.astype(np.uint8)
    quality = int(rng.integers(45, 96))
    if strength == 0:
        return pixels
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    with Image.open(buffer) as image:
        return np.array(image.convert("L"))


def _smooth(shape: tuple[int, int], grid: int, rng: np.random.Generator) -> Floats:
    """A smooth field (H, W) from −1 to 1: random at points `grid` pixels apart."""
    from PIL import Image

    rows, columns = shape[0] // grid + 3, shape[1] // grid + 3
    points = rng.uniform(-1, 1, (rows, columns)).astype(np.float32)
    fine = Image.fromarray(points).resize((columns * grid, rows * grid), Image.Resampling.BICUBIC)
    return np.asarray(fine, dtype=np.float32)[grid : grid + shape[0], grid : grid + shape[1]]
