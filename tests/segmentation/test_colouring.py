"""Image and mask come of one drawing, and the mask says what Verovio's groups say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from songrnn.errors import EngravingError
from songrnn.segmentation.classes import BY_NAME, CLASSES, GROUPS, OVERLAP
from songrnn.segmentation.colouring import _mask, _most_frequent, flatten, rasterize
from songrnn.segmentation.engraved import Layout, Page, engrave_tune

NAMESPACE = "xmlns='http://www.w3.org/2000/svg'"


def parts(page: Page, name: str) -> int:
    """How many connected parts of the class there are."""
    return int(ndimage.label(page.mask == BY_NAME[name].number, np.ones((3, 3)))[1])


def test_every_class_but_paper_has_a_place_in_the_order() -> None:
    assert sorted(OVERLAP) == sorted(each.name for each in CLASSES[1:])
    assert set(GROUPS.values()) <= set(OVERLAP)


def test_a_pixel_is_ink_where_a_third_of_it_is_black(page: Page) -> None:
    assert ((page.mask > 0) == (page.image <= 170)).all()


@settings(max_examples=40, deadline=None)
@given(width=st.floats(0.76, 1.8), height=st.floats(0, 1), space=st.floats(8.5, 12))
def test_no_staff_line_vanishes_wherever_it_lies(width: float, height: float, space: float) -> None:
    top = 18 + height  # of pixels, that is, of the units of this drawing
    strokes = "".join(
        f'<path d="M5 {top + line * space} L75 {top + line * space}" stroke-width="{width}"/>'
        for line in range(5)
    )
    drawing = flatten(
        f"<svg {NAMESPACE}><svg {NAMESPACE} viewBox='0 0 80 80'><g class='staff'>{strokes}</g></svg></svg>"
    )
    image, mask = rasterize(drawing, 80)
    lines = mask[:, 10:70] == BY_NAME["staff_line"].number
    assert ndimage.label(lines.all(axis=1))[1] == 5
    assert (lines == lines[:, :1]).all()
    assert ((mask > 0) == (image <= 170)).all()


def test_the_most_frequent_class_is_a_pixels_and_the_upper_of_two_as_frequent() -> None:
    beam, dot, paper = BY_NAME["beam"].number, BY_NAME["dot"].number, 0
    samples = np.array(
        [
            [beam] * 9 + [dot] * 7,
            [beam] * 8 + [dot] * 8,
            [paper] * 15 + [beam],
            [paper] * 16,
        ],
        np.uint8,
    )
    assert _most_frequent(samples).tolist() == [beam, dot, beam, 0]


def test_ink_that_no_sample_hit_takes_the_nearest() -> None:
    image = np.full((3, 4), 255, np.uint8)
    image[1, :2] = 0
    samples = np.zeros((12, 16), np.uint8)
    samples[4:8, 0:4] = 3
    samples[11, 15] = 5
    assert _mask(image, samples).tolist() == [[0] * 4, [3, 3, 0, 0], [0] * 4]
    with pytest.raises(EngravingError):
        _mask(image, np.zeros_like(samples))


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
