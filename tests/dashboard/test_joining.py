"""What takes long joins a page that is there already."""

from concurrent.futures import Future

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.loaders.background import begun
from dashboard.widgets import joining
from songrnn.errors import ConfigError

JOB: "Future[int]" = Future()


def page() -> None:
    import streamlit as st

    from dashboard import widgets
    from tests.dashboard import test_joining as here

    widgets.joined(
        lambda: here.JOB, lambda found: st.text(f"found {found}"), of=("job",), doing="Looking …"
    )
    st.text("below")


def said(page: AppTest) -> list[str]:
    return [each.value for each in (*page.text, *page.caption, *page.error)]


def test_a_page_does_not_wait_and_what_was_found_takes_the_place_kept_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(joining, "PATIENCE", 0.0)
    monkeypatch.setattr(joining, "AT_ONCE", False)
    monkeypatch.setattr("tests.dashboard.test_joining.JOB", Future())
    opened = AppTest.from_function(page).run()
    assert sorted(said(opened)) == ["Looking …", "below"]
    import tests.dashboard.test_joining as here

    here.JOB.set_result(7)
    # It was not begun with the page, so the page does not know of it; who looks again begins it.
    assert sorted(said(opened.run())) == ["Looking …", "below"]
    begun().add(("job",))
    assert said(opened.run()) == ["found 7", "below"]


def test_an_error_in_the_background_is_a_sentence_where_the_result_would_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failed: Future[int] = Future()
    failed.set_exception(ConfigError("There is no tune that the network can read."))
    monkeypatch.setattr("tests.dashboard.test_joining.JOB", failed)
    opened = AppTest.from_function(page).run()
    assert said(opened) == ["below", "There is no tune that the network can read."]
    assert not opened.exception


def pressed_page() -> None:
    import streamlit as st

    from dashboard import widgets
    from tests.dashboard import test_joining as here

    widgets.joined(
        lambda: here.JOB, lambda found: st.text(f"found {found}"), of=("job",), doing="Looking …"
    )
    if st.button("Press"):
        st.text("was pressed")


def test_a_button_is_heeded_though_what_stands_above_it_has_just_been_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = iter([False, True, False, True])
    monkeypatch.setattr(joining, "_done", lambda *_: next(done))
    found: Future[int] = Future()
    found.set_result(7)
    monkeypatch.setattr("tests.dashboard.test_joining.JOB", found)
    opened = AppTest.from_function(pressed_page).run()
    opened.button[0].click().run()
    assert said(opened) == ["found 7", "was pressed"]


def ready_music_page() -> None:
    import streamlit as st

    from dashboard import widgets

    widgets.tune("X:1\nK:C\nCDEF|\n", key="player")
    if st.button("Press"):
        st.text("was pressed")


def test_a_button_below_a_tune_is_heeded_though_its_sound_has_just_been_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ready = iter([False, True, False, True])
    monkeypatch.setattr("dashboard.widgets.tunes._is_ready", lambda *_: next(ready))
    opened = AppTest.from_function(ready_music_page).run()
    opened.button[0].click().run()
    assert not opened.exception
    assert "was pressed" in said(opened)
