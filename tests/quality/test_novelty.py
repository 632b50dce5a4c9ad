"""What is copied is found, in whatever key and with small changes; what is new is not."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songrnn.notation.reader import read
from songrnn.notation.transpose import transpose
from songrnn.quality.novelty import NOTES, Index, _joined, _matches, suffix_array

HEADER = "X:1\nM:4/4\nL:1/8\nK:G\n"


@dataclass(frozen=True)
class Tune:
    id: str
    text: str


def tune(seed: int, notes: int = 64) -> Tune:
    rng = np.random.default_rng(seed)
    letters = rng.choice(list("DEFGABcdefg"), notes)
    bars = ["".join(letters[i : i + 8]) for i in range(0, notes, 8)]
    return Tune(f"tune-{seed}", HEADER + "|".join(bars) + "|\n")


TUNES = [tune(seed) for seed in range(40)]
INDEX = Index.build(TUNES)


@settings(deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=60))
def test_a_suffix_array_is_the_sorted_order_of_all_suffixes(symbols: list[int]) -> None:
    wanted = sorted(range(len(symbols)), key=lambda i: symbols[i:])
    assert suffix_array(np.array(symbols, np.uint16)).tolist() == wanted


def steps(text: str) -> list[int]:
    pitches = [event.pitches[-1] for event in read(text).events]
    return np.diff(pitches).tolist()


@settings(max_examples=25, deadline=None)
@given(st.integers(100, 10_000))
def test_the_longest_shared_run_is_that_of_a_search_by_hand(seed: int) -> None:
    song = tune(seed, 24)
    longest = _longest(steps(song.text))
    found = INDEX.look_up(song.text)
    assert found.longest_notes == (longest + 1 if longest else 0)
    assert INDEX.longest_notes(song.text) == found.longest_notes


def _longest(own: list[int]) -> int:
    corpora = [" ".join(map(str, [999, *steps(other.text), 999])) for other in TUNES]
    best = 0
    for at in range(len(own)):
        while at + best < len(own) and any(
            f" {' '.join(map(str, own[at : at + best + 1]))} " in corpus for corpus in corpora
        ):
            best += 1
    return best


def test_a_copy_is_found_with_its_source() -> None:
    found = INDEX.look_up(TUNES[7].text)
    assert found.nearest == "tune-7"
    assert found.nearest_share == 1
    assert found.seen_notes == found.seen_characters == 1
    assert found.longest_notes == 64
    body = TUNES[7].text.index("K:G\n") + 4
    assert found.longest_characters_span == (body, len(TUNES[7].text))
    assert found.longest_characters_tune == "tune-7"


@pytest.mark.parametrize("semitones", [-5, 2, 7])
@pytest.mark.parametrize("number", range(0, 40, 5))
def test_a_copy_with_small_changes_is_found_in_another_key(number: int, semitones: int) -> None:
    original = TUNES[number].text
    body = original.index("K:G\n") + 4
    changed = list(original)
    rng = np.random.default_rng(number)
    notes = [i for i in range(body, len(original)) if original[i].isalpha()]
    for place in rng.choice(notes, 4, replace=False):
        changed[place] = "B" if changed[place] != "B" else "d"
    found = INDEX.look_up(transpose(read("".join(changed)), semitones))
    assert found.nearest == TUNES[number].id
    assert found.nearest_share > 0.35
    assert found.longest_notes >= NOTES


def test_the_copied_parts_are_marked_in_both() -> None:
    piece = TUNES[3].text.split("\n")[4].split("|")[2:5]
    song = HEADER + "GGGG GGGG|" + "|".join(piece) + "|GGGG GGGG|\n"
    found = INDEX.marked(INDEX.look_up(song), song, TUNES[3])
    assert found.nearest == "tune-3"
    ((start, end),) = found.copied
    assert song[start:end].replace("|", "") in TUNES[3].text.replace("|", "")
    assert "".join(piece) in song[start:end].replace("|", "")
    ((first, last),) = found.source
    assert "".join(piece) in TUNES[3].text[first:last].replace("|", "")


def test_a_new_melody_is_new() -> None:
    found = INDEX.look_up(tune(777).text)
    assert found.nearest_share < 0.1
    assert found.seen_notes is not None
    assert found.seen_notes < 0.05


@pytest.mark.parametrize("song", ["", "X:1\n", "K:C\nA|", "(((", "K:C\n𝄞é|"])
def test_odd_songs_have_an_answer(song: str) -> None:
    found = INDEX.look_up(song)
    assert found.longest_notes == INDEX.longest_notes(song) <= 1
    assert found.nearest is None


def test_an_index_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    INDEX.write(tmp_path / "index.npz")
    again = Index.read(tmp_path / "index.npz")
    again.look_up(TUNES[5].text)
    again.write(tmp_path / "asked.npz")  # what asking left in memory stays out of the file
    with np.load(tmp_path / "index.npz") as first, np.load(tmp_path / "asked.npz") as second:
        assert set(first) == set(second)
    assert again.look_up(TUNES[5].text) == INDEX.look_up(TUNES[5].text)
    (tmp_path / "index.npz").write_bytes(b"PK nonsense")
    with pytest.raises((OSError, ValueError, KeyError)):
        Index.read(tmp_path / "index.npz")


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_of_tunes_that_part_late_the_one_that_goes_on_longest_is_found(seed: int) -> None:
    rng = np.random.default_rng(seed)
    common = rng.integers(3, 5, 150).astype(np.uint16)
    tunes = np.tile(common, (4, 1))
    tunes[range(4), rng.integers(66, 150, 4)] = rng.integers(1, 8, 4)
    lengths, places = _matches(_joined(list(tunes)), common)
    same = [int((np.append(each != common, True)).argmax()) for each in tunes]
    assert lengths[0] == max(same)
    tune, start = divmod(int(places[0]), len(common) + 1)
    assert (start, same[tune]) == (0, max(same))
