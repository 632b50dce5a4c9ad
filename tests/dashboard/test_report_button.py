"""The report from the pages: asked for in a window, made of the lab's own runs, handed over."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import html5lib
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.state import elements
from dashboard.state import report as window


@pytest.mark.parametrize("key", ["overview", "runs"])
def test_the_button_opens_a_window_that_makes_the_page(
    key: str, lab: object, app: Callable[..., AppTest]
) -> None:
    page = app(key)
    page.session_state[window.REPORT_AUTHOR] = "A. Student"
    page.button(key=elements.REPORT.of(key)).click().run()
    # Here every run is of the whole page; in a browser the window runs alone and stays open.
    page.button(key=elements.REPORT.of(key)).click()
    page.button(key=elements.MAKE_REPORT.of(elements.REPORT.of(key))).click().run(timeout=300)
    assert not page.exception
    made = page.session_state[window.REPORT_MADE].decode()
    html5lib.HTMLParser(strict=True).parse(made)
    assert "A. Student" in made


def test_what_was_made_with_another_title_is_not_handed_over(
    lab: object, app: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.widgets.report._made", lambda *_: b"<p>")
    key = elements.REPORT.of("overview")
    page = app("overview")
    page.button(key=key).click().run()
    page.button(key=key).click()
    page.button(key=elements.MAKE_REPORT.of(key)).click().run()
    assert page.get("download_button")
    page.button(key=key).click()
    page.text_input(key=window.REPORT_TITLE).set_value("Another").run()
    assert not page.exception
    assert page.button(key=elements.MAKE_REPORT.of(key))
    assert not page.get("download_button")


def test_all_formats_come_in_one_file_with_the_songs_beside_them(
    lab: Any, app: Callable[..., AppTest]
) -> None:
    name = next(name for name, run in lab.runs.items() if run.has_weights)
    page = app("overview")
    key = elements.REPORT.of("overview")
    page.session_state[window.REPORT_MAIN] = name
    page.session_state[window.REPORT_FORM] = "zip"
    page.session_state[window.REPORT_SECTIONS] = ["songs"]
    page.session_state[window.REPORT_PRIME] = r"X:1\nK:D\n"
    page.button(key=key).click().run()
    page.button(key=key).click()
    page.button(key=elements.MAKE_REPORT.of(key)).click().run(timeout=300)
    assert not page.exception
    with zipfile.ZipFile(io.BytesIO(page.session_state[window.REPORT_MADE])) as zipped:
        names = zipped.namelist()
        assert {"report/report.html", "report/report.md", "report/latex/main.tex"} <= set(names)
        texts = [each for each in names if each.endswith(".txt")]
        assert len(texts) == 3
        assert all(zipped.read(each).startswith(b"X:1\nK:D\n") for each in texts)


def test_without_the_baseline_the_best_run_is_looked_at_closely(
    lab: Any, app: Callable[..., AppTest]
) -> None:
    page = app("overview")
    page.button(key=elements.REPORT.of("overview")).click().run()
    assert page.selectbox(key=window.REPORT_MAIN).value == "lstm-8-embedding-4"
