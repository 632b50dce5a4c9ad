"""`songrnn train`: what is refused at once, and a stop before the first step."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from songrnn.cli.train import train
from songrnn.store.runs import open_run


def refused(*arguments: str) -> str:
    result: Result = CliRunner().invoke(train, arguments)
    assert result.exception is not None
    return str(result.exception)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--run", "../evil"), "“../evil” cannot name a run: use up to 100 letters"),
        (("--hidden", "0"), "hidden size must be greater than or equal to 1, not 0."),
        (("--rate", "nan"), "learning rate must be a finite number, not nan."),
    ],
)
def test_settings_are_refused_in_words_before_the_corpus_is_read(
    arguments: tuple[str, ...], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path))
    assert refused(*arguments).startswith(words)
    assert not list(tmp_path.iterdir())


def test_a_finished_run_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(Path(__file__).parents[2] / "checkpoints"))
    assert refused("--resume", "lstm-150") == (
        "The run lstm-150 is finished: there is nothing to resume."
    )


def test_a_stop_while_it_starts_keeps_the_run(tmp_path: Path) -> None:
    environment = os.environ | {"SONGRNN_CHECKPOINTS": str(tmp_path)}
    command = [sys.executable, "-m", "songrnn", "train", "--epochs", "2", "--hidden", "4"]
    with subprocess.Popen(
        [*command, "--run", "mine"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        while not (tmp_path / "mine" / "run.json").exists() and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        words, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert open_run("mine", checkpoints=tmp_path).status.status == "stopped"
    assert words.endswith("songrnn train --resume mine\n")
