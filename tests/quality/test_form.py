"""What a song says again and how its sections are built, on songs of which it is known."""

import pytest

from songrnn.notation.reader import read
from songrnn.quality.form import form_of, sections

HEADER = "X:1\nM:2/4\nL:1/8\nK:D\n"


def test_bars_are_compared_at_their_distances() -> None:
    found = form_of(read(HEADER + "DFAF|DFAF|GABc|d4|DFAF|dcBA|GABc|d4|]\n"))
    assert found.repeats_1 == pytest.approx(1 / 7)
    assert found.repeats_2 == 0
    assert found.repeats_4 == pytest.approx(3 / 4)
    assert found.repeats_8 is None
    assert found.fifth_is_first == 1


def test_a_pickup_has_no_place_in_a_section() -> None:
    (one,) = sections(read(HEADER + "A|DFAF|GABc|dcBA|d4|DFAF|GABc|dcBA|d3|]\n"))
    assert len(one.places) == 8
    assert one.length == 8
    assert form_of(read(HEADER + "A|DFAF|GABc|dcBA|d4|DFAF|GABc|dcBA|d3|]\n")).fifth_is_first == 1


def test_only_the_first_ending_counts_in_a_sections_length() -> None:
    text = HEADER + "|:DFAF|GABc|dcBA|1A4:|2d4||\n"
    (one,) = sections(read(text))
    assert one.length == 4
    assert form_of(read(text)).square_sections == 1


def test_sections_are_told_by_their_last_notes_and_endings() -> None:
    found = form_of(read(HEADER + "|:DFAF|GABc|AGFE|D4:|:dcBA|GFED|AGFE|D4:|\n"))
    assert (found.sections_on_tonic, found.endings_alike) == (1, 1)
    found = form_of(read(HEADER + "|:DFAF|GABc|AGFE|D4:|:dcBA|GFED|AGFE|A4:|\n"))
    assert (found.sections_on_tonic, found.endings_alike) == (0.5, 0.5)


def test_leaps_are_wider_than_a_fifth() -> None:
    assert form_of(read(HEADER + "DADd|D4|\n")).leaps == pytest.approx(2 / 4)


def test_nothing_to_measure_is_none() -> None:
    assert set(vars(form_of(read(""))).values()) == {None}
