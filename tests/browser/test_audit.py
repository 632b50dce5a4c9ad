"""Nothing on any page is cut, overlaps, scrolls sideways, logs an error or keeps anyone out.

`SONGRNN_AUDIT=all` looks at every view in both themes, by axe at the narrowest and the widest.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.audit import View, everything, look, rest, sample
from tests.browser.conftest import ROOT

PLAN = everything() if os.environ.get("SONGRNN_AUDIT") == "all" else sample()


@pytest.fixture(scope="module")
def shipped(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The app with all that a clone has: many runs, their studies, and the networks of pages."""
    folder = tmp_path_factory.mktemp("audit")
    left_out = shutil.ignore_patterns("resume.pt", "last.safetensors", ".*")
    for part in ("checkpoints", "data/folk"):
        shutil.copytree(ROOT / part, folder / part, copy_function=link_or_copy, ignore=left_out)
    return serve(SONGRNN_DATA=str(folder / "data"), SONGRNN_CHECKPOINTS=str(folder / "checkpoints"))


def link_or_copy(source: str, to: str) -> None:
    """The same file where that can be: nothing here writes into one."""
    try:
        os.link(source, to)
    except OSError:
        shutil.copy2(source, to)


@pytest.mark.parametrize(
    ("view", "scheme", "axe_at"), PLAN, ids=[f"{view.name}, {scheme}" for view, scheme, _ in PLAN]
)
def test_a_view_has_nothing_to_mend(
    shipped: str, browser: Browser, view: View, scheme: str, axe_at: Sequence[int]
) -> None:
    assert [str(finding) for finding in look(browser, shipped, view, scheme, axe_at)] == []


@pytest.mark.parametrize("wrong", ["cut", "overlap", "wide"])
def test_the_audit_sees_what_is_wrong(browser: Browser, wrong: str) -> None:
    """The eyes themselves: a page with one fault each."""
    faults = {
        "cut": '<p style="width: 4rem; overflow: hidden; white-space: nowrap">A long sentence</p>',
        "overlap": '<p>One sentence</p><p style="margin-top: -2.2rem">Another sentence</p>',
        "wide": '<div style="width: 120vw">wide</div>',
    }
    said = {"cut": "text is cut", "overlap": "texts overlap", "wide": "the page scrolls sideways"}
    page = browser.new_page(viewport={"width": 768, "height": 600})
    page.set_content(f'<main data-testid="stMain"><h1>Title</h1>{faults[wrong]}</main>')
    found = page.evaluate((Path(__file__).parent / "audit.js").read_text(), 768)
    page.close()
    assert {what for what, _, _ in found} == {said[wrong]}


def test_compose_is_a_few_keys_away_and_the_song_comes_into_view(shipped: str, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{shipped}/compose?run=lstm-150&limit=60")
    page.locator("h1").wait_for()
    rest(page)
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    keys = 2
    while not page.evaluate("document.activeElement.closest('.st-key-compose') !== null"):
        page.keyboard.press("Tab")
        keys += 1
        assert keys <= 10, "Tab does not lead to Compose"
    assert keys <= 8
    page.keyboard.press("Enter")
    expect(page.locator("#songrnn-voice")).to_have_text("The song is written.")
    expect(page.locator(".st-key-stage")).to_be_in_viewport()
    expect(page.locator(".st-key-provenance")).to_be_in_viewport()


def test_a_staff_flows_again_and_shows_what_is_chosen(shipped: str, page: Page) -> None:
    page.goto(f"{shipped}/corpus?view=tune")
    page.locator("h1").wait_for()
    rest(page)
    staff = page.get_by_test_id("staff")
    lines = staff.locator("g.system")
    at_first = lines.count()
    staff.locator("g.note .notehead").nth(3).click(force=True)
    chosen = staff.locator(".chosen").first.get_attribute("data-start")
    page.set_viewport_size({"width": 390, "height": 800})
    expect(lines).not_to_have_count(at_first)
    assert lines.count() > at_first
    expect(staff.locator(".chosen").first).to_have_attribute("data-start", str(chosen))
