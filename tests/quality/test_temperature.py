"""The temperature study: rows of what was written, real tunes last, and an honest suggestion."""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from songrnn.cli.study_temperature import study_temperature
from songrnn.config import SampleConfig
from songrnn.corpus.tunebook import Tune, Tunebook
from songrnn.errors import DamagedRunError
from songrnn.generation.composer import compose, compose_each
from songrnn.generation.composition import Composition
from songrnn.model.engine import Engine
from songrnn.quality.novelty import Index
from songrnn.quality.temperature import measure, rows, study_run, suggest
from songrnn.quality.temperature_file import FILE, Figure, Row, TemperatureStudy
from songrnn.store.runs import Run, open_run

CHECKPOINTS = Path(__file__).resolve().parents[2] / "checkpoints"


def tunes(seed: int, count: int) -> list[Tune]:
    rng = np.random.default_rng(seed)
    return [
        Tune(
            id=f"{seed}-{n}", number=n, title="", rhythm="", meter="2/4", unit_length="1/8",
            key="G", source="made", family="f", split="train",
            text="X:1\nM:2/4\nL:1/8\nK:G\n"
            + "|".join("".join(rng.choice(list("DGABd"), 4)) for _ in range(9)) + "|\n",
        )
        for n in range(count)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def run() -> Run:
    return open_run("lstm-150", checkpoints=CHECKPOINTS)


@pytest.fixture(scope="module")
def found(run: Run) -> list[Row]:
    index = Index.build(tunes(0, 20))
    engine = Engine.of(run)

    def write(config: SampleConfig, seeds: range) -> Iterator[Composition]:
        return compose_each(engine, run.vocabulary, prime="X:1\n", config=config, seeds=seeds)

    return list(
        rows(
            write, tunes(1, 12), index,
            temperatures=(1.0, 0.0, 0.5), songs=6, limit=300,
        )
    )  # fmt: skip


def test_rows_come_lowest_first_and_end_with_real_tunes(found: list[Row]) -> None:
    assert [row.temperature for row in found] == [0.0, 0.5, 1.0, None]
    assert [row.songs for row in found] == [1, 6, 6, 12]
    assert "ended" not in found[-1].figures


def test_figures_are_those_of_the_songs_with_these_seeds(run: Run, found: list[Row]) -> None:
    config = SampleConfig(temperature=0.5, limit=300)
    engine = Engine.of(run)
    songs = [
        compose(engine, run.vocabulary, prime="X:1\n", config=config, seed=seed)
        for seed in range(6)
    ]
    row = found[1].figures
    assert row["characters"].estimate == pytest.approx(np.mean([len(s.text) for s in songs]))
    assert row["ended"].estimate == pytest.approx(np.mean([s.stopped_by == "end" for s in songs]))
    assert row["characters"].n == 6


def test_what_no_song_has_is_not_said_to_be_impossible() -> None:
    """Drawing songs again from many that all have 0 gives an interval without width."""
    alike = "X:1\nM:2/4\nL:1/8\nK:G\n" + "GABc|dedB|" * 5 + "G4|\n"
    found = measure([alike] * 40, None, [], Index.build(tunes(0, 20)), np.random.default_rng(0))
    figure = found["ends_on_tonic"]
    assert (figure.estimate, figure.high) == (1, 1)
    assert figure.low == pytest.approx(40 / (40 + 1.959964**2))  # Wilson's, all of n


def test_a_run_is_studied_with_the_rows_that_were_measured(run: Run, found: list[Row]) -> None:
    told: list[tuple[int, int]] = []
    validation = tuple(replace(tune, split="validation") for tune in tunes(1, 12))
    result = study_run(
        run, partial(compose_each, Engine.of(run), run.vocabulary),
        Tunebook("made", validation), Index.build(tunes(0, 20)),
        temperatures=(1.0, 0.0, 0.5), songs=6, limit=300,
        progress=lambda done, of: told.append((done, of)),
    )  # fmt: skip
    assert list(result.rows) == found
    assert (result.run, result.corpus, result.songs, result.seed) == (run.name, "made", 6, 0)
    assert (result.suggested, result.reason) == suggest(found)
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_real_tunes_that_are_right_count_as_well_formed(found: list[Row]) -> None:
    assert found[-1].figures["well_formed"].estimate == 1
    assert found[-1].figures["right_bars"].estimate == 1


def test_songs_that_are_alike_count_as_no_different_ones(found: list[Row]) -> None:
    assert "different" not in found[0].figures  # one song at temperature 0
    texts = [tunes(7, 1)[0].text] * 2 + [tune.text for tune in tunes(8, 2)]
    rng = np.random.default_rng(0)
    figure = measure(texts, None, [], Index.build(tunes(0, 5)), rng)["different"]
    assert (figure.estimate, figure.low, figure.n) == (0.5, None, 4)


def row(temperature: float | None, **figures: float) -> Row:
    return Row(
        temperature=temperature,
        songs=50,
        figures={k: Figure(estimate=v, low=None, high=None, n=50) for k, v in figures.items()},
    )


def test_the_temperature_nearest_to_real_tunes_is_suggested() -> None:
    table = [
        row(0.3, well_formed=0.5, seen_notes=0.9, overlap=0.7, repeated_bars=0.3),
        row(0.8, well_formed=0.45, seen_notes=0.55, overlap=0.95, repeated_bars=0.3),
        row(1.5, well_formed=0.05, seen_notes=0.1, overlap=0.8, repeated_bars=0.3),
        row(None, well_formed=0.85, seen_notes=0.5, overlap=1.0, repeated_bars=0.3),
    ]
    temperature, reason = suggest(table)
    assert temperature == 0.8
    for said in ("12 points", "45%", "85%", "30% of their bars"):
        assert said in reason
    assert suggest([*table[1:2], *table[3:]])[0] == 0.8
    assert suggest(table[-1:]) == (None, "Too few songs were written to suggest a temperature.")


def test_temperatures_that_cannot_be_told_apart_are_named() -> None:
    wide = {"low": 0.3, "high": 0.6, "n": 20}
    table = [
        Row(
            temperature=temperature,
            songs=20,
            figures={
                name: Figure(estimate=value, **wide)
                for name in ("well_formed", "seen_notes", "overlap", "repeated_bars")
            },
        )
        for temperature, value in ((0.5, 0.5), (0.6, 0.52), (1.5, 0.1), (None, 0.6))
    ]
    temperature, reason = suggest(table)
    assert temperature == 0.6
    assert reason.endswith("20 songs cannot tell it from 0.5.")


def test_a_study_comes_back_as_it_was_and_damage_is_said(found: list[Row], tmp_path: Path) -> None:
    study = TemperatureStudy(
        run="lstm-150", corpus="folk", songs=6, seed=0, limit=300, whole_bars=False,
        rows=tuple(found), suggested=None, reason="",
    )  # fmt: skip
    assert TemperatureStudy.read(tmp_path) is None
    study.write(tmp_path)
    assert TemperatureStudy.read(tmp_path) == study
    (tmp_path / FILE).write_text("{")
    with pytest.raises(DamagedRunError, match="study-temperature"):
        TemperatureStudy.read(tmp_path)


@pytest.mark.parametrize("wrong", ["warm", "-1", "nan", "0.5,,1"])
def test_senseless_temperatures_are_refused(wrong: str) -> None:
    result = CliRunner().invoke(study_temperature, ["lstm-150", "--temperatures", wrong])
    assert result.exit_code == 2
    assert "temperature" in result.output


def test_the_shipped_study_is_of_the_shipped_run(run: Run) -> None:
    study: Any = json.loads((run.path / FILE).read_text())
    assert study["run"] == "lstm-150"
    assert study["songs"] == 200
    assert study["rows"][-1]["temperature"] is None
    assert study["rows"][-1]["songs"] == 442
