"""Links that people saved or sent open the view they were made for.

Each link is one that an earlier version of the app wrote into its address. The controls are found
by their keys; of a row of choices the place counts, not what it says.
"""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from songrnn.corpus.tunebook import Tune, Tunebook

PATIENCE_MS = 30_000
SONG = "8345f18e78f9"
LARRY = "24345111f82c"  # of validation
FRIAR = "60484e236918"  # of training
RUNS = (
    "runs?study=chosen&runs=lstm-150&runs=rnn-150&unit=nats&axis=step&scale=log&training=false"
    "&whole=true&smoothing=0.5&picture=png&baseline=lstm-150&filter=lstm&best_of=true"
)
COMPOSE = (
    "compose?run=rnn-150&temperature=0.5&seed=11&prime=X%3A1%0AM%3A6%2F8%0A&limit=400&top_k=5"
    "&top_p=0.9&min_p=0.05&whole_bars=true&new_seed=true&all_runs=true"
)
LOOK = (
    f"neurons?run=lstm-150&tune={FRIAR}&split=train&full_colour=tune&listed=property"
    "&property=note&moment=before&note_value=last&colours=red-blue"
)
HELD = (
    "neurons?run=lstm-150&view=cause&neuron=3&at_value=value&level=0.5&seen_by=readout"
    "&where=barline"
)

# Link -> what its controls hold: the place of a choice, the value of a slider, a field's text (or
# how it begins), the names of a selection.
HELD_BY: dict[str, dict[str, Any]] = {
    RUNS: {
        "study": 1,
        "runs": ["lstm-150", "rnn-150"],
        "unit": 1,
        "axis": 1,
        "scale": 1,
        "training": False,
        "whole": True,
        "smoothing": 0.5,
        "picture": 1,
        "baseline": "lstm-150",
        "filter": "lstm",
        "best_of": True,
    },
    "runs?study=chosen&colour=cell&facet=cell&group=cell": {"study": 1, "colour": "cell"},
    "runs?study=cells&show=final&unit=nats": {"study": 0, "show": 1, "unit": 1},
    COMPOSE: {
        "run@compose": "rnn-150",
        "temperature": 0.5,
        "seed": "11",
        "prime": "X:1\nM:6/8\n",
        "limit": "400",
        "top_k": "5",
        "top_p": 0.9,
        "min_p": 0.05,
        "whole_bars": True,
        "new_seed": True,
        "all_runs": True,
    },
    "compose?run=lstm-150&how=beside&seed=5&runs_beside=rnn-150": {
        "how": 1,
        "runs_beside": ["rnn-150"],
        "seed": "5",
    },
    f"neurons?run=lstm-150&quantity=cell&layer=1&neuron=48&tune={LARRY}&at=37": {
        "run@neurons": "lstm-150",
        "quantity@neurons": "Cell state",
        "layer": "1",
        "tune@neurons": "The Night Before Larry Was Stretched",
        "split": "validation",
        "view": 0,
    },
    LOOK: {
        "tune@neurons": "The Friar's Hill",
        "split": "train",
        "full_colour": 1,
        "listed": 2,
        "moment": 1,
        "note_value": 1,
        "colours": 1,
    },
    f"neurons?run=lstm-150&tune={LARRY}&second=rnn-150&second_layer=1&second_neuron=2": {
        "second": "rnn-150",
        "second_layer": "1",
    },
    "neurons?run=lstm-150&text=pasted": {"pasted": "X:1\nT:Example\n"},
    "neurons?run=lstm-150&view=card&quantity=cell&neuron=17": {
        "view": 1,
        "quantity@neurons": "Cell state",
        "neuron": "17",
    },
    "neurons?run=lstm-150&view=atlas&atlas_order=likeness&atlas_kind=remembers": {
        "view": 2,
        "atlas_order": 2,
        "atlas_kind": 1,
    },
    HELD: {"view": 4, "which": 0, "neuron": "3", "at_value": 3, "level": 0.5, "seen_by": 1},
    "neurons?run=lstm-150&view=cause&which=these&units=3&units=5&at_value=zero": {
        "which": 1,
        "units": ["3", "5"],
        "at_value": 2,
    },
    "neurons?run=lstm-150&view=cause&which=label&label=header": {"view": 4, "which": 2},
    "listen?run=rnn-150": {"run@listen": "rnn-150"},
    "temperature?run=rnn-150": {"run@temperature": "rnn-150"},
    f"corpus?corpus=folk&tune={LARRY}&corpus_split=validation": {
        "tune@corpus": "The Night Before Larry Was Stretched",
        "corpus_split": 2,
    },
    "corpus?search=lark&corpus_split=train": {"search": "lark", "corpus_split": 1},
}

# Those behind a fold, which is opened once the page stands.
FOLDED = {
    RUNS: {"whole", "smoothing", "picture"},
    "runs?study=chosen&colour=cell&facet=cell&group=cell": {"colour"},
    COMPOSE: {"top_k", "top_p", "min_p", "limit", "all_runs"},
    LOOK: {"full_colour", "moment", "note_value", "colours"},
}

