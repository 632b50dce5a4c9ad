"""The tune player in a real browser: one cursor, both ways from note to character, safe text."""

import itertools
import re
from collections.abc import Callable
from html import escape
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from dashboard.components.tune_player import SCRIPT, player_data
from dashboard.components.tune_player.hearing import AS_IT_IS
from songrnn.notation.engraving import engrave
from songrnn.notation.performance import perform
from songrnn.notation.reader import read
from tests.browser.conftest import PATIENCE_MS

HERE = Path(__file__).parent
PARTS = HERE.parents[1] / "dashboard" / "components" / "tune_player"
TUNE = "X:1\nT:Repeats\nM:4/4\nL:1/4\nQ:1/4=120\nK:C\n|:CDEF|1 GABc:|2 c4|]\n"
TIMELINE = perform(read(TUNE)).timeline()
# What is lit may lag behind the sound by this much.
LATEST_SECONDS = 0.06

# Notes, frame by frame, where the sound is and which characters and notes are lit.
WATCH = """async (frames) => {
  const root = document.querySelector('[data-testid=stBidiComponentRegular], .stBidiComponent')
  const find = (node) => {
    for (const child of node.querySelectorAll('*')) {
      if (child.dataset && child.dataset.testid === 'tune-player') return child;
      if (child.shadowRoot) { const inner = find(child.shadowRoot); if (inner) return inner; }
    }
  };
  const player = find(document);
  const audio = player.querySelector('audio');
  const seen = [];
  while (seen.length < frames && !audio.ended && !audio.paused) {
    const time = audio.currentTime;
    const lit = [...player.querySelectorAll('.text .lit')].map((cell) => Number(cell.dataset.index));
    const note = player.querySelector('.staff .lit');
    seen.push([time, lit.length ? lit[0] : -1, note ? Number(note.dataset.start) : -1]);
    await new Promise(requestAnimationFrame);
  }
  return seen;
}"""


