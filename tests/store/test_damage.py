"""Whatever the files of a run hold: that run is damaged, with its reason, and all else works.

Every file of a run folder is changed in its bytes, in the values of its JSON, and in what kind of
file it is at all; then everything that is ever read of a run is read.
"""

import copy
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from songrnn.disk import replace_file
from songrnn.errors import SongRNNError
from songrnn.inspection.cross_corpus import CrossCorpusCheck
from songrnn.inspection.index import NeuronIndex
from songrnn.quality.temperature_file import TemperatureStudy
from songrnn.store.history import read_history
from songrnn.store.run_table import run_table
from songrnn.store.runs import DamagedRun, Run, list_runs, open_run
from songrnn.store.songs import list_songs
from songrnn.tuning.launchers import Sweep
from songrnn.tuning.sweeps import SweepRecord, list_sweeps, note_sweep, write_sweep

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "checkpoints" / "lstm-150"
EXAMPLES = int(os.environ.get("SONGRNN_DAMAGE_EXAMPLES", "150"))

strange = st.one_of(
    st.sampled_from(
        [
            *(None, True, -1, 0, 2**31, 2**63, 10**400, 1e308, -0.5, float("nan"), float("inf")),
            *(
                "",
                "x",
                "../../etc",
                "\ud800",
                "\0",
                "[b]",
                "=1+1",
                "9" * 5000,
                "2026-01-01T00:00:00",
            ),
            *([], {}, [[]], [None], {"a": 1}),
        ]
    ),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
)


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with every file that a run can have, and another one next to it."""
    root = tmp_path_factory.mktemp("origin")
    for name in ("lstm-150", "good"):
        shutil.copytree(SHIPPED, root / name)
    good = json.loads((root / "good" / "run.json").read_text(encoding="utf-8"))
    (root / "good" / "run.json").write_text(json.dumps(good | {"name": "good"}), encoding="utf-8")
    (root / "lstm-150" / "notes.json").write_text('{"tags": ["a"], "text": "b", "star": true}')
    # Smaller, so that a change hits what is read.
    lines = (root / "lstm-150" / "history.jsonl").read_bytes().splitlines(keepends=True)
    (root / "lstm-150" / "history.jsonl").write_bytes(b"".join(lines[:8]))
    note_sweep("cells", ["lstm-150"], workers=1, checkpoints=root)
    return root


def files_of(root: Path) -> list[Path]:
    found = [path for path in (root / "lstm-150").rglob("*") if path.is_file()]
    return sorted([*found, *(root / ".sweeps").glob("*.json")])


@pytest.fixture
def root(origin: Path, tmp_path: Path) -> Path:
    shutil.copytree(origin, tmp_path / "checkpoints")
    return tmp_path / "checkpoints"


def everything(root: Path) -> Iterator[Callable[[], Any]]:
    """All that is read of a run by any command or page, once it is opened."""
    run = open_run("lstm-150", checkpoints=root)
    folder = run.path
    yield lambda: (run.config, run.vocabulary, run.status, run.summary, run.parameters)
    yield run.weights
    yield run.history
    yield lambda: read_history(folder / "history.jsonl")
    yield run.notes
    yield lambda: NeuronIndex.read(folder)
    yield lambda: CrossCorpusCheck.read(folder, "essen")
    yield lambda: TemperatureStudy.read(folder)


def look(root: Path) -> None:
    """Read everything; only errors that are sentences may come of it."""
    runs = {run.name: run for run in list_runs(checkpoints=root)}
    assert isinstance(runs["good"], Run)
    assert set(runs) <= {"good", "lstm-150"}
    if isinstance(runs.get("lstm-150"), DamagedRun):
        assert runs["lstm-150"].reason.strip()
    rows = run_table(runs.values())
    assert {row["name"] for row in rows} == set(runs)
    for song in list_songs(root / "lstm-150"):
        repr(song)
    for record in list_sweeps(checkpoints=root):
        assert isinstance(record, SweepRecord)
    good = runs["good"]
    assert isinstance(good, Run)
    Sweep([good.config], workers=1, checkpoints=root).progress()
    sentences = []
    try:
        reads = list(everything(root))
    except SongRNNError as error:
        reads, sentences = [], [str(error)]
    for read in reads:
        try:
            read()
        except SongRNNError as error:
            sentences.append(str(error))
    assert all(sentence.strip() for sentence in sentences)


def test_the_undamaged_run_can_be_read_whole(root: Path) -> None:
    runs = list_runs(checkpoints=root)
    assert all(isinstance(run, Run) for run in runs)
    for read in everything(root):
        assert read() is not None
    kept = list((SHIPPED / "songs").glob("*.json"))
    assert len(list_songs(root / "lstm-150")) == len(kept) > 0
    assert len(list_sweeps(checkpoints=root)) == 1
    look(root)


def fuzz(test: Callable[..., None]) -> Callable[..., None]:
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=checks)(
        given(data=st.data())(test)
    )


@fuzz
def test_changed_bytes_damage_one_run(root: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(files_of(root)))
    before = path.read_bytes()
    changed = bytearray(before)
    # Most of what is read first stands at the beginning, and the directory of an archive at the end.
    places = st.one_of(
        st.integers(0, min(400, len(changed) - 1)),
        st.integers(0, len(changed) - 1),
        st.integers(max(len(changed) - 400, 0), len(changed) - 1),
    )
    for place in data.draw(st.lists(places, max_size=4)):
        changed[place] = data.draw(st.integers(0, 255))
    kept = data.draw(st.one_of(st.just(len(changed)), st.integers(0, len(changed))))
    try:
        path.write_bytes(changed[:kept])
        look(root)
    finally:
        path.write_bytes(before)


def paths_in(document: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield here
    inside = document.items() if isinstance(document, dict) else ()
    if isinstance(document, list):
        inside = list(enumerate(document))[:3]
    for key, value in inside:
        yield from paths_in(value, (*here, key))


def replaced(document: Any, where: tuple[Any, ...], value: Any) -> Any:
    if not where:
        return value
    changed = copy.copy(document)
    changed[where[0]] = replaced(document[where[0]], where[1:], value)
    return changed


@fuzz
def test_wrong_values_damage_one_run(root: Path, data: st.DataObject) -> None:
    kinds = (".json", ".jsonl")
    path = data.draw(st.sampled_from([p for p in files_of(root) if p.suffix in kinds]))
    before = path.read_text(encoding="utf-8")
    lines = before.splitlines() if path.suffix == ".jsonl" else [before]
    number = data.draw(st.integers(0, len(lines) - 1))
    document = json.loads(lines[number])
    for _ in range(data.draw(st.integers(1, 2))):
        where = data.draw(st.sampled_from(list(paths_in(document))))
        document = replaced(document, where, data.draw(strange))
    lines[number] = json.dumps(document)
    try:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        look(root)
    finally:
        path.write_text(before, encoding="utf-8")


def be_a_pipe(path: Path) -> None:
    os.mkfifo(path)


def be_endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def be_a_folder(path: Path) -> None:
    path.mkdir()


def lead_nowhere(path: Path) -> None:
    path.symlink_to("nowhere")


def lead_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def be_huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 42)


def be_deep(path: Path) -> None:
    path.write_bytes(b"[" * 200_000 + b"]" * 200_000)


def be_empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "become",
    [be_a_pipe, be_endless, be_a_folder, lead_nowhere, lead_to_itself, be_huge, be_deep, be_empty],
)
def test_files_of_another_kind_damage_one_run(root: Path, become: Callable[[Path], None]) -> None:
    for path in files_of(root):
        aside = path.with_name(".aside")
        path.rename(aside)
        become(path)
        try:
            look(root)
        finally:
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            else:
                path.unlink()
            aside.rename(path)


def test_folders_with_strange_names_hide_nothing(root: Path) -> None:
    names = [
        "[red]x",
        "=1+1",
        "a b",
        "\u202e",
        "x" * 200,
        b"\xff\xfe".decode("utf-8", "surrogateescape"),
    ]
    for name in names:
        shutil.copytree(SHIPPED, root / name)
    runs = {run.name: run for run in list_runs(checkpoints=root)}
    assert {name for name, run in runs.items() if isinstance(run, DamagedRun)} == set(names)
    look_at = {name: run for name, run in runs.items() if name not in names}
    assert all(isinstance(run, Run) for run in look_at.values())


def test_a_sweep_waits_for_no_damaged_run(root: Path) -> None:
    config = open_run("lstm-150", checkpoints=root).config
    replace_file(root / "lstm-150" / "status.json", b"[]")
    (state,) = Sweep([config], workers=1, checkpoints=root).progress()
    assert state.state == "failed"
    assert "status.json" in state.message
    write_sweep(list_sweeps(checkpoints=root)[0], checkpoints=root)
