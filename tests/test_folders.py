"""Folders are there whole or not at all, whenever the process that makes them is killed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from songrnn import folders
from songrnn.errors import StorageError
from songrnn.folders import LOCK, locked, made_aside, put_in_place, recover_replaced
from tests.killing import killed_at_every_step


@pytest.fixture(params=["exchanged in one step", "put aside and renamed"])
def exchange(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With and without a system that can exchange two folders."""
    if request.param != "exchanged in one step":
        monkeypatch.setattr(folders, "_exchange", lambda one, other: False)


def write(folder: Path, text: str) -> None:
    with made_aside(folder) as fresh:
        (fresh / "a").write_text(text)
        (fresh / "b").write_text(text)
        put_in_place(fresh, folder)


def read(folder: Path) -> str:
    recover_replaced(folder)
    first, second = ((folder / name).read_text() for name in "ab")
    assert first == second
    assert sorted(path.name for path in folder.iterdir()) == ["a", "b"]
    return first


def hidden(parent: Path) -> set[str]:
    return {path.name for path in parent.iterdir() if path.name.startswith(".")} - {LOCK}


@pytest.mark.usefixtures("exchange")
def test_a_folder_takes_the_place_of_another_and_leaves_nothing(tmp_path: Path) -> None:
    for text in ("old", "new"):
        write(tmp_path / "mine", text)
        assert read(tmp_path / "mine") == text
    assert hidden(tmp_path) == set()


@pytest.mark.usefixtures("exchange")
def test_old_or_new_is_there_whenever_the_process_is_killed(tmp_path: Path) -> None:
    seen = []
    for number in killed_at_every_step(
        lambda: write(tmp_path / "mine", "new"), steps=((folders, "_exchange"),)
    ):
        seen.append(read(tmp_path / "mine") if (tmp_path / "mine").exists() or seen else "none")
        shutil.rmtree(tmp_path / "mine", ignore_errors=True)
        write(tmp_path / "mine", "old")
        assert hidden(tmp_path) == set(), f"left after the kill at step {number}"
    assert seen[-1] == "new"
    assert set(seen) == {"none", "old", "new"}
    assert seen == sorted(seen, key=["none", "old", "new"].index), "once new, it stays new"
    assert len(seen) > 10


def test_what_was_put_aside_comes_back(tmp_path: Path) -> None:
    write(tmp_path / ".old-mine-0123abcd", "kept")
    recover_replaced(tmp_path / "mine")
    assert read(tmp_path / "mine") == "kept"
    shutil.move(tmp_path / "mine", tmp_path / ".mine.replaced-0123abcd")
    assert read(tmp_path / "mine") == "kept"


def test_a_folder_that_another_process_makes_is_not_swept(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from songrnn.folders import made_aside\n"
        "with made_aside(Path(sys.argv[1])) as fresh:\n"
        "    (fresh / 'a').write_text('x'); print('made', flush=True); input()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "theirs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "made\n"
    with locked(tmp_path / LOCK) as held:
        assert not held
    assert len(hidden(tmp_path)) == 1
    child.kill()
    child.communicate()
    write(tmp_path / "ours", "x")
    assert hidden(tmp_path) == set()


def test_a_failure_leaves_the_old_folder_and_nothing_else(tmp_path: Path) -> None:
    def fail_half_way() -> None:
        with made_aside(tmp_path / "mine") as fresh:
            (fresh / "a").write_text("half")
            raise RuntimeError

    write(tmp_path / "mine", "old")
    with pytest.raises(RuntimeError):
        fail_half_way()
    assert read(tmp_path / "mine") == "old"
    assert hidden(tmp_path) == set()


def test_a_pipe_for_a_lock_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / LOCK)
    with pytest.raises(StorageError), locked(tmp_path / LOCK):
        pass


def test_the_lock_is_free_once_the_block_ends(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path / LOCK) as held:
            assert held
