"""Views of the Runs page that a person saved under a name, in data/views.json."""

from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from songrnn.access import refuse_when_read_only
from songrnn.disk import replace_file, storing
from songrnn.errors import ConfigError
from songrnn.paths import data_directory
from songrnn.store.documents import Document, read_if_there

MOST_VIEWS = 100
LONGEST_NAME = 60

Choice = bool | int | float | str | list[str]


class SavedView(Document):
    """choices: by the names that the page's address has for them."""

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    choices: dict[str, Choice]


class SavedViews(Document):
    """views.json."""

    called: ClassVar[str] = "The saved views"

    views: tuple[SavedView, ...] = ()


def _file(data: Path | None) -> Path:
    return (data or data_directory()) / "views.json"


def read_views(data: Path | None = None) -> tuple[SavedView, ...]:
    """The saved views by name; none where there is no file. Raises DamagedRunError."""
    found = read_if_there(SavedViews, _file(data))
    return () if found is None else found.views


def save_view(view: SavedView, data: Path | None = None) -> None:
    """Save a view, in place of one of the same name.

    Raises ConfigError when there are too many, ReadOnlyError, StorageError, DamagedRunError.
    """
    others = [each for each in read_views(data) if each.name != view.name]
    if len(others) >= MOST_VIEWS:
        raise ConfigError(f"{MOST_VIEWS} views are saved, which is the most; delete one first.")
    _write([*others, view], data)


def delete_view(name: str, data: Path | None = None) -> None:
    """Forget a view; nothing happens when there is none. Raises StorageError, DamagedRunError."""
    _write([each for each in read_views(data) if each.name != name], data)


def _write(views: list[SavedView], data: Path | None) -> None:
    path = _file(data)
    refuse_when_read_only("Changing saved views")
    with storing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    ordered = sorted(views, key=lambda view: view.name.casefold())
    replace_file(path, SavedViews(views=tuple(ordered)).to_json())