@pytest.fixture(scope="session")
def address(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    data = tmp_path_factory.mktemp("player")
    return serve(HERE / "player_app.py", SONGRNN_DATA=str(data))


def opened(page: Page, address: str, show: str = "song") -> None:
    page.goto(f"{address}/?show={show}")
    # The first page of a server has its staff and its sound still to make.
    expect(page.get_by_test_id("char-0")).to_be_visible(timeout=2 * PATIENCE_MS)


def starts_around(seconds: float) -> set[int]:
    """Starts of the notes that may be lit at a moment of the sound."""
    return {
        start
        for (begin, start, _), (end, _, _) in itertools.pairwise(TIMELINE)
        if begin - LATEST_SECONDS <= seconds < end + LATEST_SECONDS
    }


def check(seen: list[list[float]]) -> set[int]:
    """Each frame shows what sounds; the notes seen come back."""
    assert len(seen) > 5
    for time, letter, note in seen:
        if time < TIMELINE[-1][0] - LATEST_SECONDS:
            assert letter in starts_around(time), (time, letter)
            assert note == letter
    return {int(letter) for _, letter, _ in seen}


def test_the_cursor_follows_the_sound_through_a_repeat(page: Page, address: str) -> None:
    opened(page, address)
    first = TUNE.index("CDEF")
    again = [seconds for seconds, start, _ in TIMELINE if start == first]
    assert len(again) == 2
    page.get_by_test_id("seek").evaluate(
        "(slider, to) => { slider.value = to; slider.dispatchEvent(new Event('input')); }",
        again[1] - 0.6,
    )
    page.get_by_test_id("play").click()
    page.wait_for_timeout(300)
    seen = check(page.evaluate(WATCH, 90))
    # From the last note of the first ending back to the first of the tune.
    assert {TUNE.index("c:"), first} <= seen


def test_the_cursor_follows_the_sound_after_a_change_of_tempo(page: Page, address: str) -> None:
    opened(page, address)
    page.get_by_test_id("tempo").evaluate(
        "(slider) => { slider.value = 150; slider.dispatchEvent(new Event('input')); }"
    )
    page.get_by_test_id("play").click()
    page.wait_for_timeout(300)
    seen = check(page.evaluate(WATCH, 60))
    assert len(seen) >= 2
    audio = page.get_by_test_id("audio")
    assert audio.evaluate("(audio) => [audio.playbackRate, audio.preservesPitch]") == [1.5, True]


def test_a_note_marks_its_characters_and_a_character_its_note(page: Page, address: str) -> None:
    opened(page, address)
    start = TUNE.index("E")
    start = TUNE.index("CDEF") + 2
    note = page.locator(f"#n{start}-{start + 1}-0")
    note.locator(".notehead").click(force=True)
    expect(page.get_by_test_id(f"char-{start}")).to_have_class(re.compile("chosen"))
    expect(note).to_have_class(re.compile("chosen"))
    when = next(seconds for seconds, begin, _ in TIMELINE if begin == start)
    shown = page.get_by_test_id("audio").evaluate("(audio) => audio.currentTime")
    assert shown == pytest.approx(when, abs=0.01)
    expect(page.get_by_text(f"span ({start}, {start + 1})")).to_be_visible()

    other = start + 1
    page.get_by_test_id(f"char-{other}").click()
    expect(page.locator(f"#n{other}-{other + 1}-0")).to_have_class(re.compile("chosen"))
    expect(note).not_to_have_class(re.compile("chosen"))


def test_keys_play_and_move_by_a_note(page: Page, address: str) -> None:
    opened(page, address)
    player = page.get_by_test_id("tune-player")
    player.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    start = TUNE.index("CDEF") + 2
    expect(player).to_have_attribute("data-cursor", f"{start}-{start + 1}")
    page.keyboard.press("ArrowLeft")
    expect(player).to_have_attribute("data-cursor", f"{start - 1}-{start}")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_a_loop_stays_in_the_chosen_section(page: Page, address: str) -> None:
    opened(page, address)
    start = TUNE.index("CDEF") + 1
    page.get_by_test_id(f"char-{start}").click()
    page.get_by_test_id("loop").click()
    page.get_by_test_id("play").click()
    times = []
    for _ in range(12):
        page.wait_for_timeout(100)
        times.append(page.get_by_test_id("audio").evaluate("(audio) => audio.currentTime"))
    assert all(0.45 <= time <= 1.1 for time in times)
    assert any(after < before for before, after in itertools.pairwise(times))


def test_another_instrument_is_another_sound_at_the_same_place(page: Page, address: str) -> None:
    opened(page, address)
    audio = page.get_by_test_id("audio")
    before = audio.get_attribute("src")
    page.get_by_test_id("seek").evaluate(
        "(slider) => { slider.value = 1.5; slider.dispatchEvent(new Event('input')); }"
    )
    page.get_by_test_id("instrument").select_option("harp")
    expect(audio).not_to_have_attribute("src", before or "")
    expect(page.get_by_test_id("instrument")).to_have_value("harp")
    assert audio.evaluate("(audio) => audio.currentTime") == pytest.approx(1.5, abs=0.05)


def test_searching_lists_the_neurons_found_and_shows_the_first(page: Page, address: str) -> None:
    opened(page, address, "neuron")
    page.get_by_test_id("find").fill("4")
    expect(page.get_by_test_id("neuron")).to_have_value("4")
    expect(page.get_by_test_id("neuron").locator("option")).to_have_count(1)
    page.get_by_test_id("find").fill("")
    expect(page.get_by_test_id("neuron").locator("option")).to_have_count(5)


def test_after_a_search_the_arrows_go_through_all_neurons(page: Page, address: str) -> None:
    opened(page, address, "many")
    find, player = page.get_by_test_id("find"), page.get_by_test_id("tune-player")
    find.fill("37")
    expect(page.get_by_test_id("found")).to_have_text("1 found, Enter takes it")
    find.press("Enter")
    expect(player).to_be_focused()
    expect(find).to_have_value("")
    page.keyboard.press("ArrowDown")
    expect(player).to_have_attribute("data-neuron", "38")
    expect(page.get_by_test_id("neuron").locator("option")).to_have_count(60)


def test_in_the_search_field_the_arrows_go_through_those_found(page: Page, address: str) -> None:
    opened(page, address, "many")
    find, player = page.get_by_test_id("find"), page.get_by_test_id("tune-player")
    find.fill("5")
    expect(player).to_have_attribute("data-neuron", "5")
    find.press("ArrowDown")
    expect(player).to_have_attribute("data-neuron", "50")
    expect(page.get_by_test_id("found")).to_contain_text("11 found")
    find.fill("no such neuron")
    expect(page.get_by_test_id("found")).to_have_text("Not found")
    expect(player).to_have_attribute("data-neuron", "50")


def test_two_runs_are_on_the_same_text_under_one_cursor(page: Page, address: str) -> None:
    opened(page, address, "two")
    first, second = page.get_by_test_id("char-12"), page.get_by_test_id("second-12")
    one, other = (float(cell.get_attribute("data-value") or "nan") for cell in (first, second))
    assert one == pytest.approx(float(np.sin(12 / 4)), abs=1e-3)
    assert other == pytest.approx(-float(np.sin(12 / 3)), abs=1e-3)
    start = TUNE.index("CDEF") + 1
    page.get_by_test_id(f"second-{start}").click()
    for place in ("char", "second"):
        expect(page.get_by_test_id(f"{place}-{start}")).to_have_class(re.compile("lit"))
    page.get_by_test_id("tune-player").focus()
    page.keyboard.press("Shift+ArrowDown")
    expect(page.get_by_test_id("neuron-second")).to_have_value("2")
    expect(page.get_by_test_id("neuron")).to_have_value("2")
    expect(page.get_by_text("second 2")).to_be_visible()


def test_drawing_over_the_text_marks_its_characters(page: Page, address: str) -> None:
    opened(page, address, "neuron")
    start = TUNE.index("CDEF")
    page.get_by_test_id(f"char-{start}").hover()
    page.mouse.down()
    page.get_by_test_id(f"char-{start + 3}").hover()
    page.mouse.up()
    expect(page.get_by_text(f"marked ({start}, {start + 4})")).to_be_visible()
    page.get_by_test_id("tune-player").focus()
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.get_by_text(f"marked ({start}, {start + 3})")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("marked None")).to_be_visible()


