"""Composing in a real browser: temperatures side by side with sound, and a kept song's own link."""

import re
from typing import Any

from playwright.sync_api import Browser, Page, expect

from songrnn.config import SampleConfig
from songrnn.generation.composer import compose
from songrnn.generation.export import Provenance
from songrnn.model.engine import Engine
from songrnn.store.runs import open_run
from tests.browser.test_pages import press, settled, visit

# The characters that are lit, each time they change, while the sound plays.
LIT = """async (text) => {
  const root = text.getRootNode();
  const audio = root.querySelector('audio');
  const seen = [];
  const end = performance.now() + 15000;
  while (seen.length < 4 && performance.now() < end) {
    const lit = root.querySelector('.text .lit');
    const note = root.querySelector('.staff .lit');
    const at = lit ? Number(lit.dataset.index) : -1;
    if (at >= 0 && note && seen.at(-1)?.[1] !== at)
      seen.push([audio.currentTime, at, Number(note.dataset.start)]);
    await new Promise(requestAnimationFrame);
  }
  return seen;
}"""


def test_three_temperatures_side_by_side_play_and_move_the_cursor(lab: Any, page: Page) -> None:
    """The course's three temperatures and 0, which are what the page begins with."""
    run = open_run("lstm-150", checkpoints=lab.checkpoints)
    visit(page, f"{lab.url}/compose?run=lstm-150&how=beside&seed=5")
    press(page, "compose")
    players = page.get_by_test_id("tune-player")
    expect(players).to_have_count(4)
    settled(page)
    for number, temperature in enumerate((0.0, 0.5, 1.0, 2.0)):
        config = SampleConfig(temperature=temperature)
        song = compose(Engine.of(run), run.vocabulary, prime="X:1\n", config=config, seed=5)
        cells = players.nth(number).locator("[data-testid=text] span[data-index]")
        expect(cells).to_have_count(len(song.text))
    for number in (1, 2):
        player = players.nth(number)
        expect(player.locator("[data-testid=staff] svg").first).to_be_visible()
        play = player.get_by_test_id("play")
        expect(play).to_be_enabled()
        play.click()
        seen = player.get_by_test_id("text").evaluate(LIT)
        assert len(seen) >= 3, seen
        assert [when for when, _, _ in seen] == sorted(when for when, _, _ in seen)
        assert len({place for _, place, _ in seen}) >= 3
        assert all(place == note for _, place, note in seen)
        play.click()


def test_the_link_of_a_kept_song_opens_it_in_another_browser(
    lab: Any, page: Page, browser: Browser
) -> None:
    visit(page, f"{lab.url}/compose?run=rnn-150&temperature=0.5&seed=11")
    press(page, "compose")
    expect(page.locator(".st-key-provenance")).to_contain_text("rnn-150")
    settled(page)
    press(page, "keep")
    expect(page).to_have_url(re.compile(r"song=\w+"))
    settled(page)
    (song,) = [
        one for one in open_run("rnn-150", checkpoints=lab.checkpoints).songs() if one.seed == 11
    ]
    other = browser.new_context()
    try:
        opened = other.new_page()
        opened.goto(page.url)
        player = opened.get_by_test_id("tune-player")
        cells = player.locator("[data-testid=text] span[data-index]")
        expect(cells).to_have_count(len(song.text))
        expect(player.locator("[data-testid=staff] svg").first).to_be_visible()
        provenance = Provenance("rnn-150", song.config, 11, song.stopped_by)
        said = " · ".join(provenance.lines())
        expect(opened.locator(".st-key-provenance")).to_contain_text(said)
    finally:
        other.close()


def test_the_link_of_a_song_opens_at_the_song_on_a_phone(lab: Any, browser: Browser) -> None:
    run = open_run("lstm-150", checkpoints=lab.checkpoints)
    context = browser.new_context(viewport={"width": 390, "height": 844})
    try:
        opened = context.new_page()
        opened.goto(f"{lab.url}/compose?run=lstm-150&song={run.songs()[0].id}")
        expect(opened.locator(".st-key-provenance")).to_be_in_viewport(timeout=30_000)
    finally:
        context.close()
