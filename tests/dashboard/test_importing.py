"""An upload becomes a corpus, or a sentence says why not."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from streamlit.testing.v1 import AppTest

from dashboard import state
from songrnn.corpus.sources import load

Open = Callable[..., AppTest]
TUNES = "".join(
    f"X:{n}\nT:Tune {n}\nM:2/4\nL:1/8\nK:D\n{'|'.join(bars)}|\n\n"
    for n, bars in enumerate(
        [
            ["DFAF", "GABc", "dcBA", "d4"],
            ["AFDF", "EGBG", "cBAG", "A4"],
            ["dfaf", "gbag", "fedc", "d4"],
        ],
        start=1,
    )
)


def press(page: AppTest) -> AppTest:
    page.button(key="import").click()
    return page.run(timeout=60)


def test_uploaded_tunes_become_a_corpus_to_train_on(lab: Any, app: Open) -> None:
    page = app("corpus")
    page.file_uploader(key=state.UPLOADS).set_value([("mine.abc", TUNES.encode(), "text/plain")])
    page.text_input(key=state.UPLOAD_NAME).set_value("mine").run()
    page = press(page)
    assert not page.exception
    assert "mine" in page.success[0].value
    assert len(load("mine", data_directory=lab.data).tunes) == 3


def test_what_was_imported_leaves_the_memory(lab: Any, app: Open) -> None:
    page = app("corpus")
    page.file_uploader(key=state.UPLOADS).set_value([("mine.abc", TUNES.encode(), "text/plain")])
    page.text_input(key=state.UPLOAD_NAME).set_value("mine").run()
    page = press(page)
    assert page.success
    assert not page.file_uploader(key=state.UPLOADS.of(1)).value


def test_an_upload_without_tunes_is_refused_in_words(lab: Any, app: Open) -> None:
    page = app("corpus")
    page.file_uploader(key=state.UPLOADS).set_value([("mine.abc", b"\x00\x01", "text/plain")])
    page.text_input(key=state.UPLOAD_NAME).set_value("mine").run()
    page = press(page)
    assert not page.exception
    assert page.error


def test_any_words_name_a_corpus_and_the_best_run_is_offered_for_it_first(
    lab: Any, app: Open
) -> None:
    page = app("corpus")
    page.file_uploader(key=state.UPLOADS).set_value([("mine.abc", TUNES.encode(), "text/plain")])
    page.text_input(key=state.UPLOAD_NAME).set_value("My Tunes").run()
    page = press(page)
    assert not page.exception
    assert len(load("my-tunes", data_directory=lab.data).tunes) == 3
    links = [parse_qs(each.proto.query_string) for each in page.get("page_link")]
    first, second = [each for each in links if state.TRAIN_CORPUS in each]
    assert lab.runs[first[state.START_FROM][0]].has_weights
    assert state.START_FROM not in second