# What a control holds, read from the page.
HELD_IN_BROWSER = """key => {
  const box = document.querySelector('.st-key-' + key.replace(/[^A-Za-z0-9_-]/g, '-'));
  if (!box) return null;
  const choices = [...box.querySelectorAll('[role=radio]')];
  if (choices.length)
    return choices.findIndex(each => each.getAttribute('aria-checked') === 'true' || each.checked);
  const tags = [...box.querySelectorAll('[data-tag]')];
  if (tags.length) return tags.map(each => each.innerText.trim());
  const slider = box.querySelector('[role=slider], input[type=range]');
  if (slider) return Number(slider.getAttribute('aria-valuenow') ?? slider.value);
  const box_to_tick = box.querySelector('input[type=checkbox]');
  if (box_to_tick) return box_to_tick.checked;
  const within = [box, ...[...box.querySelectorAll('*')].map(each => each.shadowRoot)].filter(Boolean);
  const field = within.map(each => each.querySelector('textarea, input')).find(Boolean);
  return field ? field.value : null;
}"""


def visit(page: Page, address: str) -> None:
    """Open a link; there is nothing about it to warn of."""
    page.goto(address)
    expect(page.locator("h1")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
    expect(page.get_by_test_id("stAlertContentWarning")).to_have_count(0)


def unfold(page: Page) -> None:
    """Open what hides controls, once the page has come to rest."""
    if page.get_by_test_id("tune-player").count():
        expect(page.locator("[data-testid=staff] svg").first).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    for fold in ("[data-testid=stExpander] summary", "[data-testid=stPopoverButton]"):
        page.evaluate("fold => document.querySelectorAll(fold).forEach(each => each.click())", fold)


def holds(page: Page, key: str, wanted: Any) -> bool:
    found = page.evaluate(HELD_IN_BROWSER, key)
    if isinstance(wanted, str):
        return isinstance(found, str) and found.startswith(wanted)
    if isinstance(wanted, list):
        # A neuron's name may follow its number.
        names = [str(one).split(" · ")[0] for one in found] if isinstance(found, list) else []
        return sorted(names) == wanted
    return bool(found == wanted)


def wait_until_it_holds(page: Page, key: str, wanted: Any) -> None:
    for _ in range(PATIENCE_MS // 100):
        if holds(page, key, wanted):
            return
        page.wait_for_timeout(100)
    found = page.evaluate(HELD_IN_BROWSER, key)
    raise AssertionError(f"{key} holds {found!r}, not {wanted!r}")


@pytest.mark.parametrize("link", HELD_BY)
def test_a_links_controls_hold_what_it_says(lab: Any, page: Page, link: str) -> None:
    visit(page, f"{lab.url}/{link}")
    folded = FOLDED.get(link, set())
    for key, wanted in HELD_BY[link].items():
        if key not in folded:
            wait_until_it_holds(page, key, wanted)
    if folded:
        unfold(page)
    for key in folded:
        wait_until_it_holds(page, key, HELD_BY[link][key])


def tune(lab: Any, name: str) -> Tune:
    return Tunebook.read(lab.data / "folk").find(name)


def player_shows(page: Page, text: str) -> None:
    expect(page.get_by_test_id(f"char-{len(text) - 1}").first).to_be_attached()
    expect(page.locator("[data-testid=text]").first.locator("span")).to_have_count(len(text))


def test_a_kept_song_is_shown(lab: Any, page: Page) -> None:
    kept = json.loads((lab.checkpoints / "lstm-150" / "songs" / f"{SONG}.json").read_text())
    for link in (
        f"compose?run=lstm-150&song={SONG}",
        f"neurons?run=lstm-150&text=kept&song={SONG}",
    ):
        visit(page, f"{lab.url}/{link}")
        player_shows(page, kept["text"])


def test_a_neuron_is_shown_on_its_tune_at_its_place(lab: Any, page: Page) -> None:
    visit(
        page, f"{lab.url}/neurons?run=lstm-150&quantity=cell&layer=1&neuron=48&tune={LARRY}&at=37"
    )
    player_shows(page, tune(lab, LARRY).text)
    expect(page.get_by_test_id("tune-player")).to_have_attribute("data-neuron", "48")
    expect(page.get_by_test_id("char-37")).to_have_class(re.compile("chosen"))


def test_marked_characters_are_marked(lab: Any, page: Page) -> None:
    visit(page, f"{lab.url}/neurons?run=lstm-150&view=find&tune={LARRY}&marked_from=2&marked_to=8")
    for number, marked in ((1, False), (2, True), (7, True), (8, False)):
        has = re.compile("marked") if marked else re.compile("^(?!.*marked)")
        expect(page.get_by_test_id(f"char-{number}")).to_have_class(has)


def test_a_second_neuron_is_the_one_named(lab: Any, page: Page) -> None:
    link = f"neurons?run=lstm-150&tune={LARRY}&second=rnn-150&second_neuron=2"
    visit(page, f"{lab.url}/{link}")
    expect(page.locator("[data-testid=text-second] span").first).to_be_visible()
    assert parse_qs(urlsplit(page.url).query)["second_neuron"] == ["2"]


def test_units_with_their_labels_behind_them_are_the_units(lab: Any, page: Page) -> None:
    """Addresses once held what stood on the control: the number, and the label as it was then."""
    link = "neurons?run=lstm-150&view=cause&which=these&units=48+%C2%B7+reads%3A+inside+the+header"
    visit(page, f"{lab.url}/{link}")
    expect(page.locator(".st-key-units [data-tag]")).to_have_text(re.compile("^48"))
