"""The editor in a real browser: what is written is read, drawn and heard, and can be taken back."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from songrnn.notation.limits import MOST_CHARACTERS, MOST_PASTED
from songrnn.notation.performance import perform
from songrnn.notation.reader import read
from songrnn.notation.transpose import transpose
from tests.browser.editor_app import OTHER, TUNE

HERE = Path(__file__).parent
NOTES = TUNE.index("DFAd")

# Where the letter at a place stands in the drawing beneath, and where the field itself has it.
PLACES = """(field, place) => {
  const shown = field.previousElementSibling;
  const letter = shown.querySelector(`[data-testid="edit-${place}"]`).getBoundingClientRect();
  const style = getComputedStyle(field), box = field.getBoundingClientRect();
  const before = field.value.slice(0, place).split("\\n");
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `${style.fontSize} ${style.fontFamily}`;
  return {
    shown: [letter.left, letter.top],
    field: [box.left + parseFloat(style.paddingLeft) + pen.measureText(before.at(-1)).width,
            box.top + parseFloat(style.paddingTop) + (before.length - 1) * parseFloat(style.lineHeight)],
    height: [shown.scrollHeight, field.scrollHeight],
  };
}"""


@pytest.fixture(scope="session")
def address(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    data = tmp_path_factory.mktemp("editor")
    return serve(HERE / "editor_app.py", SONGRNN_DATA=str(data))


@pytest.fixture
def field(page: Page, address: str) -> Locator:
    """The field with the tune in it and the cursor at its end, the staff drawn."""
    page.goto(address)
    found = page.get_by_test_id("edit")
    expect(found).to_have_value(TUNE)
    expect(page.get_by_test_id("staff").locator("g.note").first).to_be_visible()
    found.focus()
    page.keyboard.press("Control+End")
    return found


def notes(page: Page) -> Locator:
    return page.get_by_test_id("staff").locator("g.note")


def put_cursor(field: Locator, place: int) -> None:
    field.evaluate("(field, place) => field.setSelectionRange(place, place)", place)


def underlined(page: Page, severity: str) -> list[int]:
    """The places of the characters underlined so."""
    cells = page.get_by_test_id("edit-shown").locator(f"span.{severity}")
    names = cells.evaluate_all("cells => cells.map(cell => cell.dataset.testid)")
    return [int(name.removeprefix("edit-")) for name in names]


def test_a_mistake_is_underlined_under_its_very_characters(page: Page, field: Locator) -> None:
    wrong = NOTES + 2
    put_cursor(field, wrong)
    page.keyboard.type("]")
    text = TUNE[:wrong] + "]" + TUNE[wrong:]
    (problem,) = [one for one in read(text).problems if one.severity == "error"]
    expect(page.get_by_test_id(f"edit-{problem.span[0]}")).to_have_class(re.compile("error"))
    assert underlined(page, "error") == list(range(*problem.span)) == [wrong]
    found = field.evaluate(PLACES, wrong)
    assert found["shown"][0] == pytest.approx(found["field"][0], abs=1.5)
    assert 0 <= found["shown"][1] - found["field"][1] < 12
    assert found["height"][0] == found["height"][1]
    expect(page.get_by_test_id("problems")).to_contain_text(problem.message)
    page.keyboard.press("Backspace")
    expect(page.get_by_test_id("edit-shown").locator("span.error")).to_have_count(0)


def test_long_lines_break_alike_in_field_and_drawing(page: Page, field: Locator) -> None:
    page.keyboard.insert_text("% " + "𝄞 wide ♯ words, " * 40)
    place = len(TUNE) + 300  # in units of the field, one for each character but 𝄞
    found = field.evaluate(
        """(field) => [field.previousElementSibling.scrollHeight, field.scrollHeight]"""
    )
    assert found[0] == found[1]
    assert field.evaluate("field => field.value.length") > place


def test_staff_and_page_follow_what_is_written(page: Page, field: Locator) -> None:
    count = notes(page).count()
    put_cursor(field, NOTES)
    page.keyboard.type("e")
    expect(notes(page)).to_have_count(count + 1)
    expect(page.get_by_test_id("written")).to_contain_text("eDFAd")


def test_the_note_under_the_cursor_lights_up(page: Page, field: Locator) -> None:
    for place in (NOTES + 2, TUNE.index("fdAF")):
        put_cursor(field, place)
        page.keyboard.press("Shift")  # any key: the cursor is where it was put
        expect(page.get_by_test_id(f"edit-{place}")).to_have_class(re.compile("chosen"))
        note = page.get_by_test_id("staff").locator(".chosen").first
        expect(note).to_have_attribute("data-start", str(place))


def test_the_tune_is_transposed_by_key_and_button_and_taken_back(
    page: Page, field: Locator
) -> None:
    page.keyboard.press("Alt+ArrowUp")
    higher = transpose(read(TUNE), 1)
    expect(field).to_have_value(higher)
    page.get_by_test_id("octave-down").click()
    lower = transpose(read(higher), -12)
    expect(field).to_have_value(lower)
    field.focus()
    page.keyboard.press("Control+z")
    expect(field).to_have_value(higher)
    page.keyboard.press("Control+z")
    expect(field).to_have_value(TUNE)
    page.keyboard.press("Control+Shift+z")
    expect(field).to_have_value(higher)
    expect(page.get_by_test_id("written")).to_contain_text(higher.split("\n")[-2])


def test_what_was_typed_together_is_undone_together(page: Page, field: Locator) -> None:
    page.keyboard.type("abc\nd")
    page.get_by_test_id("undo").click()
    expect(field).to_have_value(TUNE + "abc")
    page.get_by_test_id("undo").click()
    expect(field).to_have_value(TUNE)
    expect(page.get_by_test_id("undo")).to_be_disabled()
    page.get_by_test_id("redo").click()
    expect(field).to_have_value(TUNE + "abc")


def test_it_is_heard_from_the_cursor_and_goes_on_while_one_writes(
    page: Page, field: Locator
) -> None:
    expect(page.get_by_test_id("play")).to_be_enabled(timeout=60_000)
    put_cursor(field, TUNE.index("fdAF"))
    page.keyboard.press("Shift")
    page.keyboard.press("Control+Enter")
    player = page.get_by_test_id("tune-editor")
    expect(page.get_by_test_id("play")).to_have_attribute("aria-label", "Pause")
    second = TUNE.index("fdAF") + 1
    expect(player).to_have_attribute("data-cursor", f"{second}-{second + 1}")
    page.keyboard.press("Control+End")
    page.keyboard.type("D")
    expect(page.get_by_test_id("written")).to_contain_text("D'")
    expect(page.get_by_test_id("play")).to_have_attribute("aria-label", "Pause")
    longer = perform(read(f"{TUNE}D")).timeline()[-1][0]
    expect(page.get_by_test_id("seek")).to_have_attribute("max", f"{longer:g}")


def test_a_text_of_the_pages_own_replaces_what_was_written(page: Page, field: Locator) -> None:
    page.keyboard.type("abc")
    page.get_by_role("button", name="Put").click()
    expect(field).to_have_value(OTHER)
    expect(page.get_by_test_id("page")).to_contain_text("CEG")
    field.focus()
    page.keyboard.press("Control+z")
    expect(field).to_have_value(TUNE + "abc")


def test_letters_are_for_the_text_alone(page: Page, field: Locator) -> None:
    """Streamlit's own page runs the script again at an r, and clears caches at a c."""
    runs = page.get_by_test_id("runs").inner_text()
    page.keyboard.type("rc")
    expect(page.get_by_test_id("written")).to_contain_text("rc'")
    assert page.get_by_test_id("runs").inner_text() == runs


