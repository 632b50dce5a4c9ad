"""The diagram of docs/architecture.md is drawn from the imports, and is up to date."""

import importlib.util
from graphlib import CycleError
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("drawing", ROOT / "docs" / "draw_architecture.py")
assert SPEC is not None
assert SPEC.loader is not None
drawing = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(drawing)


def reach(arrows: dict[str, set[str]], part: str) -> set[str]:
    return {far for near in arrows[part] for far in (near, *reach(arrows, near))}


def test_the_diagram_is_that_of_the_imports() -> None:
    """python docs/draw_architecture.py draws it."""
    assert drawing.main(["--check"]) == 0


def test_an_arrow_that_follows_from_others_is_left_out() -> None:
    found = {"a": {"b", "c", "d"}, "b": {"c"}, "c": set(), "d": {"c"}}
    assert drawing.reduced(found) == {"a": {"b", "d"}, "b": {"c"}, "c": set(), "d": {"c"}}


def test_every_import_goes_along_the_arrows_that_are_drawn() -> None:
    found = drawing.arrows()
    drawn = drawing.reduced(found)
    for part in found:
        assert reach(drawn, part) == reach(found, part)


def test_imports_that_go_round_cannot_be_drawn() -> None:
    with pytest.raises(CycleError):
        drawing.mermaid({"a": {"b"}, "b": {"a"}})
