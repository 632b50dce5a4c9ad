"""The Train page: what it starts, stops, deletes and shows is what stands in the files."""

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.state import elements
from dashboard.views.train import run_form, study_form
from dashboard.views.train.actions import Once
from dashboard.views.train.run_form import free_name
from songrnn.config import CorpusReference, ModelConfig, RunConfig, TrainConfig
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import RunExistsError
from songrnn.store.creating import create_run
from songrnn.store.documents import Figures, RunStatus, now
from songrnn.store.processes import identity
from songrnn.store.runs import Run, list_runs, open_run
from songrnn.training import memory
from songrnn.training.launch import stop_training
from songrnn.training.planning import TrainingPlan
from songrnn.training.waiting import AT_ONCE, waiting
from songrnn.tuning.study import find_study, shipped_studies
from songrnn.tuning.sweeps import list_sweeps, note_sweep, write_sweep

FOLK = CorpusReference(name="tiny", sha256="a" * 64)

Open = Callable[..., AppTest]


def words(page: AppTest) -> str:
    assert not page.exception
    parts = [*page.markdown, *page.caption, *page.success, *page.error, *page.info]
    return "\n".join(str(part.value) for part in parts)


def numbers(text: str) -> list[str]:
    return re.findall(r"\d+(?:\.\d+)?", text)


def button(page: AppTest, key: str) -> Any:
    return page.button(key=key)


def fill(page: AppTest, **numbers: float) -> AppTest:
    """Set the settings named, by their fields."""
    for name, number in numbers.items():
        key = re.compile(rf"(setting-)?{name}(-of-.*)?")
        next(n for n in page.number_input if key.fullmatch(str(n.key))).set_value(number)
    return page.run()


def start(page: AppTest, key: str = "start-run") -> AppTest:
    return page.button(key=key).click().run()


def select(page: AppTest, key: str, value: str) -> AppTest:
    return page.selectbox(key=key).set_value(value).run()


def wait_for(wanted: str, name: str) -> Run:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        run = open_run(name)
        if run.status.status == wanted:
            return run
        assert run.status.status not in {"failed", "interrupted"}, run.status.message
        time.sleep(0.1)
    raise AssertionError(f"{name} did not become {wanted}")


def put(places: Any, name: str, **status: Any) -> Run:
    """A run whose status says this."""
    (config,) = [run for run in find_study("cells").expand(FOLK) if run.name == name]
    run = create_run(config, Vocabulary.of("ab"), checkpoints=places.checkpoints)
    figures = Figures(loss=1.4, bits_per_character=2.0, epoch=4, step=40)
    common = {"heartbeat": now(), "epoch": 5.0, "seconds": 50.0, "best": figures, "last": figures}
    (run.path / "status.json").write_bytes(RunStatus(**(common | status)).to_json())
    return run


@pytest.fixture
def trained(lab: Any) -> Iterator[Any]:
    """The small lab; trainings that a test left running are stopped."""
    yield lab
    for run in list_runs():
        if isinstance(run, Run) and run.status.status == "running":
            stop_training(run, wait=30)


@pytest.mark.slow
def test_a_run_started_from_the_form_trains_in_a_process_of_its_own(
    trained: Any, app: Open
) -> None:
    page = fill(app("train"), hidden_size=5, epochs=2, embedding_size=3, batch_size=2, window=16)
    name = "small-on-tiny-hidden-5-embedding-3-epochs-2-batch-2-window-16"
    assert f"**{name}**" in words(page)
    page = start(page)
    assert any(name in success.value for success in page.success)
    process = open_run(name).status.process
    run = wait_for("finished", name)
    assert process is not None
    assert process.pid != identity().pid
    assert (run.config.model.hidden_size, run.config.training.epochs) == (5, 2)
    assert run.config.corpus.sha256 == trained.book.sha256
    assert list(run.history().query("split == 'validation'")["epoch"]) == [0, 1, 2]


@pytest.mark.slow
def test_a_run_can_be_stopped_and_go_on_from_two_windows(trained: Any, app: Open) -> None:
    here, there = app("train"), app("train")
    page = fill(here, hidden_size=5, epochs=10_000, embedding_size=3, batch_size=2, window=16)
    name = "small-on-tiny-hidden-5-embedding-3-epochs-10000-batch-2-window-16"
    start(page)
    assert f"**{name}**" in " ".join(str(bar.text) for bar in there.run().get("progress"))
    while open_run(name).status.last is None:
        time.sleep(0.1)
    button(there, f"stop-{name}").click().run()
    run = wait_for("stopped", name)
    steps = run.status.step
    button(here.run(), f"resume-{name}").click().run()
    assert wait_for("running", name).status.step >= steps


