"""Every problem has its row in docs/notation.md, and the example there shows it."""

import html
import re
from pathlib import Path

import pytest

from songrnn.notation.performance import perform
from songrnn.notation.problems import PROBLEMS, is_unfinished
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


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("X:1\n", []),
        ("X:1\nM:6/8\nK:D\n", []),
        ("X:1\nM:6/8\nL:1/8\nK:D\nDFA d2f|e", []),
        ("X:1\nM:6/8\nL:1/8\nK:D\nDFA d2f|(e [DF", []),
        ('X:1\nL:1/8\nK:D\nDFA "Am', []),
        ("X:1\nM:6/8\nL:1/8\nK:D\nDFA d2f|d2|e", ["bar-too-short"]),
        ("X:1\nL:1/8\nK:D\nDFA ]d2|\nDFA", ["chord-not-open"]),
        ("X:1\nL:1/8\nK:D\n[DFA\nDFA|\nD", ["chord-open"]),
    ],
)
def test_what_may_still_come_is_no_problem_of_a_beginning(text: str, left: list[str]) -> None:
    problems = [each for each in read(text).problems if each.severity != "note"]
    assert [each.code for each in problems if not is_unfinished(each, text)] == left
