"""Labelling a page that a person brings: its size, its staff, and what is no page of music."""

import io
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage
from torch import Tensor, nn

from songrnn.errors import NoStaffError
from songrnn.segmentation.classes import BY_NAME, CLASSES
from songrnn.segmentation.engraved import Page
from songrnn.segmentation.evaluation import evaluate_labels
from songrnn.segmentation.pictures import Picture, resized
from songrnn.segmentation.prediction import label_page, load_network
from songrnn.segmentation.runs import open_segmentation_run
from songrnn.segmentation.unet import UNet

STAFF = BY_NAME["staff_line"].number


class InkIsStaff(nn.Module):
    """Takes all ink for staff lines."""

    def forward(self, pictures: Tensor) -> Tensor:
        scores = torch.zeros(len(pictures), len(CLASSES), *pictures.shape[2:])
        scores[:, 0] = 4 * (pictures[:, 0] < 0.4)
        scores[:, STAFF] = 4 * (pictures[:, 0] >= 0.4)
        return scores


class NothingThere(nn.Module):
    """Sees paper everywhere."""

    def forward(self, pictures: Tensor) -> Tensor:
        scores = torch.zeros(len(pictures), len(CLASSES), *pictures.shape[2:])
        scores[:, 0] = 1
        return scores


@pytest.fixture(scope="module")
def shipped() -> UNet:
    checkpoints = Path(__file__).parents[2] / "checkpoints"
    return load_network(open_segmentation_run("unet", checkpoints=checkpoints))


def as_file(grey: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(grey).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_page_of_known_size_is_labelled_as_it_is(page: Page) -> None:
    found = label_page(InkIsStaff(), as_file(page.image))  # type: ignore[arg-type]
    assert found.scale == 1
    assert found.staff_space == pytest.approx(10, abs=0.3)
    assert (found.image == page.image).all()
    assert (found.labels[page.image < 100] == STAFF).all()
    assert not found.labels[page.image == 255].any()
    expected = 255 * np.exp(4) / (np.exp(4) + len(CLASSES) - 1)
    assert np.abs(found.confidence.astype(float) - expected).max() <= 1
    assert found.notes == ()


@pytest.mark.parametrize("factor", [0.75, 2.5])
def test_a_page_of_another_size_is_brought_to_the_networks(page: Page, factor: float) -> None:
    found = label_page(InkIsStaff(), as_file(resized(page.image, factor)))  # type: ignore[arg-type]
    assert found.scale == pytest.approx(1 / factor, rel=0.07)
    assert found.staff_space == pytest.approx(10, abs=0.1)
    assert found.size == resized(page.image, factor).shape
    assert found.original_labels().shape == found.size
    assert "pixels apart" in found.notes[0]


def test_where_there_is_no_staff_nothing_is_labelled() -> None:
    rng = np.random.default_rng(0)
    fur = rng.integers(0, 256, (300, 400), dtype=np.uint8)
    for picture in (fur, np.full((200, 200), 255, np.uint8)):
        with pytest.raises(NoStaffError, match="No staff was found"):
            label_page(InkIsStaff(), as_file(picture))  # type: ignore[arg-type]


def test_what_the_network_sees_no_staff_in_has_none(page: Page) -> None:
    with pytest.raises(NoStaffError):
        label_page(NothingThere(), as_file(page.image))  # type: ignore[arg-type]


def test_memory_does_not_grow_with_the_scores_of_a_picture(page: Page) -> None:
    """Scores of all classes would take 4 · 17 bytes a pixel; a tile's do not depend on its size."""
    wide = np.tile(page.image, (4, 4))
    whole = wide.size * 4 * len(CLASSES)
    label_page(InkIsStaff(), Picture(page.image))  # type: ignore[arg-type]
    tracemalloc.start()
    label_page(InkIsStaff(), Picture(wide))  # type: ignore[arg-type]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < whole / 1.5


def test_the_shipped_network_labels_a_page_it_never_saw(shipped: UNet, page: Page) -> None:
    found = label_page(shipped, as_file(page.image))
    figures = evaluate_labels([(found.labels, page.mask)], page_classes())
    assert figures.accuracy > 0.96
    assert figures.mean_iou > 0.6
    assert figures.iou["notehead_filled"] > 0.85


def test_the_shipped_network_takes_no_photograph_for_music(shipped: UNet) -> None:
    rng = np.random.default_rng(0)
    for size in (1, 6):
        shapes = ndimage.gaussian_filter(rng.standard_normal((300, 400)), size)
        photograph = np.clip(128 + 50 * shapes / shapes.std(), 0, 255).astype(np.uint8)
        with pytest.raises(NoStaffError):
            label_page(shipped, as_file(photograph))


def page_classes() -> tuple[str, ...]:
    return tuple(each.name for each in CLASSES)
