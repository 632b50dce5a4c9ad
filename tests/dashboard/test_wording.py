"""Sentences say what the figures say, and no more."""

from typing import Any

import pytest

from dashboard.wording import by_best_validation, plain, runs_compared


def row(name: str, bits: float | None, **settings: Any) -> dict[str, Any]:
    return {"name": name, "best_validation_bits_per_character": bits, "cell": "lstm", **settings}


def test_the_best_run_its_lead_and_the_baseline_are_named_with_their_figures() -> None:
    rows = [row("b", 2.10, hidden_size=50), row("a", 1.93, hidden_size=150)]
    text = runs_compared(rows, 1.98)
    assert text.startswith("**a** has the lowest validation loss, **1.930** bits per character")
    assert "0.170 below b" in text
    assert "0.050 below the compressor PPMd" in text


def test_a_run_worse_than_the_compressor_is_said_to_be_above_it() -> None:
    assert "0.120 above the compressor" in runs_compared([row("a", 2.1)], 1.98)


def test_one_seed_a_setting_comes_with_a_caution() -> None:
    text = runs_compared([row("a", 1.9, hidden_size=1), row("b", 2.0, hidden_size=2)], None)
    assert "one seed" in text


def test_several_seeds_of_a_setting_are_counted() -> None:
    text = runs_compared([row("a", 1.9), row("a-seed-1", 1.95)], None)
    assert "2 runs of 1 settings" in text


def test_a_single_run_is_compared_with_nothing() -> None:
    assert runs_compared([row("a", 1.9)], None).endswith("1.900** bits per character.")


@pytest.mark.parametrize("rows", [[], [row("new", None)]])
def test_without_a_validation_loss_nothing_is_claimed(rows: list[dict[str, Any]]) -> None:
    assert runs_compared(rows, 1.98).startswith("No run shown has a validation loss yet")


def test_runs_without_a_loss_come_last() -> None:
    rows = [row("new", None), row("b", 2.0), row("a", 1.0)]
    assert [r["name"] for r in sorted(rows, key=by_best_validation)] == ["a", "b", "new"]


def test_a_songs_title_is_shown_as_it_is() -> None:
    assert plain("*A* [link](x) <b>") == r"\*A\* \[link\]\(x\) \<b\>"
