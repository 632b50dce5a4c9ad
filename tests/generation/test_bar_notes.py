"""Bars taken apart: where a note begins and nothing is open, whatever stands in them."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songrnn.generation.forms.bar_notes import bare, joints, notes_of, pieces, stretch

HEADER = "M:4/4\nL:1/8\nK:C\n"


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ("A2 Bc", ["A2", "B", "c"]),
        ("{ga}A2 [Bd]2", ["{ga}A2", "[Bd]2"]),
        ("A>B (cd) c2", ["A>B", "(cd)", "c2"]),
        ("(3ABc .d2", ["(3ABc", ".d2"]),
        ('"Am"A2 "Dm/F"B2 c2', ['"Am"A2', '"Dm/F"B2', "c2"]),  # letters of chords are no notes
    ],
)
def test_a_bar_is_cut_where_nothing_is_open(content: str, texts: list[str]) -> None:
    assert [text for _, _, text in pieces(HEADER, content)] == texts


def test_a_stretch_holds_the_chord_symbol_of_its_first_note() -> None:
    assert stretch(HEADER, 'A2 "G"B2 c2', (Fraction(1), Fraction(2))) == ' "G"B2'


@given(st.text(alphabet="ABcdzx24/[] \"'(){}<>-^=.~`", max_size=40))
@settings(max_examples=200, deadline=None)
def test_joints_of_whatever_is_written_come_in_order(content: str) -> None:
    found = joints(HEADER, content)
    places = [place for _, place in found]
    assert places == sorted(set(places))
    assert all(0 <= place <= len(content) for place in places)
    if places[:1] == [0] and places[-1] == len(content) and notes_of(content):
        assert "".join(text for _, _, text in pieces(HEADER, content)) == bare(content)
