"""A tune with chords, lyrics, two voices and a bass clef on its page: seen, heard and mended."""

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from songrnn.notation.performance import perform
from songrnn.notation.reader import read
from tests.browser.test_editor import PLACES, underlined
from tests.browser.test_pages import visit

# Bar by bar (four seconds each): one voice, the other, chord symbols alone.
TUNE = (
    "X:1\nT:Whole 𝄞 Tune\nC:Nobody\nR:air\nM:4/4\nL:1/4\nQ:1/4=60\nK:C\n"
    'V:1\nV:2 clef=bass\n[V:1] "C"a4|z4|"Am""^𝄞"z4|CDEF|]\nw:la sol-fa ti do\n'
    "[V:2] z4|C,4|z4|C,2 G,,2|]\nW:Words below it\n"
)
A5, C3, AM = 880.0, 130.81, 110.0
# What reaches the loudspeaker goes through an analyser first.
TAP = """
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (to, ...rest) {
  if (!(to instanceof AudioDestinationNode)) return connect.call(this, to, ...rest);
  if (!window.tap) {
    window.tap = this.context.createAnalyser();
    tap.fftSize = 16384;
    tap.smoothingTimeConstant = 0;
    connect.call(window.tap, to);
  }
  return connect.call(this, window.tap);
};
"""
# The largest sample, and the frequency of the loudest partial.
HEARD = """() => {
  if (!window.tap) return [0, 0];
  const wave = new Float32Array(tap.fftSize), levels = new Float32Array(tap.frequencyBinCount);
  tap.getFloatTimeDomainData(wave);
  tap.getFloatFrequencyData(levels);
  const loudest = levels.indexOf(Math.max(...levels));
  return [Math.max(...wave.map(Math.abs)), (loudest * tap.context.sampleRate) / tap.fftSize];
}"""
SEEK = """(slider, seconds) => {
  slider.value = seconds;
  slider.dispatchEvent(new Event("input"));
}"""


@pytest.fixture
def field(lab: Any, page: Page) -> Locator:
    """The editor with the tune in it, the staff drawn."""
    page.add_init_script(TAP)
    visit(page, f"{lab.url}/corpus?view=tune&whose=own&abc={quote(TUNE)}")
    found = page.get_by_test_id("edit")
    expect(found).to_have_value(TUNE)
    expect(page.get_by_test_id("staff").locator("g.note").first).to_be_visible()
    return found


def heard_at(page: Page, seconds: float) -> tuple[float, float]:
    """Play a moment, half a second of it; what is heard then."""
    page.get_by_test_id("seek").evaluate(SEEK, seconds)
    page.get_by_test_id("play").click()
    expect(page.get_by_test_id("play")).to_have_attribute("aria-label", "Pause")
    page.wait_for_timeout(700)
    loudness, frequency = page.evaluate(HEARD)
    page.get_by_test_id("play").click()
    expect(page.get_by_test_id("play")).to_have_attribute("aria-label", "Play")
    return loudness, frequency


def is_partial(frequency: float, fundamental: float) -> bool:
    number = round(frequency / fundamental)
    return 1 <= number <= 7 and abs(frequency / fundamental - number) < 0.03 * number


def test_it_is_engraved_whole(page: Page, field: Locator) -> None:
    staff = page.get_by_test_id("staff")
    events = [event for voice in read(TUNE).all_voices for event in voice.events]
    expect(staff.locator("g.note")).to_have_count(sum(bool(event.pitches) for event in events))
    words = staff.locator("svg text").all_text_contents()
    shown = " ".join(" ".join(words).split())
    for expected in ("Whole 𝄞 Tune", "Nobody", "air", "Words below it", "sol", "Am", "do"):
        assert expected in shown
    clefs = staff.locator("g.clef use").evaluate_all("each => each.map(use => use.outerHTML)")
    assert any("E050" in clef for clef in clefs)
    assert any("E062" in clef for clef in clefs)  # SMuFL's F clef


def test_each_voice_is_heard_and_the_chords_when_asked_for(page: Page, field: Locator) -> None:
    assert perform(read(TUNE)).seconds == 16
    expect(page.get_by_test_id("play")).to_be_enabled(timeout=60_000)
    loudness, frequency = heard_at(page, 0.0)
    assert loudness > 0.05
    assert is_partial(frequency, A5), frequency
    loudness, frequency = heard_at(page, 4.0)
    assert loudness > 0.05
    assert is_partial(frequency, C3), frequency
    assert not is_partial(frequency, A5), frequency
    assert heard_at(page, 8.0)[0] < 0.001
    page.get_by_test_id("backing").select_option("piano")
    expect(page.get_by_test_id("backing")).to_have_value("piano")
    for _ in range(30):  # until the notes of the piano have come
        loudness, frequency = heard_at(page, 8.0)
        if loudness > 0.01 and is_partial(frequency, AM):
            break  # not while the first of them is still being struck
    assert loudness > 0.01
    assert is_partial(frequency, AM), frequency


def test_a_mistake_is_underlined_under_its_very_character(page: Page, field: Locator) -> None:
    place = TUNE.index("z4|CDEF")  # behind a character of two units, in its own line and before it
    units = len(TUNE[:place].encode("utf-16-le")) // 2
    field.focus()
    field.evaluate("(field, at) => field.setSelectionRange(at, at)", units)
    page.keyboard.type("]")
    text = f"{TUNE[:place]}]{TUNE[place:]}"
    errors = [problem for problem in read(text).problems if problem.severity == "error"]
    assert [problem.span for problem in errors] == [(place, place + 1)]
    expect(page.get_by_test_id(f"edit-{place}")).to_have_class(re.compile("error"))
    assert underlined(page, "error") == [place]
    letter = page.get_by_test_id(f"edit-{place}").inner_text()
    assert letter == "]"
    found = field.evaluate(PLACES, place)
    # The field's own measure counts units of two bytes.
    moved = field.evaluate(PLACES.replace("slice(0, place)", f"slice(0, {units})"), place)
    assert found["shown"][0] == pytest.approx(moved["field"][0], abs=2), json.dumps(moved)
    assert 0 <= found["shown"][1] - moved["field"][1] < 12
    expect(page.get_by_test_id("problems")).to_contain_text(errors[0].message)


def test_a_note_of_the_second_voice_lights_up_under_the_cursor(page: Page, field: Locator) -> None:
    place = TUNE.index("G,,2")
    units = len(TUNE[:place].encode("utf-16-le")) // 2
    field.focus()
    field.evaluate("(field, at) => field.setSelectionRange(at, at)", units)
    page.keyboard.press("Shift")
    expect(page.get_by_test_id(f"edit-{place}")).to_have_class(re.compile("chosen"))
    note = page.get_by_test_id("staff").locator(".chosen").first
    expect(note).to_have_attribute("data-start", str(place))
