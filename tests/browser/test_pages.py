"""Each page in a real browser: no error, no foreign request, and a number that is the files'."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from dashboard.views.neurons.words import signed
from songrnn.config import SampleConfig
from songrnn.corpus.tunebook import Tunebook
from songrnn.generation.composer import compose
from songrnn.generation.export import Provenance
from songrnn.inspection.activations import activations
from songrnn.model.engine import Engine
from songrnn.store.runs import open_run

PAGES = {
    "": "SongRNN Lab",
    "runs": "Runs",
    "train": "Train",
    "compose": "Compose",
    "temperature": "Temperature",
    "listen": "Listen",
    "segments": "Segments",
    "neurons": "Neurons",
    "corpus": "Corpus",
    "glossary": "Glossary",
}


def visit(page: Page, address: str) -> None:
    """Open a page and wait until it has come to rest without an error."""
    page.goto(address)
    expect(page.locator("h1")).to_be_visible()
    settled(page)


def settled(page: Page) -> None:
    """Wait until the script has run; no exception and no error box may be on the page."""
    expect(page.locator("[data-testid=stApp]")).to_have_attribute(
        "data-test-script-state", "notRunning"
    )
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    expect(page.locator("[data-testid=stAlertContentError]")).to_have_count(0)


def first_figure(page: Page) -> str:
    """The first of the page's figures in a row."""
    return page.locator("[data-testid=stMetricValue]").first.inner_text()


def press(page: Page, key: str) -> None:
    """Press the button with that key; a help text makes a second one for small screens."""
    page.locator(f".st-key-{key} button:visible").first.click()


def chart(page: Page, key: str) -> list[dict[str, Any]]:
    """Traces of the plotly chart with that key, as the browser holds them."""
    plot = page.locator(f".st-key-{key} .js-plotly-plot")
    expect(plot).to_have_count(1)  # while the page runs again there may be two for a moment
    expect(plot.locator(".main-svg").first).to_be_visible()
    return plot.evaluate(
        "plot => plot._fullData.map(t => ({name: t.name, x: Array.from(t.x), y: Array.from(t.y)}))"
    )


def shown_values(page: Page) -> list[float]:
    """The values the player's characters are coloured by."""
    expect(page.get_by_test_id("char-0")).to_have_attribute("data-value", re.compile("."))
    return [
        float(value)
        for value in page.locator("[data-testid=text] span").evaluate_all(
            "(cells) => cells.map((cell) => cell.dataset.value)"
        )
    ]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_shows_its_title_and_no_error(lab: Any, page: Page, path: str) -> None:
    visit(page, f"{lab.url}/{path}")
    expect(page.locator("h1")).to_have_text(PAGES[path])


def test_the_overview_names_the_best_run_and_its_loss(lab: Any, page: Page) -> None:
    summary = json.loads((lab.checkpoints / "lstm-150" / "summary.json").read_text())
    visit(page, lab.url)
    bits = summary["best_validation_bits_per_character"]
    card = page.locator(".st-key-card-runs")
    expect(card).to_contain_text("lstm-150")
    expect(card).to_contain_text(f"{bits:.3f}")


def test_a_curves_last_value_is_the_historys(lab: Any, page: Page) -> None:
    visit(page, f"{lab.url}/runs")
    rows = map(json.loads, (lab.checkpoints / "lstm-150" / "history.jsonl").open())
    bits = [row["bits_per_character"] for row in rows if row["split"] == "validation"]
    last = [trace["y"][-1] for trace in chart(page, "loss-curves")]
    assert any(value == pytest.approx(bits[-1], abs=1e-6) for value in last)


def test_the_song_written_is_the_engines_and_its_length_is_shown(lab: Any, page: Page) -> None:
    run = open_run("lstm-150", checkpoints=lab.checkpoints)
    config = SampleConfig(temperature=0.5)
    song = compose(Engine.of(run), run.vocabulary, prime="X:1\n", config=config, seed=3)
    visit(page, f"{lab.url}/compose?run=lstm-150&temperature=0.5&seed=3")
    press(page, "compose")
    provenance = Provenance("lstm-150", config, 3, song.stopped_by)
    expect(page.locator(".st-key-provenance")).to_contain_text(" · ".join(provenance.lines()))
    settled(page)
    assert first_figure(page) == f"{len(song.text):,}"
    with page.expect_download() as download:
        press(page, "file-song-files-txt")
    assert Path(download.value.path()).read_text() == song.text


