"""In a real browser: from the upload of a tunebook to the sound of a run fine-tuned on it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from songrnn.corpus.tunebook import Tunebook
from songrnn.store.runs import open_run
from tests.browser.test_pages import press, settled

ROOT = Path(__file__).resolve().parents[2]
NAME = "rnn-150-tuned-on-mine-epochs-2"


@pytest.fixture
def tunebook(places: tuple[Path, Path], tmp_path: Path) -> Path:
    """A file of sixty tunes; which split a tune is in follows from its melody, here as in folk."""
    book = Tunebook.read(places[0] / "folk")
    tunes = [*book.split("train")[:44], *book.split("validation")[:10], *book.split("test")[:6]]
    file = tmp_path / "my.abc"
    file.write_text("\n\n".join(tune.text for tune in tunes), encoding="utf-8")
    return file


def choose(page: Page, label: str, words: str) -> None:
    field = page.get_by_role("combobox", name=label, exact=True)
    field.click()
    field.fill(words)
    page.get_by_role("option", name=words, exact=True).click()


@pytest.mark.slow
def test_from_a_tunebook_to_the_sound_of_a_run_fine_tuned_on_it(
    serve: Callable[..., str],
    places: tuple[Path, Path],
    tunebook: Path,
    tmp_path: Path,
    page: Page,
) -> None:
    data, checkpoints = tmp_path / "data", tmp_path / "checkpoints"
    shutil.copytree(places[0], data)
    shutil.copytree(places[1] / "rnn-150", checkpoints / "rnn-150")
    address = serve(SONGRNN_DATA=str(data), SONGRNN_CHECKPOINTS=str(checkpoints))
    page.goto(f"{address}/corpus")
    page.get_by_text("Import your own tunes").click()
    page.locator("input[type=file]").first.set_input_files(tunebook)
    expect(page.get_by_text("my.abc").first).to_be_visible()
    settled(page)
    page.get_by_role("textbox", name="Name of the corpus").fill("mine")
    page.keyboard.press("Enter")
    page.locator(".st-key-import button:enabled").first.click()
    page.get_by_role("link", name="Let rnn-150 learn these tunes too").click(timeout=120_000)

    expect(page.get_by_text("rnn-150-tuned-on-mine").first).to_be_visible(timeout=120_000)
    settled(page)
    field = page.get_by_role("spinbutton", name="Epochs")
    field.fill("2")
    field.press("Enter")
    expect(page.get_by_text(NAME).first).to_be_visible()
    settled(page)
    press(page, "start-run")
    card = page.locator(f".st-key-finished-{NAME}")
    expect(card).to_be_visible(timeout=180_000)
    run = open_run(NAME, checkpoints=checkpoints)
    assert run.config.source is not None
    assert run.config.source.name == "rnn-150"
    best = run.status.best
    assert best is not None
    expect(card.get_by_text(f"{best.bits_per_character:.3f} bits")).to_be_visible()

    card.get_by_role("link", name="Compose").click()
    page.wait_for_url(f"**/compose?run={NAME}*")
    press(page, "compose")
    expect(page.locator(".st-key-provenance")).to_contain_text(NAME, timeout=120_000)
    play = page.get_by_test_id("tune-player").first.get_by_test_id("play")
    expect(play).to_be_enabled(timeout=120_000)
    play.click()
    page.wait_for_function(
        """() => [...document.querySelectorAll('*')].some(one =>
             one.shadowRoot?.querySelector('audio')?.currentTime > 0.2) ||
             [...document.querySelectorAll('audio')].some(audio => audio.currentTime > 0.2)"""
    )
