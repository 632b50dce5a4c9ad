"""Tables that fit the terminal, and leave nothing out where there is none."""

import os
import pty
import subprocess
import sys

import pytest

from songrnn.cli.output import JsonList, print_json, print_table

SCRIPT = """
from songrnn.cli.output import print_table
rows = [{"run": "lstm-150-seed-1", "bits": 1.5, "units": 150, "note": "x" * 30}]
print_table(rows, {"run": "run", "bits": "bits", "units": "units", "note": "note"},
            least=["note", "units"])
"""


def on_a_terminal(columns: int) -> str:
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        stdout=follower,
        env=os.environ | {"COLUMNS": str(columns), "NO_COLOR": "1"},
    ) as process:
        process.wait(timeout=60)
    os.close(follower)
    found = os.read(leader, 10_000).decode()
    os.close(leader)
    return found


def test_a_narrow_terminal_goes_without_the_least_columns() -> None:
    words = on_a_terminal(40)
    assert "units" in words.splitlines()[0]
    assert "note" not in words.splitlines()[0]
    assert "(too narrow for: note; --json has all)" in words
    assert "xxx" not in words


def test_a_wide_one_and_a_pipe_get_all_in_one_line_a_row() -> None:
    piped = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    ).stdout
    for words in (on_a_terminal(100), piped):
        assert "x" * 30 in words
        assert len(words.splitlines()) == 2


@pytest.mark.parametrize("items", [[], [{"a": "é\n", "b": []}], [1, {"c": {"d": None}}, "x"]])
def test_a_long_list_is_printed_as_any_json(
    items: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    listed = JsonList("songs")
    for item in items:
        listed.add(item)
    assert capsys.readouterr().out == ""
    listed.print(summary={"n": len(items), "in": {}}, more=1.5)
    long = capsys.readouterr().out
    print_json({"songs": items, "summary": {"n": len(items), "in": {}}, "more": 1.5})
    assert long == capsys.readouterr().out


def test_cells_are_text_never_markup(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "[red]a[/red] [link=http://other-host]b[/link] \x1b[31m [/] :smile:"
    print_table([{"name": hostile}], {"name": "run"})
    shown = capsys.readouterr().out
    assert hostile.replace("\x1b", r"\x1b") in shown
    assert "\x1b" not in shown
