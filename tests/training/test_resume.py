"""A training that is stopped or killed and goes on equals one that never was."""

import errno
import gzip
import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from songrnn import disk
from songrnn.corpus.tunebook import Tunebook
from songrnn.errors import DamagedRunError, RunError, StorageError
from songrnn.store.creating import create_run
from songrnn.store.documents import HistoryRow
from songrnn.store.history import read_history
from songrnn.store.packing import pack_history
from songrnn.store.runs import DamagedRun, Run, list_runs, open_run
from songrnn.training.loop import train
from songrnn.training.resume import FILE, read_checkpoint

CLOCK = {"seconds", "characters_per_second"}


def finish(run: Run, book: Tunebook, **options: Any) -> None:
    for _ in train(run.config, tunebook=book, run=run, **options):
        pass


def stop_after(run: Run, book: Tunebook, steps: int, **options: Any) -> None:
    """Stop it the polite way after so many steps of this session."""
    asked: Iterator[int] = iter(range(steps))
    finish(run, book, stop=lambda: next(asked, None) is None, **options)


def kill_after(run: Run, book: Tunebook, steps: int, **options: Any) -> None:
    """Let a child train, which dies by SIGKILL after so many steps."""
    child = os.fork()
    if child == 0:
        asked = iter(range(steps))

        def die() -> bool:
            if next(asked, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return False

        finish(run, book, stop=die, **options)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL


def contents(run: Run) -> dict[str, Any]:
    """All that must be equal: the rows without their clock columns, and every weight."""
    rows = read_history(run.path / "history.jsonl")
    summary = run.summary
    assert summary is not None
    return {
        "rows": [row.model_dump(exclude=CLOCK) for row in rows],
        "best": {name: array.tobytes() for name, array in run.weights().items()},
        "last": {name: array.tobytes() for name, array in run.weights("last.safetensors").items()},
        "summary": summary.model_dump(exclude={"duration_seconds", "characters_per_second"}),
    }


SETTINGS = [
    pytest.param({"cell": "lstm"}, id="lstm"),
    pytest.param({"cell": "gru"}, id="gru"),
    pytest.param({"cell": "rnn"}, id="rnn"),
    pytest.param({"cell": "lstm", "precision": "bf16"}, id="bf16"),
    pytest.param(
        {"cell": "lstm", "layers": 2, "weight_drop": 0.4, "transposition": 0.5}, id="best"
    ),
    pytest.param(
        {"cell": "rnn", "normalization": "batch", "initialization": "orthogonal", "averaging": 0.9},
        id="normalized",
    ),
    pytest.param(
        {"cell": "gru", "layers": 2, "dropout": 0.3, "averaging": 0.9, "weight_decay": 0.1},
        id="everything",
    ),
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_stopped_in_mid_epoch_and_resumed_equals_uninterrupted(
    make_run: Any, book: Tunebook, settings: dict[str, Any]
) -> None:
    whole, parts = make_run("whole", **settings), make_run("parts", **settings)
    finish(whole, book)
    stop_after(parts, book, 13)
    assert parts.status.status == "stopped"
    stop_after(parts, book, 1, resume=True)
    stop_after(parts, book, 40, resume=True)
    finish(parts, book, resume=True)
    assert parts.status.status == "finished"
    assert contents(parts) == contents(whole)


@pytest.mark.parametrize("settings", SETTINGS)
def test_killed_in_mid_epoch_and_resumed_equals_uninterrupted(
    make_run: Any, book: Tunebook, settings: dict[str, Any]
) -> None:
    whole, killed = make_run("whole", **settings), make_run("killed", **settings)
    finish(whole, book)
    kill_after(killed, book, 17, checkpoint_steps=5)
    assert killed.status.status == "interrupted"
    assert killed.summary is None
    kill_after(killed, book, 3, resume=True, checkpoint_steps=5)
    kill_after(killed, book, 33, resume=True, checkpoint_steps=5)
    finish(killed, book, resume=True)
    assert contents(killed) == contents(whole)


def test_the_same_seed_trains_the_same_run_and_another_seed_another(
    make_run: Any, book: Tunebook
) -> None:
    runs = [
        make_run(name, seed=seed, precision="auto") for name, seed in (("a", 0), ("b", 0), ("c", 1))
    ]
    for run in runs:
        finish(run, book, stop=None)
    a, b, c = (contents(run)["rows"] for run in runs)
    assert a == b
    assert a != c


def test_at_most_one_checkpoint_interval_is_lost(make_run: Any, book: Tunebook) -> None:
    run = make_run()
    kill_after(run, book, 19, checkpoint_steps=5)
    checkpoint = read_checkpoint(run.path)
    assert checkpoint is not None
    assert checkpoint.position.step == 15


def test_killed_before_its_first_checkpoint_a_run_starts_again(
    make_run: Any, book: Tunebook
) -> None:
    whole, killed = make_run("whole"), make_run("killed")
    finish(whole, book)
    (killed.path / "history.jsonl").touch()
    finish(killed, book, resume=True)
    assert contents(killed) == contents(whole)


def test_time_spent_training_adds_up_over_sessions(make_run: Any, book: Tunebook) -> None:
    run = make_run()
    stop_after(run, book, 25)
    before = read_history(run.path / "history.jsonl")[-1].seconds
    finish(run, book, resume=True)
    seconds = [row.seconds for row in read_history(run.path / "history.jsonl")]
    assert seconds == sorted(seconds)
    assert seconds[-1] > before


def test_a_finished_run_is_not_resumed(make_run: Any, book: Tunebook) -> None:
    run = make_run(epochs=1)
    finish(run, book)
    assert not (run.path / FILE).exists()
    with pytest.raises(RunError, match="is finished; there is nothing to resume"):
        finish(run, book, resume=True)


def test_a_history_without_a_checkpoint_is_not_trained_over(make_run: Any, book: Tunebook) -> None:
    run = make_run()
    stop_after(run, book, 25)
    (run.path / FILE).unlink()
    rows = read_history(run.path / "history.jsonl")
    for resume in (True, False):
        with pytest.raises(RunError, match=r"no resume\.pt"):
            finish(run, book, resume=resume)
    assert read_history(run.path / "history.jsonl") == rows


def test_a_packed_history_is_not_trained_over(make_run: Any, book: Tunebook) -> None:
    run = make_run(epochs=1)
    finish(run, book)
    rows = read_history(run.path / "history.jsonl")
    pack_history(run.path)
    with pytest.raises(RunError, match="is finished; there is nothing to resume"):
        finish(run, book, resume=True)
    with pytest.raises(RunError, match=r"no resume\.pt"):
        finish(run, book)
    (run.path / "status.json").unlink()  # as if it had never begun
    with pytest.raises(RunError, match=r"no resume\.pt"):
        finish(run, book, resume=True)
    assert read_history(run.path / "history.jsonl") == rows
    (run.path / "history.jsonl.gz").write_bytes(b"")
    with pytest.raises(DamagedRunError, match=r"history\.jsonl\.gz"):
        finish(run, book, resume=True)
    assert run.summary is not None


def test_a_history_that_somebody_packed_by_hand_is_continued(make_run: Any, book: Tunebook) -> None:
    whole, stopped = make_run("whole"), make_run("stopped")
    finish(whole, book)
    stop_after(stopped, book, 25)
    path = stopped.path / "history.jsonl"
    (stopped.path / "history.jsonl.gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
    finish(stopped, book, resume=True)
    assert contents(stopped) == contents(whole)
    assert not (stopped.path / "history.jsonl.gz").exists()


def test_overwriting_a_packed_run_begins_an_empty_history(make_run: Any, book: Tunebook) -> None:
    run = make_run(epochs=1)
    finish(run, book)
    pack_history(run.path)
    again = create_run(run.config, run.vocabulary, overwrite=True)
    assert read_history(again.path / "history.jsonl") == []
    finish(again, book)
    assert {path.name for path in again.path.glob("history*")} == {"history.jsonl"}


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 nonsense", None])
def test_a_damaged_checkpoint_is_a_clear_sentence(
    make_run: Any, book: Tunebook, damage: bytes | None
) -> None:
    run = make_run()
    stop_after(run, book, 5)
    path = run.path / FILE
    if damage is None:
        torch.save({"format_version": 1}, path)
    else:
        path.write_bytes(damage)
    with pytest.raises(DamagedRunError, match=r"resume\.pt"):
        finish(run, book, resume=True)


class Witness:
    """Remembers every row that was ever read from a history."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, int], dict[str, Any]] = {}

    def look(self, run: Run) -> None:
        for row in read_history(run.path / "history.jsonl"):
            self.remember(row)

    def remember(self, row: HistoryRow) -> None:
        plain = row.model_dump(exclude=CLOCK)
        assert self.rows.setdefault((row.split, row.step), plain) == plain

    def lost(self, run: Run) -> list[tuple[str, int]]:
        final = read_history(run.path / "history.jsonl")
        kept = {(row.split, row.step): row.model_dump(exclude=CLOCK) for row in final}
        return [key for key, row in self.rows.items() if kept.get(key) != row]


def test_a_hundred_kills_at_random_moments_lose_nothing(
    make_run: Any, book: Tunebook, tmp_path: Path
) -> None:
    settings: dict[str, Any] = {"cell": "lstm", "dropout": 0.2, "averaging": 0.9, "epochs": 40}
    whole = make_run("whole", **settings)
    finish(whole, book)  # also fills the caches that the children inherit
    run, witness = make_run("victim", **settings), Witness()
    draw, kills, finished, seen = random.Random(0), 0, 0, 0
    while kills < 100:
        child = os.fork()
        if child == 0:
            finish(run, book, resume=True, checkpoint_steps=7)
            os._exit(0)
        time.sleep(draw.uniform(0.0, 0.3))
        os.kill(child, signal.SIGKILL)
        if os.waitpid(child, 0)[1] == 0:
            finished += 1
            assert contents(run) == contents(whole)
            assert witness.lost(run) == []
            run, witness = make_run(f"victim-{finished}", **settings), Witness()
            continue
        kills += 1
        listed = list_runs()
        assert not [damaged for damaged in listed if isinstance(damaged, DamagedRun)]
        run = open_run(run.name)
        if run.has_weights:
            assert all(np.isfinite(array).all() for array in run.weights().values())
        witness.look(run)
        seen += 1 if witness.rows else 0
    assert seen > 50, "most kills came while there was something to lose"
    finish(run, book, resume=True)
    assert contents(run) == contents(whole)
    assert witness.lost(run) == []
    steps = [row.step for row in read_history(run.path / "history.jsonl")]
    assert steps == sorted(steps)


def test_weights_that_are_in_place_though_the_disk_then_failed_are_those_of_the_summary(
    make_run: Any, book: Tunebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, real, synced = make_run(), disk.sync_folder, []

    def fail_once(folder: Path) -> None:
        if folder == run.path and (folder / "weights.safetensors").is_file():
            synced.append(folder)
            if len(synced) == 1:
                raise OSError(errno.EIO, "Input/output error")
        real(folder)

    monkeypatch.setattr(disk, "sync_folder", fail_once)
    with pytest.raises(StorageError):
        finish(run, book)
    assert run.status.status == "failed"
    assert run.summary is not None
    run.weights()  # raises when they are not those of the summary
