"""In a real browser: a run is started, watched, stopped from a second window, deleted and back."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from songrnn.store.runs import open_run

NAME = "gru-12-epochs-50"


@pytest.mark.slow
def test_a_run_is_started_watched_stopped_elsewhere_deleted_and_taken_back(
    serve: Callable[..., str],
    places: tuple[Path, Path],
    tmp_path: Path,
    browser: Browser,
    page: Page,
) -> None:
    address = serve(SONGRNN_DATA=str(places[0]), SONGRNN_CHECKPOINTS=str(tmp_path))
    page.goto(f"{address}/train")
    page.get_by_role("radio", name="GRU").click()
    for label, number in (("Units", "12"), ("Epochs", "50")):
        field = page.get_by_role("spinbutton", name=label)
        field.fill(number)
        field.press("Enter")
    expect(page.get_by_text(NAME).first).to_be_visible()
    page.get_by_role("button", name="Start the run").click()
    card = page.locator(f".st-key-running-{NAME}")
    expect(card).to_be_visible(timeout=60_000)
    expect(page.get_by_text(re.compile(f"A song by {NAME} after epoch [1-9]"))).to_be_visible(
        timeout=120_000
    )
    shown = card.locator("[data-testid=stMetricValue]").first.inner_text()
    rows = map(json.loads, (tmp_path / NAME / "history.jsonl").read_text().splitlines())
    assert shown in {
        f"{row['bits_per_character']:.4f}" for row in rows if row["split"] == "validation"
    }
    expect(page.locator(".st-key-live-curves .js-plotly-plot").last).to_be_visible()

    context = browser.new_context()
    other = context.new_page()
    other.goto(f"{address}/train")
    other.locator(f".st-key-stop-{NAME} button").click(timeout=60_000)
    expect(page.locator(f".st-key-early-{NAME}")).to_be_visible(timeout=60_000)
    assert open_run(NAME, checkpoints=tmp_path).status.status == "stopped"
    context.close()

    page.locator(f".st-key-delete-{NAME} button").click()
    expect(page.get_by_text(f"{NAME} was deleted.")).to_be_visible()
    assert not (tmp_path / NAME).exists()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(f".st-key-early-{NAME}")).to_be_visible()
    assert (tmp_path / NAME / "history.jsonl").exists()
