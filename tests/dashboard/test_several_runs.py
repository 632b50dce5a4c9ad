"""The Runs page with several runs at once: pinned, hidden, starred, tagged, deleted; saved views."""

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from scipy import stats
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.state import elements
from dashboard.state.runs import HIDDEN, MEASURES, PINNED, ROWS_BY, TAG, VIEW_NAME
from dashboard.views.runs import results, several
from dashboard.views.runs.grouping import grouped
from dashboard.views.runs.saved import usable
from dashboard.views.runs.several import named
from dashboard.widgets.run_notes import UNREADABLE
from songrnn.store.documents import Notes
from songrnn.store.packing import pack_history
from songrnn.store.views import read_views

Open = Callable[..., AppTest]
LOSS = "best_validation_bits_per_character"


def listed(page: AppTest) -> list[str]:
    """The names in the table of runs."""
    assert not page.exception
    tables = [table.value for table in page.dataframe if "compose" in table.value]
    return list(tables[0]["name"]) if tables else []


def drawn(page: AppTest) -> str:
    return " ".join(str(each.proto.spec) for each in page.get("plotly_chart"))


def pick(page: AppTest, *names: str) -> AppTest:
    """Tick the rows of some runs."""
    shown = listed(page)
    (table,) = [table for table in page.dataframe if "compose" in table.value]
    key = table.proto.id.partition("-run-table")[2]
    rows = [shown.index(name) for name in names]
    page.session_state[f"run-table{key}"] = {
        "selection": {"rows": rows, "columns": [], "cells": []}
    }
    return page.run()


def press(page: AppTest, name: str) -> AppTest:
    page.button(key=elements.SEVERAL.of(name)).click().run()
    assert not page.exception
    return page


@pytest.fixture
def names(lab: Any) -> list[str]:
    return list(lab.runs)


def test_pinned_runs_are_first_and_hidden_ones_not_shown_until_asked(
    names: list[str], app: Open
) -> None:
    page = app("runs", study="chosen", runs=names[0], pinned=names[2])
    assert listed(page) == [names[2], names[0]]
    assert page.query_params[PINNED] == names[2]
    page = press(pick(page, names[0]), "hide")
    assert listed(page) == [names[2]]
    assert page.query_params[HIDDEN] == names[0]
    assert names[0] not in drawn(page)
    page = press(page, "show")
    assert listed(page) == [names[2], names[0]]
    page = press(pick(page, names[2]), "unpin")
    assert listed(page) == [names[0]]
    assert PINNED not in page.query_params


