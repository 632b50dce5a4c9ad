"""Characters and ids."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songrnn.corpus.vocabulary import END, START, Vocabulary
from songrnn.errors import CorpusError, UnknownCharacterError

texts = st.lists(st.text(max_size=20), min_size=1, max_size=5)


@settings(deadline=None)
@given(texts)
def test_decoding_undoes_encoding(parts: list[str]) -> None:
    vocabulary = Vocabulary.of(parts)
    for part in parts:
        assert vocabulary.decode(vocabulary.encode(part)) == part


def test_start_and_end_come_first_and_spell_nothing() -> None:
    vocabulary = Vocabulary.of(["ba"])
    assert vocabulary.decode([START, *vocabulary.encode("ab"), END]) == "ab"
    assert vocabulary.encode("ab").tolist() == [2, 3]
    assert vocabulary.encode("").dtype == np.int64


def test_an_unknown_character_is_named_with_its_place() -> None:
    with pytest.raises(UnknownCharacterError, match="'é' at line 2, column 3") as error:
        Vocabulary.of(["abc\n"]).encode("abc\nabé")
    assert error.value.position == 6


def test_the_order_of_ids_does_not_depend_on_the_order_of_a_set() -> None:
    code = (
        "from songrnn.corpus.vocabulary import Vocabulary;"
        "print(Vocabulary.of(['zebra quick', 'FOX|:12']).characters)"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2", "3")
    }
    assert len(outputs) == 1


@pytest.mark.parametrize("characters", [("b", "a"), ("a", "a"), ("ab",)])
def test_a_vocabulary_that_would_mix_up_ids_is_refused(characters: tuple[str, ...]) -> None:
    with pytest.raises(CorpusError):
        Vocabulary(characters)
