"""The temperature page shows the study that is stored, draws it as it is, or says how to get one."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import visitors
from dashboard.charts.temperature import PANELS, temperature_curve
from dashboard.charts.theme import LIGHT
from dashboard.state import elements
from songrnn.paths import lab_places, using
from songrnn.quality.temperature_file import TemperatureStudy, Trait
from songrnn.workspaces import WORKSPACES, workspace

Open = Callable[..., AppTest]
SHIPPED = Path(__file__).resolve().parents[2] / "checkpoints" / "lstm-150"


@pytest.fixture
def study() -> TemperatureStudy:
    found = TemperatureStudy.read(SHIPPED)
    assert found is not None
    # Studies of any age: the figures that this one lacks are there as well.
    rows = tuple(
        row.model_copy(
            update={"figures": dict.fromkeys(PANELS, row.figures["right_bars"]) | row.figures}
        )
        for row in found.rows
    )
    return found.model_copy(update={"rows": rows})


@pytest.mark.parametrize("name", PANELS)
def test_a_curve_holds_the_studys_figures_and_the_line_is_that_of_real_tunes(
    study: TemperatureStudy, name: str
) -> None:
    figure = temperature_curve(study.rows, name, colour="#0072B2", colours=LIGHT, suggested=0.6)
    (line,) = [trace for trace in figure.data if trace.mode == "lines+markers"]
    rows = [row for row in study.rows if row.temperature]  # 0 is one song, drawn apart
    assert list(line.x) == [row.temperature for row in rows]
    assert list(line.y) == [row.figures[name].estimate for row in rows]
    across, down = figure.layout.shapes
    assert across.y0 == across.y1 == study.rows[-1].figures[name].estimate
    assert down.x0 == down.x1 == 0.6


def test_the_page_says_what_the_study_says(lab: Any, app: Open, study: TemperatureStudy) -> None:
    name, run = next((name, run) for name, run in lab.runs.items() if run.has_weights)
    study.write(run.path)
    page = app("temperature", run=name)
    assert not page.exception
    assert any(study.reason in words.value for words in page.markdown)
    assert len(page.get("plotly_chart")) == len(PANELS)


def test_what_gives_the_songs_away_is_listed(lab: Any, app: Open, study: TemperatureStudy) -> None:
    trait = Trait(name="new_bars", auc=0.97, songs=1.0, real=0.75)
    rows = tuple(row.model_copy(update={"giveaways": (trait,)}) for row in study.rows[:-1])
    name, run = next((name, run) for name, run in lab.runs.items() if run.has_weights)
    study.model_copy(update={"rows": (*rows, study.rows[-1])}).write(run.path)
    page = app("temperature", run=name)
    (table,) = page.table
    assert table.value.loc[trait.meaning].tolist() == ["97%", "1", "0.75"]


def test_without_a_study_the_page_says_how_to_get_one(lab: Any, app: Open) -> None:
    name = next(name for name, run in lab.runs.items() if run.has_weights)
    page = app("temperature", run=name)
    assert f"songrnn study-temperature {name}" in page.info[0].value


def test_a_damaged_study_is_said_and_hides_nothing_else(lab: Any, app: Open) -> None:
    name, run = next((name, run) for name, run in lab.runs.items() if run.has_weights)
    (run.path / "temperature.json").write_text("{")
    page = app("temperature", run=name)
    assert not page.exception
    assert "temperature.json" in page.error[0].value


def test_in_a_workspace_no_study_is_made_that_could_not_be_stored(
    lab: Any, app: Open, study: TemperatureStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, run = next((name, run) for name, run in lab.runs.items() if run.has_weights)
    monkeypatch.setenv(WORKSPACES, "1")
    monkeypatch.setattr(visitors, "identity", lambda: "anna")
    for stored in (False, True):
        if stored:
            with using(lab_places()):  # whoever runs the server
                study.write(run.path)
        page = app("temperature", run=name)  # a shared run
        assert not page.exception
        assert elements.MEASURE not in [button.key for button in page.button]
    mine = workspace("anna").checkpoints / name
    shutil.copytree(run.path, mine)
    page = app("temperature", run=name)
    assert elements.MEASURE in [button.key for button in page.button]
