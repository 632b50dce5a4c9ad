"""Workspaces: own on top of shared, nothing of another's, and no more than each may have."""

import os
from collections import deque
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from songrnn import paths, workspaces
from songrnn.access import may_change
from songrnn.config import CorpusReference, ModelConfig, RunConfig, SampleConfig
from songrnn.corpus.import_report import imported
from songrnn.corpus.importing import import_tunes
from songrnn.corpus.sources import load, stored
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.disk import replace_file
from songrnn.errors import (
    CorpusError,
    QuotaError,
    ReadOnlyError,
    RunExistsError,
    RunNotFoundError,
)
from songrnn.generation.composer import compose, compose_each
from songrnn.model.engine import Engine
from songrnn.model.shapes import parameter_shapes
from songrnn.paths import WORKSPACES_FOLDER, lab_places, using
from songrnn.quality.temperature_file import Row, TemperatureStudy
from songrnn.store.creating import create_run, delete_run
from songrnn.store.documents import HistoryRow, Notes
from songrnn.store.history import History
from songrnn.store.renaming import rename_run
from songrnn.store.runs import Run, list_runs, open_run
from songrnn.store.samples import SampleSong, add_sample
from songrnn.store.songs import KeptSong, new_song
from songrnn.store.trash import discarded_runs, restore_run
from songrnn.store.views import SavedView, delete_view, read_views, save_view
from songrnn.store.weights import write_weights
from songrnn.training import launch
from songrnn.training import waiting as queue
from songrnn.training.child import child_environment
from songrnn.training.waiting import (
    places_in_queue,
    request_training,
    start_waiting,
    waiting,
    withdraw,
)
from songrnn.tuning.sweeps import start_sweep
from songrnn.workspaces import closed_lab, folder_name, workspace
from tests.training.test_waiting import set_status

ABC = "".join(
    f"X:{n}\nT:Tune {n}\nM:4/4\nL:1/8\nK:D\n|:{'ABcdefga'[n % 8 :]}{'dcBA'[: n % 5]}ABcd|e4f4:|\n\n"
    for n in range(1, 31)
).encode()


def make(name: str, **settings: int) -> Run:
    model = ModelConfig(**({"hidden_size": 4, "embedding_size": 2} | settings))
    corpus = CorpusReference(name="none", sha256="0" * 64)
    return create_run(RunConfig(name=name, model=model, corpus=corpus), Vocabulary.of("abc\n"))


