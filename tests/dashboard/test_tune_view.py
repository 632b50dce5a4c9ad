"""One tune on the Corpus page: of the corpus or one's own, edited, and as an import takes it."""

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.state import elements
from dashboard.wording import plain
from songrnn.corpus.preview import preview_import
from tests.dashboard.conftest import BOOK

Open = Callable[..., AppTest]
WREN = BOOK.tunes[1]
OWN = "X:1\nT:Mine\nC:Me\nM:4/4\nL:1/8\nK:C\nCDEF GABc|\n"


def code(page: AppTest) -> list[str]:
    assert not page.exception
    return [f"{block.value}\n" for block in page.code]


def test_a_link_opens_a_tune_of_the_corpus(lab: Any, app: Open) -> None:
    page = app("corpus", corpus="tiny", view="tune", tune=WREN.id)
    assert code(page) == [WREN.text]
    assert [button.key for button in page.button if button.key == elements.AS_IT_WAS] == []


def test_what_is_edited_can_be_taken_back_or_kept_as_ones_own(lab: Any, app: Open) -> None:
    page = app("corpus", corpus="tiny", view="tune", tune=WREN.id)
    edited = WREN.text.replace("GABc", "GABd")
    page.session_state[state.EDITED.of(WREN.id)] = edited
    assert code(page.run()) == [edited]
    page.button(key=elements.AS_IT_WAS).click().run()
    assert code(page) == [WREN.text]
    page.session_state[state.EDITED.of(WREN.id)] = edited
    page.run()
    page.button(key=elements.AS_OWN).click().run()
    assert page.session_state[state.WHOSE] == "own"
    assert page.session_state[state.ABC] == edited
    assert page.query_params[state.ABC] == edited


def test_a_text_of_ones_own_is_in_the_link_and_comes_from_it(lab: Any, app: Open) -> None:
    page = app("corpus", corpus="tiny", view="tune", whose="own", abc=OWN)
    (tune,) = preview_import(OWN).tunes
    assert code(page) == [tune.text]
    assert tune.text != OWN
    shown = " ".join(caption.value for caption in page.caption)
    assert all(plain(change) in shown for change in tune.changes)
    page.session_state[state.ABC] = "X:1\nK:D\nDEF|\n" * 1000
    page.run()
    assert state.ABC not in page.query_params


def test_what_an_import_refuses_is_said_with_its_reason(lab: Any, app: Open) -> None:
    page = app("corpus", corpus="tiny", view="tune", whose="own", abc="X:1\nT:no key\nCDE|\n")
    (refusal,) = preview_import("X:1\nT:no key\nCDE|\n").refused
    assert code(page) == []
    assert any(plain(refusal.reason) in caption.value for caption in page.caption)


def test_the_tune_shown_on_the_page_opens_in_the_editor(lab: Any, app: Open) -> None:
    page = app("corpus", corpus="tiny", tune=WREN.id)
    page.button(key=elements.EDIT_TUNE).click().run()
    assert code(page) == [WREN.text]
