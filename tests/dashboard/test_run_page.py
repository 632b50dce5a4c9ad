"""The page of one run, the card of a finished one, and a fine-tuning chosen in the form."""

import re
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.views.train import run_form
from dashboard.wording import run_result
from songrnn.store.jobs import job_of, noted_job
from songrnn.store.runs import open_run
from songrnn.store.samples import SampleSong, add_sample
from songrnn.store.trash import discarded_runs
from songrnn.training.planning import TrainingPlan
from tests.dashboard.test_train_page import Open, button, numbers, select, start, words

NAME = "lstm-8-embedding-4"


def texts(page: AppTest) -> str:
    return words(page) + "\n".join(str(one.value) for one in [*page.title, *page.warning])


def test_a_runs_page_has_its_figures_history_songs_and_settings(lab: Any, app: Open) -> None:
    run = open_run(NAME)
    for epoch in (0, 1, 2):
        add_sample(run.path, SampleSong(epoch=epoch, text=f"X:1\nK:D\nA{epoch + 2}|]\n"))
    page = app("run", run=NAME)
    best = run.status.best
    assert best is not None
    assert f"{best.bits_per_character:.3f}" in numbers(texts(page))
    assert page.select_slider(key=state.EPOCH).options == ["0", "1", "2"]
    (settings,) = page.dataframe
    assert list(settings.value["Setting"][:3]) == ["Cell", "Layers", "Units"]
    assert page.get("plotly_chart")


def test_a_run_is_renamed_and_deleted_on_its_page(lab: Any, app: Open) -> None:
    page = app("run", run=NAME)
    page.text_input(key=state.NEW_NAME).set_value("mine")
    texts(button(page, "rename").click().run())
    assert open_run("mine").config.model == lab.runs[NAME].config.model
    button(page, "delete").click().run()
    assert "mine" in [name for name, _ in discarded_runs(lab.checkpoints)]


@pytest.mark.parametrize("name", ["gru-150", "../evil", "a b"])
def test_a_name_that_no_run_can_have_is_refused_in_words(lab: Any, app: Open, name: str) -> None:
    page = app("run", run=NAME)
    page.text_input(key=state.NEW_NAME).set_value(name)
    page = button(page, "rename").click().run()
    assert len(page.error) == 1
    assert open_run(NAME).name == NAME


def test_work_on_a_run_is_shown_with_its_progress_and_can_be_dismissed(lab: Any, app: Open) -> None:
    run = open_run(NAME)
    with noted_job(run, "neurons") as tell:
        tell("Reading", 0.25)
        page = app("run", run=NAME)
        (bar,) = page.get("progress")
        assert "Reading" in bar.text
    assert job_of(run, "neurons") is None
    assert not page.run().get("progress")


def test_a_finished_run_has_a_card_until_it_is_put_away(lab: Any, app: Open) -> None:
    page = app("train")
    cards = [str(one.key) for one in page.button if str(one.key).startswith("put-away-")]
    assert f"put-away-{NAME}" in cards
    page = button(page, f"put-away-{NAME}").click().run()
    assert f"put-away-{NAME}" not in [str(one.key) for one in page.button]


def test_a_fine_tuning_is_planned_with_shape_and_name_of_its_source(
    lab: Any, app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[TrainingPlan] = []
    monkeypatch.setattr(run_form, "begin", lambda planned, *_, **__: started.append(planned))
    page = app("train")
    select(page, state.START_FROM, NAME)
    keys = [str(field.key) for field in [*page.number_input, *page.selectbox]]
    assert not [key for key in keys if re.match("setting-(layers|hidden_size|initialization)", key)]
    texts(start(page))
    (planned,) = started
    assert planned.tuning is not None
    assert planned.tuning.source.name == NAME
    assert planned.model.hidden_size == 8
    assert planned.usual_name == f"{NAME}-tuned-on-tiny"
    # Three tunes to learn from are told to be few, and what would help.
    assert [warning for warning in page.warning if "3 training tunes" in warning.value]


def test_the_result_is_said_with_ppmd_and_without_kin() -> None:
    row = {"status": "finished", "best_validation_bits_per_character": 1.47, "best_epoch": 9.0}
    assert numbers(run_result(row, 1.86)) == ["1.470", "0.79", "9"]
    known = row | {"best_validation_kin": 12, "best_validation_bits_without_kin": 1.482}
    assert numbers(run_result(known, 1.86)) == ["1.470", "0.79", "9", "1.482", "12"]
    alone = known | {"best_validation_bits_without_kin": None}
    assert numbers(run_result(alone, None)) == ["1.470", "9", "12"]