def test_what_cannot_fit_the_machine_is_refused_in_the_form_and_what_can_is_offered(
    lab: Any, app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "has_graphics_card", lambda: False)
    monkeypatch.setattr(memory, "machine_bytes", lambda **_: 64 * 10**9)
    page = fill(app("train"), hidden_size=512, batch_size=4096, window=8192)
    (error,) = page.error
    assert "GB of memory" in error.value
    assert "choose a smaller batch, window or network" in error.value
    assert not [each for each in page.button if each.key == "start-run"]
    page = fill(page, window=256)
    assert not page.error
    assert button(page, "start-run")
    # It fits, and would still take more memory than is worth an estimate.
    assert "not measured beforehand" in words(page)


def test_a_name_that_is_taken_is_refused_in_words(lab: Any, app: Open) -> None:
    page = app("train")
    page.text_input(key="run-name").set_value("lstm-8-embedding-4")
    page = fill(page, hidden_size=8, embedding_size=4)
    page = start(page)
    (error,) = page.error
    assert "lstm-8-embedding-4" in error.value


def test_words_typed_as_a_name_become_one_that_a_run_can_have(lab: Any, app: Open) -> None:
    page = app("train")
    page.text_input(key="run-name").set_value(" my first run! ")
    found = words(page.run())
    assert "**my-first-run**" in found
    assert "letters, digits" in found
    page.text_input(key="run-name").set_value("!?")
    assert "**small-on-tiny" in words(page.run())


def test_a_running_run_shows_its_epoch_loss_and_time_left(lab: Any, app: Open) -> None:
    put(lab, "gru-150", status="running", process=identity(), characters_per_second=40_000.0)
    page = app("train")
    (bar,) = [str(bar.text) for bar in page.get("progress")]
    assert "gru-150" in bar
    assert {"5.0", "20", "2"} <= set(numbers(bar))
    assert [metric.value for metric in page.metric][:2] == ["2.0000", "40,000"]
    assert "Reads the tunes" not in words(page)
    put(lab, "lstm-150", status="running", process=identity(), epoch=0.0)
    assert "Reads the tunes and makes the network" in words(app("train"))


@pytest.mark.parametrize(
    ("field", "value"), [("epochs", 99_999_999), ("hidden_size", 0), ("seed", -4)]
)
def test_with_a_number_out_of_range_nothing_can_be_started_and_a_sentence_says_so(
    lab: Any, app: Open, field: str, value: int
) -> None:
    page = app("train")
    page.text_input(key="run-name").set_value("mine")
    page = fill(page, **{field: value})
    (sentence,) = [each.value for each in page.error]
    assert str(value) in sentence.replace(",", "")
    assert not [each for each in page.button if each.key == elements.START_RUN]
    assert page.text_input(key="run-name").value == "mine"


def test_a_press_that_comes_twice_is_done_once() -> None:
    done: list[int] = []

    def action() -> str:
        time.sleep(0.05)
        done.append(1)
        return "done"

    once = Once(action)
    with ThreadPoolExecutor(4) as people:
        assert [each.result(60) for each in [people.submit(once) for _ in range(4)]] == ["done"] * 4
    assert done == [1]


def test_of_two_who_make_a_run_at_the_same_time_one_is_told_that_it_is_there(lab: Any) -> None:
    both = threading.Barrier(2)

    def make() -> str:
        def prepare(folder: Path) -> None:
            with contextlib.suppress(threading.BrokenBarrierError):
                both.wait(0.5)  # the other waits for the folder, or makes one as well

        (config,) = [each for each in find_study("cells").expand(FOLK) if each.name == "rnn-150"]
        try:
            create_run(config, Vocabulary.of("ab"), checkpoints=lab.checkpoints, prepare=prepare)
        except RunExistsError:
            return "refused"
        return "made"

    with ThreadPoolExecutor(2) as people:
        found = sorted(each.result(60) for each in [people.submit(make) for _ in range(2)])
    assert found == ["made", "refused"]
    assert not (lab.checkpoints / ".trash").exists()


