"""Every control of the app says what it changes."""

import ast
from collections.abc import Iterator
from pathlib import Path

DASHBOARD = Path(__file__).resolve().parents[2] / "dashboard"
# What holds a choice or a text; buttons say what they do by their own words.
CONTROLS = {
    *("toggle", "checkbox", "radio", "selectbox", "multiselect", "segmented_control", "pills"),
    *("slider", "select_slider", "number_input", "text_input", "text_area", "file_uploader"),
}
# Where the help stands among the arguments of our own widgets.
OWN = {"segments": 3, "select": 3, "toggle": 2}


def controls() -> Iterator[tuple[str, bool]]:
    """Where each control stands, and whether it has a help text."""
    for path in sorted(DASHBOARD.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            name, owner = node.func.attr, ast.unparse(node.func.value)
            named = any(keyword.arg in ("help", None) for keyword in node.keywords)
            if owner == "widgets" and name in OWN:
                yield f"{path.name}:{node.lineno}", named or len(node.args) > OWN[name]
            elif name in CONTROLS and owner != "page":
                yield f"{path.name}:{node.lineno}", named


def test_every_control_has_a_help_text() -> None:
    found = dict(controls())
    assert len(found) > 100
    assert [place for place, helped in found.items() if not helped] == []
