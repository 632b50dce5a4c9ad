"""Transposed copies for training: the same melodies, in keys that the tunes themselves have."""

from collections import Counter

import numpy as np
import pytest

from songrnn.corpus.augmentation import FURTHEST, Transpositions
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.notation.reader import read

BODIES = ("DFA d2f|edB AFD|", "GBd g2d|e^cA G3|", "A,CE A2c|BAG A3|")
KEYS = ("D", "D", "D", "G", "A", "Am", "Em")
TEXTS = [f"X:1\nM:6/8\nL:1/8\nK:{key}\n{body}\n" for key in KEYS for body in BODIES]
EVERYTHING = "".join(TEXTS) + "BCDEFGabcdefg^_=,'#b2"
VOCABULARY = Vocabulary.of([EVERYTHING])


def pitches(text: str) -> list[int]:
    return [pitch for event in read(text).events for pitch in event.pitches]


def key(text: str) -> str:
    return text.split("K:")[1].split("\n")[0]


def drawn(share: float, seed: int = 0) -> list[str]:
    tunes = Transpositions(TEXTS, VOCABULARY, share).draw(np.random.default_rng(seed))
    return [VOCABULARY.decode(ids) for ids in tunes]


def test_every_copy_is_the_same_melody_shifted_by_no_more_than_half_an_octave() -> None:
    moved = 0
    for seed in range(5):
        for text, copy in zip(TEXTS, drawn(1.0, seed), strict=True):
            shifts = set(np.subtract(pitches(copy), pitches(text)).tolist())
            assert len(shifts) == 1
            assert abs(shifts.pop()) <= FURTHEST
            moved += copy != text
    assert moved > 0


def test_keys_are_drawn_as_often_as_tunes_of_the_mode_have_them() -> None:
    found = Counter(key(copy) for seed in range(300) for copy in drawn(1.0, seed))
    assert set(found) == set(KEYS)
    major = sum(found[name] for name in "DGA")
    assert found["D"] / major == pytest.approx(3 / 5, abs=0.03)
    assert found["Am"] / (found["Am"] + found["Em"]) == pytest.approx(1 / 2, abs=0.04)


def test_without_a_share_every_tune_is_itself_and_nothing_is_drawn() -> None:
    rng = np.random.default_rng(3)
    before = rng.bit_generator.state
    tunes = Transpositions(TEXTS, VOCABULARY, 0.0).draw(rng)
    assert [VOCABULARY.decode(ids) for ids in tunes] == TEXTS
    assert rng.bit_generator.state == before


def test_a_share_moves_about_that_many_and_a_seed_says_which() -> None:
    assert drawn(0.5, 1) == drawn(0.5, 1)
    assert drawn(0.5, 1) != drawn(0.5, 2)
    half = np.mean([a != b for s in range(40) for a, b in zip(TEXTS, drawn(0.5, s), strict=True)])
    whole = np.mean([a != b for s in range(40) for a, b in zip(TEXTS, drawn(1.0, s), strict=True)])
    assert half == pytest.approx(whole / 2, abs=0.05)


def test_a_copy_with_unknown_characters_is_replaced_by_the_original() -> None:
    poor = Vocabulary.of(TEXTS[:3])  # knows no key but D
    rng = np.random.default_rng(0)
    tunes = Transpositions(TEXTS[:3], poor, 1.0)
    assert [poor.decode(ids) for ids in tunes.draw(rng)] == TEXTS[:3]


def test_a_tune_without_a_key_stays() -> None:
    text = "X:1\nM:6/8\nL:1/8\nDFA d2f|\n"
    (ids,) = Transpositions([text], VOCABULARY, 1.0).draw(np.random.default_rng(0))
    assert VOCABULARY.decode(ids) == text
