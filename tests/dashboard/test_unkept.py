"""Songs that are not kept have links; a kept song opens with its settings; notes are not lost."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.loaders import unkept
from dashboard.state import elements
from dashboard.state.songs import BESIDE, WRITTEN
from songrnn.config import SampleConfig
from songrnn.paths import cache_directory
from songrnn.store.songs import KeptSong, new_song

Open = Callable[..., AppTest]
RUN = "lstm-8-embedding-4"


def written(page: AppTest, limit: int = 60) -> AppTest:
    page.number_input(key=state.LIMIT).set_value(limit).run()
    page.button(key=elements.COMPOSE).click().run(timeout=60)
    assert not page.exception
    return page


def test_a_song_that_is_not_kept_opens_by_its_link_in_another_session(lab: Any, app: Open) -> None:
    page = written(app("compose", run=RUN, temperature="1.3", seed="5"))
    song = page.session_state["_fresh"]
    link = page.query_params[WRITTEN]
    other = app("compose", run=RUN, written=link)
    assert not other.exception
    found = other.session_state["_fresh"]
    assert (found.text, found.config, found.seed, found.id) == (
        song.text, song.config, song.seed, None,
    )  # fmt: skip
    assert other.query_params[WRITTEN] == link
    assert [b.key for b in other.button if b.key == elements.KEEP] == [elements.KEEP]
    # Once it is kept, its own link stands in the address.
    other.button(key=elements.KEEP).click().run()
    assert WRITTEN not in other.query_params
    assert other.query_params[state.SONG] == link


def test_songs_side_by_side_open_by_their_link(lab: Any, app: Open) -> None:
    page = app("compose", how="beside", run=RUN)
    page.button_group(key=state.TEMPERATURES).set_value([0.5, 1.0]).run()
    songs = written(page).session_state["_songs_beside"]
    ids = page.query_params[BESIDE]
    assert len(ids) == 2
    other = app("compose", how="beside", run=RUN, songs=ids)
    assert not other.exception
    assert [s.text for s in other.session_state["_songs_beside"]] == [s.text for s in songs]


@pytest.mark.parametrize("link", ["0123456789ab", "../../../etc", "x" * 500, ""])
def test_a_link_without_a_song_says_so_and_no_more(lab: Any, app: Open, link: str) -> None:
    page = app("compose", run=RUN, written=link)
    assert not page.exception
    assert any("no longer there" in error.value for error in page.error) == bool(link)


def song(number: int) -> KeptSong:
    return new_song("r", f"X:{number}\n", SampleConfig(), prime="", seed=0, stopped_by="end")


def test_there_is_room_for_so_many_and_the_oldest_go(
    places: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unkept, "MOST_BYTES", 1500)
    for number in range(6):
        unkept.keep(song(number), {"made": "by hand"})
    assert unkept.opened(song(5).id) == (song(5), {"made": "by hand"})
    assert unkept.opened(song(0).id) is None
    there = list(cache_directory().glob("unkept/*.json"))
    assert 0 < sum(path.stat().st_size for path in there) <= 1500


@pytest.mark.parametrize("data", ["{", "[]", '{"song": {}, "told": {}}', "null"])
def test_a_damaged_file_is_no_song(places: Any, data: str) -> None:
    unkept.keep(song(1), {})
    (file,) = Path(cache_directory() / "unkept").glob("*.json")
    file.write_text(data)
    assert unkept.opened(song(1).id) is None


def test_a_kept_song_opens_with_its_settings_unless_the_address_has_some(
    lab: Any, kept: str, app: Open
) -> None:
    page = app("compose", run=RUN, song=kept)
    assert page.session_state[state.TEMPERATURE] == 0.5
    assert page.session_state[state.SEED] == 3
    assert elements.USE_SETTINGS not in [button.key for button in page.button]
    page = app("compose", run=RUN, song=kept, temperature="1.5")
    assert page.session_state[state.TEMPERATURE] == 1.5
    assert elements.USE_SETTINGS in [button.key for button in page.button]


def test_show_and_play_fills_the_form(lab: Any, kept: str, app: Open) -> None:
    page = written(app("compose", run=RUN, temperature="1.3"))
    page.button(key=elements.OPEN.of(RUN, kept)).click().run()
    assert not page.exception
    assert page.session_state[state.TEMPERATURE] == 0.5
    assert WRITTEN not in page.query_params


def test_what_is_noted_is_kept_without_a_button(lab: Any, kept: str, app: Open) -> None:
    page = app("compose", run=RUN, song=kept)
    page.text_area(key=elements.NOTES.of(RUN, kept)).set_value("a fine turn").run()
    page.text_input(key=elements.TAGS.of(RUN, kept)).set_value("slow").run()
    (stored,) = lab.runs[RUN].songs()
    assert (stored.notes, stored.tags) == ("a fine turn", ("slow",))
