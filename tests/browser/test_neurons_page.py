"""The Neurons page in a real browser: two runs, all neurons, select and find, switched off."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from songrnn.config import SampleConfig
from songrnn.corpus.tunebook import Tune, Tunebook
from songrnn.inspection.activations import activations
from songrnn.inspection.holding import interventions
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.selection import select
from songrnn.inspection.song_ablation import compose_pair
from songrnn.inspection.units import Unit
from songrnn.model.engine import Engine
from songrnn.store.runs import open_run
from tests.browser.audit import rest


@pytest.fixture
def tune(lab: Any) -> Tune:
    return Tunebook.read(lab.data / "folk").split("validation")[4]


def visit(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("h1")).to_have_text("Neurons")


def press(page: Page, key: str) -> None:
    """Press the button with that key; a help text makes a second one for small screens."""
    page.locator(f".st-key-{key} button:visible").first.click()


def values(cells: Locator) -> list[float]:
    expect(cells.first).to_have_attribute("data-value", re.compile("."))
    return [float(v) for v in cells.evaluate_all("(all) => all.map((cell) => cell.dataset.value)")]


def test_two_runs_show_their_own_values_on_one_text(lab: Any, page: Page, tune: Tune) -> None:
    visit(page, f"{lab.url}/neurons?run=lstm-150&neuron=17&tune={tune.id}&second=rnn-150")
    second = page.locator("[data-testid=text-second] span")
    expect(second.first).to_be_visible()
    page.get_by_test_id("tune-player").focus()
    for _ in range(2):
        page.keyboard.press("Shift+ArrowDown")
    for name, cells, neuron in (
        ("lstm-150", page.locator("[data-testid=text] span"), 17),
        ("rnn-150", second, 2),
    ):
        run = open_run(name, checkpoints=lab.checkpoints)
        truth = activations(Engine.of(run), run.vocabulary, tune.text).quantities["hidden"][0]
        assert np.allclose(values(cells), truth[:, neuron], atol=1e-3)
    expect(page).to_have_url(re.compile("second_neuron=2"))


def test_a_second_run_that_is_chosen_on_the_page_is_shown_at_once(
    lab: Any, page: Page, tune: Tune
) -> None:
    visit(page, f"{lab.url}/neurons?run=lstm-150&neuron=17&tune={tune.id}")
    expect(page.locator("[data-testid=text] span").first).to_be_visible()
    page.get_by_role("combobox", name=re.compile("Second run")).click()
    page.get_by_role("option", name="rnn-150", exact=True).click()
    second = page.locator("[data-testid=text-second] span")
    expect(second.first).to_be_visible()
    assert len(values(second)) == len(tune.text)


def test_a_steered_song_is_heard_beside_the_plain_one(lab: Any, page: Page) -> None:
    visit(page, f"{lab.url}/neurons?run=lstm-150&view=steer&along=near-the-end&strength=-1")
    press(page, "steer")
    for key in ("pair-whole", "pair-altered"):
        text = page.locator(f".st-key-{key} [data-testid=text] span")
        expect(text.first).to_be_visible(timeout=60_000)


def test_the_state_is_put_in_before_the_character_that_is_clicked(lab: Any, page: Page) -> None:
    visit(page, f"{lab.url}/neurons?run=lstm-150&view=patch&pair=own")
    letters = page.locator(".st-key-patch-player [data-testid=text] span")
    expect(letters.first).to_be_visible()
    written = page.get_by_role("textbox", name="Base")
    expect(written).to_have_value(re.compile("K:D"))
    base = written.input_value()
    assert letters.count() == len(base)
    note, barline, differs = base.index("GB"), base.rindex("|"), base.index("4/4")
    for at in (note, barline):  # what has a note and what has none
        letters.nth(at).click()
        expect(page.get_by_text(f"up to character {at + 1} of the base")).to_be_visible()
        expect(letters.nth(at)).to_have_class(re.compile("chosen"))
        expect(page.locator(".st-key-patch button:visible").first).to_be_visible()
    letters.nth(differs).click()
    expect(page.get_by_text("stands 4 in the base and 6 in the source")).to_be_visible()


def test_a_point_of_the_atlas_opens_its_neurons_card(lab: Any, page: Page) -> None:
    visit(page, f"{lab.url}/neurons?run=lstm-150&view=atlas&atlas_order=number")
    point = page.locator(".st-key-atlas .scatterlayer .point").nth(48)
    expect(point).to_be_attached()
    point.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    box = point.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_timeout(300)
    page.mouse.down()
    page.mouse.up()
    expect(page.get_by_role("heading", name=re.compile("^Neuron 48 ·"))).to_be_visible()
    expect(page).to_have_url(re.compile("neuron=48"))


def test_characters_drawn_over_find_neurons(lab: Any, page: Page, tune: Tune) -> None:
    visit(page, f"{lab.url}/neurons?run=lstm-150&view=find&tune={tune.id}")
    expect(page.locator("[data-testid=staff] svg").first).to_be_visible()
    page.wait_for_timeout(500)
    page.get_by_test_id("char-2").hover()
    page.mouse.down()
    page.get_by_test_id("char-7").hover()
    page.mouse.up()
    expect(page.locator(".st-key-find-matches")).to_be_visible()
    expect(page).to_have_url(re.compile("marked_from=2&marked_to=8"))
    run = open_run("lstm-150", checkpoints=lab.checkpoints)
    seen = activations(Engine.of(run), run.vocabulary, tune.text)
    best = select(seen, [(2, 8)], index=NeuronIndex.read(run.path)).matches[0]
    expect(page.get_by_role("heading", name=re.compile(rf"neuron {best.neuron}, "))).to_be_visible()
    page.reload()
    expect(page.locator(".st-key-find-matches")).to_be_visible()
    expect(page.get_by_test_id("char-7")).to_have_class(re.compile("marked"))


def test_a_link_opens_the_player_at_a_place(lab: Any, page: Page, tune: Tune) -> None:
    place = tune.text.index("|") + 3
    visit(page, f"{lab.url}/neurons?run=lstm-150&tune={tune.id}&at={place}")
    expect(page.get_by_test_id(f"char-{place}")).to_have_class(re.compile("chosen"))


def test_a_button_below_the_player_turns_to_the_card(lab: Any, page: Page, tune: Tune) -> None:
    visit(page, f"{lab.url}/neurons?run=lstm-150&neuron=48&tune={tune.id}")
    expect(page.get_by_role("heading", name=re.compile("^Neuron 48 ·"))).to_be_visible()
    page.get_by_test_id("tune-player").focus()
    page.keyboard.press("ArrowDown")
    expect(page).to_have_url(re.compile("neuron=49"))
    expect(page.locator("[data-testid=staff] svg").first).to_be_visible()
    expect(page.get_by_test_id("tune-player")).to_have_attribute("data-neuron", "49")
    press(page, "to-card")
    expect(page.locator(".st-key-gates")).to_be_visible()
    expect(page).to_have_url(re.compile("view=card"))
    expect(page.get_by_role("heading", name=re.compile("^Neuron 49 ·"))).to_have_count(1)


def test_a_song_plays_with_and_without_neurons(lab: Any, page: Page) -> None:
    visit(page, f"{lab.url}/neurons?run=lstm-150&view=cause&which=label&label=header")
    press(page, "compose-pair")
    run = open_run("lstm-150", checkpoints=lab.checkpoints)
    index = NeuronIndex.read(run.path)
    assert index is not None
    label = [each for each in index.labels if each.label == "header" and each.quantity == "hidden"]
    label.sort(key=lambda each: -each.score)
    size = max(n for n in (1, 2, 4, 8, 16) if n <= len(label))
    units = [Unit("hidden", each.layer, each.neuron) for each in label[:size]]
    pair = compose_pair(
        Engine.of(run),
        run.vocabulary,
        interventions(units, "mean", index.means()),
        prime="X:1\nT:Tune\nR:reel\nM:4/4\nL:1/8\nK:D\n",
        config=SampleConfig(temperature=0.7, limit=1000),
        seed=1,
    )
    players = page.get_by_test_id("tune-player")
    expect(players).to_have_count(2)
    for number, song in enumerate((pair.whole, pair.altered)):
        text = players.nth(number).get_by_test_id("text")
        expect(text.locator("span")).to_have_count(len(song.text))
        assert pair.first_difference is not None
        expect(text.get_by_test_id(f"char-{pair.first_difference}")).to_have_class(
            re.compile("marked")
        )
        expect(players.nth(number).get_by_test_id("play")).to_be_enabled()
        expect(players.nth(number).locator("[data-testid=staff] svg").first).to_be_visible()


def test_the_view_is_taken_along_as_one_file(
    lab: Any, page: Page, tune: Tune, tmp_path: Path
) -> None:
    visit(page, f"{lab.url}/neurons?run=lstm-150&neuron=17&tune={tune.id}")
    with page.expect_download() as download:
        press(page, "download-view")
    path = tmp_path / "view.html"
    download.value.save_as(path)
    page.goto(path.as_uri())
    run = open_run("lstm-150", checkpoints=lab.checkpoints)
    truth = activations(Engine.of(run), run.vocabulary, tune.text).quantities["hidden"][0]
    assert np.allclose(values(page.locator("[data-testid=text] span")), truth[:, 17], atol=1e-3)


def test_a_row_of_the_beats_shows_its_neuron(lab: Any, page: Page) -> None:
    visit(page, f"{lab.url}/neurons?run=lstm-150&view=count")
    press(page, "measure-beats")
    table = page.locator(".st-key-beats [data-testid=stDataFrame]")
    expect(table).to_be_visible()
    neuron = page.locator(".st-key-neuron input").first
    expect(neuron).to_have_value(re.compile(r"^\d+"))
    first = neuron.input_value()
    box = table.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 12, box["y"] + 35 * 3 + 17)  # the box of the third row
    expect(neuron).not_to_have_value(first)
    expect(page).to_have_url(re.compile(r"neuron=\d+"))
    expect(page.locator(".st-key-barline-response .js-plotly-plot")).to_be_visible()


@pytest.mark.parametrize("view", ["text", "card", "find", "state", "cause", "steer", "patch"])
def test_on_a_wide_window_controls_stand_in_a_rail_beside_what_they_change(
    page: Page, lab: Any, view: str
) -> None:
    page.set_viewport_size({"width": 1920, "height": 1000})
    visit(page, f"{lab.url}/neurons?run=lstm-150&view={view}&neuron=34")
    music = page.locator(".st-key-music")
    if view in ("text", "card", "find", "state"):
        expect(music.get_by_test_id("text")).to_be_visible()
    elif view == "steer":
        press(page, "steer")
        expect(music.get_by_test_id("text").first).to_be_visible()
    expect(music).to_be_visible()
    rest(page)
    rail, beside = boxes(page, "rail"), boxes(page, "music")
    assert rail["x"] + rail["width"] <= beside["x"]
    assert beside["width"] > 1300
    assert abs(rail["y"] - beside["y"]) <= 24  # a heading has room above it
    if view in ("text", "card", "find"):
        # Staff, text and line are there without scrolling; what else is known of them is beside.
        expect(music.get_by_test_id("plot")).to_be_in_viewport(ratio=1)
        evidence = boxes(page, "evidence")
        assert evidence["x"] == rail["x"]
        assert evidence["x"] + evidence["width"] <= beside["x"]
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.wait_for_function(
        "() => document.querySelector('.st-key-music').getBoundingClientRect().left"
        " === document.querySelector('.st-key-rail').getBoundingClientRect().left"
    )


def boxes(page: Page, key: str) -> Any:
    """Where the container with that key stands."""
    found = page.locator(f".st-key-{key}").bounding_box()
    assert found is not None
    return found
