"""The figures that the repository ships stay what they were, to 1e-9, whoever computes them.

`shipped_figures.json` was written by formulas of our own, from the committed histories, kept
songs and neuron labels, before scipy and scikit-learn took their place. Write it again, after a
figure was found wrong and the reason noted, with: python -m tests.test_shipped_figures
"""

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from songrnn.config.recipes import RECIPES
from songrnn.inspection.index import open_index
from songrnn.inspection.shifted_null import gumbel_p
from songrnn.metrics import auroc, mutual_information
from songrnn.quality.distributions import compare, features
from songrnn.quality.temperature_file import TemperatureStudy
from songrnn.statistics import (
    Interval,
    benjamini_hochberg,
    bootstrap_interval,
    jensen_shannon,
    share_interval,
    sign_flip_p,
    student_t_quantile,
)
from songrnn.store.runs import Run, list_runs, open_run
from songrnn.tuning.answers import answer, study_table
from songrnn.tuning.study import find_study

ROOT = Path(__file__).resolve().parent.parent
CHECKPOINTS = ROOT / "checkpoints"
FROZEN = Path(__file__).with_name("shipped_figures.json")
STUDIES = ("cells", "hidden", "dropout", "initialization", "normalization", "ingredients")


def of_interval(interval: Interval) -> list[float]:
    return [interval.estimate, interval.low, interval.high, interval.n]


def of_studies() -> dict[str, Any]:
    runs = list_runs(checkpoints=CHECKPOINTS)
    found = {}
    for name in STUDIES:
        study = find_study(name)
        said = answer(study, study_table(study, runs))
        found[name] = {
            "decided": said.decided,
            "groups": [[str(group.value), *of_interval(group.mean)] for group in said.groups],
            "pairs": [
                [str(pair.first), str(pair.second), *of_interval(pair.difference), pair.lower]
                for pair in said.pairs
            ],
            "contrast": None
            if said.contrast is None
            else [*of_interval(said.contrast.interval), said.contrast.p],
        }
    return found


def of_histories() -> dict[str, Any]:
    """Bootstrap, area under the curve and information over what a training wrote."""
    history = open_run("lstm-150", checkpoints=CHECKPOINTS).history()
    rows = history[history["split"] == "validation"]
    bits, accuracy = rows["bits_per_character"].to_numpy(), rows["accuracy"].to_numpy()
    late = rows["epoch"].to_numpy() > rows["epoch"].median()
    table = rows[["loss", "accuracy", "mean_iou"]].to_numpy()
    losses = np.diff(bits)
    return {
        "bootstrap of a mean": of_interval(bootstrap_interval(bits, np.random.default_rng(1))),
        "bootstrap of a ratio": of_interval(
            bootstrap_interval(
                np.stack([bits, accuracy], axis=1),
                np.random.default_rng(2),
                statistic=lambda drawn: float(drawn[:, 0].sum() / drawn[:, 1].sum()),
                resamples=500,
            )
        ),
        "auroc": auroc(np.round(table, 2), late).tolist(),
        "information": mutual_information(np.round(bits, 1), np.round(accuracy, 2)),
        "sign flips": sign_flip_p(losses[:14]),
        "t": [student_t_quantile(0.975, n) for n in (1, 2, 5, 29, 500)],
    }


def of_neurons() -> dict[str, Any]:
    index = open_index(CHECKPOINTS / "lstm-150")
    p = np.array([label.p for label in index.labels])
    scores = index.scores.astype(np.float64)  # (N, properties, kinds)
    held = np.array([label.quantity == "cell" for label in index.labels])
    maxima = scores[:, :, 0].T[:, :60]
    return {
        "adjusted p": benjamini_hochberg(p)[:100].tolist(),
        "auroc": auroc(scores[:, :, 1], held).tolist(),
        "gumbel": gumbel_p(maxima, scores[:60, :, 1].max(axis=1)).tolist(),
        "information": [
            mutual_information(np.digitize(index.moments[:, 0], [-0.5, 0, 0.5]), held),
            mutual_information([label.best for label in index.labels], p < 0.01),
        ],
    }