def test_a_neurons_value_at_character_37_is_the_engines(lab: Any, page: Page) -> None:
    run = open_run("lstm-150", checkpoints=lab.checkpoints)
    tune = Tunebook.read(lab.data / "folk").split("validation")[4]
    truth = activations(Engine.of(run), run.vocabulary, tune.text).quantities["cell"]
    visit(page, f"{lab.url}/neurons?run=lstm-150&quantity=cell&neuron=17&tune={tune.id}")
    expect(page.get_by_test_id("neuron")).to_have_value("17")
    values = shown_values(page)
    assert len(values) == len(tune.text)
    assert values[37] == pytest.approx(float(np.tanh(truth[0, 37, 17])), abs=1e-3)
    assert np.allclose(values, np.tanh(truth[0, :, 17]), atol=1e-3)


def test_a_neuron_chosen_in_the_player_is_in_the_link(lab: Any, page: Page) -> None:
    run = open_run("lstm-150", checkpoints=lab.checkpoints)
    tune = Tunebook.read(lab.data / "folk").split("validation")[4]
    truth = activations(Engine.of(run), run.vocabulary, tune.text).quantities["hidden"]
    visit(page, f"{lab.url}/neurons?run=lstm-150&neuron=0&tune={tune.id}")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(f"{request.resource_type} {request.url}"))
    page.get_by_test_id("tune-player").focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    assert np.allclose(shown_values(page), truth[0, :, 3], atol=1e-3)
    assert not [asked for asked in requests if asked.startswith(("fetch", "xhr", "document"))]
    expect(page).to_have_url(re.compile("neuron=3"))
    least = signed(float(truth[0, :, 3].min()))
    said = page.locator("[data-testid=stCaptionContainer]").filter(has_text=least)
    expect(said.first).to_be_visible()
    visit(page, page.url)
    expect(page.get_by_test_id("neuron")).to_have_value("3")
    assert np.allclose(shown_values(page), truth[0, :, 3], atol=1e-3)


def test_before_shows_the_state_that_predicted_the_character(lab: Any, page: Page) -> None:
    run = open_run("lstm-150", checkpoints=lab.checkpoints)
    tune = Tunebook.read(lab.data / "folk").split("validation")[4]
    truth = activations(Engine.of(run), run.vocabulary, tune.text)
    visit(page, f"{lab.url}/neurons?run=lstm-150&neuron=9&moment=before&tune={tune.id}")
    values = shown_values(page)
    assert values[0] == pytest.approx(float(truth.start["hidden"][0, 9]), abs=1e-3)
    assert np.allclose(values[1:], truth.quantities["hidden"][0, :-1, 9], atol=1e-3)


def test_the_tune_count_is_the_corpus_s(lab: Any, page: Page) -> None:
    visit(page, f"{lab.url}/corpus")
    tunes = sum(1 for _ in (lab.data / "folk" / "tunes.jsonl").open())
    # Figures arrive one by one.
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(f"{tunes:,}")


def test_the_run_chosen_travels_and_its_address_opens_the_same_view(lab: Any, page: Page) -> None:
    visit(page, f"{lab.url}/compose?run=rnn-150&temperature=1.2")
    page.get_by_role("link", name="Neurons", exact=True).click()
    expect(page.locator("h1")).to_have_text("Neurons")
    settled(page)
    expect(page).to_have_url(re.compile("run=rnn-150"))
    expect(page.get_by_role("combobox", name="Run", exact=True)).to_have_value(
        re.compile("^rnn-150 ")
    )


def test_script_in_a_pasted_tune_stays_text(lab: Any, page: Page) -> None:
    visit(page, f"{lab.url}/neurons?run=lstm-150&text=pasted")
    page.evaluate("window.harmed = false")
    field = page.get_by_role("textbox", name="ABC text")
    text = "X:1\nT:(b)<i>\nK:D\n<img src=x onerror=harmed=true>|\n"
    field.fill(text)
    # The neurons' own player shows it once the keys have rested.
    expect(page.get_by_test_id(f"char-{len(text) - 1}")).to_be_attached()
    assert page.evaluate("window.harmed") is False
