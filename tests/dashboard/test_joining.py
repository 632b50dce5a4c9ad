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