def of_songs() -> dict[str, Any]:
    runs = [run for run in list_runs(checkpoints=CHECKPOINTS) if isinstance(run, Run)]
    # Songs with recall, and those of these runs, joined them later.
    runs = [run for run in runs if run.name not in ("gru-150", "best-longer", "best-512")]
    kept = [song for run in runs for song in run.songs() if not song.config.recall]
    songs = [features(song.text) for song in kept]
    halves = songs[::2], songs[1::2]
    classes = [
        sum((Counter(song["pitch_class"]) for song in half), Counter[Any]()) for half in halves
    ]
    counts = [[each[pitch] for pitch in range(12)] for each in classes]
    return {
        "divergence": jensen_shannon(*counts),
        "likeness": [
            [like.feature, *of_interval(like.overlap), *of_interval(like.divergence)]
            for like in compare(*halves)
        ],
    }


SETS = {"studies": of_studies, "histories": of_histories, "neurons": of_neurons, "songs": of_songs}


def same(found: Any, frozen: Any, where: str) -> None:
    """Equal, numbers to 1e-9; NaN is NaN."""
    if isinstance(frozen, dict):
        assert set(found) == set(frozen), where
        for key in frozen:
            same(found[key], frozen[key], f"{where}, {key}")
    elif isinstance(frozen, list):
        assert len(found) == len(frozen), where
        for place, (one, other) in enumerate(zip(found, frozen, strict=True)):
            same(one, other, f"{where}, {place}")
    elif isinstance(frozen, float):
        assert found == pytest.approx(frozen, rel=1e-9, abs=1e-9, nan_ok=True), where
    else:
        assert found == frozen, where


@pytest.mark.parametrize("name", SETS)
def test_shipped_figures_are_what_they_were(name: str) -> None:
    same(SETS[name](), json.loads(FROZEN.read_text(encoding="utf-8"))[name], name)


def test_the_temperature_studies_measure_the_same_real_tunes_alike() -> None:
    """A study of an older way of counting cannot stand beside the others on one page."""
    found = [TemperatureStudy.read(path.parent) for path in CHECKPOINTS.glob("*/temperature.json")]
    studies = [study for study in found if study is not None and study.corpus == "folk"]
    assert len(studies) >= 3
    real = [{k: v.estimate for k, v in study.rows[-1].figures.items()} for study in studies]
    assert all(each == real[0] for each in real)
    for study in studies:
        for row in study.rows:
            widths = [f.high - f.low for f in row.figures.values() if f.low is not None and f.high]
            assert "valid" not in row.figures
            # An AUC of 1 has no width by DeLong's formula.
            assert sum(width == 0 for width in widths) <= (
                row.figures.get("told_apart") is not None
            )


@pytest.mark.parametrize("run", ["best", "lstm-150"])
def test_shares_in_the_temperature_studies_have_the_shipped_intervals(run: str) -> None:
    study = TemperatureStudy.read(CHECKPOINTS / run)
    assert study is not None
    for row in study.rows:
        for name in {"valid", "well_formed", "ended"} & row.figures.keys():
            shipped = row.figures[name]
            interval = share_interval(round(shipped.estimate * shipped.n), shipped.n)
            assert [interval.low, interval.high] == pytest.approx(
                [shipped.low, shipped.high], abs=1e-9
            )


def test_labels_that_shipped_keep_their_rate_of_false_discoveries() -> None:
    index = open_index(CHECKPOINTS / "best")
    earned = [label for label in index.labels if label.label is not None]
    assert earned
    assert all(math.isfinite(label.p) and label.p <= 0.05 for label in earned)


def test_the_recipe_best_is_what_the_run_of_that_name_was_trained_with() -> None:
    config = open_run("best").config
    model, training = RECIPES["best"].configs(10**6)
    assert model == config.model
    assert training.model_copy(update={"precision": "bf16"}) == config.training


if __name__ == "__main__":
    figures = {name: make() for name, make in SETS.items()}
    FROZEN.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
