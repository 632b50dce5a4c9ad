"""However long a text a browser sends, no more of it is read than a page takes, and that is said."""

import ast
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from hypothesis import given, strategies
from streamlit.testing.v1 import AppTest

from dashboard import loaders, state
from dashboard.components.tune_player.editing import Edit, last_edit
from dashboard.loaders import tune_files
from dashboard.state.songs import Song
from songrnn.config import SampleConfig
from songrnn.errors import TuneFileError
from songrnn.notation.limits import MOST_CHARACTERS, MOST_PASTED
from songrnn.notation.reader import read
from songrnn.notation.reading import Reading

ROOT = Path(__file__).resolve().parents[2]
Open = Callable[..., AppTest]
TUNE = "X:1\nL:1/4\nK:D\nDFAd|\n"
LONG = TUNE + "DFAd|" * 120_000


@pytest.fixture
def lengths(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Of every text that is read."""
    found: list[int] = []

    def noted(text: str) -> Reading:
        found.append(len(text))
        assert len(text) <= MOST_CHARACTERS
        return read(text)

    monkeypatch.setattr(loaders.music, "read", noted)
    return found


def app() -> None:
    import streamlit as st

    from dashboard import widgets
    from dashboard.state.key import Key

    text = widgets.editor("Tune", Key("written"), "X:1\nL:1/4\nK:D\nDFAd|\n", "A tune.")
    st.text(str(len(text)))


@pytest.fixture
def editor(lengths: list[int], monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Say something as the browser does: the page after it."""
    from dashboard.widgets import abc_editor

    page, number = AppTest.from_function(app, default_timeout=60).run(), 0

    def say(text: str, transpose: int = 0) -> AppTest:
        nonlocal number
        number += 1
        said = {"revision": 0, "number": number, "text": text, "transpose": transpose}
        edit = heard(said)
        monkeypatch.setattr(abc_editor, "last_edit", lambda _: edit)
        page.run()
        assert not page.exception
        return page

    return say


def heard(said: dict[str, Any]) -> Edit | None:
    """What `last_edit` makes of it."""
    st.session_state["a player"] = {"edit": said}
    return last_edit("a player")


def length(page: AppTest) -> int:
    return int(page.text[-1].value)


@pytest.mark.parametrize("semitones", [0, 2])
@pytest.mark.parametrize("characters", [MOST_CHARACTERS + 1, MOST_PASTED, len(LONG)])
def test_a_text_that_is_too_long_is_refused_in_a_sentence_and_nothing_reads_it(
    editor: Callable[..., AppTest], characters: int, semitones: int
) -> None:
    editor(TUNE + "e|")
    page = editor(LONG[:characters], semitones)
    (sentence,) = [each.value for each in page.warning]
    assert f"{characters:,}" in sentence
    assert f"{MOST_CHARACTERS:,}" in sentence
    assert length(page) == len(TUNE + "e|")
    page = editor(TUNE)
    assert not page.warning
    assert length(page) == len(TUNE)


def test_the_longest_text_is_taken(editor: Callable[..., AppTest]) -> None:
    assert length(editor(LONG[:MOST_CHARACTERS])) == MOST_CHARACTERS


def test_of_a_tunebook_that_is_pasted_a_tune_is_taken_and_undo_is_refused(
    editor: Callable[..., AppTest],
) -> None:
    book = "\n".join(f"X:{number}\nT:Tune {number}\nK:D\n{'DFAd|' * 40}\n" for number in range(400))
    assert MOST_CHARACTERS < len(book) < MOST_PASTED
    page = editor(book)
    assert not page.warning
    assert 200 < length(page) < 300
    page = editor(book)  # Undo puts it back into the field
    assert page.warning
    assert 200 < length(page) < 300


@given(
    strategies.fixed_dictionaries(
        {
            "revision": strategies.integers(0, 10**9),
            "number": strategies.integers(0, 10**9),
            "text": strategies.integers(0, 2 * MOST_PASTED).map("C".__mul__),
            "transpose": strategies.integers(-(10**12), 10**12),
        },
        optional={"characters": strategies.integers(0, 10**12), "rested": strategies.booleans()},
    )
)
def test_whatever_the_editor_says_no_more_is_taken_up_than_may_be_pasted(
    said: dict[str, Any],
) -> None:
    edit = heard(said)
    assert edit is not None
    assert edit.text in (said["text"], "")
    assert len(edit.text) <= MOST_PASTED
    assert edit.characters >= len(said["text"])
    assert abs(edit.transpose) <= 12


@pytest.mark.parametrize(("page", "key"), [("compose", "prime"), ("segments", "abc")])
def test_a_text_in_the_address_that_is_too_long_is_left_out_and_that_is_said(
    page: str, key: str, lab: Any, app: Open, lengths: list[int]
) -> None:
    opened = app(page, **{key: LONG[: MOST_CHARACTERS + 1]})
    assert not opened.exception
    assert any(f"{MOST_CHARACTERS:,}" in each.value for each in opened.warning)
    assert len("".join(opened.query_params.get(key, []))) <= MOST_CHARACTERS


def test_choices_in_the_address_are_read_as_far_as_there_can_be_any(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Address(dict[str, list[str]]):
        def get_all(self, key: str) -> list[str]:
            return self.get(key, [])

    monkeypatch.setattr(st, "query_params", Address(runs=["a"] * 5_000 + ["b"], songs=[LONG, "c"]))
    assert state.all_asked("runs") == ["a"] * state.MOST_VALUES
    assert state.all_asked("songs") == ["c"]


def test_every_field_for_text_has_a_most() -> None:
    fields = [
        node
        for path in (ROOT / "dashboard").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"text_input", "text_area", "chat_input"}
    ]
    assert len(fields) > 15
    for field in fields:
        # Streamlit cuts what is longer on the server too.
        assert any(each.arg == "max_chars" for each in field.keywords), ast.unparse(field)


def test_every_source_of_a_text_is_cut_where_the_runs_internals_would_take_too_much(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashboard.views.neurons import text_source

    run = lab.runs["lstm-8-embedding-4"]
    notes: list[str] = []
    monkeypatch.setattr(st, "info", notes.append)
    monkeypatch.setattr(loaders.neurons, "longest_text", lambda _: 500)
    for source in text_source.READERS:
        monkeypatch.setitem(text_source.READERS, source, lambda _: "X:1\n" + "D" * 9_996)
        monkeypatch.setattr(state, "shared", lambda *_, source=source: source)
        assert text_source.choose_text(run) == "X:1\n" + "D" * 496
        assert notes.pop() == "Of its 10,000 characters the first 500 are shown."


def test_a_song_just_composed_is_cut_as_a_pasted_text_is(lab: Any, app: Open) -> None:
    run = lab.runs["lstm-8-embedding-4"]
    assert loaders.neurons.longest_text(run) == MOST_CHARACTERS
    song = Song("X:1\n" + "D" * 30_000, run.name, "X:1\n", SampleConfig(), 3, "length")
    page = app("neurons")
    page.session_state["_fresh"] = song
    page.query_params["text"] = "fresh"
    page.session_state["_page"] = ""
    page.run()
    assert not page.exception
    assert any("30,004" in each.value and "20,000" in each.value for each in page.info)


def test_a_file_that_is_looked_at_is_opened_once_and_no_larger_than_it_may_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = []
    real = tune_files.TuneFile.from_bytes
    monkeypatch.setattr(
        tune_files.TuneFile, "from_bytes", lambda data: made.append(1) or real(data)
    )
    for _ in range(3):
        assert len(tune_files.opened(TUNE.encode()).tunes) == 1
    with pytest.raises(TuneFileError, match="import it on the Corpus page"):
        tune_files.opened(bytes((tune_files.MOST_MEBIBYTES << 20) + 1))
    assert len(made) == 1


def test_nothing_is_written_from_the_opening_before_one_that_was_refused(
    lab: Any, app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashboard.widgets import abc_editor

    page = app("compose", run="lstm-8-embedding-4")
    edit = heard({"revision": 0, "number": 1, "text": LONG[:30_000], "transpose": 0})
    monkeypatch.setattr(abc_editor, "last_edit", lambda key: edit if "prime" in key else None)
    page.run()
    page.button(key="compose").click().run()
    assert not page.exception
    said = [each.value for each in page.warning]
    assert any(each.startswith("Nothing was written") for each in said), said
    assert "_fresh" not in page.session_state
    # A text of the page's own in its place is taken, and nothing is said of the other any more.
    page.session_state[state.PRIME] = "X:1\nR:jig\n"
    page.run()
    assert not page.warning
    page.button(key="compose").click().run(timeout=60)
    assert page.session_state["_fresh"].prime == "X:1\nR:jig\n"


@pytest.mark.parametrize(("tries", "seeds"), [(1, [10, 11]), (4, [11, 15])])
def test_another_song_has_no_seed_of_one_that_is_kept(
    lab: Any, monkeypatch: pytest.MonkeyPatch, tries: int, seeds: list[int]
) -> None:
    from dashboard.views.compose import form

    now = {state.SEED: 7 if tries == 1 else 3}
    monkeypatch.setattr(form, "tries", lambda _: tries)
    monkeypatch.setattr(form, "_kept", lambda _: [SimpleNamespace(seed=8), SimpleNamespace(seed=9)])
    monkeypatch.setattr(form.state, "get", now.get)
    monkeypatch.setattr(form.state, "put", now.__setitem__)
    found = []
    for _ in range(2):
        form.next_seed(lab.runs["lstm-8-embedding-4"])
        found.append(now[state.SEED])
    assert found == seeds
