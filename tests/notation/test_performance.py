from fractions import Fraction

import pytest

from songrnn.notation.performance import Performance, default_tempo, perform
from songrnn.notation.reader import read

NAMES = {69: "A", 71: "B", 72: "c", 74: "d", 76: "e", 77: "f", 79: "g", 81: "a"}


def played(body: str, header: str = "L:1/4\nK:C\n") -> Performance:
    return perform(read(header + body))


def letters(body: str) -> str:
    return "".join(NAMES[note.pitches[0]] for note in played(body).notes)


@pytest.mark.parametrize(
    ("body", "heard"),
    [
        ("AB|cd|", "ABcd"),
        ("|:AB:|cd", "ABABcd"),
        ("AB:|cd:|", "ABABcdcd"),
        ("AB::cd:|", "ABABcdcd"),
        ("|:A:||:B:|", "AABB"),
        ("|::A::|B", "AAAB"),
        ("|:A|1B:|2c|]d", "ABAcd"),
        ("|:A [1B:|[2c||d", "ABAcd"),
        ("|:A[1,3B:|[2c:|[4d|]e", "ABAcABAde"),
        ("A|1B:|2c||d:|", "ABAcdd"),
        ("A2||B:|", "ABAB"),
        ("A:|B||c:|", "AABcc"),
        ("|:A|1B:|2c:|d", "ABAcd"),
    ],
)
def test_repeats_and_endings_are_played_in_order(body: str, heard: str) -> None:
    assert letters(body) == heard


def test_passes_bound_what_endings_ask_for() -> None:
    reading = read("L:1/4\nK:C\n|:A|1-99B:|\n")
    assert len(perform(reading, passes=3).notes) == 6


def test_many_repeats_do_not_multiply() -> None:
    assert len(played("|:A:|" * 500).notes) == 1000


def test_tied_notes_are_one_sound_with_all_their_characters() -> None:
    performance = played("A-|A-A B")
    first, second = performance.notes
    text = performance.reading.text
    assert first.duration_quarters == 3
    assert [text[slice(*span)] for span in first.spans] == ["A", "A", "A"]
    assert second.onset_quarters == 3


def test_of_a_tied_chord_only_the_common_notes_go_on() -> None:
    notes = played("[CE]-[CG]").notes
    found = {pitch: note.duration_quarters for note in notes for pitch in note.pitches}
    assert found == {60: 2, 64: 1, 67: 1}


def test_a_tie_into_a_repeat_joins_only_where_the_pitch_follows() -> None:
    notes = played("|:AB-:|B2").notes
    assert [note.duration_quarters for note in notes] == [1, 1, 1, 3]


def test_the_timeline_follows_the_repeats_back_to_the_characters() -> None:
    performance = played("AB:|c", header="Q:1/4=60\nL:1/4\nK:C\n")
    text = performance.reading.text
    assert [(s, text[a:b]) for s, a, b in performance.timeline()] == [
        (0.0, "A"), (1.0, "B"), (2.0, "A"), (3.0, "B"), (4.0, "c"), (5.0, ""),
    ]  # fmt: skip
    assert performance.seconds == 5


def test_another_tempo_stretches_the_timeline() -> None:
    performance = played("AB", header="Q:1/4=60\nL:1/4\nK:C\n")
    assert [line[0] for line in performance.timeline(tempo=120)] == [0, 0.5, 1]


def test_a_tempo_within_the_tune_holds_from_there_on_also_when_repeated() -> None:
    performance = played("|:A|[Q:1/4=120]B:|", header="Q:1/4=60\nL:1/4\nK:C\n")
    assert [line[0] for line in performance.timeline()] == [0, 1, 1.5, 2.5, 3]


def test_without_a_tempo_rhythm_or_meter_decide() -> None:
    assert default_tempo(read("R:reel\nK:C\nA\n")) == 200
    assert default_tempo(read("R:Jigs\nM:6/8\nK:C\nA\n")) == 168
    assert default_tempo(read("M:6/8\nK:C\nA\n")) == 150
    assert default_tempo(read("M:3/4\nK:C\nA\n")) == 120


def test_grace_notes_are_there_without_time() -> None:
    notes = played("{B}A").notes
    assert [(note.grace, note.duration_quarters) for note in notes] == [(True, 0), (False, 1)]


def test_nothing_to_play_lasts_no_time() -> None:
    performance = perform(read(""))
    assert performance.notes == ()
    assert performance.quarters == Fraction(0)
    assert performance.timeline() == ((0.0, 0, 0),)
