"""Sentences say what the figures say, and no more."""

import re
from pathlib import Path
from typing import Any

import pytest

from dashboard.wording import (
    NO_LOSS,
    ONE_SEED,
    by_best_validation,
    plain,
    runs_compared,
    without_places,
)


def row(name: str, bits: float | None, **settings: Any) -> dict[str, Any]:
    return {"name": name, "best_validation_bits_per_character": bits, "cell": "lstm", **settings}


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:\.\d+)?", text))


def test_the_best_run_its_lead_and_the_baseline_are_named_with_their_figures() -> None:
    rows = [row("beta", 2.10, hidden_size=50), row("alpha", 1.93, hidden_size=150)]
    text = runs_compared(rows, 1.98)
    assert numbers(text) == {"1.930", "0.170", "0.050"}
    for said in ("**alpha**", "**1.930**", "beta", "PPMd"):
        assert said in text


def test_a_run_worse_than_the_compressor_is_said_to_be_above_it() -> None:
    above, below = (runs_compared([row("a", bits)], 1.98) for bits in (2.1, 1.86))
    assert numbers(above) == {"2.100", "0.120"}
    assert above.replace("2.100", "1.860") != below


def test_one_seed_a_setting_comes_with_a_caution() -> None:
    text = runs_compared([row("a", 1.9, hidden_size=1), row("b", 2.0, hidden_size=2)], None)
    assert ONE_SEED in text


def test_several_seeds_of_a_setting_are_counted() -> None:
    text = runs_compared([row("a", 1.9), row("a-again", 1.95)], None)
    assert {"2", "1"} <= numbers(text)
    assert ONE_SEED not in text


def test_settings_that_have_no_column_of_their_own_are_told_apart() -> None:
    rows = [row("a", 1.9, setting="lstm-150-norm-batch"), row("b", 1.95, setting="lstm-150")]
    assert ONE_SEED in runs_compared(rows, None)
    again = [*rows, row("c", 1.96, setting="lstm-150")]
    assert "3 runs of 2 settings" in runs_compared(again, None)


def test_a_single_run_is_compared_with_nothing() -> None:
    text = runs_compared([row("a", 1.9)], None)
    assert numbers(text) == {"1.900"}
    assert ONE_SEED not in text


@pytest.mark.parametrize("rows", [[], [row("new", None)]])
def test_without_a_validation_loss_nothing_is_claimed(rows: list[dict[str, Any]]) -> None:
    assert runs_compared(rows, 1.98) == NO_LOSS


def test_runs_without_a_loss_come_last() -> None:
    rows = [row("new", None), row("b", 2.0), row("a", 1.0)]
    assert [r["name"] for r in sorted(rows, key=by_best_validation)] == ["a", "b", "new"]


def test_a_songs_title_is_shown_as_it_is() -> None:
    assert plain("*A* [link](x) <b>") == r"\*A\* \[link\](x) \<b>"


def test_losses_on_different_tunes_are_not_ranked_against_each_other() -> None:
    rows = [
        row("theirs", 1.2, corpus="mine"),
        row("best", 1.45, corpus="folk"),
        row("worse", 1.9, corpus="folk"),
    ]
    assert [r["name"] for r in sorted(rows, key=by_best_validation)] == ["best", "worse", "theirs"]
    text = runs_compared(rows, 1.98)
    assert "1.450 bits on folk (**best**), 1.200 bits on mine (**theirs**)" in text
    assert "no comparison" in text
    assert "compressor" not in text


def test_where_the_labs_folders_lie_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(tmp_path / "secret" / "runs"))
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path / "secret" / "tunes"))
    said = f"{tmp_path}/secret/runs/mine/run.json: not JSON; {tmp_path}/secret/tunes/folk is gone"
    shown = without_places(said)
    assert shown == "checkpoints/mine/run.json: not JSON; data/folk is gone"
    assert "secret" not in plain(said)
