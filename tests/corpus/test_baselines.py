"""Baselines: what simpler predictors make of the same symbols."""

import json
import math
from collections import Counter
from pathlib import Path

import pyppmd
import pytest

from songrnn.corpus.baselines import (
    measure_baselines,
    ngram_bits_per_character,
    ppmd_bits_per_character,
    stored_baselines,
)
from songrnn.corpus.tunebook import Tunebook
from songrnn.errors import CorpusError

TRAIN = ["abab", "abba", "baab", "aab"]
SPLIT = ["abaab", "c"]


def plain_ngram(train: list[str], split: list[str], order: int) -> float:
    """The same definition, written as one would on paper: dictionaries and recursion."""
    alphabet = [*sorted(set("".join(train + split))), "END"]

    def places(text: str) -> list[tuple[tuple[str, ...], str]]:
        symbols = [*text, "END"]
        return [(("START", *symbols[:i]), symbol) for i, symbol in enumerate(symbols)]

    counts = []
    for n in range(1, order + 1):
        found = Counter((h[-(n - 1) :] if n > 1 else (), s) for t in train for h, s in places(t))
        counts.append(found)

    def probability(history: tuple[str, ...], symbol: str, n: int) -> float:
        if n == 0:
            return 1 / len(alphabet)
        lower = probability(history, symbol, n - 1)
        h = history[-(n - 1) :] if n > 1 else ()
        after = {s: count for (g, s), count in counts[n - 1].items() if g == h}
        if not after:
            return lower
        return (after.get(symbol, 0) + len(after) * lower) / (sum(after.values()) + len(after))

    logs = [-math.log2(probability(h, s, order)) for t in split for h, s in places(t)]
    return sum(logs) / len(logs)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_ngrams_equal_the_definition_on_paper(order: int) -> None:
    got = ngram_bits_per_character(TRAIN, SPLIT, orders=[order])
    assert got == {order: pytest.approx(plain_ngram(TRAIN, SPLIT, order), abs=1e-12)}


def test_ppmd_counts_only_what_the_split_adds() -> None:
    def size(data: bytes) -> int:
        encoder = pyppmd.Ppmd7Encoder(3, 1 << 24)
        return len(encoder.encode(data)) + len(encoder.flush())

    train, split = ["abc" * 50] * 20, ["abc" * 50, "cba" * 50]
    ids = bytes.maketrans(b"abc", bytes([2, 3, 4]))
    before = b"".join(t.encode().translate(ids) + b"\1" for t in train)
    after = b"".join(t.encode().translate(ids) + b"\1" for t in split)
    want = 8 * (size(before + after) - size(before)) / (2 * 151)
    assert ppmd_bits_per_character(train, split, order=3) == pytest.approx(want)


def test_a_split_like_training_costs_less_than_noise() -> None:
    train = ["GABc dedB"] * 30
    assert ppmd_bits_per_character(train, ["GABc dedB"]) < ppmd_bits_per_character(
        train, ["B dcGAeBd"]
    )


def test_baselines_are_kept_with_the_hash_of_the_tunes(tmp_path: Path, folk: Tunebook) -> None:
    small = Tunebook("small", folk.tunes[:80])
    first = measure_baselines(small, data_directory=tmp_path)
    assert set(first["validation"]) == {*(f"ngram_{n}" for n in range(1, 11)), "ppmd_12"}
    assert stored_baselines(small, data_directory=tmp_path) == first
    assert stored_baselines(Tunebook("small", folk.tunes[:79]), data_directory=tmp_path) is None
    file = tmp_path / "small" / "baselines.json"
    file.write_text(json.dumps({"sha256": small.sha256, "baselines": {"validation": {"x": 1.0}}}))
    assert measure_baselines(small, data_directory=tmp_path) == {"validation": {"x": 1.0}}


def test_baselines_kept_by_a_former_version_are_read(tmp_path: Path, folk: Tunebook) -> None:
    small = Tunebook("small", folk.tunes[:80])
    file = tmp_path / "small" / "floors.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"sha256": small.sha256, "floors": {"validation": {"x": 1.0}}}))
    assert stored_baselines(small, data_directory=tmp_path) == {"validation": {"x": 1.0}}


def test_no_tunes_no_baseline() -> None:
    with pytest.raises(CorpusError):
        ppmd_bits_per_character(["abc"], [])
    with pytest.raises(CorpusError):
        ngram_bits_per_character([], ["abc"])
