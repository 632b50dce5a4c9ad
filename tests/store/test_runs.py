"""Run folders: made whole, opened by name, listed with the damaged ones, never hiding others."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from songrnn.config import Cell, CorpusReference, ModelConfig, RunConfig
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import (
    ConfigError,
    DamagedRunError,
    HistoryOnlyError,
    RunError,
    RunExistsError,
    RunNotFoundError,
)
from songrnn.store.creating import create_run, delete_run
from songrnn.store.documents import Figures, Notes, RunStatus, RunSummary, now
from songrnn.store.processes import boot_id, identity, is_alive
from songrnn.store.run_table import run_table
from songrnn.store.runs import DamagedRun, Run, list_runs, open_run
from songrnn.store.trash import restore_run
from songrnn.store.weights import write_weights

VOCABULARY = Vocabulary.of(["abcé\n "])


def config(name: str = "mine", cell: Cell = "lstm", **more: Any) -> RunConfig:
    model = ModelConfig(cell=cell, hidden_size=4, embedding_size=3)
    return RunConfig(
        name=name, model=model, corpus=CorpusReference(name="folk", sha256="0" * 64), **more
    )


@pytest.fixture(autouse=True)
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(tmp_path))
    return tmp_path


def made(name: str = "mine", cell: Cell = "lstm") -> Run:
    return create_run(config(name, cell), VOCABULARY)


def with_weights(run: Run, of: Run | None = None) -> str:
    shapes = (of or run).shapes
    arrays = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    return write_weights(run.path / "weights.safetensors", arrays)


def mark(run: Run, **status: Any) -> None:
    whole = RunStatus(**{"heartbeat": now(), **status})
    (run.path / "status.json").write_bytes(whole.to_json())


def summary(**more: Any) -> RunSummary:
    data: dict[str, Any] = {
        "parameters": 1,
        "epochs": 2.0,
        "steps": 10,
        "best_validation_loss": 1.0,
        "best_validation_bits_per_character": 1.4427,
        "best_epoch": 1.0,
        "last_validation_loss": 1.1,
        "last_validation_bits_per_character": 1.587,
        "last_epoch": 2.0,
        "duration_seconds": 3.5,
        "precision": "fp32",
        "device": "cpu",
        "weights_sha256": "0" * 64,
    }
    return RunSummary(**data | more)


def reason(name: str) -> str:
    """Why the list calls that run damaged."""
    found = {run.name: run for run in list_runs()}[name]
    assert isinstance(found, DamagedRun), found
    return found.reason


def test_a_run_opens_with_what_it_was_made_of() -> None:
    wanted = config(seed=7, study="cells")
    create_run(wanted, VOCABULARY)
    run = open_run("mine")
    assert run.config == wanted
    assert run.vocabulary == VOCABULARY
    assert run.status.status == "created"
    assert run.summary is None
    assert not run.has_weights
    assert len(run.history()) == 0
    assert run.parameters == sum(np.prod(shape) for shape in run.shapes.values())


def test_run_json_holds_the_names_of_the_design() -> None:
    made()
    data = json.loads((open_run("mine").path / "run.json").read_text(encoding="utf-8"))
    assert list(data) == [
        *("format_version", "name", "study", "seed", "model", "training", "corpus", "source"),
        *("vocabulary", "created", "versions"),
    ]
    assert data["vocabulary"] == ["\n", " ", "a", "b", "c", "é"]
    assert data["versions"]["torch"]


def test_two_runs_of_one_name_are_refused_and_overwriting_can_be_undone(checkpoints: Path) -> None:
    first = made()
    first.write_notes(Notes(text="the first"))
    with pytest.raises(RunExistsError, match="a run mine already"):
        made()
    create_run(config(), VOCABULARY, overwrite=True)
    assert open_run("mine").notes() == Notes()
    discarded = next((checkpoints / ".trash").iterdir())
    delete_run("mine")
    restore_run(discarded)
    assert open_run("mine").notes().text == "the first"


def test_a_deleted_run_is_gone_from_the_list_and_comes_back() -> None:
    made()
    discarded = delete_run("mine")
    assert list_runs() == []
    made()
    with pytest.raises(RunExistsError):
        restore_run(discarded)
    delete_run("mine")
    restore_run(discarded)
    assert [run.name for run in list_runs()] == ["mine"]


def test_a_run_that_is_being_trained_is_neither_deleted_nor_overwritten() -> None:
    mark(made(), status="running", process=identity())
    with pytest.raises(RunError, match="being trained right now"):
        delete_run("mine")
    with pytest.raises(RunError, match="being trained right now"):
        create_run(config(), VOCABULARY, overwrite=True)


def test_an_unknown_run_is_answered_with_similar_names() -> None:
    made("lstm-150")
    with pytest.raises(RunNotFoundError, match=r"Did you mean lstm-150\?"):
        open_run("lstm-15")


@pytest.mark.parametrize("name", ["", ".", "..", "../mine", "mine/", ".trash"])
def test_a_name_never_leads_out_of_the_folder(name: str) -> None:
    made()
    with pytest.raises(RunNotFoundError):
        open_run(name)


def test_a_name_that_says_lstm_is_refused_to_a_plain_rnn() -> None:
    with pytest.raises(ConfigError, match="named lstm-150 would say"):
        create_run(config("lstm-150", "rnn"), VOCABULARY)


def test_a_run_said_lstm_and_its_weights_were_those_of_an_rnn() -> None:
    lstm, rnn = made("lstm-4"), made("rnn-4", "rnn")
    with_weights(lstm, of=rnn)
    assert "other weights than run.json promises" in reason("lstm-4")
    with pytest.raises(DamagedRunError):
        open_run("lstm-4")


def test_a_folder_renamed_to_another_cell_is_found_out(checkpoints: Path) -> None:
    made("rnn-4", "rnn").path.rename(checkpoints / "lstm-4")
    assert "holds the run rnn-4" in reason("lstm-4")


def test_a_flipped_bit_in_the_weights_shows_when_they_are_read() -> None:
    run = made()
    with_weights(run)
    path = run.path / "weights.safetensors"
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedRunError, match="sha256 differs"):
        run.weights()


def test_weights_must_be_those_of_the_summary() -> None:
    run = made()
    sha = with_weights(run)
    (run.path / "summary.json").write_bytes(summary(weights_sha256=sha).to_json())
    assert set(run.weights()) == set(run.shapes)
    (run.path / "summary.json").write_bytes(summary(weights_sha256="f" * 64).to_json())
    with pytest.raises(DamagedRunError, match="sha256 differs"):
        run.weights()


def test_a_run_without_weights_is_history_only() -> None:
    with pytest.raises(HistoryOnlyError, match="mine has its history but no weights"):
        made().weights()


def test_a_seed_without_weights_names_the_first_one() -> None:
    first = made("lstm-8")
    with_weights(first)
    with pytest.raises(HistoryOnlyError, match="Its first seed, lstm-8, has weights"):
        made("lstm-8-seed-2").weights()


def test_a_copied_folder_is_told_how_it_becomes_a_run_of_its_own(checkpoints: Path) -> None:
    shutil.copytree(made("lstm-8").path, checkpoints / "copy")
    assert 'write "name": "copy" into its run.json' in reason("copy")
    document = checkpoints / "copy" / "run.json"
    document.write_text(document.read_text().replace('"name": "lstm-8"', '"name": "copy"'))
    assert open_run("copy").name == "copy"


@pytest.mark.parametrize("folder", ["my copy", "rnn-4", "-x"])
def test_a_copy_is_never_told_to_take_a_name_it_cannot_have(checkpoints: Path, folder: str) -> None:
    shutil.copytree(made("lstm-8").path, checkpoints / folder)
    assert f'"name": "{folder}"' not in reason(folder)
    assert "rename the folder" in reason(folder)


@pytest.mark.parametrize("said", ["../elsewhere", "", "a b", "rnn-4"])
def test_a_folder_is_never_told_to_take_a_name_it_cannot_have(said: str) -> None:
    run = made("mine")
    text = (run.path / "run.json").read_text(encoding="utf-8")
    (run.path / "run.json").write_text(text.replace('"mine"', json.dumps(said)), encoding="utf-8")
    assert f"rename the folder to {said}" not in reason("mine")
    assert 'write "name": "mine"' in reason("mine")


def damage_json(run: Run) -> None:
    (run.path / "run.json").write_text('{"name": "mi')


def lose_json(run: Run) -> None:
    (run.path / "run.json").unlink()


def make_json_a_folder(run: Run) -> None:
    """Reading it fails the way a file without permission does, for root too."""
    lose_json(run)
    (run.path / "run.json").mkdir()


def empty_json(run: Run) -> None:
    (run.path / "run.json").write_text("[]")


def write_nonsense_setting(run: Run) -> None:
    text = (run.path / "run.json").read_text(encoding="utf-8")
    (run.path / "run.json").write_text(text.replace('"lstm"', '"transformer"'), encoding="utf-8")


def come_from_the_future(run: Run) -> None:
    text = (run.path / "run.json").read_text(encoding="utf-8")
    text = text.replace('"format_version": 1', '"format_version": 99')
    (run.path / "run.json").write_text(text, encoding="utf-8")


def change(run: Run, **fields: Any) -> None:
    document = json.loads((run.path / "run.json").read_text(encoding="utf-8"))
    (run.path / "run.json").write_text(json.dumps(document | fields), encoding="utf-8")


def reverse_vocabulary(run: Run) -> None:
    change(run, vocabulary=[*run.vocabulary.characters][::-1])


def have_a_negative_seed(run: Run) -> None:
    change(run, seed=-1)


def nest_json_deeply(run: Run) -> None:
    (run.path / "run.json").write_text("[" * 100_000)


def be_endless(run: Run) -> None:
    lose_json(run)
    (run.path / "run.json").symlink_to("/dev/zero")


def be_a_pipe(run: Run) -> None:
    lose_json(run)
    os.mkfifo(run.path / "run.json")


def be_huge(run: Run) -> None:
    with (run.path / "run.json").open("r+b") as file:
        file.truncate(1 << 40)  # a hole: takes no room


def have_a_header_of_wrong_types(run: Run) -> None:
    header = json.dumps({"output.bias": {"dtype": 4, "shape": 7, "data_offsets": "x"}}).encode()
    data = len(header).to_bytes(8, "little") + header
    (run.path / "weights.safetensors").write_bytes(data)


def damage_status(run: Run) -> None:
    (run.path / "status.json").write_bytes(b"\0\0\0")


def damage_summary(run: Run) -> None:
    (run.path / "summary.json").write_text("{}")


def be_a_file(run: Run) -> None:
    for entry in run.path.iterdir():
        entry.unlink()
    run.path.rmdir()
    run.path.write_text("not a folder")


def truncate_weights(run: Run) -> None:
    (run.path / "weights.safetensors").write_bytes(b"\x10\0\0")


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (damage_json, "run.json: not JSON"),
        (lose_json, "has no run.json"),
        (make_json_a_folder, "cannot be read"),
        (empty_json, "run.json"),
        (write_nonsense_setting, "cell"),
        (come_from_the_future, "newer SongRNN Lab"),
        (reverse_vocabulary, "code-point order"),
        (have_a_negative_seed, "seed"),
        (nest_json_deeply, "not JSON"),
        (be_endless, "not a regular file"),
        (be_a_pipe, "not a regular file"),
        (be_huge, "at most"),
        (have_a_header_of_wrong_types, "not a safetensors file"),
        (damage_status, "status.json"),
        (damage_summary, "summary.json"),
        (be_a_file, "is a file where the folder of a run should be"),
        (truncate_weights, "not a safetensors file"),
    ],
)
def test_a_damaged_run_is_listed_with_its_reason_and_hides_no_other(damage: Any, why: str) -> None:
    made("a")
    damage(made("b"))
    made("c")
    assert why in reason("b")
    assert [run.name for run in list_runs() if isinstance(run, Run)] == ["a", "c"]
    rows = {row["name"]: row for row in run_table(list_runs())}
    assert rows["b"]["status"] == "damaged"
    assert why in rows["b"]["reason"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_run_without_permission_is_damaged() -> None:
    run = made()
    (run.path / "run.json").chmod(0)
    assert "Permission denied" in reason("mine")


def test_a_damaged_run_can_be_deleted() -> None:
    damage_json(made())
    delete_run("mine")
    assert list_runs() == []


def test_hidden_folders_and_documents_are_no_runs(checkpoints: Path) -> None:
    made()
    (checkpoints / ".trash").mkdir()
    (checkpoints / "README.md").write_text("")
    assert [run.name for run in list_runs()] == ["mine"]


def test_without_a_folder_there_are_no_runs(checkpoints: Path) -> None:
    assert list_runs(checkpoints=checkpoints / "none") == []


def test_running_reads_interrupted_once_the_process_is_gone() -> None:
    run = made()
    mark(run, status="running", process=identity())
    assert run.status.status == "running"
    gone = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    mark(run, status="running", process=identity(gone.pid))
    assert run.status.status == "running"
    gone.kill()
    os.waitid(os.P_PID, gone.pid, os.WEXITED | os.WNOWAIT)
    assert run.status.status == "interrupted", "a zombie trains nothing"
    gone.communicate()
    assert run.status.status == "interrupted"


def test_a_process_that_took_over_a_number_is_another() -> None:
    me = identity()
    assert is_alive(me)
    assert not is_alive(me.model_copy(update={"created": me.created - 60}))
    assert not is_alive(me.model_copy(update={"boot": boot_id() + "x"}))


def test_the_table_shows_figures_of_the_status_and_then_of_the_summary() -> None:
    run = made()
    best = Figures(loss=2.0, bits_per_character=2.885, epoch=1.0, step=5)
    mark(run, status="running", process=identity(), best=best, last=best, seconds=2.0)
    (row,) = run_table(list_runs())
    assert (row["cell"], row["hidden_size"], row["corpus"]) == ("lstm", 4, "folk")
    assert (row["status"], row["best_validation_loss"], row["best_epoch"]) == ("running", 2.0, 1.0)
    (run.path / "summary.json").write_bytes(summary().to_json())
    (row,) = run_table(list_runs())
    assert row["best_validation_bits_per_character"] == 1.4427
    assert row["last_validation_loss"] == 1.1
    assert row["duration_seconds"] == 3.5
    assert row["epochs"] == 20, "as planned"
    json.dumps(row)


def test_notes_are_kept() -> None:
    run = made()
    run.write_notes(Notes(tags=("good",), text="sings", star=True))
    assert open_run("mine").notes() == Notes(tags=("good",), text="sings", star=True)
