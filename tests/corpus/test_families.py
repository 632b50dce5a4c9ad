"""Near-duplicates, whatever their key."""

from hypothesis import given, settings
from hypothesis import strategies as st

from songrnn.corpus.families import families, intervals, key_signature, melody, split_of

TUNE = "DEFG ABcd|efga bagf|edcB AGFE|D2F2 A2d2|"


def test_the_key_sharpens_and_flattens() -> None:
    assert key_signature("D") == {"F": 1, "C": 1}
    assert key_signature("Gm") == {"B": -1, "E": -1}
    assert key_signature("Ador") == {"F": 1}
    assert key_signature("Bb") == {"B": -1, "E": -1}
    assert key_signature("none") == {}


def test_an_accidental_lasts_until_the_barline() -> None:
    assert melody("F=FF|F", "D") == (6, 5, 5, 6)


def test_what_is_no_note_is_not_read_as_one() -> None:
    assert melody('{g}A"Dm"B!trill!c[M:3/4]d\nK:G\n', "C") == (9, 11, 12, 14)


@settings(deadline=None)
@given(st.lists(st.integers(0, 60), max_size=30), st.integers(-20, 20))
def test_transposing_changes_no_interval(pitches: list[int], shift: int) -> None:
    assert intervals(pitches) == intervals([pitch + shift for pitch in pitches])


def test_a_tune_and_its_variant_in_another_key_are_one_family() -> None:
    variant = "EFGA Bcde|fgab c'bag|fedc BAGF|E2E2 E2e2|"
    other = "A2c2 e2a2|g2e2 c2A2|BcdB AGFE|D4 D4|"
    melodies = [
        intervals(melody(TUNE, "D")),
        intervals(melody(other, "C")),
        intervals(melody(variant, "E")),
    ]
    assert families(melodies) == [0, 1, 0]


def test_about_eight_in_ten_families_are_for_training() -> None:
    splits = [split_of(str(i).encode()) for i in range(5000)]
    assert 0.78 < splits.count("train") / 5000 < 0.82
    assert 0.085 < splits.count("test") / 5000 < 0.115
