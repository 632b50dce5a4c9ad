"""Saved views of the Runs page: by name, whole or not at all, a damaged file told of."""

from pathlib import Path

import pytest

from songrnn.access import READ_ONLY
from songrnn.errors import ConfigError, DamagedRunError, ReadOnlyError
from songrnn.store import views
from songrnn.store.views import SavedView, delete_view, read_views, save_view


def test_a_view_is_read_as_it_was_saved_and_one_of_its_name_replaced(tmp_path: Path) -> None:
    assert read_views(tmp_path) == ()
    first = SavedView(name="b", choices={"whole": True, "smoothing": 0.5, "runs": ["x", "y"]})
    save_view(first, tmp_path)
    save_view(SavedView(name="A", choices={"unit": "nats"}), tmp_path)
    assert [view.name for view in read_views(tmp_path)] == ["A", "b"]
    assert read_views(tmp_path)[1] == first
    assert read_views(tmp_path)[1].choices["whole"] is True
    save_view(SavedView(name="b", choices={}), tmp_path)
    assert read_views(tmp_path)[1].choices == {}
    delete_view("A", tmp_path)
    delete_view("not there", tmp_path)
    assert [view.name for view in read_views(tmp_path)] == ["b"]


def test_there_is_a_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MOST_VIEWS", 1)
    save_view(SavedView(name="a", choices={}), tmp_path)
    with pytest.raises(ConfigError, match="1 views"):
        save_view(SavedView(name="b", choices={}), tmp_path)
    save_view(SavedView(name="a", choices={"unit": "nats"}), tmp_path)


@pytest.mark.parametrize("text", ["{", '{"views": [{"name": "", "choices": {}}]}', "[]"])
def test_a_damaged_file_is_told_of_and_not_written_over(tmp_path: Path, text: str) -> None:
    file = tmp_path / "views.json"
    file.write_text(text)
    for act in (lambda: read_views(tmp_path), lambda: delete_view("a", tmp_path)):
        with pytest.raises(DamagedRunError, match=r"views\.json"):
            act()
    assert file.read_text() == text


def test_a_lab_to_look_at_saves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(READ_ONLY, "1")
    with pytest.raises(ReadOnlyError):
        save_view(SavedView(name="a", choices={}), tmp_path)
