"""A read-only lab: everything that would change it refuses, and nothing on the disk changes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from songrnn.access import READ_ONLY, check_may_change, read_only
from songrnn.config import CorpusReference, ModelConfig, RunConfig, SampleConfig
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.disk import Journal, replace_file
from songrnn.errors import ReadOnlyError
from songrnn.store.creating import create_run, delete_run
from songrnn.store.runs import Run, open_run
from songrnn.store.songs import KeptSong, keep_song, new_song, remove_song
from songrnn.store.trash import discarded_runs, restore_run
from songrnn.training.launch import resume_training
from songrnn.tuning.sweeps import note_sweep


def config(name: str) -> RunConfig:
    return RunConfig(
        name=name,
        model=ModelConfig(hidden_size=4, embedding_size=2),
        corpus=CorpusReference(name="none", sha256="0" * 64),
    )


@pytest.fixture
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run `there`, one in the trash, and from then on a lab that is read-only."""
    root = tmp_path / "checkpoints"
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(root))
    for name in ("there", "gone"):
        create_run(config(name), Vocabulary.of("abc\n"))
    delete_run("gone")
    monkeypatch.setenv(READ_ONLY, "1")
    return root


def contents(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def song(run: Run) -> KeptSong:
    return new_song(run.name, "abc", SampleConfig(), prime="", seed=1, stopped_by="end")


ACTIONS: dict[str, Callable[[Run, Path], object]] = {
    "make a run": lambda run, root: create_run(config("new"), run.vocabulary),
    "train": lambda run, root: resume_training(run),
    "delete": lambda run, root: delete_run(run.name),
    "take back": lambda run, root: restore_run(discarded_runs(root)[0][1]),
    "note": lambda run, root: run.write_notes(run.notes()),
    "keep a song": lambda run, root: keep_song(run.path, song(run)),
    "forget a song": lambda run, root: remove_song(run.path, "0" * 12),
    "sweep": lambda run, root: note_sweep("cells", ["there"], workers=1),
    "replace": lambda run, root: replace_file(run.path / "run.json", b"{}"),
    "append": lambda run, root: Journal(run.path / "history.jsonl").append(b"{}"),
}


@pytest.mark.parametrize("action", ACTIONS)
def test_what_would_change_the_lab_is_refused(checkpoints: Path, action: str) -> None:
    run, before = open_run("there"), contents(checkpoints)
    with pytest.raises(ReadOnlyError, match="read-only"):
        ACTIONS[action](run, checkpoints)
    assert contents(checkpoints) == before


def test_what_lies_elsewhere_may_be_written(checkpoints: Path, tmp_path: Path) -> None:
    replace_file(tmp_path / "tune.abc", b"X:1")
    assert (tmp_path / "tune.abc").read_bytes() == b"X:1"


def test_a_link_into_the_lab_is_the_lab(checkpoints: Path, tmp_path: Path) -> None:
    (tmp_path / "way-in").symlink_to(checkpoints)
    with pytest.raises(ReadOnlyError):
        check_may_change(tmp_path / "way-in" / "there" / "run.json")


@pytest.mark.parametrize(
    ("value", "closed"), [("1", True), ("yes", True), ("0", False), ("", False)]
)
def test_the_variable_says_so(monkeypatch: pytest.MonkeyPatch, value: str, closed: bool) -> None:
    monkeypatch.setenv(READ_ONLY, value)
    assert read_only() is closed
