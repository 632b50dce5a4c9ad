"""The Runs page on studies of made-up runs: what it says is what pandas and scipy find."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.state import elements
from songrnn.config import CorpusReference, RunConfig
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.store.creating import create_run
from songrnn.store.documents import HistoryRow, RunStatus, now
from songrnn.store.history import History
from songrnn.store.runs import Run, open_run
from songrnn.tuning.study import find_study

TINY = CorpusReference(name="folk", sha256="a" * 64)

Open = Callable[..., AppTest]


def add(checkpoints: Path, config: RunConfig, losses: list[float], status: str = "finished") -> Run:
    """A run with these validation losses (bits) after its epochs, evenly spread over 20."""
    run = create_run(config, Vocabulary.of("ab"), checkpoints=checkpoints)
    history = History(run.path / "history.jsonl")
    rows = []
    for place, bits in enumerate(losses):
        epoch = 20.0 * place / max(len(losses) - 1, 1)
        common = {"step": place * 10, "epoch": epoch, "seconds": place * 2.0}
        nats = bits * math.log(2)
        row = HistoryRow(split="validation", loss=nats, bits_per_character=bits, **common)
        history.append(row)
        rows.append(row)
    history.close()
    best = min(rows, key=lambda row: row.loss).figures
    ended = RunStatus(status=status, epoch=20, heartbeat=now(), best=best, last=rows[-1].figures)  # type: ignore[arg-type]
    (run.path / "status.json").write_bytes(ended.to_json())
    return run


@pytest.fixture
def cells(places: Any) -> pd.DataFrame:
    """The study `cells` with six seeds: RNN near 2.1, GRU near 2.0, LSTM near 1.9 bits."""
    rng = np.random.default_rng(1)
    level = {"rnn": 2.1, "gru": 2.0, "lstm": 1.9}
    for config in find_study("cells").expand(TINY):
        best = level[config.model.cell] + rng.normal(0, 0.01)
        add(places.checkpoints, config, [6.5, 3.0, best, best + 0.02])
    return best_losses(places.checkpoints)


def best_losses(checkpoints: Path) -> pd.DataFrame:
    """seed × cell -> best validation bits, read from the files with pandas alone."""
    rows = []
    for path in checkpoints.glob("*/run.json"):
        run = pd.read_json(path, typ="series")
        history = pd.read_json(path.parent / "history.jsonl", lines=True)
        best = history.loc[history["split"] == "validation", "bits_per_character"].min()
        rows.append({"cell": run["model"]["cell"], "seed": run["seed"], "bits": best})
    return pd.DataFrame(rows).pivot_table(index="seed", columns="cell", values="bits")


def words(page: AppTest) -> str:
    assert not page.exception
    assert not page.error, [error.value for error in page.error]
    return "\n".join(str(part.value) for part in [*page.markdown, *page.caption])


def frame(page: AppTest, column: str) -> pd.DataFrame:
    (found,) = [table.value for table in page.dataframe if column in table.value]
    return found


def test_the_page_opens_on_the_answer_with_the_figures_of_the_files(
    cells: pd.DataFrame, app: Open
) -> None:
    page = app("runs")
    difference = cells["lstm"] - cells["rnn"]
    interval = stats.ttest_1samp(difference, 0).confidence_interval()
    reach = (interval.high - interval.low) / 2
    decimals = max(2, math.ceil(-math.log10(reach)))
    answer = words(page)
    found = re.findall(r"\d+(?:\.\d+)?", answer)
    for said in (f"{-difference.mean():.{decimals}f}", f"{reach:.{decimals}f}", "0.031"):
        assert said in found
    assert found.count("6") >= 2  # of 6 seeds, all 6


def test_means_and_pairs_are_those_of_the_files(cells: pd.DataFrame, app: Open) -> None:
    page = app("runs", study="cells")
    means = frame(page, "Mean").set_index("cell")["Mean"]
    assert means["GRU"] == pytest.approx(cells["gru"].mean())
    pairs = frame(page, "Compared").set_index("Compared")
    test = stats.ttest_rel(cells["gru"], cells["lstm"]).confidence_interval()
    row = pairs.loc["LSTM − GRU"]
    assert row["Difference"] == pytest.approx((cells["lstm"] - cells["gru"]).mean())
    assert row["± 95 %"] == pytest.approx((test.high - test.low) / 2)
    assert re.findall(r"\d+", row["First is lower in"]) == ["6", "6"]
    assert pairs.index[0] == "★ LSTM − RNN"


def test_a_question_without_runs_says_that_nothing_can_be_said(cells: Any, app: Open) -> None:
    page = app("runs", study="hidden")
    assert find_study("hidden").question in words(page)
    assert len(frame(page, "Mean")) == 1


def test_an_unfinished_run_is_left_out_and_counted(places: Any, app: Open) -> None:
    study = find_study("cells")
    for config in study.expand(TINY)[:6]:
        add(places.checkpoints, config, [6.0, 2.0])
    stopped = study.expand(TINY)[6]
    add(places.checkpoints, stopped, [6.0, 1.0], status="stopped")
    page = app("runs", study="cells")
    assert "12" in re.findall(r"\d+", words(page))
    assert any(stopped.name in line and "stopped" in line for line in words(page).split("\n"))
    assert frame(page, "Mean")["Lowest"].min() == 2.0


def test_a_damaged_history_is_told_and_hides_no_other(cells: Any, places: Any, app: Open) -> None:
    with (places.checkpoints / "gru-150" / "history.jsonl").open("a") as file:
        file.write("no row\n")
    page = app("runs", study="cells")
    (warning,) = [one.value for one in page.warning]
    assert warning.startswith("gru-150 ")
    assert "5" in re.findall(r"\d+", warning)
    assert frame(page, "Mean")["Mean"].notna().all()
    assert not app("overview").exception


def test_a_link_reopens_the_view(cells: Any, app: Open) -> None:
    page = app("runs", study="chosen", runs="lstm-150", unit="nats", baseline="rnn-150")
    page.run()
    assert list(frame(page, "compose")["name"]) == ["lstm-150"]
    assert page.query_params["study"] == "chosen"
    page = app("runs", study="cells", show="final")
    page.run()
    assert page.query_params["show"] == "final"


def test_the_baseline_is_what_differences_are_measured_from(cells: pd.DataFrame, app: Open) -> None:
    page = app("runs", study="cells", baseline="rnn-150")
    rows = frame(page, "compose").set_index("name")
    expected = cells.loc[0, "gru"] - cells.loc[0, "rnn"]
    assert rows.loc["gru-150", "difference"] == pytest.approx(expected)
    assert rows.loc["gru-150", "differs"] == "cell gru (not rnn)"
    assert rows.loc["rnn-150", "differs"] == ""


def test_best_of_and_filter_leave_the_rows_asked_for(cells: pd.DataFrame, app: Open) -> None:
    page = app("runs", study="cells", best_of="true")
    rows = frame(page, "compose")
    assert len(rows) == 3
    bits = rows.set_index("cell")["best_validation_bits_per_character"]
    assert bits["LSTM"] == pytest.approx(cells["lstm"].min())
    page = app("runs", study="cells", filter="gru seed-3")
    assert list(frame(page, "compose")["name"]) == ["gru-150-seed-3"]


def test_what_is_sought_outside_the_question_is_named_and_offered(
    cells: pd.DataFrame, app: Open
) -> None:
    page = app("runs", study="chosen", runs="rnn-150", filter="lstm-150")
    page.button(key=elements.FOUND_ELSEWHERE).click().run()
    assert not page.exception
    names = set(frame(page, "compose")["name"])
    assert names
    assert all("lstm-150" in name for name in names)


def test_words_that_no_run_has_leave_a_sentence_and_no_table(
    cells: pd.DataFrame, app: Open
) -> None:
    page = app("runs", study="cells", filter="weather")
    assert any("weather" in info.value for info in page.info)
    assert not [table for table in page.dataframe if "compose" in table.value]


def test_another_question_is_coloured_by_its_own_setting(cells: pd.DataFrame, app: Open) -> None:
    page = app("runs", study="cells", colour="seed")
    page.segmented_control(key=state.STUDY).set_value("chosen").run()
    assert page.selectbox(key=state.COLOUR).value == ""


def test_tags_and_notes_are_kept_in_the_runs_folder(cells: Any, places: Any, app: Open) -> None:
    page = app("runs", study="cells")
    page.selectbox(key=elements.NOTES_RUN).set_value("gru-150").run()
    page.text_input(key=elements.TAGS.of("gru-150")).set_value("fast, odd, fast").run()
    page.text_area(key=elements.NOTES.of("gru-150")).set_value("Sings in tune.").run()
    notes = open_run("gru-150", checkpoints=places.checkpoints).notes()
    assert (notes.tags, notes.text) == (("fast", "odd"), "Sings in tune.")
    rows = frame(page, "compose").set_index("name")
    assert rows.loc["gru-150", "tags"] == "fast, odd"


def test_smoothing_and_panels_change_no_figure(cells: Any, app: Open) -> None:
    plain = words(app("runs", study="cells"))
    page = app("runs", study="cells", smoothing="0.5", facet="cell", scale="log", whole="true")
    assert page.slider(key=state.SMOOTHING).value == 0.5
    assert words(page) == plain
