"""The shelf: finding, starring, noting and downloading kept songs."""

import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.state.songs import Song
from dashboard.views.compose.shelf import matching, provenance_of
from dashboard.views.compose.song import as_song, keep
from dashboard.widgets.downloads import archive
from songrnn.config import SampleConfig
from songrnn.store.songs import KeptSong, Variation, new_song

Open = Callable[..., AppTest]


def song(title: str, temperature: float = 1.0, **changes: Any) -> KeptSong:
    made = new_song(
        "lstm-150",
        f"X:1\nT:{title}\nM:2/4\nL:1/8\nK:D\nDFAd|\n",
        SampleConfig(temperature=temperature),
        prime="X:1\n",
        seed=len(title),
        stopped_by="end",
    )
    return made.model_copy(update=changes)


SONGS = [
    song("The Long Way", 0.5, tags=("slow",)),
    song("Ashes", 2.0, notes="a fine ending"),
    song("Brook", 1.0, star=True),
]


def titles(found: list[KeptSong]) -> list[str]:
    return [song.text.split("T:")[1].split("\n")[0] for song in found]


def test_words_are_looked_for_in_text_tags_and_notes() -> None:
    assert titles(matching(SONGS, "long WAY", starred=False, order="title")) == ["The Long Way"]
    assert titles(matching(SONGS, "slow", starred=False, order="title")) == ["The Long Way"]
    assert titles(matching(SONGS, "fine", starred=False, order="title")) == ["Ashes"]
    assert matching(SONGS, "long fine", starred=False, order="title") == []


def test_a_variation_that_is_kept_says_how_it_was_made(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "choose", lambda *_: None)  # there is no page
    run = lab.runs["lstm-8-embedding-4"]
    text = lab.book.tunes[0].text
    made = Variation(of="0123456789ab", title="The Kite", rule="transposed", semitones=2)
    written = Song(text, run.name, "X:1\n", SampleConfig(), 3, "end", variation=made)
    keep(run, written)
    (kept,) = run.songs()
    assert kept.variation == made
    assert as_song(kept).variation == made
    with zipfile.ZipFile(archive([(kept.text, provenance_of(kept))], ["abc"])) as zipped:
        (name,) = zipped.namelist()
        assert "% “The Kite” transposed up a tone\n" in zipped.read(name).decode()


def test_starred_songs_come_first_and_can_stand_alone() -> None:
    by_title = matching(SONGS, "", starred=False, order="title")
    assert titles(by_title) == ["Brook", "Ashes", "The Long Way"]
    by_temperature = matching(SONGS, "", starred=False, order="temperature")
    assert titles(by_temperature) == ["Brook", "The Long Way", "Ashes"]
    assert titles(matching(SONGS, "", starred=True, order="new")) == ["Brook"]


def test_the_archive_holds_each_song_as_each_file_and_says_what_is_missing() -> None:
    silent = song("Silence").model_copy(update={"text": "X:1\nK:D\n"})
    songs = [(song.text, provenance_of(song)) for song in (SONGS[0], silent)]
    with zipfile.ZipFile(archive(songs, ["txt", "mid", "midi"])) as zipped:
        names = zipped.namelist()
        assert len([name for name in names if name.endswith(".txt")]) == 3
        assert len([name for name in names if name.endswith(".midi")]) == 1
        assert len([name for name in names if name.endswith(".mid")]) == 1
        text = next(
            name for name in names if "-lstm-150-t0.5-seed-" in name and name.endswith("txt")
        )
        assert zipped.read(text).decode() == SONGS[0].text
        missing = zipped.read("MISSING.txt").decode().splitlines()
        assert len(missing) == 2
        assert f"seed-{silent.seed}-" in missing[0]


def test_a_song_starred_and_noted_on_the_page_is_so_in_the_run(
    lab: Any, kept: str, app: Open
) -> None:
    page = app("compose", song=kept)
    run = next(run for run in lab.runs.values() if any(s.id == kept for s in run.songs()))
    page.button(key=f"star-{run.name}-{kept}").click().run()
    page.text_input(key=f"tags-{run.name}-{kept}").set_value("jig try")
    page.text_area(key=f"notes-{run.name}-{kept}").set_value("good second part")
    page.button(key=f"save-{run.name}-{kept}").click().run()
    assert not page.exception
    stored = next(song for song in run.songs() if song.id == kept)
    assert stored.star
    assert stored.tags == ("jig", "try")
    assert stored.notes == "good second part"


def test_a_song_deleted_can_be_put_back_with_its_notes(lab: Any, kept: str, app: Open) -> None:
    run = lab.runs["lstm-8-embedding-4"]
    (song,) = run.songs()
    run.change_song(song.model_copy(update={"notes": "good", "figures": {"right_bars": 0.5}}))
    page = app("compose", song=kept)
    assert any("50%" in caption.value for caption in page.caption)
    page.button(key=f"delete-{run.name}-{kept}").click().run()
    assert not page.exception
    assert run.songs() == []
    assert not page.warning
    page.button(key="put-back").click().run()
    assert [(song.id, song.notes) for song in run.songs()] == [(kept, "good")]
    assert all(button.key != "put-back" for button in page.button)


def test_a_link_to_a_song_that_is_gone_says_so(lab: Any, kept: str, app: Open) -> None:
    page = app("compose", run="lstm-8-embedding-4", song="0123456789ab")
    assert any("0123456789ab" in warning.value for warning in page.warning)


def test_a_song_that_cannot_be_read_is_named_and_hides_no_other(
    lab: Any, kept: str, app: Open
) -> None:
    run = lab.runs["lstm-8-embedding-4"]
    broken = run.path / "songs" / "0123456789ab.json"
    broken.write_text("{oops")
    page = app("compose", run=run.name)
    assert not page.exception
    assert any(broken.stem in warning.value for warning in page.warning)
    assert page.button(key=f"star-{run.name}-{kept}")