def test_the_player_opens_at_a_place(page: Page, address: str) -> None:
    opened(page, address, "place")
    place = TUNE.index("2 c4")
    expect(page.get_by_test_id(f"char-{place}")).to_have_class(re.compile("chosen"))


def test_text_of_a_tune_stays_text(page: Page, address: str) -> None:
    opened(page, address, "harmful")
    text = page.get_by_test_id("text")
    assert "<script>window.harmed=true</script>" in (text.text_content() or "")
    page.locator(".staff .note").first.click(force=True)
    assert page.evaluate("window.harmed") is None
    for forbidden in ("script", "image", "img", "foreignObject"):
        expect(page.get_by_test_id("tune-player").locator(forbidden)).to_have_count(0)


def test_a_drawing_keeps_what_leads_to_itself_and_loses_what_leads_elsewhere(page: Page) -> None:
    fills = {
        "url(#a)": True,
        "url('#a')": True,
        'url( "#a" )': True,
        "url(http://example.org/x)": False,
        "url('//example.org/x')": False,
        "url('#a') url('http://example.org/x')": False,
        "u\\72l(http://example.org/x)": False,
    }
    shapes = "".join(f"<path fill='{escape(fill, quote=True)}'/>" for fill in fills)
    page.goto("about:blank")
    left = page.evaluate(
        """([script, drawing]) => {
          const safeDrawing = new Function(`${script}; return safeDrawing;`)();
          return [...safeDrawing(drawing).children].map((each) => each.hasAttribute("fill"));
        }""",
        [
            (PARTS / "elements.js").read_text(encoding="utf-8"),
            f"<svg xmlns='http://www.w3.org/2000/svg'>{shapes}</svg>",
        ],
    )
    assert dict(zip(fills, left, strict=True)) == fills


