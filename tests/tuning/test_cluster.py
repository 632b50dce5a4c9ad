"""A sweep on a real Dask cluster: a scheduler and two worker processes, one killed mid-run."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import psutil
import pytest

from songrnn.config import CorpusReference, RunConfig
from songrnn.corpus.tunebook import Tune, Tunebook, tune_id
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import RunError
from songrnn.store.creating import create_run
from songrnn.store.documents import RunStatus, now
from songrnn.store.processes import identity
from songrnn.store.runs import open_run
from songrnn.training.launch import stop_training
from songrnn.training.loop import train
from songrnn.tuning.cluster import ClusterSweep
from songrnn.tuning.connecting import ClusterError, check_address, check_versions, connect
from songrnn.tuning.on_worker import Outcome, versions
from songrnn.tuning.study import read_study
from songrnn.tuning.sweeps import list_sweeps

ROOT = Path(__file__).resolve().parents[2]

STUDY = """
title = "Two nets"
question = "RNN or LSTM?"
corpus = "tiny"
vary = "cell"
values = ["rnn", "lstm"]
seeds = [0]
[model]
hidden_size = 8
embedding_size = 4
dropout = 0.2
[training]
epochs = 6
batch_size = 2
window = 16
precision = "fp32"
[contrast]
kind = "difference"
first = "lstm"
second = "rnn"
"""

CLOCKS = ["seconds", "characters_per_second"]

DASK = [sys.executable, "-m", "dask"]


def tiny(number_of_tunes: int = 40, splits: tuple[str, str] = ("train", "validation")) -> Tunebook:
    tunes = []
    for number in range(number_of_tunes):
        body = "".join("CDEFGABc"[(number * step + step) % 8] for step in range(1, 25))
        text = f"X:1\nM:4/4\nL:1/8\nK:C\n{body[:8]}|{body[8:16]}|{body[16:]}|]"
        about: dict[str, Any] = {"rhythm": "", "meter": "4/4", "unit_length": "1/8", "key": "C"}
        about |= {"id": tune_id(text), "number": "1", "title": "", "source": "here"}
        split: Any = splits[number % 10 == 8]
        tunes.append(Tune(text=text, family=tune_id(text), split=split, **about))
    return Tunebook("tiny", tuple(tunes))


BOOK = tiny()
VOCABULARY = Vocabulary.of(BOOK.characters)


@dataclass
class Cluster:
    """A scheduler and its workers, as processes. worker address -> its process."""

    folder: Path
    address: str = ""
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *arguments: str) -> None:
        process = subprocess.Popen(
            [*DASK, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / f"{len(self.processes)}.log").open("wb"),
            env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
            cwd=self.folder,
        )
        self.processes.append(process)

    def have_workers(self, count: int) -> None:
        """Start as many workers of one thread as are missing."""
        alive = sum(process.poll() is None for process in self.processes[1:])
        for _ in range(count - alive):
            self.start(
                *("worker", self.address, "--no-nanny", "--nthreads", "1", "--no-dashboard"),
                *("--host", "127.0.0.1", "--local-directory", str(self.folder / "scratch")),
            )

    def trainings(self) -> list[psutil.Process]:
        """The processes that train, of all workers."""
        found = []
        for process in self.processes:
            if process.poll() is None:
                for child in psutil.Process(process.pid).children():
                    with contextlib.suppress(psutil.Error):  # it ended meanwhile
                        if "songrnn.tuning.on_worker" in child.cmdline():
                            found.append(child)
        return found

    def freeze(self, count: int) -> dict[str, psutil.Process]:
        """Run -> its process, held still as soon as it has rows: it cannot end unseen."""
        frozen: dict[str, psutil.Process] = {}
        while len(frozen) < count:
            for process in self.trainings():
                with contextlib.suppress(psutil.Error, OSError):
                    folder = Path(process.cmdline()[-1])
                    for path in folder.glob("checkpoints/*/history.jsonl"):
                        if path.stat().st_size:
                            process.suspend()
                            frozen[path.parent.name] = process
            time.sleep(0.01)
        return frozen


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    found = Cluster(tmp_path_factory.mktemp("cluster"))
    file = found.folder / "scheduler.json"
    found.start(
        *("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"),
        *("--scheduler-file", str(file)),
    )
    wait_for(lambda: file.exists() and file.read_text().endswith("}"))
    found.address = json.loads(file.read_text())["address"]
    yield found
    for training in found.trainings():
        training.kill()
    for process in found.processes:
        process.kill()
        process.wait()


def wait_for(condition: Any) -> None:
    while not condition():
        time.sleep(0.05)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    BOOK.write(tmp_path / "data" / "tiny")
    (tmp_path / "two.toml").write_text(STUDY)
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


def runs(lab: Path, book: Tunebook = BOOK) -> list[RunConfig]:
    corpus = CorpusReference(name=book.name, sha256=book.sha256)
    return read_study(lab / "two.toml").expand(corpus)


def history(checkpoints: Path, name: str) -> pd.DataFrame:
    """Without what a clock says."""
    lines = (checkpoints / name / "history.jsonl").read_text().splitlines()
    return pd.DataFrame(map(json.loads, lines)).drop(columns=CLOCKS, errors="ignore")


def rows(lab: Path, name: str) -> int:
    path = lab / "checkpoints" / name / "history.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def drive(sweep: ClusterSweep) -> None:
    while sweep.step():
        time.sleep(0.05)


@pytest.mark.slow
def test_a_study_has_the_same_histories_here_and_on_a_cluster_that_loses_a_worker(
    lab: Path, dask: Cluster
) -> None:
    dask.have_workers(2)
    sweep = subprocess.Popen(
        [
            *(sys.executable, "-m", "songrnn", "sweep", str(lab / "two.toml")),
            *("--scheduler", dask.address),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=lab,
    )
    names = [config.name for config in runs(lab)]
    frozen = dask.freeze(2)
    wait_for(lambda: all(rows(lab, name) for name in names))
    for name in names:  # rows are here while it trains there, and the run says where
        status = open_run(name).status
        assert status.status == "running"
        assert status.process is not None
        assert status.process.pid == sweep.pid
        assert f" of {dask.address}" in str(status.worker)
        with pytest.raises(RunError, match="trained on a cluster"):
            stop_training(open_run(name))
    lost = frozen[names[0]]
    worker = lost.parent()
    assert worker is not None
    worker.kill()
    for process in frozen.values():
        process.resume()
    output, errors = sweep.communicate(timeout=300)
    assert sweep.returncode == 0, errors
    assert f"Started again because its worker was lost: {names[0]}." in errors
    assert output.count(" finished, best validation") == 2
    wait_for(lambda: not lost.is_running())  # it ends with its worker
    assert dask.trainings() == []
    assert [(one.status, one.scheduler) for one in list_sweeps()] == [("finished", dask.address)]

    here = lab / "here"
    for config in runs(lab):
        list(train(config, tunebook=BOOK, run=create_run(config, VOCABULARY, checkpoints=here)))
    for name in names:
        pd.testing.assert_frame_equal(
            history(here, name), history(lab / "checkpoints", name), check_exact=True
        )
        run, ours = open_run(name), open_run(name, checkpoints=here)
        assert run.status.status == "finished"
        assert not [n for n in os.listdir(run.path) if n not in os.listdir(ours.path)]
        weights = ours.weights()
        assert all((array == weights[key]).all() for key, array in run.weights().items())
    assert not list((lab / "checkpoints").glob(".new-*"))


@pytest.mark.slow
def test_stopping_keeps_what_came_back_and_the_same_sweep_goes_on(lab: Path, dask: Cluster) -> None:
    dask.have_workers(1)
    configs = runs(lab)[:1]
    name = configs[0].name
    sweep = ClusterSweep(configs, books={"tiny": BOOK}, client=connect(dask.address))
    assert sweep.step()
    process = freeze_while(sweep, dask)
    while not rows(lab, name):
        assert sweep.step()
        time.sleep(0.05)
    assert [one.state for one in sweep.progress()] == ["running"]
    sweep.stop()
    assert not sweep.step()
    process.resume()
    wait_for(lambda: not dask.trainings())
    assert [one.state for one in sweep.progress()] == ["stopped"]
    assert rows(lab, name) > 0
    assert open_run(name).status.status == "stopped"

    again = ClusterSweep(configs, books={"tiny": BOOK}, client=connect(dask.address), limit=1)
    drive(again)
    assert [one.state for one in again.progress()] == ["finished"]
    assert not again.step()
    again.stop()
    found = history(lab / "checkpoints", name)
    assert not found.duplicated(["step", "split"]).any()
    assert found["epoch"].max() == 6
    third = ClusterSweep(configs, books={"tiny": BOOK}, client=connect(dask.address))
    assert not third.step()  # a finished run is not trained again
    third.stop()


@pytest.mark.slow
def test_a_run_that_fails_on_its_worker_says_why(lab: Path, dask: Cluster) -> None:
    dask.have_workers(1)
    empty = tiny(splits=("test", "validation"))
    configs = runs(lab, empty)[:1]
    sweep = ClusterSweep(configs, books={"tiny": empty}, client=connect(dask.address))
    drive(sweep)
    sweep.stop()
    assert [one.state for one in sweep.progress()] == ["failed"]
    status = open_run(configs[0].name).status
    assert (status.status, status.message) == (
        "failed",
        "The corpus 'tiny' has no tunes to train on.",
    )


def freeze_while(sweep: ClusterSweep, dask: Cluster) -> psutil.Process:
    """Hold the one training still while the sweep goes on."""
    thread = threading.Thread(target=lambda: found.extend(dask.freeze(1).values()))
    found: list[psutil.Process] = []
    thread.start()
    while thread.is_alive():
        sweep.step()
        thread.join(0.05)
    return found[0]


def test_without_workers_the_runs_wait_and_say_so(lab: Path) -> None:
    from distributed import Client, LocalCluster

    with LocalCluster(n_workers=0, processes=False, dashboard_address="127.0.0.1:0") as alone:
        client = Client(alone, set_as_default=False)
        sweep = ClusterSweep(runs(lab), books={"tiny": BOOK}, client=client)
        assert sweep.step()
        assert [one.state for one in sweep.progress()] == ["waiting", "waiting"]
        assert sweep.notice.startswith("No worker has joined ")
        sweep.stop()
    assert not (lab / "checkpoints").exists()


@pytest.mark.parametrize(
    "address", ["", "localhost", "http://a:8786", "tcp://a", "tcp://a:0", "tcp://a:99999"]
)
def test_what_is_no_address_is_told_so(address: str) -> None:
    with pytest.raises(ClusterError, match="is not the address of a Dask scheduler"):
        check_address(address)


def test_addresses_may_name_an_ipv6_host_and_tls() -> None:
    assert check_address("tls://[::1]:8786/") == "tls://[::1]:8786"


def test_where_nothing_listens_the_sweep_says_so() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, so that nothing else takes it; nobody listens
        with pytest.raises(ClusterError, match="No Dask scheduler answers at"):
            connect(f"tcp://127.0.0.1:{taken.getsockname()[1]}")


def test_another_server_is_told_apart_from_a_scheduler() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"tcp://127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(ClusterError, match="is not a Dask scheduler"):
            connect(address, timeout=0.2)


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"install .* '\.\[cluster\]'"):
        connect("tcp://127.0.0.1:8786")


@dataclass
class StandIn:
    """A client whose cluster tells these versions."""

    scheduler: Any
    workers: dict[str, Any]

    def run_on_scheduler(self, _: Any) -> Any:
        if isinstance(self.scheduler, Exception):
            raise self.scheduler
        return self.scheduler

    def run(self, _: Any, on_error: str) -> Any:
        return self.workers


def test_a_cluster_that_would_not_train_as_this_machine_does_is_refused() -> None:
    ours = versions()
    missing = ModuleNotFoundError("No module named 'songrnn'")
    check_versions(StandIn(ours, {"tcp://w:1": ours}), "tcp://s:1")
    for stand_in, words in (
        (StandIn(ours | {"python": "3.10"}, {}), "tcp://s:1 has python 3.10 instead of 3"),
        (StandIn(ours, {"tcp://w:1": ours | {"torch": "1.0"}}), "tcp://w:1 has torch 1.0 instead"),
        (StandIn(ours, {"tcp://w:1": ours | {"code": ""}}), "another state of songrnn"),
        (StandIn(ours, {"tcp://w:1": missing}), "tcp://w:1 has no songrnn"),
        (StandIn(missing, {}), "tcp://s:1 has no songrnn"),
    ):
        with pytest.raises(ClusterError, match=words):
            check_versions(stand_in, "tcp://s:1")


class FakeFuture:
    """What a scheduler promised, as the test wants it to end."""

    status = "pending"
    error: Exception | None = None
    outcome: Any = None

    def exception(self, timeout: float | None = None) -> Exception | None:
        return self.error

    def result(self, timeout: float | None = None) -> Any:
        return self.outcome

    def release(self) -> None: ...


class FakeClient:
    """A client whose scheduler only takes notes; one worker of four threads."""

    status = "running"

    def __init__(self) -> None:
        self.scheduler = SimpleNamespace(address="tcp://s:1")
        self.sent: dict[str, FakeFuture] = {}
        self.cancelled: list[FakeFuture] = []

    def subscribe_topic(self, topic: str, handler: Any) -> None:
        self.tell = lambda **news: handler((0.0, news))

    def nthreads(self) -> dict[str, int]:
        return {"tcp://w:1": 4}

    def submit(self, function: Any, *_: Any, key: str) -> FakeFuture:
        return self.sent.setdefault(key.rsplit("-", 1)[0], FakeFuture())

    def cancel(self, futures: list[FakeFuture], force: bool) -> None:
        self.cancelled += futures

    def unsubscribe_topic(self, topic: str) -> None: ...

    def close(self, timeout: float) -> None: ...


@pytest.fixture
def fake() -> FakeClient:
    return FakeClient()


def sent_by(lab: Path, client: Any, limit: int | None = None) -> ClusterSweep:
    sweep = ClusterSweep(runs(lab), books={"tiny": BOOK}, client=client, limit=limit)
    assert sweep.step()
    return sweep


def first(fake: FakeClient, lab: Path) -> FakeFuture:
    return fake.sent[f"songrnn-{runs(lab)[0].name}"]


def begin(fake: FakeClient, lab: Path, sweep: ClusterSweep, attempt: str = "a") -> None:
    news = {"run": runs(lab)[0].name, "attempt": attempt, "worker": "tcp://w:1"}
    fake.tell(sweep=sweep._id, offset=0, lines="", status=None, **news)


def test_all_runs_are_handed_over_at_once_or_as_many_as_asked_for(
    lab: Path, fake: FakeClient
) -> None:
    assert sent_by(lab, fake).workers == 4
    assert len(fake.sent) == 3  # the tunes, once, and two runs
    limited = FakeClient()
    assert sent_by(lab, limited, limit=1).workers == 1
    assert len(limited.sent) == 2


def test_a_run_that_killed_its_workers_failed_and_the_others_go_on(
    lab: Path, fake: FakeClient
) -> None:
    from distributed import KilledWorker

    sweep = sent_by(lab, fake)
    for attempt in "abc":
        begin(fake, lab, sweep, attempt)
    future = first(fake, lab)
    future.status, future.error = "error", KilledWorker("key", None, 3)
    assert sweep.step()
    assert [one.state for one in sweep.progress()] == ["failed", "waiting"]
    assert "3 workers died while they trained it" in sweep.progress()[0].message
    status = open_run(runs(lab)[0].name).status
    assert (status.status, status.message) == ("failed", sweep.progress()[0].message)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"error": ModuleNotFoundError("songrnn")}, "lacks songrnn; install"),
        ({"outcome": Outcome("refused", "a", "tcp://w:2", "torch 1")}, "tcp://w:2 has torch 1"),
    ],
)
def test_a_worker_that_joins_later_and_does_not_fit_stops_the_sweep(
    lab: Path, fake: FakeClient, change: dict[str, Any], words: str
) -> None:
    sweep = sent_by(lab, fake)
    future = first(fake, lab)
    vars(future).update(change, status="error" if "error" in change else "finished")
    with pytest.raises(ClusterError, match=words):
        sweep.step()


def test_a_scheduler_that_came_back_without_the_runs_was_lost(lab: Path, fake: FakeClient) -> None:
    sweep = sent_by(lab, fake)
    future = first(fake, lab)
    error = RuntimeError()
    vars(error)["reason"] = "scheduler-connection-lost"
    future.status, future.error = "cancelled", error
    with pytest.raises(ClusterError, match="was lost; what came back is kept"):
        sweep.step()


def test_a_run_taken_off_the_cluster_is_stopped(lab: Path, fake: FakeClient) -> None:
    sweep = sent_by(lab, fake)
    first(fake, lab).status = "cancelled"
    assert sweep.step()
    assert [one.state for one in sweep.progress()] == ["stopped", "waiting"]


def test_a_run_begun_here_while_it_waited_there_is_left_to_whoever_began_it(
    lab: Path, fake: FakeClient
) -> None:
    sweep = sent_by(lab, fake)
    ours = create_run(runs(lab)[0], VOCABULARY)
    running = RunStatus(status="running", heartbeat=now(), process=identity(os.getppid()))
    (ours.path / "status.json").write_bytes(running.to_json())
    begin(fake, lab, sweep)
    assert sweep.step()
    assert [one.state for one in sweep.progress()] == ["elsewhere", "waiting"]
    assert fake.cancelled == [first(fake, lab)]
    assert ours.status == running


def test_what_is_no_news_of_this_sweep_changes_nothing(lab: Path, fake: FakeClient) -> None:
    sweep = sent_by(lab, fake)
    fake.tell(anything=1)
    fake.tell(sweep="other", run=runs(lab)[0].name, attempt="a", worker="w")
    assert sweep.step()
    assert not (lab / "checkpoints").exists()


def test_files_that_cannot_be_used_fail_the_run(lab: Path, fake: FakeClient) -> None:
    sweep = sent_by(lab, fake)
    future = first(fake, lab)
    future.status = "finished"
    future.outcome = Outcome("finished", "a", "tcp://w:1", files={"../x": b""})
    sweep.step()
    assert sweep.progress()[0].state == "failed"
    assert "what came back of it cannot be used" in sweep.progress()[0].message


def test_a_run_that_ended_just_before_the_stop_is_not_thrown_away(
    lab: Path, fake: FakeClient
) -> None:
    sweep = sent_by(lab, fake)
    begin(fake, lab, sweep)
    future = first(fake, lab)
    future.status = "finished"
    future.outcome = Outcome("failed", "a", "tcp://w:1", "It broke down.")
    sweep.stop()
    assert [one.state for one in sweep.progress()] == ["failed", "waiting"]
    assert fake.cancelled == [fake.sent[f"songrnn-{runs(lab)[1].name}"]]
