"""Image and mask come of one drawing, and the mask says what Verovio's groups say."""

import numpy as np
import pytest
from scipy import ndimage

from songrnn.errors import EngravingError
from songrnn.segmentation.classes import BY_NAME, CLASSES, GROUPS, OVERLAP
from songrnn.segmentation.colouring import flatten, rasterize
from songrnn.segmentation.engraved import Layout, Page, engrave_tune


def parts(page: Page, name: str) -> int:
    """How many connected parts of the class there are."""
    return int(ndimage.label(page.mask == BY_NAME[name].number, np.ones((3, 3)))[1])


def test_every_class_but_paper_has_a_place_in_the_order() -> None:
    assert sorted(OVERLAP) == sorted(each.name for each in CLASSES[1:])
    assert set(GROUPS.values()) <= set(OVERLAP)


def test_image_and_mask_agree_on_where_there_is_ink(page: Page) -> None:
    assert page.image.shape == page.mask.shape
    dark, labelled = page.image < 100, page.mask > 0
    assert (dark & ~labelled).sum() < 0.01 * labelled.sum()
    assert not (labelled & (page.image == 255)).sum() > 0.01 * labelled.sum()


def test_signs_are_counted_where_they_do_not_touch(page: Page) -> None:
    assert parts(page, "clef") == 1
    assert parts(page, "key_signature") == 2  # D has two sharps
    assert parts(page, "meter") == 1  # a 3 that touches a 4
    assert parts(page, "accidental") == 2  # ^G and =c
    assert parts(page, "rest") == 1
    assert parts(page, "dot") == 2  # of d> and of D6
    assert parts(page, "slur_tie") == 1
    assert parts(page, "text") >= 1


def test_open_and_filled_noteheads_are_told_apart(page: Page) -> None:
    assert parts(page, "notehead_filled") == 12
    # A half note's hole may be crossed by a staff line, its ring is one part.
    assert parts(page, "notehead_open") == 2


def test_five_staff_lines_survive_at_any_height() -> None:
    for space in (8.5, 9.3, 10.7):
        layout = Layout(staff_space=space, staff_line=0.18, width=70)
        mask = engrave_tune("X:1\nL:1/8\nK:C\nC8|C8|C8|C8|]\n", layout).mask
        share = (mask == BY_NAME["staff_line"].number).mean(axis=1)
        lines = ndimage.label(share > 0.5)[1]
        assert lines == 5, space


def test_a_notehead_lies_over_its_staff_line() -> None:
    mask = engrave_tune("X:1\nL:1/4\nK:C\nBBBB|]\n", Layout(staff_space=12, width=70)).mask
    head = mask == BY_NAME["notehead_filled"].number
    pieces, count = ndimage.label(head)
    assert count == 4
    for slices in ndimage.find_objects(pieces):
        middle = tuple((part.start + part.stop) // 2 for part in slices)
        assert mask[middle] == BY_NAME["notehead_filled"].number  # B stands on the middle line


def test_only_an_engraving_is_flattened() -> None:
    with pytest.raises(EngravingError):
        flatten("<svg xmlns='http://www.w3.org/2000/svg'/>")
    with pytest.raises(EngravingError):
        flatten("no drawing")


def test_size_follows_the_width_asked_for(page: Page) -> None:
    from songrnn.notation.engraving import engrave_page
    from songrnn.notation.reader import read
    from songrnn.notation.score import to_musicxml

    drawing = flatten(engrave_page(to_musicxml(read("X:1\nK:C\nCDEF|]\n")), Layout().options))
    image, mask = rasterize(drawing, 333)
    assert image.shape[1] == mask.shape[1] == 333
