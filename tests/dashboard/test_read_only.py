"""A read-only lab on its pages: everything to look at and hear, nothing that would change it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.state import elements
from songrnn.access import READ_ONLY
from songrnn.disk import replace_file
from songrnn.store.creating import delete_run

PAGES = (
    "overview",
    "runs",
    "run",
    "train",
    "compose",
    "temperature",
    "listen",
    "neurons",
    "corpus",
)
# Page -> what on it changes the lab; keys of one of several begin so.
CHANGES = {
    "run": (elements.NOTES, elements.RENAME, elements.DELETE, state.NEW_NAME, elements.LABEL),
    "train": (
        *(elements.START_RUN, state.RUN_NAME, state.REPLACE_RUN, elements.RESUME),
        *(elements.DELETE, state.DELETED_NAME, elements.UNDO),
    ),
    "compose": (elements.KEEP, elements.STAR, elements.TAGS, elements.NOTES, elements.SAVE),
    "temperature": (elements.MEASURE,),
    "runs": (elements.NOTES_RUN,),
    "corpus": (state.UPLOADS, state.UPLOAD_NAME, elements.IMPORT),
}
ALL_CHANGES = {key for keys in CHANGES.values() for key in keys} | {elements.FORGET}

Open = Callable[..., AppTest]


def keys(node: Any) -> Iterator[str]:
    """Keys of all widgets of a page."""
    for child in getattr(node, "children", {}).values():
        key = getattr(child, "key", None) or getattr(getattr(child, "proto", None), "id", "")
        if key:
            yield str(key).rpartition("-None-")[2] or str(key)
        yield from keys(child)


def shown(page: AppTest) -> set[str]:
    """The controls of the page that change the lab."""
    assert not page.exception
    there = list(keys(page._tree))
    return {
        change
        for change in ALL_CHANGES
        for key in there
        if key == change or key.startswith(f"{change}-") or key.endswith(f"-{change}")
    }


@pytest.fixture
def busy(lab: Any, kept: str) -> Any:
    """The small lab with a kept song, a run that can be resumed and one in the trash."""
    run = lab.runs["rnn-6-embedding-4"]
    stopped = run.status.model_copy(update={"status": "stopped"})
    replace_file(run.path / "status.json", stopped.to_json())
    delete_run("gru-5")
    return lab


def composed(page: AppTest) -> AppTest:
    """The page with a song that is not kept yet."""
    return page.button(key=elements.COMPOSE).click().run()


@pytest.mark.parametrize("name", PAGES)
def test_what_changes_the_lab_is_absent(
    busy: Any, app: Open, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    page = app(name, corpus="tiny", limit="40")
    page = composed(page) if name == "compose" else page
    assert shown(page) >= set(CHANGES.get(name, ()))
    monkeypatch.setenv(READ_ONLY, "1")
    page = app(name, corpus="tiny", limit="40")
    page = composed(page) if name == "compose" else page
    assert not shown(page)
    assert "Read-only" in page.caption[0].value
