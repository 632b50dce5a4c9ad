"""The folder here of a run that trains on another machine: rows as they come, files at the end.

While it trains, the process of this machine that follows it holds the run: its status names that
process, so a run whose sweep died reads "interrupted". What came from a worker is checked before
it becomes part of a run: only the files a run has, of a possible size, whole, and readable.
"""

import contextlib
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from songrnn.config import RunConfig
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.disk import Journal, replace_file, storing
from songrnn.errors import DamagedRunError
from songrnn.folders import made_aside
from songrnn.store.creating import create_run
from songrnn.store.documents import HistoryRow, RunStatus, RunSummary, State, now
from songrnn.store.history import read_history
from songrnn.store.processes import identity
from songrnn.store.runs import Run
from songrnn.store.weights import read_weights
from songrnn.training.run_lock import run_lock
from songrnn.tuning.on_worker import FILES, Outcome, ProgressEvent

# More than any history or header needs; what is larger is none of ours.
_LARGEST_HISTORY = 1 << 28
_LARGEST_DOCUMENT = 1 << 20


class Mirror:
    """Keeps the folder of one run up to date with its training elsewhere.

    run: None until a worker began it. attempt: which of its trainings is followed.
    """

    def __init__(
        self, config: RunConfig, vocabulary: Vocabulary, *, checkpoints: Path, scheduler: str
    ) -> None:
        self.config, self.vocabulary = config, vocabulary
        self.checkpoints, self.scheduler = checkpoints, scheduler
        self.run: Run | None = None
        self.attempt = ""
        self._worker = ""
        self._status: RunStatus | None = None
        self._journal: Journal | None = None
        self._held = contextlib.ExitStack()

    def begin(self, attempt: str, worker: str) -> None:
        """A worker began the run, perhaps again: what an earlier attempt left is dropped.

        A run of the name that was there before goes to the trash. Raises RunError when another
        process is training it, StorageError.
        """
        if self.run is None:
            run = create_run(
                self.config, self.vocabulary, checkpoints=self.checkpoints, overwrite=True
            )
            self._held.enter_context(run_lock(run))
            self._journal = Journal(run.path / "history.jsonl", most=_LARGEST_HISTORY)
            self._held.callback(self._journal.close)
            self.run = run
        assert self._journal is not None
        self._journal.cut(0)
        self.attempt, self._worker = attempt, worker
        self._status = None
        self._write("running", durable=True)

    def grow(self, event: ProgressEvent) -> None:
        """Append rows and renew the status; events of other attempts change nothing.

        Rows behind a gap are left out: the whole history comes at the end. Raises StorageError,
        DamagedRunError when these are no rows.
        """
        if self.run is None or self._journal is None or event.attempt != self.attempt:
            return
        if event.lines and event.offset == self._journal.offset:
            lines = event.lines.encode()
            try:
                for line in lines.splitlines():
                    HistoryRow.model_validate_json(line)
            except ValidationError as error:
                raise DamagedRunError(f"{self._worker} sent lines that are no rows.") from error
            self._journal.append(lines.removesuffix(b"\n"))
        if event.status is not None:
            self._status = self._checked(event.status)
            self._write("running")

    def finish(self, outcome: Outcome) -> None:
        """Put the files of a training that ended into the run's folder, the status last.

        Raises DamagedRunError, leaving the folder's files as they were, StorageError.
        """
        if self.run is None or outcome.attempt != self.attempt:
            self.begin(outcome.attempt, outcome.worker)
        assert self.run is not None
        if outcome.status is not None:
            self._status = self._checked(outcome.status)
        with made_aside(self.run.path) as folder:
            self._stage(folder, outcome)
            self._release()
            for name in FILES:
                if (folder / name).exists():
                    with storing(self.run.path / name):
                        (folder / name).replace(self.run.path / name)
        message = self._status.message if self._status else None
        self.end(outcome.ended, message if outcome.ended == "finished" else outcome.message)

    def end(self, state: str, message: str | None = None) -> None:
        """The run is trained no longer: finished, stopped or failed. Raises StorageError."""
        self._release()
        if self.run is not None:
            states: Mapping[str, State] = {"finished": "finished", "failed": "failed"}
            self._write(states.get(state, "stopped"), message, durable=True)

    def _release(self) -> None:
        self._held.close()
        self._journal = None

    def _checked(self, status: Mapping[str, Any]) -> RunStatus:
        try:
            return RunStatus.model_validate(status)
        except ValidationError as error:
            raise DamagedRunError(f"{self._worker} sent a status that is not one.") from error

    def _write(self, state: State, message: str | None = None, *, durable: bool = False) -> None:
        assert self.run is not None
        status = self._status or RunStatus(status=state, heartbeat=now())
        ours = {
            "status": state,
            "heartbeat": now(),
            "process": identity(),
            "message": message,
            "worker": f"{self._worker} of {self.scheduler}",
        }
        status = status.model_copy(update=ours)
        replace_file(self.run.path / "status.json", status.to_json(), durable=durable)

    def _stage(self, folder: Path, outcome: Outcome) -> None:
        """Write the files into `folder` and read them there as anyone would read them later."""
        assert self.run is not None
        for name, data in outcome.files.items():
            if name not in FILES:
                raise DamagedRunError(f"{outcome.worker} sent a file {name!r} that no run has.")
            if len(data) > self._largest(name):
                raise DamagedRunError(f"{outcome.worker} sent a {name} of {len(data):,} bytes.")
            if hashlib.sha256(data).hexdigest() != outcome.sha256.get(name):
                raise DamagedRunError(f"The {name} from {outcome.worker} was changed on its way.")
            replace_file(folder / name, data, most=None)
        if outcome.ended == "finished":
            missing = [name for name in FILES if name not in outcome.files]
            if missing:
                raise DamagedRunError(f"{outcome.worker} sent no {' and no '.join(missing)}.")
        read_history(folder / "history.jsonl")
        proof = None
        if "summary.json" in outcome.files:
            summary = RunSummary.read(folder / "summary.json")
            proof = summary.weights_sha256
            if summary.parameters != self.run.parameters:
                raise DamagedRunError(f"The summary from {outcome.worker} is of another network.")
        for name, sha256 in (("weights.safetensors", proof), ("last.safetensors", None)):
            if name in outcome.files:
                read_weights(folder / name, shapes=self.run.shapes, sha256=sha256)

    def _largest(self, name: str) -> int:
        assert self.run is not None
        if name.endswith(".safetensors"):
            return 4 * self.run.parameters + _LARGEST_DOCUMENT
        return _LARGEST_HISTORY if name == "history.jsonl" else _LARGEST_DOCUMENT
