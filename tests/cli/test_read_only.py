"""In a read-only lab a command that would store something says so before it has worked for it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from songrnn.access import READ_ONLY
from songrnn.cli import cli
from songrnn.config import CorpusReference, ModelConfig, RunConfig
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import ReadOnlyError
from songrnn.store.creating import create_run

COMMANDS = (
    ("train", "--run", "other"),
    ("generate", "mine", "--keep"),
    ("study-temperature", "mine"),
    ("typicality", "mine"),
    ("runs", "pack", "mine"),
    ("recall", "mine"),
    ("neurons", "mine", "rank"),
    ("neurons", "mine", "probe"),
    ("segment", "train", "--run", "other"),
    ("segment", "study", "start", "--train"),
    ("sweep", "cells"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_what_would_store_something_is_refused_at_once(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(tmp_path))
    config = RunConfig(
        name="mine",
        model=ModelConfig(hidden_size=4, embedding_size=2),
        corpus=CorpusReference(name="folk", sha256="0" * 64),
    )
    create_run(config, Vocabulary.of("abc\n"), checkpoints=tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    monkeypatch.setenv(READ_ONLY, "1")

    def work(*_: object, **__: object) -> None:
        raise AssertionError("it had begun to work")

    for slow in (
        "songrnn.segmentation.data.load_data",
        "songrnn.quality.temperature.study_run",
        "songrnn.recall.fitting.fit_run",
        "songrnn.training.loop.train",
        "songrnn.generation.composer.compose_each",
    ):
        monkeypatch.setattr(slow, work)
    if command[0] not in ("train", "sweep"):  # these read what is asked for, which is quick
        monkeypatch.setattr("songrnn.corpus.sources.load_of", work)
    with pytest.raises(ReadOnlyError, match="read-only"):
        CliRunner().invoke(cli, list(command), standalone_mode=False, catch_exceptions=False)
    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert after == before