def song(run: Run, text: str) -> KeptSong:
    return new_song(run.name, text, SampleConfig(), prime="", seed=1, stopped_by="end")


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A server with a shared run that has a song and a note, and two people."""
    for name in ("checkpoints", "data"):
        monkeypatch.setenv(f"SONGRNN_{name.upper()}", str(tmp_path / name))
    monkeypatch.setenv(workspaces.WORKSPACES, "1")
    # A test of a page in this process may have registered who asks there.
    monkeypatch.setattr(paths, "_finders", [])
    workspaces._begun.clear()
    run = make("shared")
    run.keep_song(song(run, "everyone's"))
    run.write_notes(Notes(text="from the teacher"))
    return SimpleNamespace(
        root=tmp_path, run=run, ann=workspace("ann"), bob=workspace("bob"), teacher=lab_places()
    )


def contents(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def names() -> list[str]:
    return [run.name for run in list_runs()]


def test_each_sees_the_shared_runs_and_their_own(lab: SimpleNamespace) -> None:
    with using(lab.ann):
        make("mine")
        assert names() == ["mine", "shared"]
    with using(lab.bob):
        assert names() == ["shared"]
        with pytest.raises(RunNotFoundError):
            open_run("mine")
        make("mine")
        assert open_run("mine").path.is_relative_to(lab.bob.checkpoints)
    assert names() == ["shared"]


@pytest.mark.parametrize("way", ["../{0}/checkpoints/mine", ".workspaces/{0}/checkpoints/mine"])
def test_no_name_leads_into_another_workspace(lab: SimpleNamespace, way: str) -> None:
    with using(lab.ann):
        make("mine")
    for places in (lab.bob, lab.teacher):
        with using(places), pytest.raises(RunNotFoundError):
            open_run(way.format(lab.ann.checkpoints.parent.name))


def test_songs_and_notes_on_a_shared_run_are_of_who_made_them(lab: SimpleNamespace) -> None:
    before = contents(lab.run.path)
    with using(lab.ann):
        run = open_run("shared")
        run.keep_song(song(run, "ann's"))
        run.write_notes(Notes(text="ann's"))
        (shared,) = (each for each in run.songs() if each.text == "everyone's")
        run.change_song(shared.model_copy(update={"star": True}))
        assert {each.text: each.star for each in run.songs()} == {
            "everyone's": True,
            "ann's": False,
        }
        assert {each.run for each in run.songs()} == {"shared"}
        assert run.notes().text == "ann's"
    with using(lab.bob):
        # The very handle that she had, as a cache might hand it on.
        assert [(each.text, each.star) for each in run.songs()] == [("everyone's", False)]
        assert run.notes().text == "from the teacher"
    assert contents(lab.run.path) == before


def test_a_song_that_everyone_has_stays(lab: SimpleNamespace) -> None:
    with using(lab.ann):
        run = open_run("shared")
        (shared,) = run.songs()
        assert not run.can_remove(shared)
        with pytest.raises(ReadOnlyError):
            run.remove_song(shared)
        run.keep_song(own := song(run, "ann's"))
        assert run.can_remove(own)
        run.remove_song(own)
        assert run.songs() == [shared]


def test_what_is_shared_cannot_be_changed(lab: SimpleNamespace) -> None:
    with using(lab.ann):
        make("hers")
        theirs = open_run("hers")
        set_status(theirs, "finished")
    before = contents(lab.root)
    shared = lab.run.path
    for places in (lab.bob, closed_lab("nobody knows you")):
        with using(places):
            for path in (shared / "run.json", theirs.path / "run.json", shared.parent / "new"):
                assert not may_change(path)
                with pytest.raises(ReadOnlyError):
                    replace_file(path, b"{}")
            with pytest.raises((ReadOnlyError, RunNotFoundError)):
                delete_run("shared")
            with pytest.raises((ReadOnlyError, RunExistsError)):
                make("shared")
            with pytest.raises(ReadOnlyError):
                rename_run(theirs, "stolen")
            with pytest.raises(ReadOnlyError):
                queue.resume_training(open_run("shared"))
    assert contents(lab.root) == before


def test_saved_views_are_of_who_saved_them(lab: SimpleNamespace) -> None:
    def saved() -> dict[str, object]:
        return {view.name: view.choices["unit"] for view in read_views()}

    def save(unit: str) -> None:
        save_view(SavedView(name="Mine", choices={"unit": unit, "runs": ["shared"]}))

    with using(lab.ann):
        save("nats")
    with using(lab.bob):
        assert saved() == {}
        save("bits")
        assert saved() == {"Mine": "bits"}
        delete_view("Mine")
    with using(lab.ann):
        assert saved() == {"Mine": "nats"}
    assert saved() == {}  # the lab's own
    with using(closed_lab("Log in.")):
        assert saved() == {}
        with pytest.raises(ReadOnlyError, match="Log in"):
            save("nats")


def test_of_whom_nobody_knows_may_only_look(lab: SimpleNamespace) -> None:
    with using(closed_lab("Log in.")):
        assert names() == ["shared"]
        run = open_run("shared")
        for attempt in (
            lambda: make("mine"),
            lambda: run.keep_song(song(run, "x")),
            lambda: run.write_notes(Notes()),
            lambda: import_tunes(("a.abc", ABC), name="mine"),
        ):
            with pytest.raises(ReadOnlyError, match="Log in"):
                attempt()


def test_a_corpus_of_ones_own(lab: SimpleNamespace) -> None:
    with using(lab.ann):
        book, _ = import_tunes(("a.abc", ABC), name="mine")
        assert stored() == ["mine"]
        assert load("mine").tunes == book.tunes
        assert [report.name for report in imported()] == ["mine"]
    with using(lab.bob):
        assert (stored(), imported()) == ([], [])
        with pytest.raises(CorpusError):
            load("mine")
    import_tunes(("a.abc", ABC), name="ours")
    with using(lab.ann):
        assert stored() == ["mine", "ours"]
        with pytest.raises(CorpusError, match="everyone"):
            import_tunes(("a.abc", ABC), name="ours", replace_existing=True)


def test_a_deleted_run_goes_into_ones_own_trash(lab: SimpleNamespace) -> None:
    with using(lab.ann):
        make("mine")
        place = delete_run("mine")
        assert [name for name, _ in discarded_runs(lab.ann.checkpoints)] == ["mine"]
    with using(lab.bob), pytest.raises(ReadOnlyError):
        restore_run(place)
    with using(lab.ann):
        restore_run(place)
        assert "mine" in names()


# How much each may have --------------------------------------------------------------------------


def test_the_disk_has_an_end(lab: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(workspaces.DISK_EACH, "1")
    with using(workspace("ann")):
        with pytest.raises(QuotaError, match="1 MB"):
            make("large", hidden_size=200)
        run = make("small")
        (run.path / "weights.safetensors").write_bytes(bytes(1_000_000))
        for attempt in (
            lambda: make("another"),
            lambda: run.keep_song(song(run, "x")),
            lambda: run.write_notes(Notes()),
            lambda: import_tunes(("a.abc", ABC), name="mine"),
        ):
            with pytest.raises(QuotaError):
                attempt()
        delete_run("small")
        make("another")
    with using(workspace("bob")):
        make("small")


def test_runs_that_wait_do_not_all_count_on_the_same_room(
    lab: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them fits when it is made; what they fill once they train is looked at then."""
    monkeypatch.setenv(workspaces.DISK_EACH, "1")
    monkeypatch.setenv(queue.EACH, "1")
    started: list[str] = []

    def start(run: Run, *arguments: str) -> SimpleNamespace:
        started.append(run.name)
        set_status(run, "running")
        (run.path / "resume.pt").write_bytes(bytes(600_000))
        return SimpleNamespace(pid=os.getpid())

    monkeypatch.setattr(launch, "_start", start)
    with using(workspace("ann")):
        runs = [make(name, hidden_size=70) for name in "abc"]
        assert [bool(request_training(run)) for run in runs] == [False, True, True]
        set_status(runs[0], "stopped")
        assert start_waiting() == []
        assert waiting() == []
        assert started == ["a"]
        for run in runs[1:]:
            assert "MB that each person may fill" in str(run.status.message)
        with pytest.raises(QuotaError):
            request_training(runs[1])
        # What it has already is not asked for again.
        request_training(runs[0])
        assert started == ["a", "a"]