def test_what_is_chosen_while_the_staff_comes_is_reported_whole(page: Page) -> None:
    reading = read(TUNE)
    first, with_staff = (
        player_data(reading, svg=svg, audio=None, reason=reason)
        | {"reports": True, "places": True, "plays": 0, "source": None}
        | AS_IT_IS.data()
        for svg, reason in ((None, "The staff is being made."), (engrave(reading), ""))
    )
    page.goto("about:blank")
    told = page.evaluate(
        """async ([script, first, second, places]) => {
          document.body.innerHTML = '<div class="editor"></div><div class="player"></div>';
          const render = new Function(`${script.replace("export default", "")}; return render;`)();
          const told = [];
          for (const place of places) {
            const told_here = [];
            const show = (data) => render({ parentElement: document.body, data,
              setStateValue: (name, value) => name === "choice" && told_here.push(value) });
            const leave = show(first);
            document.querySelector(`[data-testid=char-${place}]`).click();
            show(second);
            await new Promise((resolve) => setTimeout(resolve, 600));
            told.push(told_here.map((choice) => [choice.place, choice.span]));
            leave();
          }
          return told;
        }""",
        [SCRIPT, first, with_staff, [TUNE.index("DEF"), TUNE.index("|1")]],
    )
    note, barline = TUNE.index("DEF"), TUNE.index("|1")
    assert told == [[[note, [note, note + 1]]], [[barline, None]]]


def test_without_a_staff_there_is_a_piano_roll_and_the_reason(page: Page, address: str) -> None:
    opened(page, address, "roll")
    expect(page.get_by_test_id("reason")).to_have_text("No staff today.")
    start = TUNE.index("CDEF")
    expect(page.get_by_test_id("roll").locator("rect")).to_have_count(13)
    expect(page.locator(f"rect[data-start='{start}']")).to_have_count(2)


def test_without_sound_the_transport_is_off_and_says_so(page: Page, address: str) -> None:
    opened(page, address, "silent")
    expect(page.get_by_test_id("play")).to_be_disabled()
    expect(page.get_by_test_id("silent")).to_be_visible()
    page.get_by_test_id(f"char-{TUNE.index('CDEF') + 1}").click()
    expect(page.locator(".staff .chosen").first).to_be_visible()


def test_arrow_keys_switch_the_neuron_in_the_browser(page: Page, address: str) -> None:
    opened(page, address, "neuron")
    player = page.get_by_test_id("tune-player")
    expect(player).to_have_attribute("data-neuron", "2")

    def shown() -> list[float]:
        return [
            float(value)
            for value in player.locator(".text span").evaluate_all(
                "(cells) => cells.map((cell) => cell.dataset.value)"
            )
        ]

    positions = np.arange(len(TUNE))
    np.testing.assert_allclose(shown(), np.sin(positions / 4), atol=1e-4)
    player.focus()
    page.keyboard.press("ArrowDown")
    # At once, before any answer of the server.
    np.testing.assert_allclose(shown(), np.sin(positions / 5), atol=1e-4)
    expect(page.get_by_test_id("neuron")).to_have_value("3")
    expect(page.get_by_text("neuron 3", exact=False).first).to_be_visible()
    page.get_by_test_id("neuron").select_option("0")
    np.testing.assert_allclose(shown(), np.sin(positions / 2), atol=1e-4)


def test_hovering_shows_character_position_and_value(page: Page, address: str) -> None:
    opened(page, address, "neuron")
    newline = TUNE.index("\n")
    expect(page.get_by_test_id("legend")).to_have_text("−1+1")
    page.get_by_test_id(f"char-{newline}").hover()
    expect(page.get_by_test_id("tip")).to_have_text(f"↵ at {newline}: {np.sin(newline / 4):.4f}")
    colour = page.get_by_test_id(f"char-{newline}").evaluate(
        "(cell) => getComputedStyle(cell).backgroundColor"
    )
    assert colour not in ("", "rgba(0, 0, 0, 0)")


def pressed(page: Page, name: str) -> None:
    expect(page.get_by_test_id(name)).to_have_attribute("aria-pressed", "true")


