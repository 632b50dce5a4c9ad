"""Looking at all runs again gives what reading them all would, without reading them."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from songrnn.store import run_list
from songrnn.store.processes import identity
from songrnn.store.run_list import RunList
from songrnn.store.run_table import run_table
from songrnn.store.runs import DamagedRun, list_runs

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkpoints(tmp_path: Path) -> Path:
    for name in ("gru-150", "lstm-150", "rnn-150"):
        (tmp_path / name).mkdir()
        for file in ("run.json", "status.json", "summary.json"):
            shutil.copy(ROOT / "checkpoints" / name / file, tmp_path / name / file)
    return tmp_path


def same(known: RunList) -> bool:
    fresh = list_runs(checkpoints=known.checkpoints)
    names = [(type(run), run.name) for run in known.runs()]
    return known.rows() == run_table(fresh) and names == [(type(r), r.name) for r in fresh]


def test_only_what_changed_is_read_again(
    checkpoints: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, read = RunList(checkpoints), []
    real = run_list.run_in
    monkeypatch.setattr(run_list, "run_in", lambda path: (read.append(path.name), real(path))[1])
    assert same(known)
    assert sorted(read) == ["gru-150", "lstm-150", "rnn-150"]
    read.clear()
    status = checkpoints / "rnn-150" / "status.json"
    changed = json.loads(status.read_text()) | {"status": "stopped"}
    status.write_text(json.dumps(changed))
    assert same(known)
    assert read == ["rnn-150"]


def test_what_comes_goes_and_breaks_is_seen(checkpoints: Path) -> None:
    known = RunList(checkpoints)
    assert same(known)
    shutil.rmtree(checkpoints / "gru-150")
    (checkpoints / "lstm-150" / "run.json").write_text("{")
    assert same(known)
    assert isinstance(known.runs()[0], DamagedRun)
    shutil.copy(ROOT / "checkpoints" / "lstm-150" / "run.json", checkpoints / "lstm-150")
    os.rename(checkpoints / "rnn-150", checkpoints / "another")  # its run.json says another name
    assert same(known)


def test_a_run_whose_process_dies_is_seen_though_no_file_changed(checkpoints: Path) -> None:
    process = subprocess.Popen(["sleep", "60"])
    status = checkpoints / "rnn-150" / "status.json"
    told = {"status": "running", "process": identity(process.pid).model_dump()}
    status.write_text(json.dumps(json.loads(status.read_text()) | told))
    known = RunList(checkpoints)
    assert known.rows()[-1]["status"] == "running"
    process.kill()
    process.wait()
    assert known.rows()[-1]["status"] == "interrupted"