def test_a_training_beyond_the_number_set_waits_and_may_be_withdrawn(
    lab: Any, app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(AT_ONCE, "1")
    put(lab, "gru-150", status="running", process=identity())
    page = app("train")
    page.text_input(key="run-name").set_value("mine")
    page = start(fill(page, hidden_size=8, embedding_size=4))
    (success,) = page.success
    assert "number 1" in success.value
    assert waiting() == ["mine"]
    assert open_run("mine").status.status == "created"
    other = app("train")
    assert not [each for each in other.button if each.key == "resume-mine"]
    button(other, "withdraw-mine").click().run()
    assert waiting() == []
    assert button(other, "resume-mine")


def test_a_run_that_ended_early_says_why(lab: Any, app: Open) -> None:
    put(lab, "gru-150", status="failed", message="The disk is full.")
    put(lab, "rnn-150", status="running", process=identity().model_copy(update={"boot": "old"}))
    text = words(app("train"))
    failed, interrupted = (
        next(line for line in text.split("\n") if name in line) for name in ("gru-150", "rnn-150")
    )
    assert "failed" in failed
    assert "The disk is full." in failed
    assert "interrupted" in interrupted


def undo_buttons(page: AppTest) -> list[Any]:
    return [one for one in page.button if str(one.key).startswith("undo-")]


def test_a_deleted_run_can_be_taken_back_in_another_window(lab: Any, app: Open) -> None:
    put(lab, "gru-150", status="stopped")
    here, there = app("train"), app("train")
    button(here, "delete-gru-150").click().run()
    assert not (lab.checkpoints / "gru-150").exists()
    (undo,) = undo_buttons(there.run())
    undo.click().run()
    assert open_run("gru-150").status.status == "stopped"
    assert undo_buttons(here.run()) == []


def test_a_study_in_training_is_shown_to_all_and_an_interrupted_one_can_be_dismissed(
    lab: Any, app: Open
) -> None:
    put(lab, "gru-150", status="finished", epoch=20.0)
    record = note_sweep("cells", ["rnn-150", "gru-150"], workers=2)
    page = app("train")
    bars = [str(bar.text) for bar in page.get("progress")]
    assert "cells" in bars[0]
    assert numbers(bars[0])[:2] == ["1", "2"]
    gone = record.process.model_copy(update={"boot": "old"})
    write_sweep(record.model_copy(update={"process": gone}))
    page = app("train")
    assert numbers(str(page.get("progress")[0].text))[:2] == ["1", "2"]
    button(page, "forget-cells").click().run()
    assert list_sweeps() == []


def test_without_anything_training_there_is_no_progress_and_a_run_can_be_started(
    lab: Any, app: Open
) -> None:
    page = app("train")
    words(page)
    assert not page.get("progress")
    assert not page.button(key="start-run").disabled


def test_a_name_that_is_taken_gives_way_to_a_free_one(lab: Any, app: Open) -> None:
    assert free_name("lstm-8", {"lstm-8", "lstm-8-2"}) == "lstm-8-3"
    config = lab.runs["lstm-8-embedding-4"].config
    usual = "small-on-tiny-hidden-8-embedding-4"
    create_run(
        config.model_copy(update={"name": usual}),
        Vocabulary.of("ab"),
        checkpoints=lab.checkpoints,
    )
    found = words(fill(app("train"), hidden_size=8, embedding_size=4))
    assert f"**{usual}-2**" in found


def test_every_setting_of_a_run_can_be_chosen_and_taken_over(
    lab: Any, app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ModelConfig(
        cell="gru",
        hidden_size=7,
        layers=2,
        embedding_size=5,
        dropout=0.4,
        weight_drop=0.2,
        initialization="orthogonal",
        normalization="layer",
    )
    training = TrainConfig(
        epochs=36,
        batch_size=32,
        window=100,
        learning_rate=0.00125,
        schedule="cosine",
        weight_decay=0.03,
        clip=0.25,
        averaging=0.999,
        transposition=0.7,
        patience=4,
        precision="fp32",
        trainable="readout",
    )
    for chosen in (model, training):
        usual = type(chosen)()
        same = [name for name, value in chosen if value == getattr(usual, name)]
        assert same == [], "a setting that is left as it is proves nothing"
    create_run(
        RunConfig(name="rich", model=model, training=training, corpus=FOLK),
        Vocabulary.of("ab"),
        checkpoints=lab.checkpoints,
    )
    started: list[TrainingPlan] = []
    monkeypatch.setattr(run_form, "begin", lambda planned, *_, **__: started.append(planned))
    page = app("train")
    recipe = state.COPIED_FROM.of("nothing", "tiny")
    select(page, recipe, "like rich")
    words(start(page))
    assert (started[0].model, started[0].training) == (model, training)
    words(start(fill(page, weight_drop=0.35, averaging=0.0)))
    assert started[1].model == model.model_copy(update={"weight_drop": 0.35})
    assert started[1].training == training.model_copy(update={"averaging": 0.0})
    select(page, recipe, "baseline")
    words(start(page))
    assert (started[2].model, started[2].training) == (ModelConfig(), TrainConfig())


@pytest.mark.parametrize("name", [*(study.name for study in shipped_studies()), "all"])
def test_each_study_opens_in_the_form_and_starts_as_it_is_shipped(
    name: str, lab: Any, app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study_form.widgets, "corpus", lambda _: lab.book)
    asked: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(study_form, "start_sweep", lambda one, **how: asked.append((one, how)))
    page = app("train", start="a study")
    select(page, "study-name", name)
    studies = shipped_studies() if name == "all" else [find_study(name)]
    assert f"{len(study_form.planned(studies))}" in numbers(words(page))
    words(start(page, "start-study"))
    assert asked[0][0] == name
    assert (asked[0][1]["seeds"], asked[0][1]["epochs"]) == (None, None)
    words(start(fill(page, study_seeds=2, study_epochs=3), "start-study"))
    assert (asked[1][1]["seeds"], asked[1][1]["epochs"]) == (2, 3)
