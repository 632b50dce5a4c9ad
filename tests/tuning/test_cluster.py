"""A sweep on a real Dask cluster: a scheduler and two worker processes, one killed mid-run."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pytest

from songrnn.config import CorpusReference, RunConfig
from songrnn.corpus.tunebook import Tune, Tunebook, tune_id
from songrnn.store.runs import open_run
from songrnn.tuning.cluster import ClusterSweep
from songrnn.tuning.launchers import Sweep
from songrnn.tuning.study import read_study
from songrnn.tuning.sweeps import list_sweeps

ROOT = Path(__file__).resolve().parents[2]

# Long enough that a run is still under way when the test looks at it.
STUDY = """
title = "Two nets"
question = "RNN or LSTM?"
corpus = "tiny"
vary = "cell"
values = ["rnn", "lstm"]
seeds = [0]
[model]
hidden_size = 8
embedding_size = 4
dropout = 0.2
[training]
epochs = 40
batch_size = 2
window = 16
precision = "fp32"
[contrast]
kind = "difference"
first = "lstm"
second = "rnn"
"""

CLOCKS = ["seconds", "characters_per_second"]

DASK = [sys.executable, "-m", "dask"]


def tiny(number_of_tunes: int = 40, splits: tuple[str, str] = ("train", "validation")) -> Tunebook:
    tunes = []
    for number in range(number_of_tunes):
        body = "".join("CDEFGABc"[(number * step + step) % 8] for step in range(1, 25))
        text = f"X:1\nM:4/4\nL:1/8\nK:C\n{body[:8]}|{body[8:16]}|{body[16:]}|]"
        about: dict[str, Any] = {"rhythm": "", "meter": "4/4", "unit_length": "1/8", "key": "C"}
        about |= {"id": tune_id(text), "number": "1", "title": "", "source": "here"}
        split: Any = splits[number % 10 == 8]
        tunes.append(Tune(text=text, family=tune_id(text), split=split, **about))
    return Tunebook("tiny", tuple(tunes))


BOOK = tiny()


@dataclass
class Cluster:
    """A scheduler and its workers, as processes. worker address -> its process."""

    folder: Path
    address: str = ""
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *arguments: str) -> psutil.Process:
        process = subprocess.Popen(
            [*DASK, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / f"{len(self.processes)}.log").open("wb"),
            env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
            cwd=self.folder,
        )
        self.processes.append(process)
        return psutil.Process(process.pid)

    def add_worker(self) -> psutil.Process:
        return self.start(
            *("worker", self.address, "--no-nanny", "--nthreads", "1", "--no-dashboard"),
            *("--host", "127.0.0.1", "--local-directory", str(self.folder / "scratch")),
        )

    def training(self) -> list[psutil.Process]:
        """The processes that train, of all workers."""
        found = []
        for process in self.processes:
            if process.poll() is None:
                children = psutil.Process(process.pid).children()
                found += [c for c in children if "songrnn.tuning.on_worker" in c.cmdline()]
        return found


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    found = Cluster(tmp_path_factory.mktemp("cluster"))
    file = found.folder / "scheduler.json"
    found.start(
        *("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"),
        *("--scheduler-file", str(file)),
    )
    wait_for(lambda: file.exists() and file.read_text().endswith("}"))
    found.address = json.loads(file.read_text())["address"]
    yield found
    for process in found.processes:
        process.kill()
        process.wait()


def wait_for(condition: Any) -> None:
    while not condition():
        time.sleep(0.05)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    BOOK.write(tmp_path / "data" / "tiny")
    (tmp_path / "two.toml").write_text(STUDY)
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


def runs(lab: Path, book: Tunebook = BOOK) -> list[RunConfig]:
    corpus = CorpusReference(name=book.name, sha256=book.sha256)
    return read_study(lab / "two.toml").expand(corpus)


def history(checkpoints: Path, name: str) -> pd.DataFrame:
    """Without what a clock says."""
    lines = (checkpoints / name / "history.jsonl").read_text().splitlines()
    return pd.DataFrame(map(json.loads, lines)).drop(columns=CLOCKS, errors="ignore")


def rows(lab: Path, name: str) -> int:
    path = lab / "checkpoints" / name / "history.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def drive(sweep: Sweep | ClusterSweep) -> None:
    while sweep.step():
        time.sleep(0.05)


@pytest.mark.slow
def test_a_study_has_the_same_histories_here_and_on_a_cluster_that_loses_a_worker(
    lab: Path, dask: Cluster
) -> None:
    workers = [dask.add_worker(), dask.add_worker()]
    command = [sys.executable, "-m", "songrnn", "sweep", str(lab / "two.toml")]
    training = subprocess.Popen(
        [*command, "--scheduler", dask.address],
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": lab},
    )
    names = [config.name for config in runs(lab)]
    while not all(rows(lab, name) for name in names):
        assert training.poll() is None, training.communicate()
        time.sleep(0.02)
    # Rows are here while it trains there, and the run says where it is.
    status = open_run(names[0]).status
    assert status.status == "running"
    assert status.process is not None
    assert status.process.pid == training.pid
    assert status.worker is not None
    [child] = workers[0].children()
    child.suspend()  # so that it cannot be done before its worker is gone
    workers[0].kill()
    child.resume()
    output, errors = training.communicate(timeout=300)
    assert training.returncode == 0, errors
    assert "Started again because the worker was lost" in errors
    assert "finished, best validation" in output
    wait_for(lambda: not child.is_running())
    assert [one.status for one in list_sweeps()] == ["finished"]

    here = lab / "here"
    drive(Sweep(runs(lab), workers=2, checkpoints=here))
    for name in names:
        pd.testing.assert_frame_equal(
            history(here, name), history(lab / "checkpoints", name), check_exact=True
        )
        there = open_run(name)
        assert there.status.status == "finished"
        assert (there.path / "last.safetensors").exists()
        ours = open_run(name, checkpoints=here).weights()
        assert all((array == ours[key]).all() for key, array in there.weights().items())
    assert not [path for path in (lab / "checkpoints").iterdir() if path.name.startswith(".new")]
    assert len(dask.training()) == 0