def test_the_keyboard_leaves_the_field(page: Page, field: Locator) -> None:
    page.keyboard.press("Tab")
    focused = field.evaluate("field => field.getRootNode().activeElement?.dataset.testid ?? ''")
    assert focused != "edit"


def test_of_a_pasted_mail_the_tune_stays_and_can_be_taken_back(page: Page, field: Locator) -> None:
    mail = f"From: bob@example.org\nSubject: a tune\n\nBad egg, Abe.\n\n{OTHER}\nBob Feed\n"
    field.press("Control+a")
    page.keyboard.insert_text(mail)
    expect(field).to_have_value(OTHER)
    expect(page.get_by_text("Lines around the tunes were left out")).to_be_visible()
    expect(notes(page)).to_have_count(3)
    page.get_by_test_id("undo").click()
    # While the page runs again, the words of before stand there too for a moment.
    expect(page.get_by_test_id("written").filter(has_text="Bob Feed")).to_have_text(repr(mail))
    expect(field).to_have_value(mail)
    page.get_by_test_id("undo").click()
    expect(field).to_have_value(TUNE)


# The last: the server stays impatient.
def test_a_staff_that_takes_long_joins_its_text_by_itself(page: Page, field: Locator) -> None:
    before = notes(page).count()
    page.get_by_role("button", name="Slow").click()
    field.focus()
    put_cursor(field, NOTES + 4)
    page.keyboard.type("c")
    expect(notes(page)).to_have_count(before + 1)


@pytest.mark.parametrize("characters", [MOST_CHARACTERS + 1, MOST_PASTED + 1])
def test_a_text_that_is_too_long_is_refused_in_a_sentence_and_a_shorter_one_taken(
    page: Page, field: Locator, characters: int
) -> None:
    field.fill(TUNE + "D" * (characters - len(TUNE)))
    refusal = page.get_by_test_id("stAlert")
    expect(refusal).to_contain_text(f"{characters:,} characters", timeout=60_000)
    expect(refusal).to_contain_text(f"{MOST_CHARACTERS:,}")
    expect(page.get_by_test_id("written")).to_have_text(repr(TUNE))
    expect(notes(page).first).to_be_visible()
    field.fill(OTHER)
    expect(page.get_by_test_id("written")).to_have_text(repr(OTHER), timeout=60_000)
    expect(refusal).to_have_count(0)