def test_a_loop_is_drawn_over_bars_and_remembered_with_tempo_and_instrument(
    page: Page, address: str
) -> None:
    opened(page, address)
    notes = page.locator(".staff [data-start]")
    first, last = (
        page.locator(f'.staff [data-start="{TUNE.index("CDEF") + place}"]').first
        for place in (1, 2)
    )
    expect(notes.first).to_be_visible()
    begin, end = first.bounding_box(), last.bounding_box()
    assert begin is not None
    assert end is not None
    page.mouse.move(begin["x"] + begin["width"] / 2, begin["y"] + begin["height"] - 3)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] - 3, steps=4)
    page.mouse.up()
    pressed(page, "loop")
    expect(page.get_by_test_id("loop-bars")).to_have_text("bar 1")
    assert float(page.get_by_test_id("loop-start").input_value()) == 0
    assert float(page.get_by_test_id("loop-end").input_value()) == pytest.approx(2, abs=0.02)
    page.get_by_test_id("tempo").evaluate(
        "(slider) => { slider.value = 80; slider.dispatchEvent(new Event('input')); }"
    )
    page.get_by_test_id("instrument").select_option("harp")
    expect(page.get_by_test_id("instrument")).to_have_value("harp")
    opened(page, address)  # another session of the same browser
    pressed(page, "loop")
    expect(page.get_by_test_id("loop-bars")).to_have_text("bar 1")
    expect(page.get_by_test_id("tempo")).to_have_value("80")
    expect(page.get_by_test_id("instrument")).to_have_value("harp")


def test_a_bar_is_counted_in_before_the_sound_and_can_be_stopped(page: Page, address: str) -> None:
    opened(page, address)
    audio = page.get_by_test_id("audio")
    page.get_by_test_id("metronome").click()
    page.get_by_test_id("count-in").click()
    pressed(page, "count-in")
    page.get_by_test_id("play").click()
    expect(page.get_by_test_id("counted")).not_to_be_empty()
    assert audio.evaluate("(audio) => audio.paused")
    page.get_by_test_id("play").click()  # no: not yet
    expect(page.get_by_test_id("counted")).to_be_empty()
    page.get_by_test_id("play").click()
    expect(page.get_by_test_id("counted")).to_have_text("4")
    page.wait_for_function(
        "(audio) => !audio.paused && audio.currentTime > 0.2", arg=audio.element_handle()
    )
    expect(page.get_by_test_id("counted")).to_be_empty()


def drawn_over(page: Page, one: int, other: int) -> None:
    """Draw with the mouse over the staff, from the note of a character to that of another."""
    ends = []
    for place in (one, other):
        box = page.locator(f'.staff [data-start="{place}"]').first.bounding_box()
        assert box is not None
        ends.append((box["x"] + box["width"] / 2, box["y"] + box["height"] - 3))
    page.mouse.move(*ends[0])
    page.mouse.down()
    page.mouse.move(*ends[1], steps=4)
    page.mouse.up()


def loop_of(page: Page) -> tuple[float, float, str]:
    return (
        float(page.get_by_test_id("loop-start").input_value()),
        float(page.get_by_test_id("loop-end").input_value()),
        page.get_by_test_id("loop-bars").inner_text(),
    )


def test_a_loop_reaches_over_several_bars_and_a_repeat_drawn_in_either_direction(
    page: Page, address: str
) -> None:
    opened(page, address)
    expect(page.locator(".staff [data-start]").first).to_be_visible()
    drawn_over(page, TUNE.index("GABc"), TUNE.index("CDEF") + 1)  # from right to left
    pressed(page, "loop")
    assert loop_of(page) == (0, pytest.approx(4, abs=0.02), "bars 1 to 2")
    drawn_over(page, TUNE.index("GABc"), TUNE.index("c4"))  # the repeat lies between them
    assert loop_of(page) == (pytest.approx(2, abs=0.02), pytest.approx(8, abs=0.02), "bars 2 to 4")


