"""What the studies' sentences say of planted figures, and which runs belong to them."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from songrnn.errors import ConfigError
from songrnn.segmentation.studies import SEEDS, STUDIES, _run_name, answer, find_study


def planted(name: str, means: list[float], spread: float = 0.002) -> Any:
    """Figures with these means and a little noise that differs by seed and value."""
    labels = list(STUDIES[name].cells)
    return {
        label: {seed: mean + spread * ((seed * 7 + place * 3) % 5 - 2) for seed in SEEDS}
        for place, (label, mean) in enumerate(zip(labels, means, strict=True))
    }


def test_a_planted_gain_of_batch_normalization_is_found() -> None:
    sentence = STUDIES["start"].contrast(planted("start", [0.5, 0.5, 0.5, 0.3, 0.3, 0.3]))
    assert sentence.startswith("Batch normalization raises mean IoU by +0.")
    assert sentence.count("not clear") == 4


def test_a_planted_difference_of_starts_is_found() -> None:
    sentence = STUDIES["start"].contrast(planted("start", [0.5, 0.4, 0.5, 0.5, 0.5, 0.5]))
    assert "against kaiming, with it: xavier uniform −0." in sentence


def test_the_four_intervals_against_kaiming_hold_together() -> None:
    """Bonferroni over all four, the spread from all runs of the same normalization."""
    figures = planted("start", [0.5, 0.4, 0.5, 0.5, 0.5, 0.5])
    rows = np.array([[figures[label][seed] for seed in SEEDS] for label in list(figures)[:3]])
    rest = rows - rows.mean(1, keepdims=True) - rows.mean(0) + rows.mean()
    error = np.sqrt((rest**2).sum() / 4 * 2 / 3)
    half = stats.t.ppf(1 - 0.05 / (2 * 4), 4) * error
    sentence = STUDIES["start"].contrast(figures)
    assert f"xavier uniform −{rows[0].mean() - rows[1].mean():.3f} ± {half:.3f}" in sentence
    assert "for all four together" in sentence


def test_a_planted_trend_with_depth_is_found_and_none_is_not() -> None:
    rising = STUDIES["depth"].contrast(planted("depth", [0.3, 0.4, 0.5]))
    assert rising.startswith("Each level raises mean IoU by +0.")
    assert "depth 4" in rising
    level = STUDIES["depth"].contrast(planted("depth", [0.4, 0.4, 0.4], spread=0.02))
    assert level.startswith("No clear trend")


def test_without_runs_the_sentence_says_what_to_do() -> None:
    found = answer(find_study("start"), [])
    assert (found.finished, found.planned) == (0, 18)
    assert "songrnn segment study start --train" in found.sentence


def test_all_runs_have_different_names() -> None:
    names = [
        _run_name(study, label, seed)
        for study in STUDIES.values()
        for label in study.cells
        for seed in SEEDS
    ]
    assert len(set(names)) == len(names)


def test_an_unknown_study_is_named() -> None:
    with pytest.raises(ConfigError, match="start, depth"):
        find_study("width")
