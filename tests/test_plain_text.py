"""Text that others wrote does nothing: not in a terminal, not in a spreadsheet."""

import csv
import io
import unicodedata

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from songrnn.plain_text import csv_bytes, inert_cell, visible

HOSTILE = [
    "=HYPERLINK(1)", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "=", "==", "-", "--", "+49 30",
]  # fmt: skip


@given(st.text())
def test_nothing_invisible_is_left(text: str) -> None:
    shown = visible(text)
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    shown.encode()
    assert visible(shown) == shown


def test_what_can_be_seen_stays() -> None:
    assert visible("Ünïcödé ♯ 日本 [red]") == "Ünïcödé ♯ 日本 [red]"
    assert visible("a\nb", lines=True) == "a\nb"
    assert visible("\x1b]0;title\x07\u202e") == r"\x1b]0;title\x07\u202e"


@given(st.one_of(st.text(min_size=2), st.sampled_from(HOSTILE)))
def test_no_cell_is_a_formula(text: str) -> None:
    cell = inert_cell(text)
    assert cell in (text, "'" + text)
    if cell[0] in "=+-@\t\r" and len(cell) > 1:
        float(cell)  # a number is no formula


def test_a_table_for_a_spreadsheet_keeps_numbers_and_quotes_formulas() -> None:
    table = pd.DataFrame({"run": HOSTILE, "=bad()": "x", "bits": -1.5, "star": True, "none": None})
    found = list(csv.DictReader(io.StringIO(csv_bytes(table).decode(), newline="")))
    assert [row["run"] for row in found] == [
        inert_cell(text).replace("\r", "\n") for text in HOSTILE
    ]
    assert {row["bits"] for row in found} == {"-1.5"}
    assert "'=bad()" in found[0]
    assert table["run"].tolist() == HOSTILE, "the table given is left as it was"


@pytest.mark.parametrize("value", [None, 3, -0.5, True, "", "=", "-0.5", "plain"])
def test_other_cells_stay(value: object) -> None:
    assert inert_cell(value) is value or inert_cell(value) == value