def test_the_ends_of_a_loop_move_by_bars_from_the_keyboard(page: Page, address: str) -> None:
    opened(page, address)
    page.get_by_test_id("loop").focus()
    page.keyboard.press("Enter")
    pressed(page, "loop")
    assert loop_of(page)[2] == "bars 1 to 4"
    page.get_by_test_id("loop-end").press("ArrowLeft")
    page.get_by_test_id("loop-start").press("ArrowRight")
    assert loop_of(page) == (pytest.approx(2, abs=0.02), pytest.approx(6, abs=0.02), "bars 2 to 3")
    for _ in range(3):  # one bar is left, however often it is pressed
        page.get_by_test_id("loop-start").press("ArrowRight")
    assert loop_of(page) == (pytest.approx(4, abs=0.02), pytest.approx(6, abs=0.02), "bar 3")
    page.get_by_test_id("play").click()
    page.wait_for_function(
        "(audio) => audio.currentTime > 4 && audio.currentTime < 6.2",
        arg=page.get_by_test_id("audio").element_handle(),
    )


def test_the_metronome_clicks_each_beat_once_with_an_accent_on_the_first_of_a_bar(
    page: Page, address: str
) -> None:
    page.add_init_script(
        """window.clicks = [];
        const start = OscillatorNode.prototype.start;
        OscillatorNode.prototype.start = function (when) {
          window.clicks.push([when, this.frequency.value]);
          return start.call(this, when);
        };"""
    )
    opened(page, address)
    expect(page.locator(".staff [data-start]").first).to_be_visible()
    page.get_by_test_id("tempo").evaluate(
        "(slider) => { slider.value = 150; slider.dispatchEvent(new Event('input')); }"
    )
    page.get_by_test_id("metronome").click()
    page.get_by_test_id("play").click()
    page.wait_for_function("() => window.clicks.length >= 10")
    page.get_by_test_id("play").click()
    clicks = page.evaluate("() => window.clicks.slice(0, 10)")
    pitches = [pitch for _, pitch in clicks]
    first = pitches.index(1500)  # a busy machine may begin late; from there on no beat is left out
    assert first < 4
    found = pitches[first:]
    assert found == [1500 if n % 4 == 0 else 1000 for n in range(len(found))]
    times = [when for when, _ in clicks]
    assert times == sorted(times)
    # Half a second a beat, half as quick again.
    assert (times[9] - times[0]) / 9 == pytest.approx(1 / 3, rel=0.25)


# The player plays by clocks of our own: its sound, its timers and what clicks, a step at a time.
# `late`: seconds between two moments at which the page does anything. `seeks`: seconds that the sound
# takes to jump, telling of it twice as slow ones do. Afterwards the page's own are back.
PLAYED = """(audio, { seconds, late, seeks }) => {
  let now = 100, begun = null, place = audio.currentTime, rate = audio.playbackRate, number = 0, jump = null;
  const heard = [], timers = new Map(), kept = {}, told = [];
  const position = () => (begun === null || jump !== null ? place : place + (now - begun) * rate);
  const tell = (name) => audio.dispatchEvent(new Event(name));
  const own = {
    currentTime: { get: position, set: (to) => { place = to; jump = now + seeks; told.push(to); } },
    seeking: { get: () => jump !== null },
    paused: { get: () => begun === null },
    play: { value: async () => { begun = now; tell("play"); } },
    pause: { value: () => { place = position(); begun = null; tell("pause"); } },
  };
  for (const name in own) Object.defineProperty(audio, name, { configurable: true, ...own[name] });
  const timer = (each, wait, again) => (timers.set(++number, { each, at: now + wait / 1000, again }), number);
  const fakes = {
    AudioContext: class { get currentTime() { return now; } resume() {} },
    GainNode: class { gain = { setValueAtTime() {}, exponentialRampToValueAtTime() {} }; connect(to) { return to; } },
    OscillatorNode: class {
      constructor(_, { frequency }) { this.strong = frequency > 1200; }
      connect(to) { return to; }
      start(when) { heard.push(this); this.when = when; }
      stop(when = now) { if (when <= this.when) heard.splice(heard.indexOf(this), 1); }
    },
    setTimeout: (each, wait) => timer(each, wait, 0),
    setInterval: (each, wait) => timer(each, wait, wait / 1000),
    requestAnimationFrame: (each) => timer(each, 16, 0),
    clearTimeout: (which) => timers.delete(which),
  };
  fakes.clearInterval = fakes.cancelAnimationFrame = fakes.clearTimeout;
  for (const name in fakes) { kept[name] = window[name]; window[name] = fakes[name]; }
  try {
    audio.getRootNode().querySelector("[data-testid=play]").click();
    const until = now + seconds, moments = [];
    let awake = now;
    while (now < until) {
      now += 0.004;
      moments.push([now, begun === null ? null : position()]);
      if (now < awake) continue;
      awake = now + late;
      if (jump !== null && now >= jump) { begun = now - Math.min(late, now - jump); jump = null; tell("seeked"); tell("seeked"); }
      for (const [which, { each, at, again }] of [...timers]) {
        if (at > now || !timers.has(which)) continue;
        if (again) timers.get(which).at = now + again; else timers.delete(which);
        each(now);
      }
    }
    return { heard: heard.map(({ when, strong }) => [when, strong]), moments, told };
  } finally {
    for (const name in kept) window[name] = kept[name];
  }
}"""


