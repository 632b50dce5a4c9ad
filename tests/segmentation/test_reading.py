"""Labelled pages become the tunes they were engraved from."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songrnn.errors import NoStaffError
from songrnn.notation.reader import read
from songrnn.segmentation.classes import BY_NAME
from songrnn.segmentation.engraved import UNSEEN_FONT, Layout, engrave_tune
from songrnn.segmentation.reading import PageReading, read_labels, shapes
from songrnn.segmentation.reading.components import components, mended, shape_of
from songrnn.segmentation.reading.scoring import edit_distance, notes_of, score_notes
from songrnn.segmentation.scans import scan


def read_back(text: str, **layout: object) -> PageReading:
    page = engrave_tune(text, Layout(**layout))  # type: ignore[arg-type]
    return read_labels(page.mask, page.layout.staff_space)


def tune(body: str, *, meter: str = "4/4", key: str = "C") -> str:
    return f"X:1\nT:A page\nM:{meter}\nL:1/8\nK:{key}\n{body}\n"


@pytest.mark.parametrize("font", ["Leipzig", UNSEEN_FONT])
@pytest.mark.parametrize(
    "text",
    [
        tune("C2 D2 E4 | F3 G A/B/c/d/ e2 | f8 |]"),
        tune("^F2 =F2 _B2 B2 | ^^C2 __D2 z4 | z2 z3/ A/ z A c2 |]", key="D"),
        tune("(3ABc (3d2e2f2 g2 | (5:4:5A/B/c/d/e/ f2 g4 |]"),
        tune("[CEG]4 [DF]2 [B,G]2 | [EF]4 A4- | A4 (B2 c2) |]"),
        tune("{g}A3 {fga}B3 | A>B c2 d | e6 |]", meter="6/8", key="Bb"),
        tune("|: A2 B2 | c4 :: d4 | e2 f2 :|", meter="2/4", key="Eb"),
        tune("A,2 G,,2 | c'2 e'2 |]", meter="2/4"),
        tune("D,2 E,2 | F,2 A,2 |]", meter="2/4", key="G clef=bass"),
        tune("C2 D2 | [M:3/4] E2 F2 G2 | [K:A] A2 c2 e2 |]", meter="2/4"),
    ],
)
def test_a_page_is_read_as_it_was_engraved(text: str, font: str) -> None:
    found = read_back(text, font=font)
    assert notes_of(found.abc) == notes_of(text)


@settings(max_examples=6, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(-9, 9),
            st.sampled_from(["", "^", "_", "="]),
            st.sampled_from(["", "2", "3", "4", "/"]),
        ),
        min_size=4,
        max_size=24,
    ),
    st.sampled_from(["C", "G", "Ab", "E"]),
)
def test_any_notes_come_back(notes: list[tuple[int, str, str]], key: str) -> None:
    letters = "CDEFGAB"

    def letter(step: int) -> str:
        octave, index = divmod(step, 7)
        return (
            letters[index] + "," * -octave
            if octave < 1
            else letters[index].lower() + "'" * (octave - 1)
        )

    body = " ".join(f"{mark}{letter(step + 6)}{length} |" for step, mark, length in notes)
    text = tune(body, meter="none", key=key)
    assert notes_of(read_back(text, width=60).abc) == notes_of(text)


@pytest.mark.parametrize("space", [9.78, 11.3])
def test_flats_with_a_long_foot_keep_their_place(space: float) -> None:
    """Petaluma's flats reach lower than others'; read by their feet B flat and E flat were A and D."""
    found = read_back(tune("B2 e2 |]", meter="2/4", key="Bb"), font="Petaluma", staff_space=space)
    assert [field.value for field in read(found.abc).fields if field.name == "K"] == ["Bb"]


def test_the_signs_that_come_with_the_lab_are_those_it_would_engrave() -> None:
    shipped = shapes._shipped()
    assert shipped is not None, "draw them again: shapes.write_shipped()"
    drawn = shapes._cut_out(next(shapes._sheets()))
    for use, signs in drawn.items():
        for (name, sign), (known, vector) in zip(signs, shipped[use], strict=False):
            assert name == known
            assert np.abs(shape_of(sign, 10.0) - vector).max() < 0.01


def test_pieces_that_a_staff_line_cut_apart_are_one_sign() -> None:
    labels = np.zeros((40, 30), np.uint8)
    sharp, line = BY_NAME["accidental"].number, BY_NAME["staff_line"].number
    labels[5:25, 5:12] = sharp
    labels[14:16] = line  # through it
    labels[5:25, 16:20] = sharp  # another beside it
    labels[14:16, 16:20] = sharp
    pieces = components(labels, ["accidental"])
    assert [(each.left, each.top, each.bottom) for each in mended(pieces, 3)] == [
        (5, 5, 25),
        (16, 5, 25),
    ]
    assert len(mended(pieces, 1)) == len(pieces) == 3


def test_what_surrounds_the_notes_is_read_too() -> None:
    found = read(read_back(tune("A2 B2 | c2 d2 :|", meter="2/4", key="F")).abc)
    assert [field.value for field in found.fields if field.name in "MK"] == ["2/4", "F"]
    assert [line.text for line in found.barlines] == ["|", ":|"]


def test_endings_are_numbered() -> None:
    text = tune("A2 B2 |1 c2 d2 :|2 e2 f2 |]", meter="2/4")
    assert [line.endings for line in read(read_back(text).abc).barlines] == [(1,), (2,), ()]


def test_each_note_knows_its_place_on_the_page_and_in_the_text() -> None:
    found = read_back(tune("C2 D2 E4 |]"))
    assert [found.abc[slice(*sign.span)] for sign in found.signs] == ["C2", "D2", "E4"]
    lefts = [sign.box[2] for sign in found.signs]
    assert lefts == sorted(lefts)


def test_a_bent_scan_is_read() -> None:
    text = tune("A2 B2 c2 d2 | e2 f2 g2 a2 | g2 f2 e2 d2 | c8 |]", key="G")
    page = engrave_tune(text, Layout())
    _, mask = scan(page.image, page.mask, np.random.default_rng(3))
    assert notes_of(read_labels(mask, page.layout.staff_space).abc) == notes_of(text)


def test_unsure_pixels_make_an_unsure_note() -> None:
    page = engrave_tune(tune("C2 D2 E4 |]"), Layout())
    sure = np.full(page.mask.shape, 255, np.uint8)
    sign = read_labels(page.mask, 10.0, confidence=sure).signs[1]
    top, bottom, left, right = sign.box
    sure[top:bottom, left:right] = 120
    unsure = [each.confidence for each in read_labels(page.mask, 10.0, confidence=sure).signs]
    assert np.argmin(unsure) == 1
    assert unsure[1] == pytest.approx(120 / 255, rel=0.3)


def test_without_a_staff_nothing_is_invented() -> None:
    with pytest.raises(NoStaffError):
        read_labels(np.zeros((200, 300), np.uint8), 10.0)


def test_errors_are_counted_as_notes_to_change() -> None:
    a, b, c = (((60 + step,), Fraction(1)) for step in range(3))
    assert edit_distance([a, b, c], [a, b, c]) == 0
    assert edit_distance([a, c], [a, b, c]) == 1
    assert edit_distance([a, a, b, c], [a, b, c]) == 1
    assert edit_distance([], [a, b]) == 2
    assert edit_distance([c, b, a], [a, b, c]) == 2


def test_a_wrong_length_is_a_wrong_note_and_a_split_one_is_not_when_tied() -> None:
    assert score_notes(tune("C2 D4 |"), tune("C2 D2 |")).errors == 1
    assert score_notes(tune("C4- | C4 |"), tune("C8 |")).errors == 0
