"""Texts written by browser and page in turn: whose text counts, and what becomes of a late one."""

import ast
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from songrnn.notation.reader import read
from songrnn.notation.transpose import transpose

TUNE = "X:1\nL:1/4\nK:D\nDFAd|\n"


def app() -> None:
    from dashboard import widgets
    from dashboard.state.key import Key

    text = widgets.editor("Tune", Key("written"), "X:1\nL:1/4\nK:D\nDFAd|\n", "A tune.")
    import streamlit as st

    st.text(repr(text))


@pytest.fixture
def page() -> AppTest:
    return AppTest.from_function(app, default_timeout=60).run()


@pytest.fixture
def edits(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the browser says, the last one counts."""
    from dashboard.widgets import abc_editor

    said: list[Any] = []
    monkeypatch.setattr(abc_editor, "last_edit", lambda _: said[-1] if said else None)
    return said


def edit(revision: int, number: int, text: str, transpose: int = 0) -> Any:
    from dashboard.components.tune_player.editing import Edit

    return Edit(revision, number, text, transpose)


def shown(page: AppTest) -> str:
    assert not page.exception
    return str(ast.literal_eval(page.text[-1].value))


def test_it_begins_with_the_default_and_follows_the_browser(
    edits: list[Any], page: AppTest
) -> None:
    assert shown(page) == TUNE
    edits.append(edit(0, 1, TUNE + "e|"))
    assert shown(page.run()) == TUNE + "e|"
    assert page.session_state["written"] == TUNE + "e|"


def test_an_edit_counts_once_and_an_older_one_not_at_all(edits: list[Any], page: AppTest) -> None:
    edits.append(edit(0, 2, "two"))
    assert shown(page.run()) == "two"
    edits.append(edit(0, 1, "one"))
    assert shown(page.run()) == "two"


def test_transposing_is_done_once_for_each_request(edits: list[Any], page: AppTest) -> None:
    edits.append(edit(0, 1, TUNE, transpose=2))
    higher = transpose(read(TUNE), 2)
    assert shown(page.run()) == higher
    assert shown(page.run()) == higher
    edits.append(edit(0, 2, higher, transpose=-2))
    assert shown(page.run()) == TUNE


def test_a_text_of_the_pages_own_is_not_undone_by_an_edit_of_the_old_one(
    edits: list[Any], page: AppTest
) -> None:
    edits.append(edit(0, 1, "typed"))
    page.run()
    page.session_state["written"] = "put there"
    assert shown(page.run()) == "put there"
    edits.append(edit(0, 2, "typed late"))
    assert shown(page.run()) == "put there"
    edits.append(edit(1, 1, "typed on"))
    assert shown(page.run()) == "typed on"