@pytest.mark.parametrize("late", [0.0, 0.06, 0.3], ids=["at rest", "busy", "very busy"])
def test_a_loop_is_counted_in_once_and_every_beat_in_it_clicked_once_each_time(
    page: Page, address: str, late: float
) -> None:
    opened(page, address)
    expect(page.locator(".staff [data-start]").first).to_be_visible()
    drawn_over(page, TUNE.index("GABc"), TUNE.index("GABc") + 2)  # the second bar, 2 to 4 seconds
    pressed(page, "loop")
    begin, end, named = loop_of(page)
    assert (begin, end, named) == (pytest.approx(2, abs=0.02), pytest.approx(4, abs=0.02), "bar 2")
    page.get_by_test_id("metronome").click()
    page.get_by_test_id("count-in").click()
    pressed(page, "count-in")
    played = page.get_by_test_id("audio").evaluate(
        PLAYED, {"seconds": 12, "late": late, "seeks": 0.03}
    )
    jumps = len(played["told"])
    assert jumps >= 3
    assert played["told"] == [begin] * jumps
    counted, clicked = played["heard"][:4], played["heard"][4:]
    assert [strong for _, strong in counted] == [True, False, False, False]
    times = [when for when, _ in counted]
    assert times == pytest.approx([times[0] + place / 2 for place in range(4)])
    # The sound begins when the next beat is due, or as soon after as the page is awake.
    sounds = next(when for when, position in played["moments"] if position is not None)
    assert times[0] + 2 - 1e-9 <= sounds <= times[0] + 2 + late + 0.02
    # Beats 1 to 4, again and again: none twice, none of the bar after the loop, and each with the
    # sound. None is left out, but for one that a very busy page learns of too late to click it.
    moments = played["moments"]
    before: list[tuple[int, int]] = []
    for when, strong in clicked:
        now = min(range(len(moments)), key=lambda n: abs(moments[n][0] - when))
        if now == len(moments) - 1:
            continue  # planned beyond what was played
        position = begin if moments[now][1] is None else moments[now][1]  # as the sound begins
        beat = round(2 * (position - begin))
        assert position == pytest.approx(begin + beat / 2, abs=0.03 + min(late, 0.1))
        assert strong == (beat == 0)
        times_round = sum(
            b[1] is not None and b[1] < (a[1] or 0) for a, b in itertools.pairwise(moments[:now])
        )
        before.append((times_round, beat))
    assert len(set(before)) == len(before)
    expected = {(n, beat) for n in range(jumps) for beat in range(4)}
    missing = expected - set(before)
    assert {beat for _, beat in missing} <= ({0} if late > 0.1 else set())


