"""What a sweep notes about itself, and a whole sweep on a tiny corpus: stopped, continued, equal."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from songrnn.access import READ_ONLY
from songrnn.corpus.tunebook import Tune, Tunebook, tune_id
from songrnn.errors import ReadOnlyError, SongRNNError
from songrnn.store.processes import identity
from songrnn.store.runs import Run, list_runs
from songrnn.tuning.sweeps import (
    forget_sweep,
    list_sweeps,
    note_sweep,
    start_sweep,
    stop_sweep,
    write_sweep,
)

ROOT = Path(__file__).resolve().parents[2]

STUDY = """
title = "Two nets"
question = "RNN or LSTM?"
corpus = "tiny"
vary = "cell"
values = ["rnn", "lstm"]
seeds = [0, 1]
[model]
hidden_size = 8
embedding_size = 4
[training]
epochs = 3
batch_size = 2
window = 16
precision = "fp32"
[contrast]
kind = "difference"
first = "lstm"
second = "rnn"
"""

CLOCKS = ["seconds", "characters_per_second"]


def gone() -> int:
    """The number of a process that ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_sweep_notes_itself_and_how_it_ended(tmp_path: Path) -> None:
    record = note_sweep("cells", ["rnn-150"], workers=2, seeds=1, checkpoints=tmp_path)
    assert list_sweeps(checkpoints=tmp_path) == [record]
    assert record.status == "running"
    assert record.arguments == ["cells", "--seeds", "1", "--workers", "2"]
    write_sweep(record.model_copy(update={"status": "finished"}), checkpoints=tmp_path)
    assert [one.status for one in list_sweeps(checkpoints=tmp_path)] == ["finished"]
    forget_sweep(record, checkpoints=tmp_path)
    assert list_sweeps(checkpoints=tmp_path) == []


def test_a_sweep_on_a_cluster_goes_on_there_with_all_the_workers_it_has_by_then(
    tmp_path: Path,
) -> None:
    record = note_sweep(
        "cells", ["rnn-150"], workers=2, scheduler="tcp://a:8786", checkpoints=tmp_path
    )
    assert list_sweeps(checkpoints=tmp_path) == [record]
    assert record.arguments == ["cells", "--scheduler", "tcp://a:8786"]


def test_a_sweep_whose_process_is_gone_reads_as_interrupted(tmp_path: Path) -> None:
    record = note_sweep("cells", ["rnn-150"], workers=2, checkpoints=tmp_path)
    dead = record.process.model_copy(update={"pid": gone()})
    write_sweep(record.model_copy(update={"process": dead}), checkpoints=tmp_path)
    assert [one.status for one in list_sweeps(checkpoints=tmp_path)] == ["interrupted"]
    stop_sweep(list_sweeps(checkpoints=tmp_path)[0])


def test_a_lab_to_look_at_stops_no_sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process is this test's own: a signal would end it."""
    record = note_sweep("cells", ["rnn-150"], workers=2, checkpoints=tmp_path)
    monkeypatch.setenv(READ_ONLY, "1")
    with pytest.raises(ReadOnlyError):
        stop_sweep(record)


def test_one_study_is_not_trained_twice_at_once(tmp_path: Path) -> None:
    note_sweep("cells", ["rnn-150"], workers=2, checkpoints=tmp_path)
    with pytest.raises(SongRNNError, match=f"being trained .process {os.getpid()}"):
        note_sweep("cells", ["rnn-150"], workers=2, checkpoints=tmp_path)
    note_sweep("cells", ["rnn-150-epochs-1"], workers=2, epochs=1, checkpoints=tmp_path)
    assert {one.id for one in list_sweeps(checkpoints=tmp_path)} == {"cells", "cells-epochs-1"}


def test_a_note_that_cannot_be_read_hides_no_other(tmp_path: Path) -> None:
    note_sweep("cells", ["rnn-150"], workers=2, checkpoints=tmp_path)
    (tmp_path / ".sweeps" / "hidden.json").write_text("{")
    assert [one.id for one in list_sweeps(checkpoints=tmp_path)] == ["cells"]


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A corpus of 40 tiny tunes, an empty checkpoints folder and a study of four short runs."""
    tunes = []
    for number in range(40):
        body = "".join("CDEFGABc"[(number * step + step) % 8] for step in range(1, 25))
        text = f"X:1\nM:4/4\nL:1/8\nK:C\n{body[:8]}|{body[8:16]}|{body[16:]}|]"
        split = {8: "validation", 9: "test"}.get(number % 10, "train")
        about = {"rhythm": "", "meter": "4/4", "unit_length": "1/8", "key": "C"}
        tunes.append(
            Tune(
                **{"id": tune_id(text), "number": "1", "title": "", "text": text, **about},
                **{"source": "here", "family": tune_id(text), "split": split},
            )
        )
    Tunebook("tiny", tuple(tunes)).write(tmp_path / "data" / "tiny")
    (tmp_path / "two.toml").write_text(STUDY)
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


def sweep(lab: Path, *options: str, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "songrnn", "sweep", str(lab / "two.toml"), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **more},
    )


def histories(checkpoints: Path) -> dict[str, pd.DataFrame]:
    """name -> history without what a clock says."""
    return {
        path.parent.name: pd.DataFrame(map(json.loads, path.read_text().splitlines())).drop(
            columns=CLOCKS, errors="ignore"
        )
        for path in checkpoints.glob("*/history.jsonl")
    }


@pytest.mark.slow
def test_a_sweep_interrupted_and_continued_gives_the_histories_of_an_uninterrupted_one(
    lab: Path,
) -> None:
    whole = sweep(lab, SONGRNN_CHECKPOINTS=str(lab / "whole"))
    output, errors = whole.communicate(timeout=300)
    assert whole.returncode == 0, errors
    assert len(re.findall(r"(?m)^\S+ finished, best validation \d\.\d{4} bits/char", output)) == 4
    assert "2 seeds are too few to tell LSTM and RNN apart" in output

    first = sweep(lab)
    while not list((lab / "checkpoints").glob("*/history.jsonl")):
        assert first.poll() is None, first.communicate()
        time.sleep(0.02)
    first.send_signal(signal.SIGINT)
    _, errors = first.communicate(timeout=120)
    assert first.returncode == 130
    assert "songrnn sweep" in errors
    assert [one.status for one in list_sweeps()] == ["stopped"]

    second = sweep(lab)
    _, errors = second.communicate(timeout=300)
    assert second.returncode == 0, errors
    expected, found = histories(lab / "whole"), histories(lab / "checkpoints")
    assert len(expected) == 4
    assert expected.keys() == found.keys()
    for name in expected:
        pd.testing.assert_frame_equal(expected[name], found[name], check_exact=True)
    assert [one.status for one in list_sweeps()] == ["finished"]


@pytest.mark.slow
def test_a_sweep_started_from_the_app_can_be_stopped_from_another_window(lab: Path) -> None:
    start_sweep(str(lab / "two.toml"), seeds=1, workers=1)
    while not (found := list_sweeps()):
        time.sleep(0.05)
    assert found[0].process != identity()
    stop_sweep(found[0])
    while (found := list_sweeps())[0].status == "running":
        time.sleep(0.05)
    assert found[0].status == "stopped"
    runs = [run for run in list_runs() if isinstance(run, Run)]
    assert all(run.status.status in ("created", "stopped", "finished") for run in runs)
