"""What a worker of a cluster does with one run: train it in a process and a folder of its own.

Nothing is shared with the machine that sent the run but the messages: the run's settings and its
tunes come as data, rows go back while it trains, the files of the run at its end. A process of
its own makes a run here the same as one at home, however many a worker trains at once.

It knows nothing of who collects the rows (`cluster.py`). No torch here: the worker, and the
scheduler too, import this module.
"""

import contextlib
import functools
import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import songrnn
from songrnn.config import RunConfig
from songrnn.corpus.tunebook import Tune, Tunebook
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import CorpusError, SongRNNError
from songrnn.store.creating import create_run
from songrnn.training.child import child_environment, end_with_parent
from songrnn.tuning.launchers import why_it_ended

# All sweeps tell their rows under one topic: a scheduler keeps the last messages of each.
TOPIC = "songrnn"

# The files of a run that go back when it ends; settings and status its owner writes.
FILES = ("history.jsonl", "weights.safetensors", "last.safetensors", "summary.json")

# Seconds between two looks at the files of a training.
_PAUSE = 0.25

# Seconds that a training may take to finish its step and end when it is told to.
_PATIENCE = 20.0

# What decides the numbers of a training; other parts of the package may differ.
_DECIDING = (
    *("cells", "config", "corpus", "lineage", "model", "training", "store", "notation"),
    "metrics.py",
)


@dataclass(frozen=True)
class Job:
    """A run to be trained. config: a RunConfig as plain data; characters: of its vocabulary.

    versions: those of the machine that sends it, see `versions`.
    """

    sweep: str
    config: dict[str, Any]
    characters: str
    versions: dict[str, str]


@dataclass(frozen=True)
class ProgressEvent:
    """What a worker tells while it trains a run.

    attempt: which of the trainings of this run it is; lines: what the history gained behind
    `offset` bytes; status: that of the run's folder on the worker.
    """

    sweep: str
    run: str
    attempt: str
    worker: str
    offset: int = 0
    lines: str = ""
    status: dict[str, Any] | None = None


@dataclass(frozen=True)
class Outcome:
    """How a training ended. files: name -> content; sha256: name -> that of the content.

    ended: "refused" is a worker that does not fit the machine that sent the run.
    """

    ended: Literal["finished", "failed", "stopped", "refused"]
    attempt: str
    worker: str
    message: str = ""
    status: dict[str, Any] | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)


def train_on_worker(job: Job, packed: bytes) -> Outcome:
    """Train a run inside a task of a Dask cluster, telling its rows as they come.

    packed: see `pack`. Ends early, without a trace, when the task is cancelled.
    """
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()

    def wanted() -> bool:
        task = worker.state.tasks.get(key)
        serving = worker.status.name in ("running", "paused", "closing_gracefully")
        return serving and task is not None and task.state not in ("cancelled", "resumed")

    def tell(event: ProgressEvent) -> None:
        worker.log_event(TOPIC, asdict(event))

    return train_apart(job, packed, worker.address, tell, wanted, Path(worker.local_directory))


def train_apart(
    job: Job,
    packed: bytes,
    worker: str,
    tell: Callable[[ProgressEvent], None],
    wanted: Callable[[], bool],
    scratch: Path | None = None,
) -> Outcome:
    """Train a run in a process of its own inside a temporary folder of `scratch`.

    tell: called with what is new, several times a second. wanted: once False, the training is
    ended. Never raises a SongRNNError: what goes wrong is the outcome.
    """
    attempt = os.urandom(6).hex()
    name = job.config["name"]
    if problem := mismatch(job.versions, versions()):
        return Outcome("refused", attempt, worker, problem)
    with tempfile.TemporaryDirectory(prefix="songrnn-", dir=scratch) as made:
        folder = Path(made)
        run, log = folder / "checkpoints" / name, folder / "log.txt"
        try:
            unpack(packed).write(folder / "data")
            (folder / "job.json").write_text(json.dumps(asdict(job)), encoding="utf-8")
        except (SongRNNError, OSError) as error:
            return Outcome("failed", attempt, worker, str(error))
        told = ProgressEvent(job.sweep, name, attempt, worker)
        tell(told)
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(folder)],
                # It ends when this pipe does, so also when the worker is killed.
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=child_environment(folder / "checkpoints"),
                start_new_session=True,
            )
        try:
            while process.poll() is None and wanted():
                told = _tell_new(run, told, tell)
                time.sleep(_PAUSE)
            code = process.poll()
        finally:
            _end(process)
        _tell_new(run, told, tell)
        status = _status(run) or {}
        ended = status.get("status")
        if code is None or ended == "stopped":
            message = "stopped on the worker; sweep again to train it"
            return Outcome("stopped", attempt, worker, message)
        if code == 0 and ended == "finished":
            return _with_files(Outcome("finished", attempt, worker, status=status), run)
        message = why_it_ended(run, log, code, log_stays=False)
        return _with_files(Outcome("failed", attempt, worker, message, status or None), run)