def test_a_row_ticked_after_the_page_was_drawn_counts_when_a_button_is_pressed(
    names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streamlit gives a button's function what it was drawn with: the rows are asked for anew."""
    pressed: dict[str, Callable[[], None]] = {}
    done: list[list[str]] = []

    def button(words: str, *, key: str, on_click: Callable[[], None], help: str) -> bool:
        pressed[key] = on_click
        return False

    monkeypatch.setattr(several.st, "button", button)
    monkeypatch.setattr(several, "compare", lambda found: done.append(list(found)))
    monkeypatch.setattr(several, "read_only", lambda: True)
    ticked = names[:1]
    several.actions(lambda: ticked, {})
    ticked.append(names[1])
    pressed[elements.SEVERAL.of("compare")]()
    assert done == [names[:2]]
    ticked.clear()  # unticked just before
    pressed[elements.SEVERAL.of("compare")]()
    assert done == [names[:2]]


def test_several_are_starred_tagged_deleted_and_put_back(
    lab: Any, names: list[str], app: Open
) -> None:
    page = app("runs", study="chosen")
    both = names[:2]
    page = press(pick(page, *both), "star")
    page = pick(page, *both)
    page.text_input(key=TAG).set_value("mine, small").run()
    page = press(page, "tag")
    for name in both:
        assert lab.runs[name].notes().star
        assert lab.runs[name].notes().tags == ("mine", "small")
    assert not lab.runs[names[2]].notes().star
    # What is typed below then does not undo it.
    page.selectbox(key=elements.NOTES_RUN).set_value(both[0]).run()
    page.text_area(key=elements.NOTES.of(both[0])).set_value("a note").run()
    page = press(pick(page, both[0]), "star")
    page.text_area(key=elements.NOTES.of(both[0])).set_value("another").run()
    assert lab.runs[both[0]].notes() == Notes(tags=("mine", "small"), text="another")
    page = press(pick(page, *both), "delete")
    assert not any((lab.checkpoints / name).exists() for name in both)
    assert listed(page) == [names[2]]
    page = press(page, "undo")
    assert all((lab.checkpoints / name / "run.json").exists() for name in both)
    assert not page.error


def test_picked_runs_alone_are_compared(names: list[str], app: Open) -> None:
    page = press(pick(app("runs", study="chosen"), *names[:2]), "compare")
    assert sorted(page.session_state[state.RUNS]) == sorted(names[:2])
    assert sorted(listed(page)) == sorted(names[:2])


def test_a_view_is_saved_and_opened_again(names: list[str], app: Open) -> None:
    page = app("runs", study="chosen", runs=names[0], unit="nats", measures="accuracy")
    page.text_input(key=VIEW_NAME).set_value("Mine").run()
    page.button(key=elements.SAVE_VIEW).click().run()
    (view,) = read_views()
    assert view.name == "Mine"
    assert view.choices["unit"] == "nats"
    assert view.choices["measures"] == ["accuracy"]
    other = app("runs", study="chosen", runs=names[1])
    assert listed(other) == [names[1]]
    other.button(key=elements.OPEN_VIEW.of("Mine")).click().run()
    assert listed(other) == [names[0]]
    assert other.session_state[state.UNIT] == "nats"
    assert other.query_params[MEASURES] == "accuracy"
    other.button(key=elements.DELETE_VIEW.of("Mine")).click().run()
    assert not other.exception
    assert read_views() == ()


def test_of_a_view_only_what_can_be_chosen_is_opened() -> None:
    found = usable(
        {"runs": ["there", "gone"], "whole": "yes", "unit": 3, "smoothing": 7, "group": "cell",
         "baseline": "gone", "scale": "log", "training": True, "unheard-of": 1},
        {"there"},
    )  # fmt: skip
    assert found == {
        state.RUNS: ["there"], state.BASELINE: "", state.SCALE: "log", state.TRAINING: True,
    }  # fmt: skip


def test_accuracy_and_learning_rate_are_drawn_below_the_loss(names: list[str], app: Open) -> None:
    assert "gradient norm" not in drawn(app("runs", study="chosen"))
    page = app("runs", study="chosen", measures="gradient_norm")
    assert "gradient norm" in drawn(page)


def test_rows_are_grouped_by_what_a_person_asks(names: list[str], app: Open) -> None:
    page = app("runs", study="chosen", rows_by="cell")
    assert page.session_state[ROWS_BY] == "cell"
    (table,) = [table.value for table in page.dataframe if "Best run" in table.value]
    assert list(table["Runs"]) == [1, 1, 1]
    assert list(table["Lowest"]) == sorted(table["Lowest"])


def test_the_mean_of_a_group_is_that_of_scipy() -> None:
    bits = [2.0, 1.5, 1.75, 1.0, None]
    table = pd.DataFrame({"name": list("abcde"), LOSS: bits})
    found = grouped([["x"], ["x"], ["x", "y"], ["y"], ["z"]], table).set_index("value")
    assert list(found.index) == ["y", "x"]
    half = stats.sem(bits[:3]) * stats.t.ppf(0.975, 2)
    assert found.loc["x", "Mean"] == pytest.approx(1.75)
    assert found.loc["x", "± 95 %"] == pytest.approx(half)
    assert found.loc["y", "Best run"] == "d"
    assert pd.isna(found.loc["y", "± 95 %"])


def test_many_names_are_counted() -> None:
    assert named(["a", "b"]) == "a, b"
    assert named(list("abcdef")) == "a, b, c, d and 2 more"


# What is drawn, and when ----------------------------------------------------------------------


def test_a_closed_fold_draws_nothing(names: list[str], app: Open) -> None:
    def tables(*, folds: bool) -> int:
        page = app("run", run=names[0], folds=folds)
        assert not page.exception
        return sum("Setting" in table.value for table in page.dataframe)

    assert (tables(folds=False), tables(folds=True)) == (0, 1)


def test_a_chart_is_drawn_again_only_when_its_runs_changed(
    lab: Any, names: list[str], app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    whole = results.tuning_curves
    monkeypatch.setattr(results, "tuning_curves", lambda *a, **k: made.append(1) or whole(*a, **k))
    page = app("runs", study="chosen", folds=False)
    first, count = drawn(page), len(made)
    assert drawn(page.run()) == first
    assert len(made) == count  # nothing changed: it was not drawn again
    path = lab.runs[names[0]].path / "history.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for row in rows:
        row["bits_per_character"] += 0.25
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    second = drawn(page.run())
    assert second != first
    assert len(made) > count
    pack_history(lab.runs[names[0]].path)
    assert drawn(page.run()) == second
    assert drawn(app("runs", study="chosen", folds=False)) == second


def test_the_browser_is_told_in_every_run_what_is_chosen(lab: Any, app: Open) -> None:
    """A run that tells it may be cut short by the next, which would show nothing chosen."""
    page = app("runs", unit="nats").run()
    (unit,) = [each for each in page.get("button_group") if each.proto.id.endswith("-unit")]
    assert unit.proto.set_value
    assert unit.value == "nats"
    chosen = app("listen", run="gru-6x2-embedding-4").run()
    (picker,) = [each for each in chosen.selectbox if each.label == "Run"]
    assert picker.proto.set_value
    assert picker.value == "gru-6x2-embedding-4"


def test_notes_that_cannot_be_read_are_said_and_stay(lab: Any, names: list[str], app: Open) -> None:
    path = lab.runs[names[0]].path / "notes.json"
    path.write_bytes(b" " * 1_100_000)
    page = app("runs", study="chosen")
    (table,) = (each.value for each in page.dataframe if "note" in each.value)
    noted = table.set_index("name")["note"]
    assert noted[names[0]] == UNREADABLE
    assert noted[names[1]] == ""
    page = press(pick(page, *names[:2]), "star")
    assert any("notes.json" in str(error.value) for error in page.error)
    assert lab.runs[names[1]].notes().star
    page.selectbox(key=elements.NOTES_RUN).set_value(names[0]).run()
    assert not [area for area in page.text_area if area.key == elements.NOTES.of(names[0])]
    assert any("stay as they are" in str(error.value) for error in page.error)
    page = app("run", run=names[0])
    assert any("stay as they are" in str(error.value) for error in page.error)
    assert path.read_bytes() == b" " * 1_100_000


def test_a_note_has_a_length_that_its_file_can_hold(lab: Any, names: list[str], app: Open) -> None:
    page = app("run", run=names[0])
    area = page.text_area(key=elements.NOTES.of(names[0]))
    assert 0 < area.max_chars * 6 < Notes.largest
    # What was written before there was a limit can be read, and be made shorter.
    lab.runs[names[0]].write_notes(Notes(text="x" * 30_000))
    area = app("run", run=names[0]).text_area(key=elements.NOTES.of(names[0]))
    assert area.max_chars == len(area.value) == 30_000
