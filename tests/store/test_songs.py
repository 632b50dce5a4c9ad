"""Kept songs: one id for one song, one file each."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from songrnn.config import SampleConfig
from songrnn.errors import RunError
from songrnn.paths import repository_root
from songrnn.store.songs import (
    DamagedSong,
    KeptSong,
    Variation,
    keep_song,
    list_songs,
    new_song,
    read_songs,
    remove_song,
    song_id,
    write_song,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of the run that the songs are of."""
    (tmp_path / "mine").mkdir()
    return tmp_path / "mine"


def song(seed: int = 1, temperature: float = 0.8, prime: str = "X:1\n") -> KeptSong:
    return new_song(
        "mine",
        f"{prime}K:D\nabc{seed}",
        SampleConfig(temperature=temperature),
        prime=prime,
        seed=seed,
        stopped_by="end",
        log_probabilities=[-0.5, -1.0],
    )


def test_the_id_is_over_run_settings_seed_and_text() -> None:
    config = SampleConfig(temperature=0.8)
    ids = {
        song_id("mine", config, "X:1\n", 1, "X:1\nabc"),
        song_id("yours", config, "X:1\n", 1, "X:1\nabc"),
        song_id("mine", SampleConfig(temperature=0.9), "X:1\n", 1, "X:1\nabc"),
        song_id("mine", config, "X:2\n", 1, "X:1\nabc"),
        song_id("mine", config, "X:1\n", 2, "X:1\nabc"),
        song_id("mine", config, "X:1\n", 1, "X:1\nabd"),  # the run was trained anew
    }
    assert len(ids) == 6
    assert song_id("mine", config, "X:1\n", 1, "X:1\nabc") in ids
    assert all(len(id) == 12 for id in ids)


def test_a_variation_says_of_which_song_and_how_and_older_files_say_nothing(folder: Path) -> None:
    made = Variation(of=song().id, title="The Kite", rule="transposed", semitones=3)
    varied = song(2).model_copy(update={"variation": made})
    path = keep_song(folder, varied)
    assert read_songs(folder) == [varied]
    assert made.words() == "“The Kite” transposed up 3 semitones"
    written = json.loads(path.read_text())
    del written["variation"]
    path.write_text(json.dumps(written))
    (older,) = read_songs(folder)
    assert older.variation is None
    keep_song(folder, varied)
    keep_song(folder, song(2))  # the same song, by someone who does not know
    assert [each.variation for each in read_songs(folder)] == [made]


def test_shipped_songs_have_the_ids_that_they_would_get_today() -> None:
    """A new setting must not change them: a song composed again is then kept twice."""
    songs = [
        KeptSong.read(path) for path in (repository_root() / "checkpoints").glob("*/songs/*.json")
    ]
    assert len(songs) >= 18
    for each in songs:
        assert each.id == song_id(each.run, each.config, each.prime, each.seed, each.text)


def test_a_setting_that_is_in_use_is_part_of_the_id() -> None:
    plain, in_turn = SampleConfig(top_k=5), SampleConfig(top_k=5, filters_in_turn=True)
    assert song_id("mine", plain, "", 1, "abc") != song_id("mine", in_turn, "", 1, "abc")


def test_a_kept_song_comes_back_whole(folder: Path) -> None:
    kept = song()
    write_song(folder, kept)
    assert read_songs(folder) == [kept]
    assert kept.log_probability == -1.5


def test_the_same_song_is_kept_once(folder: Path) -> None:
    keep_song(folder, song(seed=1))
    keep_song(folder, song(seed=1))
    keep_song(folder, song(seed=2))
    assert len(read_songs(folder)) == 2


def test_a_song_kept_again_keeps_what_was_noted_on_it(folder: Path) -> None:
    noted = song().model_copy(update={"star": True, "tags": ("a",), "notes": "my favourite"})
    write_song(folder, noted)
    keep_song(folder, song().model_copy(update={"figures": {"bars": 8}}))
    (kept,) = read_songs(folder)
    assert kept == noted.model_copy(update={"figures": {"bars": 8}})


def test_a_damaged_song_does_not_hinder_keeping_it_anew(folder: Path) -> None:
    write_song(folder, song()).write_text("{")
    keep_song(folder, song())
    assert len(read_songs(folder)) == 1


def test_a_song_that_cannot_be_read_hides_no_other(folder: Path) -> None:
    path = write_song(folder, song(seed=1))
    write_song(folder, song(seed=2))
    path.write_text("{")
    assert [kept.seed for kept in read_songs(folder)] == [2]


def test_a_removed_song_is_gone(folder: Path) -> None:
    kept = song()
    write_song(folder, kept)
    remove_song(folder, kept.id)
    assert read_songs(folder) == []


def test_an_id_never_leads_out_of_the_folder(folder: Path) -> None:
    with pytest.raises(RunError, match="12 hex digits"):
        remove_song(folder, "../run")


def test_a_copied_folder_owns_its_songs(folder: Path) -> None:
    write_song(folder, song())
    copy = folder.with_name("copy")
    shutil.copytree(folder, copy)
    (kept,) = read_songs(copy)
    assert kept.run == "copy"
    assert [one.run for one in read_songs(folder)] == ["mine"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"seed": -1}, "seed"),
        ({"created": "2026-01-01T00:00:00"}, "created"),  # no time zone: could not be ordered
        ({"figures": {"right_bars": "many"}}, "right_bars"),
        ({"config": {"temperature": -3}}, "temperature"),
        ({"log_probability": 1e999}, "log_probability"),
        ({"id": "0" * 12}, "song"),
    ],
)
def test_a_damaged_song_is_named_with_its_reason(
    folder: Path, change: dict[str, Any], why: str
) -> None:
    path = write_song(folder, song(seed=1))
    good = song(seed=2)
    write_song(folder, good)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    first, second = list_songs(folder)
    assert first == good
    assert isinstance(second, DamagedSong)
    assert second.name == path.stem
    assert why in second.reason
