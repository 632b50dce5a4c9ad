"""In a real browser: the Runs page answers from the shipped studies with the files' own figures.

The expected figures are computed again, by pandas and scipy from the history files.
"""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect
from scipy import stats

from songrnn.tuning.study import find_study

ROOT = Path(__file__).resolve().parents[2]

SETTINGS = {"cells": "cell", "hidden": "hidden_size", "dropout": "dropout"}
QUESTIONS = {study: find_study(study).question for study in SETTINGS}
# The step of the setting that a slope is quoted for.
STEP = {"hidden": 100, "dropout": 0.1}


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The histories of all shipped runs, without weights."""
    folder = tmp_path_factory.mktemp("studies")
    for run in (ROOT / "checkpoints").glob("*/summary.json"):
        target = folder / run.parent.name
        target.mkdir()
        for name in ("run.json", "history.jsonl*", "status.json", "summary.json"):
            for path in run.parent.glob(name):
                shutil.copy(path, target / path.name)
    return folder


@pytest.fixture(scope="session")
def address(serve: Callable[..., str], places: tuple[Path, Path], checkpoints: Path) -> str:
    """The app with those runs."""
    return serve(SONGRNN_DATA=str(places[0]), SONGRNN_CHECKPOINTS=str(checkpoints))


def losses(checkpoints: Path, study: str) -> pd.DataFrame:
    """seed × value -> best validation bits per character, of the runs of a study."""
    baseline = pd.read_json(checkpoints / "lstm-150" / "run.json", typ="series")
    setting, rows = SETTINGS[study], []
    for path in checkpoints.glob("*/run.json"):
        run = pd.read_json(path, typ="series")
        if run.get("corpus", {}).get("name") != "folk":
            continue
        alike = {k: v for k, v in run["model"].items() if k != setting} == {
            k: v for k, v in baseline["model"].items() if k != setting
        }
        if alike and run["training"] == baseline["training"] and run["seed"] < 6:
            (file,) = path.parent.glob("history.jsonl*")  # pandas unpacks one that is packed
            history = pd.read_json(file, lines=True)
            best = history.loc[history["split"] == "validation", "bits_per_character"].min()
            rows.append({"seed": run["seed"], "value": run["model"][setting], "bits": best})
    return pd.DataFrame(rows).pivot_table(index="seed", columns="value", values="bits")


def contrast(table: pd.DataFrame, study: str) -> pd.Series:
    """The planned contrast of each seed that has all of it."""
    if study == "cells":
        return (table["lstm"] - table["rnn"]).dropna()
    whole = table.dropna()
    values = whole.columns.to_numpy(dtype=float)
    fit = np.polyfit(values, whole.to_numpy().T, 1)[0] * STEP[study]
    return pd.Series(fit, index=whole.index)


@pytest.mark.parametrize("study", SETTINGS)
def test_one_click_answers_the_question_with_the_figures_of_the_files(
    address: str, checkpoints: Path, page: Page, study: str
) -> None:
    figures = contrast(losses(checkpoints, study), study)
    page.goto(f"{address}/runs")
    page.get_by_role("radio", name=QUESTIONS[study]).click()
    answer = page.locator("p", has=page.locator("strong", has_text=QUESTIONS[study]))
    expect(answer).to_be_visible()
    text = answer.inner_text()
    assert page.url.endswith("/runs") == (study == "cells")
    if len(figures) < 3:
        assert "±" not in text
        return
    interval = stats.ttest_1samp(figures, 0).confidence_interval()
    said = re.search(r"(−|\+)?(\d+\.(\d+)) ± (\d+\.\d+)", text)
    assert said is not None, text
    tolerance = 0.5001 * 10.0 ** -len(said[3])
    assert float(said[2]) == pytest.approx(abs(figures.mean()), abs=tolerance)
    assert float(said[4]) == pytest.approx((interval.high - interval.low) / 2, abs=tolerance)
    agreeing = int((np.sign(figures) == np.sign(figures.mean())).sum())
    assert re.search(rf"\b{agreeing}\D+{len(figures)}\b", text)
    flips = stats.permutation_test(
        (figures, np.zeros(len(figures))),
        lambda a, b: np.mean(a - b),
        permutation_type="samples",
    )
    assert f"{flips.pvalue:.3f}" in re.findall(r"\d+\.\d+", text)


def test_the_curves_end_where_the_histories_end(
    address: str, checkpoints: Path, page: Page
) -> None:
    page.goto(f"{address}/runs?study=chosen&runs=lstm-150&training=false")
    plot = page.locator(".st-key-loss-curves .js-plotly-plot")
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(plot).to_have_count(1)  # while the page runs again there may be two for a moment
    expect(plot).to_be_visible()
    lines: list[Any] = plot.evaluate("plot => plot._fullData.map(t => [t.name, Array.from(t.y)])")
    history = pd.read_json(checkpoints / "lstm-150" / "history.jsonl", lines=True)
    validation = history.loc[history["split"] == "validation", "bits_per_character"]
    (drawn,) = [y for name, y in lines if name == "LSTM"]
    assert drawn[-1] == pytest.approx(validation.iloc[-1])
    assert len(drawn) == len(validation)


def test_a_link_shows_another_person_the_same_view(
    address: str, browser: Browser, page: Page
) -> None:
    page.goto(f"{address}/runs")
    page.get_by_role("radio", name=QUESTIONS["hidden"]).click()
    page.locator(".st-key-show").get_by_role("radio").last.click()
    page.locator(".st-key-unit").get_by_role("radio").last.click()
    expect(page).to_have_url(re.compile("unit=nats"))
    expect(page).to_have_url(re.compile("study=hidden"))
    expect(page).to_have_url(re.compile("show=final"))
    context = browser.new_context()
    other = context.new_page()
    other.goto(page.url)
    expect(other.get_by_role("radio", name=QUESTIONS["hidden"])).to_be_checked()
    for key in ("show", "unit"):
        expect(other.locator(f".st-key-{key}").get_by_role("radio").last).to_be_checked()
    context.close()


def test_rows_ticked_in_the_table_are_compared_hidden_and_shown_again(
    address: str, page: Page
) -> None:
    page.goto(f"{address}/runs")
    script = page.get_by_test_id("stApp")
    expect(script).to_have_attribute("data-test-script-state", "notRunning")
    table = page.locator("[class*=st-key-run-table] .dvn-scroller").first
    table.scroll_into_view_if_needed()
    for row in (1, 2):  # the boxes stand at the left of a row of 35 pixels below the heading
        table.click(position={"x": 16, "y": 35 * row + 17})
    expect(page.get_by_text(re.compile("2 picked:"))).to_be_visible()
    page.locator(".st-key-several-compare button").first.click()
    expect(page).to_have_url(re.compile("runs=.*runs=.*study=chosen"))
    expect(script).to_have_attribute("data-test-script-state", "notRunning")
    table.scroll_into_view_if_needed()
    table.click(position={"x": 16, "y": 35 + 17})
    page.locator(".st-key-several-hide button").first.click()
    expect(page).to_have_url(re.compile("hidden="))
    page.locator(".st-key-several-show button").first.click()
    expect(page).not_to_have_url(re.compile("hidden="))