def _tell_new(
    run: Path, told: ProgressEvent, tell: Callable[[ProgressEvent], None]
) -> ProgressEvent:
    """Tell the whole lines that the history gained and a status that changed, if any."""
    lines = b""
    offset = told.offset + len(told.lines.encode())
    with contextlib.suppress(OSError), (run / "history.jsonl").open("rb") as file:
        file.seek(offset)
        data = file.read()
        lines = data[: data.rfind(b"\n") + 1]
    status = _status(run)
    if not lines and (status is None or status == told.status):
        return told
    event = replace(told, offset=offset, lines=lines.decode(), status=status)
    tell(event)
    return event


def _status(run: Path) -> dict[str, Any] | None:
    with contextlib.suppress(OSError, ValueError):
        found = json.loads((run / "status.json").read_bytes())
        return found if isinstance(found, dict) else None
    return None


def _with_files(outcome: Outcome, run: Path) -> Outcome:
    files = {name: (run / name).read_bytes() for name in FILES if (run / name).is_file()}
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    return replace(outcome, files=files, sha256=hashes)


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


# The tunes on their way


def pack(book: Tunebook) -> bytes:
    """A tunebook as bytes, without the tunes it left out: `folk` is about half a megabyte."""
    rows = {"name": book.name, "tunes": [asdict(tune) for tune in book.tunes]}
    return zlib.compress(json.dumps(rows).encode("ascii"), level=9)


def unpack(data: bytes) -> Tunebook:
    """The tunebook that `pack` packed. Raises CorpusError."""
    try:
        rows = json.loads(zlib.decompress(data))
        return Tunebook(rows["name"], tuple(Tune(**row) for row in rows["tunes"]))
    except (zlib.error, ValueError, TypeError, KeyError) as error:
        raise CorpusError(f"The tunes that came to the worker cannot be read ({error}).") from error


# Whether two machines train alike


@functools.cache
def versions() -> dict[str, str]:
    """What must be the same on two machines for the same history: name -> version.

    Builds of torch for other devices count as the same. No torch is imported.
    """
    found = {
        "python": ".".join(platform.python_version_tuple()[:2]),
        "songrnn": songrnn.__version__,
    }
    for library in ("torch", "numpy", "distributed"):
        try:
            found[library] = metadata.version(library).split("+")[0]
        except metadata.PackageNotFoundError:
            found[library] = "none"
    root = Path(songrnn.__file__).parent
    digest = hashlib.sha256()
    for part in _DECIDING:
        for path in sorted((root / part).rglob("*.py")) or [root / part]:
            digest.update(f"{path.relative_to(root).as_posix()}\n".encode())
            digest.update(path.read_text(encoding="utf-8").encode())
    return found | {"code": digest.hexdigest()[:12]}


def mismatch(ours: Mapping[str, str], theirs: Mapping[str, str]) -> str:
    """What differs between two `versions`, as `torch 2.12.0 instead of 2.13.0, …`; or ""."""
    parts = [
        f"{name} {theirs.get(name, 'none')} instead of {version}"
        for name, version in ours.items()
        if name != "code" and theirs.get(name) != version
    ]
    if not parts and ours.get("code") != theirs.get("code"):
        parts = [f"another state of songrnn {ours['songrnn']}'s code"]
    return ", ".join(parts)


# The process of the training


def main(folder: Path) -> int:
    """Train the run of job.json in `folder`; 0 when it finished or was stopped."""
    end_with_parent(sys.stdin.fileno(), patience=_PATIENCE)
    job = Job(**json.loads((folder / "job.json").read_text(encoding="utf-8")))
    try:
        book = Tunebook.read(folder / "data")
        config = RunConfig.parse(job.config)
        vocabulary = Vocabulary.of(job.characters)
        run = create_run(config, vocabulary, checkpoints=folder / "checkpoints")
        from songrnn.training.loop import train

        for _ in train(config, tunebook=book, run=run):
            pass
    except SongRNNError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
