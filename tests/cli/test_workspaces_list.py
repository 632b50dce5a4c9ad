"""`songrnn workspaces list`: what everybody has, as the files say it."""

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from songrnn import paths
from songrnn.cli.workspaces import workspaces
from songrnn.config import CorpusReference, ModelConfig, RunConfig
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.paths import using
from songrnn.store.creating import create_run, delete_run
from songrnn.store.jobs import begin_note
from songrnn.store.processes import identity
from songrnn.store.runs import open_run
from songrnn.workspaces import WORKSPACES, folder_name, workspace


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shared checkpoints of a server on which nobody has a workspace yet."""
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv(WORKSPACES, "1")
    # A test of a page in this process may have registered who asks there.
    monkeypatch.setattr(paths, "_finders", [])
    make("shared")
    return tmp_path / "checkpoints"


def make(name: str) -> None:
    create_run(
        RunConfig(
            name=name,
            model=ModelConfig(hidden_size=4, embedding_size=2),
            corpus=CorpusReference(name="none", sha256="0" * 64),
        ),
        Vocabulary.of("abc\n"),
    )


def bytes_in(path: Path) -> int:
    return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())


def test_each_workspace_with_its_runs_what_works_there_and_how_full_it_is(server: Path) -> None:
    ann, bob = workspace("ann"), workspace("bob")
    with using(ann):
        for name in ("one", "two", "gone"):
            make(name)
        begin_note(open_run("two"), "neurons", identity().pid)
        delete_run("gone")
    with using(bob):
        make("his")
    queue = server / ".queue"
    queue.mkdir()
    (queue / f"{time.time_ns():020d}@one@{folder_name('ann')}").touch()
    found = CliRunner().invoke(workspaces, ["list", "--json"], catch_exceptions=False)
    rows = {row["name"]: row for row in json.loads(found.output)}
    assert set(rows) == {folder_name("ann"), folder_name("bob")}
    hers, his = rows[folder_name("ann")], rows[folder_name("bob")]
    assert (hers["runs"], hers["running"], hers["waiting"]) == (2, 1, 1)
    assert (his["runs"], his["running"], his["waiting"]) == (1, 0, 0)
    trash = bytes_in(ann.checkpoints / ".trash")
    assert hers["trash_megabytes"] == pytest.approx(trash / 1e6, abs=0.001)
    held = bytes_in(ann.checkpoints.parent) - trash
    assert hers["megabytes"] == pytest.approx(held / 1e6, abs=0.001)
    table = CliRunner().invoke(workspaces, ["list"], catch_exceptions=False).output
    assert folder_name("ann") in table
    assert "songrnn runs stop RUN --workspace NAME" in table


def test_without_any_it_says_where_to_read_on(server: Path) -> None:
    said = CliRunner().invoke(workspaces, ["list"], catch_exceptions=False).output
    assert said == "No workspaces yet; docs/deployment.md says how a server gives everybody one.\n"
