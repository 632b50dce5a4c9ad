"""A read-only lab: everything that would change it refuses, and nothing on the disk changes."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from songrnn.access import READ_ONLY, check_may_change, read_only
from songrnn.config import CorpusReference, ModelConfig, RunConfig, SampleConfig
from songrnn.corpus.importing import import_tunes
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.disk import Journal, replace_file
from songrnn.errors import ReadOnlyError
from songrnn.store.creating import create_run, delete_run
from songrnn.store.runs import Run, open_run
from songrnn.store.songs import KeptSong, keep_song, new_song, remove_song
from songrnn.store.trash import discarded_runs, restore_run
from songrnn.training.launch import resume_training
from songrnn.tuning.sweeps import note_sweep, start_sweep

ROOT = Path(__file__).resolve().parents[1] / "songrnn"


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
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path / "data"))
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
    "import": lambda run, root: import_tunes(("a.abc", b"X:1\nK:D\nABc|\n"), name="mine"),
    "start a sweep": lambda run, root: start_sweep("cells"),
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
    assert not (checkpoints.parent / "data").exists()


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


# Every writer asks -----------------------------------------------------------------------------

# What changes a disk, by its name where it is called.
RAW = {
    *("mkdir", "makedirs", "unlink", "rmtree", "os.rename", "rmdir", "symlink_to", "touch"),
    *("write_bytes", "write_text", "truncate", "ftruncate", "hardlink_to", "copytree", "copyfile"),
    *("Popen", "open_for_appending"),
}
# What asks before it writes, or asks by name.
ASKS = {"storing", "check_may_change", "refuse_when_read_only"}
# Functions that write and need not ask: why.
FREE = {
    "notation/kept_files.py": "a cache",
    "notation/synths.py": "a temporary folder",
    "notation/engraving.py": "a worker process, which writes nothing",
    "corpus/tunebook.py": "a built corpus can be built again; what is imported asks first",
    "corpus/baselines.py": "a figure that can be measured again",
    "training/speed.py": "a figure that can be measured again",
    "quality/novelty.py": "a cache",
    "quality/ear.py": "a cache",
    "report/writing/files.py": "a folder that a person names",
    "report/writing/pdf.py": "a temporary folder",
    "cli/generate.py": "a folder that a person names",
    "tuning/on_worker.py": "a temporary folder of a cluster's worker",
}
# Those that hold the primitives themselves; `folders` works inside a folder it was let into.
PRIMITIVES = {"disk.py", "folders.py"}


def calls(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Call):
            yield getattr(each.func, "attr", getattr(each.func, "id", ""))
            yield ast.unparse(each.func)
            mode = [arg.value for arg in each.args if isinstance(arg, ast.Constant)]
            if getattr(each.func, "attr", "") == "open" and {"w", "wb", "x", "xb", "a"} & {*mode}:
                yield "write_bytes"


def writers(path: Path) -> Iterator[tuple[str, set[str]]]:
    """(function, what it calls) of a module's functions that write by themselves."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and (found := set(calls(node))) & RAW:
            yield node.name, found


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_every_function_that_writes_asks_first(path: Path) -> None:
    place = str(path.relative_to(ROOT))
    found = dict(writers(path))
    if place in FREE:
        assert found, f"{place} writes nothing by now"
    elif place not in PRIMITIVES:
        assert not [name for name, called in found.items() if not called & ASKS]