def test_a_workspace_is_known_by_where_its_runs_lie(lab: SimpleNamespace) -> None:
    assert workspaces.workspace_at(lab.ann.checkpoints) == folder_name("ann")
    assert workspaces.workspace_at(lab.ann.shared.checkpoints) is None
    with using(lab.ann):
        assert workspaces.workspace_at(lab.ann.checkpoints) == folder_name("ann")


def test_songs_an_hour(lab: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(workspaces.SONGS_AN_HOUR, "2")
    ann = workspace("ann")
    for moment, refused in ((0.0, False), (10.0, False), (20.0, True), (3600.0, False)):
        with using(ann):
            if refused:
                with pytest.raises(QuotaError, match="60 minutes"):
                    workspaces.count_song(1, lambda at=moment: at)  # type: ignore[misc]
            else:
                workspaces.count_song(1, lambda at=moment: at)  # type: ignore[misc]
    with using(workspace("bob")):
        workspaces.count_song(1, lambda: 20.0)
    workspaces.count_song(1, lambda: 20.0)  # the lab itself counts nothing


def test_a_song_that_takes_more_work_counts_as_several(
    lab: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(workspaces.SONGS_AN_HOUR, "4")
    vocabulary = Vocabulary.of("abc\n")
    model = ModelConfig(hidden_size=4, embedding_size=2)
    shapes = parameter_shapes(model, vocabulary.size)
    engine = Engine(model, vocabulary.size, {n: np.zeros(shapes[n], np.float32) for n in shapes})
    long = SampleConfig(limit=6001)  # four times as long as usual
    with using(workspace("ann")):
        compose(engine, vocabulary, config=long, seed=1)
        with pytest.raises(QuotaError):
            compose(engine, vocabulary, seed=1)
    with using(workspace("bob")), pytest.raises(QuotaError, match="counts as 8"):
        compose_each(engine, vocabulary, config=long, seeds=range(2))


def test_all_whom_nobody_knows_compose_as_many_songs_as_one_who_is_known(
    lab: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(workspaces.SONGS_AN_HOUR, "5")
    nobody, another = closed_lab("Log in."), closed_lab("Log in.")
    for moment, who in enumerate((nobody, another, nobody, another, nobody)):
        with using(who):
            workspaces.count_song(1, lambda at=float(moment): at)  # type: ignore[misc]
    with (
        using(another),
        pytest.raises(QuotaError, match=r"not logged in .* together, and they have"),
    ):
        workspaces.count_song(1, lambda: 10.0)
    with using(another), pytest.raises(QuotaError, match="counts as 3, and they have 0 left"):
        workspaces.check_songs(3, lambda: 10.0)
    with using(lab.ann):
        workspaces.count_song(1, lambda: 10.0)


@pytest.fixture
def started(lab: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Folders of the runs that were started, each from then on running in this very process."""
    paths: list[Path] = []

    def resume(run: Run) -> None:
        paths.append(run.path)
        set_status(run, "running")

    monkeypatch.setattr(queue, "resume_training", resume)
    monkeypatch.setenv(queue.AT_ONCE, "2")
    return paths


def test_one_queue_in_which_nobody_holds_up_the_others(
    lab: SimpleNamespace, started: list[Path]
) -> None:
    with using(lab.ann):
        first, second, third = (make(name) for name in "abc")
        assert request_training(first) is None
        assert "number 1" in str(request_training(second))
        assert "number 2" in str(request_training(third))
        assert start_waiting() == []  # one at once for each person
    with using(lab.bob):
        mine, other = make("a"), make("b")
        assert request_training(mine) is None
        assert "number 3" in str(request_training(other))
        assert places_in_queue() == [(3, "b", "train")]
        with pytest.raises(Exception, match="does not wait"):
            withdraw("c")
    with using(lab.ann):
        assert places_in_queue() == [(1, "b", "train"), (2, "c", "train")]
        set_status(first, "finished")
    with using(lab.bob):
        assert start_waiting() == ["b"]  # hers: whoever looks starts who is next
        assert waiting() == ["b"]
    assert started == [first.path, mine.path, second.path]
    with using(lab.ann):
        withdraw("c")
    with using(lab.bob):
        assert places_in_queue() == [(1, "b", "train")]


def test_a_training_gets_the_places_of_whom_it_is_for(lab: SimpleNamespace) -> None:
    with using(lab.bob):
        given = child_environment(lab.ann.checkpoints)
    assert given["SONGRNN_CHECKPOINTS"] == str(lab.ann.checkpoints)
    assert given["SONGRNN_DATA"] == str(lab.ann.data)
    assert given["SONGRNN_SHARED_CHECKPOINTS"] == str(lab.root / "checkpoints")
    assert child_environment(lab.root / "checkpoints")["SONGRNN_SHARED_CHECKPOINTS"] == ""


def test_its_process_finds_what_is_shared(
    lab: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with using(lab.ann):
        given = child_environment(lab.ann.checkpoints)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert lab_places().shared is not None
    assert names() == ["shared"]
    assert not may_change(lab.run.path)
    assert may_change(lab.ann.checkpoints / "mine")


def test_a_study_is_not_started_in_a_workspace(lab: SimpleNamespace) -> None:
    with using(lab.ann), pytest.raises(QuotaError, match="study"):
        start_sweep("cells")


# Names of folders --------------------------------------------------------------------------------


@examples(max_examples=500, deadline=None)
@given(st.lists(st.text(max_size=300), min_size=2, max_size=20, unique=True))
def test_every_name_gets_a_folder_of_its_own_and_none_leads_out(identities: list[str]) -> None:
    folders = [folder_name(identity) for identity in identities]
    assert len({folder.casefold() for folder in folders}) == len(folders)
    root = Path("/srv/checkpoints") / WORKSPACES_FOLDER
    for folder in folders:
        assert workspaces._FOLDER.fullmatch(folder)
        assert (root / folder).resolve().parent == root
        assert len(folder) < 100


# What fills a workspace --------------------------------------------------------------------------


MB = 1_000_000


@pytest.fixture
def ann(lab: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> paths.Places:
    """A person who may fill one megabyte, of which a run of hers takes 900 kB."""
    monkeypatch.setenv(workspaces.DISK_EACH, "1")
    found = workspace("ann")
    with using(found):
        run = make("mine")
        (run.path / "filler").write_bytes(bytes(900_000))
    monkeypatch.setattr(workspaces, "_filled", {})
    return found


def in_its_process(monkeypatch: pytest.MonkeyPatch, checkpoints: Path) -> paths.Places:
    """The places that a training's own process finds for itself."""
    for name, value in child_environment(checkpoints).items():
        monkeypatch.setenv(name, value)
    return lab_places()


def study(words: str) -> TemperatureStudy:
    real = Row(temperature=None, songs=1, figures={})
    return TemperatureStudy(
        run="mine", corpus="c", songs=1, seed=0, limit=9, whole_bars=True, rows=(real,),
        suggested=None, reason=words,
    )  # fmt: skip


def a_row() -> HistoryRow:
    return HistoryRow(step=1, epoch=1, split="train", loss=1, bits_per_character=1, seconds=1)


@pytest.mark.parametrize("own_process", [False, True])
def test_whatever_writes_keeps_to_the_disk_that_each_may_fill(
    lab: SimpleNamespace, ann: paths.Places, monkeypatch: pytest.MonkeyPatch, *, own_process: bool
) -> None:
    here = in_its_process(monkeypatch, ann.checkpoints) if own_process else ann
    assert here.disk == MB
    with using(here):
        folder = open_run("mine").path
        writers = {
            "a study": lambda: study("x" * 200_000).write(folder),
            "labels": lambda: replace_file(folder / "neurons.npz", bytes(200_000)),
            "a view": lambda: save_view(SavedView(name="v", choices={"a": "x" * 200_000})),
            "a sample": lambda: add_sample(folder, SampleSong(epoch=1, text="x" * 200_000)),
            "weights": lambda: write_weights(
                folder / "last.safetensors", {"a": np.zeros(50_000, np.float32)}
            ),
        }
        for write in writers.values():
            with pytest.raises(QuotaError, match="1 MB that each person may fill"):
                write()
        assert workspaces.bytes_used(here) < MB
        study("x" * 20_000).write(folder)  # what fits is written
    replace_file(lab.root / "elsewhere", bytes(2 * MB))


def test_a_history_that_grows_row_by_row_ends_at_the_limit(
    ann: paths.Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    with using(in_its_process(monkeypatch, ann.checkpoints)):
        history = History(open_run("mine").path / "history.jsonl")
        with pytest.raises(QuotaError):
            deque(map(history.append, [a_row()] * 10_000))
        history.close()
        assert workspaces.bytes_used(ann) < MB + 70_000


def test_a_full_workspace_can_still_be_told_how_a_training_ended(ann: paths.Places) -> None:
    with using(ann):
        run = open_run("mine")
        (run.path / "large").write_bytes(bytes(2 * MB))
        for state in ("running", "failed", "stopped"):
            set_status(run, state)
        assert run.status.status == "stopped"
        with pytest.raises(QuotaError):
            replace_file(run.path / "another.json", b"{}")


def test_in_a_full_workspace_what_becomes_shorter_is_kept(ann: paths.Places) -> None:
    with using(ann):
        run = open_run("mine")
        long = song(run, "X:1\nK:C\nCDE|\n").model_copy(update={"notes": "n" * 900})
        run.keep_song(long)
        run.write_notes(Notes(text="n" * 900))
        (run.path / "large").write_bytes(bytes(2 * MB))
        run.change_song(long.model_copy(update={"notes": "", "star": True}))
        run.write_notes(Notes(text="n", star=True))
        assert run.notes().star
        assert [each.star for each in run.songs()] == [True]
        for grows in (
            lambda: run.change_song(long.model_copy(update={"notes": "n" * 3000})),
            lambda: run.write_notes(Notes(text="n" * 3000)),
        ):
            with pytest.raises(QuotaError, match=r"about \d kB"):
                grows()


def test_what_is_deleted_makes_room_at_once(ann: paths.Places) -> None:
    with using(ann):
        folder = open_run("mine").path
        replace_file(folder / "a", bytes(80_000))
        with pytest.raises(QuotaError):
            replace_file(folder / "b", bytes(80_000))
        (folder / "filler").unlink()
        replace_file(folder / "b", bytes(80_000))
        # In the place of as much, nothing is added.
        for _ in range(20):
            replace_file(folder / "b", bytes(80_000))
        replace_file(folder / "c", bytes(700_000))


def test_the_folder_is_measured_now_and_then_and_not_at_each_write(
    ann: paths.Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[Path] = []
    measure = workspaces.bytes_of

    def noted(path: Path) -> int:
        measured.append(path)
        return measure(path)

    monkeypatch.setattr(workspaces, "bytes_of", noted)
    with using(ann):
        folder = open_run("mine").path
        for number in range(300):
            replace_file(folder / "status.json", bytes(200 + number), durable=False)
        assert len(measured) <= 1
        # Another process may have written: it is measured again after a while.
        (folder / "from elsewhere").write_bytes(bytes(80_000))
        workspaces.check_growth(folder / "new", 30_000)
        later = workspaces._filled[ann.checkpoints.parent.resolve()].measured + 31
        with pytest.raises(QuotaError):
            workspaces.check_growth(folder / "new", 30_000, clock=lambda: later)
        assert len(measured) == 2


def test_who_runs_the_server_has_no_such_limit(
    ann: paths.Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_file(ann.checkpoints / "mine" / "a", bytes(2 * MB))
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(ann.checkpoints))
    replace_file(ann.checkpoints / "mine" / "b", bytes(2 * MB))
    assert child_environment(lab_places().checkpoints)[paths.DISK_BYTES] == ""