def test_one_tune_sounds_at_a_time_and_a_wish_to_play_is_heeded(page: Page, address: str) -> None:
    page.goto(f"{address}/?show=pair")
    first, second = (page.get_by_test_id("play").nth(number) for number in (0, 1))
    expect(second).to_have_accessible_name("Pause")  # asked to play, it began
    first.click()
    expect(first).to_have_accessible_name("Pause")
    expect(second).to_have_accessible_name("Play")
    second.click()
    expect(second).to_have_accessible_name("Pause")
    expect(first).to_have_accessible_name("Play")


def test_a_wish_to_play_outlives_a_player_that_is_replaced_before_it_sounds(
    page: Page, address: str
) -> None:
    page.add_init_script(
        """const play = HTMLMediaElement.prototype.play;
        HTMLMediaElement.prototype.play = async function () {
          await new Promise((resolve) => setTimeout(resolve, 700));
          if (!this.isConnected) throw new DOMException("gone", "AbortError");
          return play.call(this);
        };"""
    )
    page.goto(f"{address}/?show=replaced")
    expect(page.get_by_text("runs 1")).to_be_visible(timeout=2 * PATIENCE_MS)
    expect(page.get_by_test_id("play").nth(1)).to_have_accessible_name("Pause")


def test_a_pickup_is_counted_in_so_that_the_bar_after_it_comes_in_time(
    page: Page, address: str
) -> None:
    """A crotchet before the first bar of four: seven are counted, the eighth is the pickup."""
    page.goto(f"{address}/?show=pickup")
    expect(page.locator(".staff [data-start]").first).to_be_visible()
    page.get_by_test_id("count-in").click()
    pressed(page, "count-in")
    played = page.get_by_test_id("audio").evaluate(
        PLAYED, {"seconds": 6, "late": 0.0, "seeks": 0.03}
    )
    counted = played["heard"]
    assert [strong for _, strong in counted] == [place % 4 == 0 for place in range(7)]
    times = [when for when, _ in counted]
    assert times == pytest.approx([times[0] + place / 2 for place in range(7)])
    sounds = next(when for when, position in played["moments"] if position is not None)
    assert sounds == pytest.approx(times[0] + 3.5, abs=0.03)


def test_the_ends_of_a_loop_go_to_bars_however_they_are_moved(page: Page, address: str) -> None:
    """As a finger moves them on a phone, where nothing can be drawn over the staff."""
    page.goto(f"{address}/?show=pickup")
    page.get_by_test_id("loop").click()
    pressed(page, "loop")
    move = """(slider, to) => { slider.value = to; slider.dispatchEvent(new Event('input')); }"""
    page.get_by_test_id("loop-start").evaluate(move, 2.7)
    page.get_by_test_id("loop-end").evaluate(move, 6.1)
    near = {"abs": 0.02}
    assert loop_of(page) == (pytest.approx(2.5, **near), pytest.approx(6.5, **near), "bars 2 to 3")
    page.get_by_test_id("loop-end").evaluate(move, 0.9)  # past the beginning: one bar is left
    begin, end, _ = loop_of(page)
    assert begin < end
    page.get_by_test_id("loop-start").evaluate(move, 8.5)  # the end of the tune
    assert loop_of(page)[2] == "bar 4"


def test_the_tempo_is_told_in_beats_a_minute(page: Page, address: str) -> None:
    opened(page, address)
    expect(page.get_by_test_id("speed")).to_have_text("100 % · 120 bpm")
    page.get_by_test_id("tempo").evaluate(
        "(slider) => { slider.value = 75; slider.dispatchEvent(new Event('input')); }"
    )
    expect(page.get_by_test_id("speed")).to_have_text("75 % · 90 bpm")


def test_the_staff_alone_is_printed_black_on_white(page: Page, address: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.add_init_script(
        "window.print = () => { top.printed = [...document.body.children].map((one) => one.tagName)"
        " + ' ' + getComputedStyle(document.querySelector('svg')).color; };"
    )
    opened(page, address)
    expect(page.locator(".staff [data-start]").first).to_be_visible()
    page.get_by_test_id("print").click()
    page.wait_for_function("() => window.printed")
    assert page.evaluate("() => window.printed") == "svg rgb(0, 0, 0)"
