"""Kept songs: one id for one song, one file each."""

from pathlib import Path

import pytest

from songrnn.config import SampleConfig
from songrnn.errors import RunError
from songrnn.store.songs import (
    KeptSong,
    find_song,
    keep_song,
    new_song,
    read_songs,
    remove_song,
    song_id,
    write_song,
)


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


def test_a_kept_song_comes_back_whole(tmp_path: Path) -> None:
    kept = song()
    write_song(tmp_path, kept)
    assert read_songs(tmp_path) == [kept]
    assert find_song(tmp_path, kept.id) == kept
    assert kept.log_probability == -1.5


def test_the_same_song_is_kept_once(tmp_path: Path) -> None:
    keep_song(tmp_path, song(seed=1))
    keep_song(tmp_path, song(seed=1))
    keep_song(tmp_path, song(seed=2))
    assert len(read_songs(tmp_path)) == 2


def test_a_song_kept_again_keeps_what_was_noted_on_it(tmp_path: Path) -> None:
    noted = song().model_copy(update={"star": True, "tags": ("a",), "notes": "my favourite"})
    write_song(tmp_path, noted)
    keep_song(tmp_path, song().model_copy(update={"figures": {"bars": 8}}))
    (kept,) = read_songs(tmp_path)
    assert kept == noted.model_copy(update={"figures": {"bars": 8}})


def test_a_damaged_song_does_not_hinder_keeping_it_anew(tmp_path: Path) -> None:
    write_song(tmp_path, song()).write_text("{")
    keep_song(tmp_path, song())
    assert len(read_songs(tmp_path)) == 1


def test_a_song_that_cannot_be_read_hides_no_other(tmp_path: Path) -> None:
    path = write_song(tmp_path, song(seed=1))
    write_song(tmp_path, song(seed=2))
    path.write_text("{")
    assert [kept.seed for kept in read_songs(tmp_path)] == [2]


def test_a_removed_song_is_gone(tmp_path: Path) -> None:
    kept = song()
    write_song(tmp_path, kept)
    remove_song(tmp_path, kept.id)
    assert read_songs(tmp_path) == []
    with pytest.raises(RunError, match="has no song"):
        find_song(tmp_path, kept.id)


def test_an_id_never_leads_out_of_the_folder(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="12 hex digits"):
        find_song(tmp_path, "../run")
