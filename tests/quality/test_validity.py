"""Each figure of a song, on songs of which it is known."""

import pytest

from songrnn.quality.form import MEANINGS as FORM
from songrnn.quality.validity import MEANINGS, assess, shares

HEADER = "X:1\nM:2/4\nL:1/8\nK:D\n"
EIGHT = "DFAF|GABc|dcBA|GFED|DFAF|GABc|dcBA|d4|]\n"


def test_a_sound_song_is_well_formed_and_ends_at_home() -> None:
    found = assess(HEADER + EIGHT, ended=True)
    assert found.well_formed
    assert (found.bars, found.right_bars, found.errors) == (8, 1, 0)
    assert found.ends_on_tonic
    assert found.in_key == 1
    assert (found.lowest, found.highest, found.range) == (62, 74, 12)
    # Bars five to seven say what one to three said.
    assert found.repeated_bars == pytest.approx(3 / 8)


@pytest.mark.parametrize(
    ("text", "ended"),
    [
        (HEADER + EIGHT.replace("GABc|", "GAB|", 1), True),  # a short bar
        (HEADER + EIGHT, False),  # cut
        (HEADER + EIGHT.replace("DFAF|", "[DFAF|", 1), True),  # an open chord
        (HEADER + "DFAF|d4|]\n", True),  # a snatch
    ],
)
def test_what_makes_a_song_ill_formed(text: str, ended: bool) -> None:
    assert not assess(text, ended=ended).well_formed


def test_a_full_last_bar_before_a_pickup_and_an_unknown_character_leave_a_song_well_formed() -> (
    None
):
    full = HEADER + "|:A|" + EIGHT.replace("|]", ":|")
    for text in (full, HEADER + EIGHT.replace("DFAF|", "DéFAF|", 1)):
        assert assess(text, ended=True).well_formed, text
    assert assess(full, ended=True).right_bars < 1


def test_notes_outside_the_key_in_force_are_counted() -> None:
    assert assess(HEADER + "DF^GA|").in_key == 3 / 4
    assert assess(HEADER + "DFAc|[K:C]FcDA|").in_key == 1  # F and c are natural from there on


def test_a_song_may_end_elsewhere_or_have_no_tonic() -> None:
    assert assess(HEADER + "DFAd|A4|").ends_on_tonic is False
    assert assess("X:1\nM:2/4\nL:1/8\nK:none\nDFAd|").ends_on_tonic is None


@pytest.mark.parametrize(
    ("body", "form"),
    [
        ("|:DFAF|GABc:|:dcBA|d4:|\n", "AABB"),
        ("DFAF|GABc||dcBA|d4||DFAF|GABc|]\n", "ABA"),
        ("DFAF|GABc|]\n", "A"),
        ("", ""),
    ],
)
def test_form_names_sections_that_say_the_same_alike(body: str, form: str) -> None:
    assert assess(HEADER + body).form == form


def test_nothing_to_measure_is_none_not_a_number() -> None:
    found = assess("")
    assert (found.right_bars, found.in_key, found.ends_on_tonic, found.range) == (None,) * 4
    assert not found.well_formed


def test_every_figure_of_the_page_has_its_meaning_and_its_values() -> None:
    songs = [assess(HEADER + EIGHT, ended=True), assess("", ended=False)]
    values = shares(songs)
    assert set(values) <= {*MEANINGS, *FORM}
    assert values["well_formed"].tolist() == [1, 0]
    assert values["right_bars"].tolist() == [1]
