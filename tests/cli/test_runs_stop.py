"""`songrnn runs stop`: how whoever runs a server stops what somebody trains or labels."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from songrnn import paths
from songrnn.cli import afterwards
from songrnn.cli import train as train_command
from songrnn.cli.neurons import neurons
from songrnn.cli.runs import runs
from songrnn.config import CorpusReference, ModelConfig, RunConfig
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.disk import replace_file
from songrnn.errors import ConfigError, RunError
from songrnn.paths import using
from songrnn.store.creating import create_run
from songrnn.store.documents import RunStatus, now
from songrnn.store.jobs import Wishes, begin_note, job_of, wishes_of, write_wishes
from songrnn.store.processes import identity
from songrnn.store.runs import Run
from songrnn.training import loop
from songrnn.workspaces import workspace


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run in somebody's workspace, as whoever runs the server looks at it."""
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path / "data"))
    config = RunConfig(
        name="hers",
        model=ModelConfig(hidden_size=4, embedding_size=2),
        corpus=CorpusReference(name="none", sha256="0" * 64),
    )
    ann = workspace("ann")
    with using(ann):
        found = create_run(config, Vocabulary.of("abc\n"))
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(ann.checkpoints))
    return found


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """One that works, and ends when it is interrupted."""
    works = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "print('ready', flush=True); input()"
    )
    command = [sys.executable, "-c", works]
    found = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert found.stdout is not None
    assert found.stdout.readline() == b"ready\n"
    yield found
    found.kill()
    found.communicate()


def test_a_training_of_another_is_asked_to_stop(
    run: Run, process: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[int, int]] = []

    def end(pid: int, number: int) -> None:
        sent.append((pid, number))
        stopped = RunStatus(status="stopped", heartbeat=now())
        replace_file(run.path / "status.json", stopped.to_json())
        process.communicate()

    monkeypatch.setattr(os, "kill", end)
    training = RunStatus(status="running", heartbeat=now(), process=identity(process.pid))
    replace_file(run.path / "status.json", training.to_json())
    result = CliRunner().invoke(runs, ["stop", "hers"])
    assert result.output == "hers: stopped\n"
    assert sent == [(process.pid, signal.SIGINT)]


def test_a_labelling_of_another_is_ended(run: Run, process: subprocess.Popen[bytes]) -> None:
    begin_note(run, "neurons", process.pid)
    result = CliRunner().invoke(runs, ["stop", "hers"])
    assert result.exit_code == 0, result.exception
    assert process.wait(30) != 0
    assert job_of(run, "neurons") is None


def test_a_labelling_can_be_interrupted_though_its_server_was_started_in_the_background(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[object] = []
    monkeypatch.setattr("songrnn.corpus.sources.load_of", lambda _: None)
    monkeypatch.setattr(
        "songrnn.cli.afterwards.label_neurons",
        lambda *_: found.append(signal.getsignal(signal.SIGINT)),
    )
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        CliRunner().invoke(neurons, ["hers", "rank", "--noted"], catch_exceptions=False)
    finally:
        signal.signal(signal.SIGINT, before)
    assert found[0] not in (signal.SIG_IGN, before)


def test_of_several_those_that_do_nothing_do_not_keep_the_others_going(
    run: Run, process: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = run.path.parent / "another"
    shutil.copytree(run.path, other)
    document = json.loads((other / "run.json").read_text()) | {"name": "another"}
    (other / "run.json").write_text(json.dumps(document))
    begin_note(run, "neurons", process.pid)
    result = CliRunner().invoke(runs, ["stop", "another", "hers"])
    assert isinstance(result.exception, RunError)
    assert "another is not being trained" in str(result.exception)
    assert result.output == "hers: created\n"
    assert process.wait(30) != 0


def test_what_follows_a_training_can_be_stopped_as_well(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A labelling that is part of `songrnn train` has no step to finish."""
    reached: list[str] = []

    def label(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(30)
        reached.append("the end")

    monkeypatch.setattr(train_command, "_opened", lambda _: (run, None))
    monkeypatch.setattr(loop, "train", lambda *_, **__: iter(()))
    monkeypatch.setattr(afterwards, "note_baselines", lambda *_: None)
    monkeypatch.setattr(afterwards, "label_neurons", label)
    finished = RunStatus(status="finished", heartbeat=now(), process=identity())
    replace_file(run.path / "status.json", finished.to_json())
    write_wishes(run.path, Wishes(neurons=True))
    began = time.monotonic()
    with pytest.raises(click.Abort):  # of KeyboardInterrupt
        train_command.train.main(["--resume", "hers"], standalone_mode=False)
    assert reached == []
    assert time.monotonic() - began < 30
    assert not wishes_of(run).neurons


def test_of_a_workspace_its_own_runs_are_listed_and_what_waits_there_leaves_the_queue(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "_finders", [])
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(tmp_path / "checkpoints"))
    config = run.config.model_copy(update={"name": "shared"})
    create_run(config, Vocabulary.of("abc\n"))
    name = run.path.parent.parent.name
    folder = tmp_path / "checkpoints" / ".queue"
    folder.mkdir()
    for work in ("", "@neurons"):
        (folder / f"{time.time_ns():020d}@hers@{name}{work}").touch()
    (folder / f"{time.time_ns():020d}@shared").touch()
    listed = CliRunner().invoke(runs, ["list", "--json", "--workspace", name])
    assert [row["name"] for row in json.loads(listed.output)] == ["hers"]
    stopped = CliRunner().invoke(runs, ["stop", "hers", "--workspace", name])
    assert stopped.output == "hers: no longer waits\n"
    assert [path.name.split("@")[1] for path in folder.glob("*@*")] == ["shared"]
    unknown = CliRunner().invoke(runs, ["list", "--workspace", "nobody"])
    assert isinstance(unknown.exception, ConfigError)


def test_a_labelling_that_follows_a_training_is_asked_once(
    run: Run, process: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []

    def end(pid: int, number: int) -> None:
        sent.append(pid)
        process.communicate()

    finished = RunStatus(status="finished", heartbeat=now(), process=identity(process.pid))
    replace_file(run.path / "status.json", finished.to_json())
    write_wishes(run.path, Wishes(neurons=True))
    begin_note(run, "neurons", process.pid)
    monkeypatch.setattr(os, "kill", end)
    result = CliRunner().invoke(runs, ["stop", "hers"])
    assert result.output == "hers: finished\n"
    assert sent == [process.pid]


def test_what_does_nothing_is_said(run: Run) -> None:
    result = CliRunner().invoke(runs, ["stop", "hers"])
    assert isinstance(result.exception, RunError)
    assert "not being trained" in str(result.exception)
