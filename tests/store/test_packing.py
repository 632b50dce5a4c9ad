"""Packed histories: the same rows in fewer bytes, and nothing that a packed file holds is trusted."""

import gzip
import json
import os
import shutil
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from songrnn.cli.runs import runs as command
from songrnn.disk import replace_file
from songrnn.errors import DamagedRunError, RunError, RunNotFoundError
from songrnn.folders import LOCK, locked
from songrnn.segmentation.runs import open_segmentation_run
from songrnn.store import history
from songrnn.store.creating import delete_run
from songrnn.store.documents import RunStatus, now
from songrnn.store.history import read_frame, read_history, whole_lines
from songrnn.store.packing import pack_history, unpack_history
from songrnn.store.processes import identity
from songrnn.store.runs import Run, open_run
from songrnn.store.trash import restore_run
from tests.killing import killed_at_every_step

CHECKPOINTS = Path(__file__).resolve().parents[2] / "checkpoints"
DOCUMENTS = ("run.json", "status.json", "summary.json")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A real run whose history is not packed."""
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(tmp_path))
    (tmp_path / "lstm-150").mkdir()
    for name in (*DOCUMENTS, "history.jsonl"):
        shutil.copy(CHECKPOINTS / "lstm-150" / name, tmp_path / "lstm-150" / name)
    return open_run("lstm-150")


def plain(run: Run) -> Path:
    return run.path / "history.jsonl"


def packed(run: Run) -> Path:
    return run.path / "history.jsonl.gz"


def put_packed(run: Run, data: bytes) -> Path:
    """Let this be the packed history, and the only one."""
    plain(run).unlink(missing_ok=True)
    packed(run).write_bytes(data)
    return plain(run)


def mark(run: Run, **status: object) -> None:
    document = RunStatus.model_validate({"heartbeat": now()} | status)
    replace_file(run.path / "status.json", document.to_json())


# The same rows ---------------------------------------------------------------------------------


def test_rows_regions_and_frame_are_those_of_before(run: Run) -> None:
    rows, frame, data = read_history(plain(run)), run.history(), plain(run).read_bytes()
    assert any(row.regions and row.kinds for row in rows)
    offset = data.index(b"\n") + 1
    assert pack_history(run.path) == (len(data), packed(run).stat().st_size)
    assert not plain(run).exists()
    assert read_history(plain(run)) == rows
    assert read_history(plain(run), start=offset) == rows[1:]
    pd.testing.assert_frame_equal(run.history(), frame, check_exact=True)
    assert gzip.decompress(packed(run).read_bytes()) == data, "gunzip gives it back"


def test_the_same_rows_are_packed_to_the_same_bytes(run: Run) -> None:
    pack_history(run.path)
    first = packed(run).read_bytes()
    flags, moment = first[3], first[4:8]
    assert (flags, moment) == (0, bytes(4)), "neither a name nor a time in the header"
    unpack_history(run.path)
    assert not packed(run).exists()
    os.utime(plain(run), (1, 1))
    pack_history(run.path)
    assert packed(run).read_bytes() == first


def test_a_half_written_last_line_stays_as_it_is(run: Run) -> None:
    rows = read_history(plain(run))
    with plain(run).open("ab") as file:
        file.write(b'{"step": 1')
    data = plain(run).read_bytes()
    pack_history(run.path)
    assert read_history(plain(run)) == rows
    assert gzip.decompress(packed(run).read_bytes()) == data


def test_where_both_are_there_the_one_that_can_grow_is_read(run: Run) -> None:
    rows, data = read_history(plain(run)), plain(run).read_bytes()
    pack_history(run.path)
    plain(run).write_bytes(data[: data.index(b"\n") + 1])
    assert read_history(plain(run)) == rows[:1]
    assert pack_history(run.path) is not None
    assert read_history(plain(run)) == rows[:1]


def test_a_run_in_the_trash_is_restored_with_its_packed_history(run: Run) -> None:
    frame = run.history()
    pack_history(run.path)
    restore_run(delete_run(run.name))
    pd.testing.assert_frame_equal(open_run(run.name).history(), frame)


def test_a_run_that_labels_pictures_reads_it_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(tmp_path))
    shutil.copytree(CHECKPOINTS / "unet", tmp_path / "unet")
    unpack_history(tmp_path / "unet")
    rows = open_segmentation_run("unet").rows()
    result = CliRunner().invoke(command, ["pack", "unet"], catch_exceptions=False)
    assert "unet: " in result.output
    assert not (tmp_path / "unet" / "history.jsonl").exists()
    assert open_segmentation_run("unet").rows() == rows != []


# Damage ----------------------------------------------------------------------------------------


def reads(path: Path) -> list[Callable[[], object]]:
    return [lambda: read_frame(path), lambda: read_history(path)]


def test_what_unpacks_to_gigabytes_is_refused_before_it_is_unpacked(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    megabytes = deflate.compress(bytes(1 << 24)) + deflate.flush(zlib.Z_FULL_FLUSH)
    end = zlib.compressobj(9, zlib.DEFLATED, -15).flush() + bytes(8)
    path = put_packed(run, b"\x1f\x8b\x08" + bytes(6) + b"\xff" + megabytes * 128 + end)
    assert packed(run).stat().st_size < 1 << 22
    monkeypatch.setattr(history, "LARGEST", 1 << 22)
    tracemalloc.start()
    for read in reads(path):
        with pytest.raises(DamagedRunError, match=r"history\.jsonl\.gz .* more than"):
            read()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 1 << 25


def test_a_history_as_large_as_one_may_be_is_read(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, size = read_history(plain(run)), plain(run).stat().st_size
    pack_history(run.path)
    monkeypatch.setattr(history, "LARGEST", size)
    assert read_history(plain(run)) == rows
    monkeypatch.setattr(history, "LARGEST", size - 1)
    with pytest.raises(DamagedRunError):
        read_history(plain(run))


@pytest.mark.parametrize("kept", [0, 1, 9, 18, 1000, -9, -1])
def test_a_truncated_one_is_named_with_what_to_do(run: Run, kept: int) -> None:
    pack_history(run.path)
    path = put_packed(run, packed(run).read_bytes()[:kept])
    for read in reads(path):
        with pytest.raises(DamagedRunError, match=r"history\.jsonl\.gz .*Put a copy"):
            read()


def test_what_stands_behind_its_end_is_damage(run: Run) -> None:
    pack_history(run.path)
    path = put_packed(run, packed(run).read_bytes() + b"more")
    with pytest.raises(DamagedRunError):
        read_frame(path)


def test_a_line_that_is_no_row_is_named(run: Run) -> None:
    path = put_packed(run, gzip.compress(plain(run).read_bytes() + b"{oops\n"))
    number = len(plain_lines := gzip.decompress(packed(run).read_bytes()).splitlines())
    assert plain_lines[-1] == b"{oops"
    for read in reads(path):
        with pytest.raises(DamagedRunError, match=rf"history\.jsonl\.gz, line {number}:"):
            read()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_byte_never_goes_unnoticed(run: Run, data: st.DataObject) -> None:
    if plain(run).exists():
        pack_history(run.path)
    before = packed(run).read_bytes()
    rows, changed = whole_lines(plain(run))[1], bytearray(before)
    place = data.draw(st.integers(0, len(changed) - 1))
    changed[place] ^= data.draw(st.integers(1, 255))
    packed(run).write_bytes(changed)
    try:
        found = whole_lines(plain(run))[1]
    except DamagedRunError:
        found = None
    finally:
        packed(run).write_bytes(before)
    # Of the header only what it says of its writer has no effect.
    assert found is None or (found == rows and place < 10)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", ["history.jsonl", "history.jsonl.gz"])
@pytest.mark.parametrize(
    "become", [os.mkfifo, os.mkdir, lambda path: os.symlink("/dev/zero", path)]
)
def test_regular_files_only(run: Run, name: str, become: Callable[[Path], None]) -> None:
    pack_history(run.path)
    (run.path / name).unlink(missing_ok=True)
    become(run.path / name)
    with pytest.raises(DamagedRunError, match=rf"{name} cannot be read"):
        run.history()


# Packing ---------------------------------------------------------------------------------------


def test_a_kill_at_any_step_leaves_a_run_that_can_be_read_and_packed(run: Run) -> None:
    rows, data, both = read_history(plain(run)), plain(run).read_bytes(), 0
    for _ in killed_at_every_step(lambda: pack_history(run.path)):
        assert read_history(plain(run)) == rows
        both += plain(run).exists() and packed(run).exists()
        packed(run).unlink(missing_ok=True)
        plain(run).write_bytes(data)
    assert both, "no kill came between the two"


def test_a_kill_while_it_is_unpacked_loses_nothing(run: Run) -> None:
    rows = read_history(plain(run))
    pack_history(run.path)
    data = packed(run).read_bytes()
    for _ in killed_at_every_step(lambda: unpack_history(run.path)):
        assert read_history(plain(run)) == rows
        put_packed(run, data)


@pytest.mark.parametrize("status", ["created", "running", "stopped", "failed"])
def test_only_a_finished_run_is_packed(run: Run, status: str) -> None:
    data = plain(run).read_bytes()
    mark(run, status=status, process=None)
    with pytest.raises(RunError, match="not finished"):
        pack_history(run.path)
    assert plain(run).read_bytes() == data
    assert not packed(run).exists()


def test_a_run_that_is_being_trained_is_refused(run: Run) -> None:
    mark(run, status="running", process=identity())
    with pytest.raises(RunError, match="being trained right now"):
        pack_history(run.path)
    mark(run, status="finished")
    with locked(run.path / LOCK), pytest.raises(RunError, match="in use by another process"):
        pack_history(run.path)
    assert not packed(run).exists()


def test_the_command_says_the_bytes_before_and_after(run: Run) -> None:
    shutil.copytree(run.path, run.path.with_name("gru"))
    document = json.loads((run.path / "run.json").read_text())
    document |= {"name": "gru", "model": document["model"] | {"cell": "gru"}}
    (run.path.with_name("gru") / "run.json").write_text(json.dumps(document))
    before = plain(run).stat().st_size

    def pack(*names: str) -> str:
        return CliRunner().invoke(command, ["pack", *names], catch_exceptions=False).output

    lines = pack("lstm-150", "gru").splitlines()
    after = packed(run).stat().st_size
    assert lines == [
        f"lstm-150: {before:,} bytes before, {after:,} after",
        f"gru: {before:,} bytes before, {after:,} after",
        f"All 2: {2 * before:,} bytes before, {2 * after:,} after",
    ]
    assert pack("lstm-150") == "lstm-150: packed already\n"


def test_a_name_that_there_is_not_stops_the_command_before_it_packs(run: Run) -> None:
    with pytest.raises(RunNotFoundError, match="lstm-150"):
        CliRunner().invoke(
            command, ["pack", "lstm-150", "lstm-151"], standalone_mode=False, catch_exceptions=False
        )
    assert plain(run).exists()


def test_a_run_without_a_history_has_nothing_to_pack(run: Run) -> None:
    plain(run).unlink()
    with pytest.raises(RunError, match="no history"):
        pack_history(run.path)
