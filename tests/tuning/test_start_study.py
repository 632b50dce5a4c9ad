"""The study of starts: what it says of made-up runs is what scipy finds in their losses."""

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from songrnn.config import CorpusReference, ModelConfig, RunConfig
from songrnn.config.run import SourceReference
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.disk import replace_file
from songrnn.store.creating import create_run
from songrnn.store.documents import HistoryRow, RunBaselines, RunStatus, now
from songrnn.store.runs import BASELINES, list_runs
from songrnn.tuning.start_study import REGIONS, STUDY, Starts, run_name, starts

SHA = "b" * 64


def add(folder: Path, region: str, start: str, seed: int, bits: float | None) -> None:
    """A run of the study; bits None: it never finished."""
    config = RunConfig(
        name=run_name(region, start, seed),
        study=STUDY,
        seed=seed,
        model=ModelConfig(normalization="none" if start == "baseline" else "layer"),
        corpus=CorpusReference(name=f"essen-{region}", sha256=SHA),
        source=SourceReference(name="best", weights_sha256=SHA) if start == "best" else None,
    )
    run = create_run(config, Vocabulary.of("ab"), checkpoints=folder)
    document = RunBaselines(sha256=SHA, baselines={"validation": {"ppmd_12": 1.5}})
    replace_file(run.path / BASELINES, document.to_json())
    if bits is None:
        return
    row = HistoryRow(
        split="validation", step=1, epoch=1.0, seconds=1.0,
        loss=bits * math.log(2), bits_per_character=bits,
    )  # fmt: skip
    status = RunStatus(
        status="finished", epoch=1, heartbeat=now(), best=row.figures, last=row.figures
    )
    (run.path / "status.json").write_bytes(status.to_json())


@pytest.fixture
def study(tmp_path: Path) -> Starts:
    """Five regions, three seeds: best 0.3 below PPMd, 0.1 below `baseline`, level with `small`."""
    rng = np.random.default_rng(3)
    for region in REGIONS:
        for seed in range(3):
            noise = rng.normal(0, 0.01, 3)
            add(tmp_path, region, "best", seed, 1.2 + noise[0])
            add(tmp_path, region, "small", seed, 1.2 + noise[1])
            add(tmp_path, region, "baseline", seed, 1.3 + noise[2])
    found = starts(list_runs(checkpoints=tmp_path))
    assert found is not None
    return found


def test_savings_are_paired_by_seed_with_students_interval(study: Starts) -> None:
    region = study.regions[0]
    ours, theirs = (
        np.array([region.losses[start][seed] for seed in range(3)]) for start in ("best", "small")
    )
    saved = region.saved("small")
    assert saved is not None
    assert saved.estimate == pytest.approx(np.mean(theirs - ours))
    low, high = stats.t.interval(
        0.95, 2, loc=np.mean(theirs - ours), scale=stats.sem(theirs - ours)
    )
    assert (saved.low, saved.high) == pytest.approx((low, high))
    compressor = region.saved("ppmd")
    assert compressor is not None
    assert compressor.estimate == pytest.approx(1.5 - np.mean(ours))


def test_sentence_says_what_is_clear_and_what_is_not(study: Starts) -> None:
    against_ppmd, against_baseline, against_small = study.sentence.split("; ")
    assert "0.30 ±" in against_ppmd
    assert "bits fewer than PPMd, in 5 of 5 regions" in against_ppmd
    assert "bits fewer than the recipe `baseline`" in against_baseline
    assert "no clear difference" in against_small
    assert "3 seeds each" in study.sentence


def test_only_finished_runs_of_the_study_count(tmp_path: Path) -> None:
    assert starts([]) is None
    add(tmp_path, "lux", "best", 0, None)
    found = starts(list_runs(checkpoints=tmp_path))
    assert found is not None
    assert found.runs == ("start-lux-from-best",)
    assert not found.regions
    assert "nothing can be said" in found.sentence
    add(tmp_path, "han", "best", 0, 1.4)
    found = starts(list_runs(checkpoints=tmp_path))
    assert found is not None
    assert [region.title for region in found.regions] == [REGIONS["han"].title]
    assert "one region only" in found.sentence


def test_a_row_shows_means_and_savings_with_their_intervals(study: Starts) -> None:
    region = study.regions[0]
    row, mean, saved = region.row(), region.mean("best"), region.saved("ppmd")
    assert mean is not None
    assert saved is not None
    assert row["Region"] == REGIONS["kinder"].title
    assert row["from best"] == f"{mean.estimate:.3f} ± {mean.half_width:.3f}"
    assert row["PPMd − best"] == f"+{saved.estimate:.3f} ± {saved.half_width:.3f}"
