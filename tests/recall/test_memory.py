"""What a tune's memory proposes, source by source, and that it never looks ahead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songrnn.recall.memory import LAGS, SHORTEST_SUFFIX, SOURCES, Proposal, TuneMemory, memories

HEADER = "X:1\nK:C\n"
texts = st.text(alphabet="AB c2|:\n1[]K:", max_size=80).map(lambda tail: HEADER + tail)


def proposed(text: str) -> dict[str, tuple[str, int]]:
    """Source -> (the character, how many agree before it) after that text."""
    memory = TuneMemory(text)
    return {SOURCES[p.source]: (memory.text[p.place], p.agreeing) for p in memory.proposals()}


def test_the_counterpart_of_a_bar_is_proposed_while_the_bars_agree() -> None:
    text = HEADER + "GABc|dedB|GA"
    assert proposed(text)["lag-2"] == ("B", 3)
    assert "lag-1" not in proposed(text)
    assert "lag-2" not in proposed(text + "c")


def test_the_barline_itself_is_proposed_at_the_end_of_a_repeated_bar() -> None:
    assert proposed(HEADER + "GABc|dedB|GABc")["lag-2"][0] == "|"


def test_a_bar_that_agrees_is_found_however_long_ago() -> None:
    bars = "GABc|" + "dedB|" * 20 + "GA"
    assert proposed(HEADER + bars)["latest"] == ("B", 3)
    assert "lag-16" not in proposed(HEADER + bars)


def test_a_bar_begins_behind_its_lead() -> None:
    for lead in ("", " ", "\n", "1 ", "[2 ", ":"):
        assert proposed(HEADER + f"GABc|dedB|{lead}GA")["lag-2"] == ("B", 3), lead


def test_at_a_bars_beginning_each_lag_proposes_what_that_bar_began_with() -> None:
    found = proposed(HEADER + "GABc|dedB|")
    assert (found["lag-2"], found["lag-1"]) == (("G", 0), ("d", 0))


def test_the_suffix_is_where_the_latest_characters_stood_before() -> None:
    assert proposed("X:1\nT:Tra la la\nR:Tra la l")["suffix"] == ("a", 9)
    assert "suffix" not in proposed("abcab")


def test_whether_the_bar_before_was_repeated_too() -> None:
    memory = TuneMemory(HEADER + "GABc|dedB|GABc|d")
    follows = {SOURCES[p.source]: p.follows for p in memory.proposals()}
    assert follows["lag-2"] == 2
    memory = TuneMemory(HEADER + "GABc|dedB|eeee|d")
    assert {SOURCES[p.source]: p.follows for p in memory.proposals()}["lag-2"] == 1


def by_definition(text: str) -> list[Proposal]:
    """The suffix's proposal from its definition, by trying every place."""
    best = (0, 0)
    for place in range(1, len(text)):
        n = 0
        while n < place and text[place - 1 - n] == text[len(text) - 1 - n]:
            n += 1
        best = max(best, (n, place))
    found = best[0] >= SHORTEST_SUFFIX
    return [Proposal(len(SOURCES) - 1, best[1], best[0], 0)] if found else []


@given(texts)
def test_the_suffix_follows_its_definition(text: str) -> None:
    found = [p for p in TuneMemory(text).proposals() if SOURCES[p.source] == "suffix"]
    assert found == by_definition(text)


@given(texts)
def test_every_place_lies_in_the_past_and_what_a_bar_agrees_on_is_there_twice(text: str) -> None:
    for t, memory in enumerate(memories(text)):
        seen = set()
        for p in memory.proposals():
            assert 0 <= p.place < t
            assert p.source not in seen
            seen.add(p.source)
            agreeing = p.agreeing - (p.source < len(SOURCES) - 1)
            if agreeing > 0:
                assert text[p.place - agreeing : p.place] == text[t - agreeing : t]


@given(texts, st.text(alphabet="AB|c", max_size=5))
def test_what_comes_later_changes_nothing(text: str, tail: str) -> None:
    early = [memory.proposals() for memory in memories(text)]
    assert [memory.proposals() for memory in memories(text + tail)][: len(early)] == early


@pytest.mark.parametrize(
    "text", ["", "|", "K:", "K:\n", "\nK:\n|||", "K:C\n::|1[2", "\x00\U0001f3bc"]
)
def test_any_text_can_be_followed(text: str) -> None:
    assert len([memory.proposals() for memory in memories(text)]) == len(text) + 1
    assert tuple(sorted(LAGS)) == LAGS


@given(texts, st.text(alphabet="AB c2|:\n1[]K:", max_size=20), st.integers(0, 80))
def test_a_copy_goes_on_by_itself(text: str, other: str, length: int) -> None:
    memory = TuneMemory(text[:length])
    copied = memory.copy()
    for character in other:
        copied.feed(character)
    for character in text[length:]:
        memory.feed(character)
    assert memory.proposals() == TuneMemory(text).proposals()
    assert copied.proposals() == TuneMemory(text[:length] + other).proposals()
