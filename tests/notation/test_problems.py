"""Every problem has its row in docs/notation.md, and the example there shows it."""

import html
import re
from pathlib import Path

import pytest

from songrnn.notation.performance import perform
from songrnn.notation.problems import PROBLEMS
from songrnn.notation.reader import read

PAGE = Path(__file__).resolve().parents[2] / "docs" / "notation.md"
ROW = re.compile(
    r"^\| `(?P<code>[a-z-]+)` \| (?P<severity>\w+) \| (?P<section>[\d.]+) "
    r"\| <code>(?P<example>.*?)</code> \| [^|]*: (?P<heard>[\d ]+|nothing) \|",
    re.MULTILINE,
)
ROWS = {row["code"]: row for row in ROW.finditer(PAGE.read_text(encoding="utf-8"))}


def test_the_page_has_a_row_for_every_code_and_no_other() -> None:
    assert set(ROWS) == set(PROBLEMS)


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_the_example_shows_the_problem(code: str) -> None:
    row, rule = ROWS[code], PROBLEMS[code]
    reading = read(html.unescape(row["example"]).replace("\\n", "\n"))
    assert (row["severity"], row["section"]) == (rule.severity, rule.section)
    assert rule.severity in [p.severity for p in reading.problems if p.code == code]
    notes = [note for note in perform(reading).notes if not note.grace]
    heard = " ".join(str(pitch) for note in notes for pitch in note.pitches)
    assert (heard or "nothing") == row["heard"]
