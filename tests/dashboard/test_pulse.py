"""The beats of a tune as it is played: bars begin where they are written, pickups count from the end."""

import pytest

from dashboard.components.tune_player.pulse import pulse
from songrnn.notation.performance import perform
from songrnn.notation.reader import read


def beats(text: str) -> list[tuple[float, bool]]:
    reading = read(text)
    return [(round(s, 3), strong) for s, strong in pulse(reading, perform(reading).timeline())]


def test_each_beat_of_each_bar_at_the_tempo_of_the_tune() -> None:
    # 120 quarters a minute: half a second a beat.
    found = beats("X:1\nM:4/4\nL:1/4\nQ:1/4=120\nK:C\nCDEF|G4|\n")
    assert found == [(n / 2, n % 4 == 0) for n in range(8)]


def test_compound_meters_have_dotted_beats() -> None:
    found = beats("X:1\nM:6/8\nL:1/8\nQ:3/8=60\nK:C\nCDEFGA|c6|\n")
    assert found == [(0, True), (1, False), (2, True), (3, False)]


def test_a_pickup_is_counted_from_its_end_and_begins_no_bar() -> None:
    found = beats("X:1\nM:3/4\nL:1/8\nQ:1/4=60\nK:C\nE|C2D2E2|F2G2E|\n")
    assert found[:2] == [(0.5, True), (1.5, False)]
    found = beats("X:1\nM:3/4\nL:1/8\nQ:1/4=60\nK:C\nDEF|C2D2E2|\n")
    assert found[:2] == [(0.5, False), (1.5, True)]


def test_a_pickup_after_a_short_bar_goes_on_in_its_beats() -> None:
    """Of the second section as of the first, and each time round."""
    tune = "A|DFA dfa|bag fed|c2e ABc|d3 d2:|\nf|gfe dcB|AGF EFG|FED CDE|D3 D2:|\n"
    found = beats(f"X:1\nM:6/8\nL:1/8\nQ:3/8=60\nK:D\n{tune}")
    assert found == [(round(1 / 3 + n, 3), n % 2 == 0) for n in range(32)]
    # Three quavers: the second beat of the bar that they complete.
    found = beats("X:1\nM:6/8\nL:1/8\nQ:3/8=60\nK:D\nDFA dfa|b3:|\nfed|cde fga|b3|]\n")
    assert [seconds for seconds, _ in found] == list(range(10))
    assert [seconds for seconds, strong in found if strong] == [0, 2, 3, 5, 7, 9]


def test_repeats_are_unrolled() -> None:
    found = beats("X:1\nM:2/4\nL:1/4\nQ:1/4=60\nK:C\n|:CD:|EF|\n")
    assert [seconds for seconds, strong in found if strong] == [0, 2, 4]


@pytest.mark.parametrize("text", ["", "X:1\nK:C\n", "X:1\nM:none\nK:C\nCDE|\n", "|||:::", "{abc}"])
def test_nothing_to_count_gives_no_beat_or_one_a_bar(text: str) -> None:
    assert len(beats(text)) <= 1
