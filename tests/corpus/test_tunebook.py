"""Tunes and tunebooks, in memory and in a folder."""

import json
import os
import re
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from songrnn.corpus.tunebook import Failure, Tune, Tunebook, tune_id
from songrnn.errors import CorpusError, StorageError


def tune(text: str, split: str = "train") -> Tune:
    id = tune_id(text)
    return Tune(id, "7", "A title", "", "6/8", "", "D", text, "here", id, split)  # type: ignore[arg-type]


BOOK = Tunebook(
    "small",
    (
        tune("X:1\nK:D\ndef|\n"),
        tune("X:1\nT:É\u2028\nK:D\nA B\n", "validation"),
        tune("X:1\nK:D\nd\n"),
    ),
    (Failure("here", "8", "Too long", "it has 4000 characters"),),
)


def test_a_book_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    BOOK.write(tmp_path / "small")
    assert Tunebook.read(tmp_path / "small") == BOOK


def test_a_split_keeps_the_order_of_the_book() -> None:
    assert BOOK.split("train") == (BOOK.tunes[0], BOOK.tunes[2])
    assert BOOK.split("test") == ()


def test_a_tune_is_found_by_its_id_and_a_missing_one_named() -> None:
    assert BOOK.find(BOOK.tunes[1].id) is BOOK.tunes[1]
    with pytest.raises(CorpusError, match="'nothing'"):
        BOOK.find("nothing")


def test_characters_are_those_of_all_tunes_in_code_point_order() -> None:
    assert BOOK.characters == "".join(sorted(set("".join(t.text for t in BOOK.tunes))))
    assert BOOK.characters.endswith("É\u2028")


def test_texts_splits_and_their_order_decide_the_hash_and_titles_do_not() -> None:
    first, second, third = BOOK.tunes
    assert replace(BOOK, tunes=(replace(first, title="B"), second, third)).sha256 == BOOK.sha256
    changed = [
        (second, first, third),
        (replace(first, split="test"), second, third),
        (replace(first, text=first.text + " "), second, third),
        (first, second),
    ]
    assert len({BOOK.sha256, *(replace(BOOK, tunes=tunes).sha256 for tunes in changed)}) == 5


FILES = ["corpus.json", "tunes.jsonl", "failures.jsonl"]
DAMAGE = [None, b"", b"{", b'{"id": 1}\n', b"\xff\xfe"]
# An empty list of failures is no damage.
CASES = [pair for pair in product(FILES, DAMAGE) if pair != ("failures.jsonl", b"")]


@pytest.mark.parametrize(("file", "damage"), CASES)
def test_a_damaged_file_is_one_named_error(tmp_path: Path, file: str, damage: bytes | None) -> None:
    BOOK.write(tmp_path)
    if damage is None:
        (tmp_path / file).unlink()
    else:
        (tmp_path / file).write_bytes(damage)
    with pytest.raises(CorpusError, match=re.escape(str(tmp_path))):
        Tunebook.read(tmp_path)


def test_a_book_that_cannot_be_written_says_where(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="'small'"):
        BOOK.write(tmp_path / "file" / "small")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("file", ["corpus.json", "tunes.jsonl", "failures.jsonl"])
@pytest.mark.parametrize("kind", ["a pipe", "endless", "huge", "deep", "of wrong types"])
def test_files_of_another_kind_are_one_named_error(tmp_path: Path, file: str, kind: str) -> None:
    BOOK.write(tmp_path)
    path = tmp_path / file
    first = json.loads(path.read_text(encoding="utf-8").split("\n")[0])
    path.unlink()
    if kind == "a pipe":
        os.mkfifo(path)
    elif kind == "endless":
        path.symlink_to("/dev/zero")
    elif kind == "huge":
        with path.open("wb") as stream:
            stream.truncate(1 << 40)  # a hole: takes no room
    elif kind == "deep":
        path.write_text("[" * 200_000)
    else:
        path.write_text(json.dumps({key: [7] for key in first}) + "\n")
    with pytest.raises(CorpusError, match="cannot be read"):
        Tunebook.read(tmp_path)
