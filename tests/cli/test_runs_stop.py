"""`songrnn runs stop`: how whoever runs a server stops what somebody trains or labels."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from songrnn.cli.neurons import neurons
from songrnn.cli.runs import runs
from songrnn.config import CorpusReference, ModelConfig, RunConfig
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.disk import replace_file
from songrnn.errors import RunError
from songrnn.paths import using
from songrnn.store.creating import create_run
from songrnn.store.documents import RunStatus, now
from songrnn.store.jobs import begin_note, job_of
from songrnn.store.processes import identity
from songrnn.store.runs import Run
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


def test_a_training_of_another_is_asked_to_stop(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[int, int]] = []

    def end(pid: int, number: int) -> None:
        sent.append((pid, number))
        stopped = RunStatus(status="stopped", heartbeat=now())
        replace_file(run.path / "status.json", stopped.to_json())

    monkeypatch.setattr(os, "kill", end)
    training = RunStatus(status="running", heartbeat=now(), process=identity(os.getppid()))
    replace_file(run.path / "status.json", training.to_json())
    result = CliRunner().invoke(runs, ["stop", "hers"])
    assert result.output == "hers: stopped\n"
    assert sent == [(os.getppid(), signal.SIGINT)]


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
    assert found == [signal.default_int_handler]


def test_what_does_nothing_is_said(run: Run) -> None:
    result = CliRunner().invoke(runs, ["stop", "hers"])
    assert isinstance(result.exception, RunError)
    assert "not being trained" in str(result.exception)
