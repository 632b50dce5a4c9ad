"""Near-duplicates, whatever their key."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songrnn.corpus.families import (
    SHARED_AT_LEAST,
    SHARED_PORTION,
    SHINGLE,
    alike_by_letters,
    families,
    intervals,
    key_signature,
    melody,
    split_of,
)

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


def test_the_same_letters_in_another_mode_are_found_where_semitones_differ() -> None:
    dorian, minor = (f"X:1\nM:4/4\nK:{key}\n{TUNE}\n" for key in ("Ador", "Bbm"))
    assert families([intervals(melody(TUNE, key)) for key in ("Ador", "Bbm")]) == [0, 1]
    other = "X:1\nM:4/4\nK:D\nA2c2 e2a2|g2e2 c2A2|BcdB AGFE|D4 D4|\n"
    assert alike_by_letters([dorian], [other, minor]).tolist() == [False, True]
    assert alike_by_letters([], [other]).tolist() == [False]


def test_about_eight_in_ten_families_are_for_training() -> None:
    splits = [split_of(str(i).encode()) for i in range(5000)]
    assert 0.78 < splits.count("train") / 5000 < 0.82
    assert 0.085 < splits.count("test") / 5000 < 0.115


def by_pairs(melodies: list[bytes]) -> list[int]:
    """The definition, pair by pair."""
    runs = [{m[i : i + SHINGLE - 1] for i in range(len(m) - SHINGLE + 2)} for m in melodies]
    first = list(range(len(melodies)))
    for i, own in enumerate(runs):
        for j, other in enumerate(runs[:i]):
            shared = len(own & other)
            if shared >= SHARED_AT_LEAST and shared >= SHARED_PORTION * min(len(own), len(other)):
                low, high = sorted((first[i], first[j]))
                first = [low if root == high else root for root in first]
    return first


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from([0, 1, 200]), max_size=40).map(bytes), max_size=12))
def test_families_are_what_pairs_of_alike_tunes_connect(melodies: list[bytes]) -> None:
    assert families(melodies) == by_pairs(melodies)


def test_families_do_not_depend_on_how_many_tunes_are_compared_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = random.Random(5)
    melodies = [bytes(rng.choices([0, 1, 2], k=rng.randint(0, 60))) for _ in range(80)]
    whole = families(melodies)
    monkeypatch.setattr("songrnn.corpus.families._PAIRS_AT_A_TIME", 40)
    assert families(melodies) == whole == by_pairs(melodies)
