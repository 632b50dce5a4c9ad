"""The report in a browser: nothing of it lies beyond the paper's edge when it is printed."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from songrnn.report.document import Report, Section, table_of
from songrnn.report.writing.files import html_bytes

# A4 less the margins of report.css, in CSS pixels.
_PRINTED = 673


@pytest.fixture
def file(tmp_path: Path) -> str:
    ten = [f"Longest copy {place}, notes" for place in range(9)]
    eight = [f"from nothing, recipe {place}" for place in range(7)]
    tables = (
        table_of("ten", "Songs of a run by temperature. " * 5, ("T", *ten), [("0.5", *["100 %"] * 9)]),
        table_of("eight", "", ("Region", *eight), [("Songs of the Han", *["+0.237 ± 0.005"] * 7)]),
    )  # fmt: skip
    path = tmp_path / "report.html"
    path.write_bytes(html_bytes(Report("A", "", "", (), (Section("a", "A", tables),))))
    return path.as_uri()


def test_wide_tables_are_printed_whole(page: Page, file: str) -> None:
    page.set_viewport_size({"width": _PRINTED, "height": 900})
    page.emulate_media(media="print")
    page.goto(file)
    assert page.evaluate("document.documentElement.scrollWidth") <= _PRINTED
    cells = page.locator("td.n").evaluate_all("cells => cells.map(cell => cell.offsetHeight)")
    assert max(cells[:9]) < 30  # pixels, one line: "%" is not below its number
    for box in page.locator(".wide").all():
        assert box.evaluate("box => box.scrollWidth - box.clientWidth") == 0
        assert box.evaluate("box => getComputedStyle(box).overflowX") == "visible"
