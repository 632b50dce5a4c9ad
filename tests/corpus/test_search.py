"""Finding tunes: every word counts, in any field, capitals aside."""

import pytest

from songrnn.corpus.search import search
from songrnn.corpus.tunebook import Tune


def tune(title: str, rhythm: str, text: str) -> Tune:
    return Tune(
        id=title, number="1", title=title, rhythm=rhythm, meter="6/8", unit_length="1/8", key="D",
        text=text, source="birds", family=title, split="train",
    )  # fmt: skip


TUNES = [tune("The Lark", "Jig", "DFA dfa|"), tune("The Wren", "reel", "GABc d2|")]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", ["The Lark", "The Wren"]),
        ("LARK", ["The Lark"]),
        ("the reel", ["The Wren"]),
        ("gabc", ["The Wren"]),
        ("birds", ["The Lark", "The Wren"]),
        ("lark reel", []),
    ],
)
def test_every_word_must_be_in_some_field(words: str, found: list[str]) -> None:
    assert [tune.title for tune in search(TUNES, words)] == found
