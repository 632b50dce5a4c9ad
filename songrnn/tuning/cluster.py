"""A sweep on an existing Dask cluster: its workers train, this machine keeps the runs.

All runs are handed to the scheduler at once, which lets a cluster that grows by demand grow. A
run whose worker is lost is started again on another by the scheduler. Rows come back as events
while a run trains, its files when it ends; no disk is shared.
"""

import contextlib
import queue
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from songrnn.config import RunConfig
from songrnn.corpus.tunebook import Tunebook
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import DamagedRunError, RunError, SongRNNError
from songrnn.tuning.connecting import ADVICE, TIMEOUT, ClusterError
from songrnn.tuning.launchers import Launcher
from songrnn.tuning.mirror import Mirror
from songrnn.tuning.on_worker import (
    TOPIC,
    Job,
    Outcome,
    ProgressEvent,
    pack,
    train_on_worker,
    versions,
)

if TYPE_CHECKING:
    from distributed import Client, Future

_EVENTS = TypeAdapter(ProgressEvent)


@dataclass
class _Sent:
    """A run that was handed to the scheduler, and its folder here."""

    future: "Future"
    mirror: Mirror
    attempts: int = 0


class ClusterSweep(Launcher):
    """Trains runs on a cluster, as many at once as it has threads, or at most `limit`.

    books: corpus -> its tunes. Unfinished runs of this machine start from the beginning there; their folder goes
    to the trash when they do.
    """

    def __init__(
        self,
        runs: Sequence[RunConfig],
        *,
        books: Mapping[str, Tunebook],
        client: "Client",
        limit: int | None = None,
        checkpoints: Path | None = None,
    ) -> None:
        super().__init__(runs, workers=1, checkpoints=checkpoints)
        self.client, self.limit, self.books = client, limit, books
        assert client.scheduler is not None  # it is, once connected
        self.scheduler = str(client.scheduler.address)
        self._id = secrets.token_hex(6)
        self._sent: dict[str, _Sent] = {}
        self._tunes: dict[str, Future] = {}
        self._restarted: set[str] = set()
        self._events: queue.SimpleQueue[ProgressEvent] = queue.SimpleQueue()
        client.subscribe_topic(TOPIC, self._hear)
        self._count_workers()

    def step(self) -> bool:
        """Take in what came back, hand over what fits; False when nothing is left.

        Raises ClusterError when the scheduler is gone or a worker does not fit this machine.
        """
        if self._stopping:
            return False
        self._count_workers()
        self._take_in()
        waiting, elsewhere = [], 0
        for config in self.runs:
            if config.name in self._sent or config.name in self._finished | self._left:
                continue
            state = self._state(config)
            elsewhere += state == "elsewhere"
            if state in ("waiting", "stopped"):
                waiting.append(config)
        free = len(waiting) if self.limit is None else self.limit - len(self._sent) - elsewhere
        for config in waiting[: max(free, 0)]:
            self._send(config)
        return bool(self._sent or waiting or elsewhere)

    def stop(self) -> None:
        """Take all runs back from the cluster and keep what came back of them."""
        if self._stopping:
            return
        self._stopping = True
        with contextlib.suppress(SongRNNError):  # a run that ended just now came back, too
            self._take_in()
        sent, self._sent = self._sent, {}
        with contextlib.suppress(Exception):  # a scheduler that is gone keeps nothing running
            self.client.cancel([one.future for one in sent.values()], force=True)
        for one in sent.values():
            one.mirror.end("stopped", "stopped with its sweep; sweep again to train it")
        with contextlib.suppress(Exception):
            self.client.unsubscribe_topic(TOPIC)
            self.client.close(timeout=5)

    def _trains(self, name: str) -> bool:
        return name in self._sent and self._sent[name].mirror.run is not None

    # To the cluster

    def _send(self, config: RunConfig) -> None:
        book = self.books[config.corpus.name]
        job = Job(self._id, config.model_dump(mode="json"), book.characters, versions())
        if book.name not in self._tunes:
            # A task, not scattered data: when its worker is lost it is simply done again.
            key = f"songrnn-tunes-{book.name}-{self._id}"
            self._tunes[book.name] = self.client.submit(bytes, pack(book), key=key)
        future = self.client.submit(
            train_on_worker,
            job,
            self._tunes[book.name],
            key=f"songrnn-{config.name}-{self._id}",
        )
        vocabulary = Vocabulary.of(book.characters)
        mirror = Mirror(config, vocabulary, checkpoints=self.checkpoints, scheduler=self.scheduler)
        self._sent[config.name] = _Sent(future, mirror)

    def _count_workers(self) -> None:
        try:
            threads = sum(self.client.nthreads().values())
        except Exception as error:
            raise self._lost() from error
        self.workers = max(threads if self.limit is None else min(threads, self.limit), 1)
        parts = []
        if not threads:
            parts.append(f"No worker has joined {self.scheduler}; the runs wait for one.")
        if self._restarted:
            names = ", ".join(sorted(self._restarted))
            parts.append(f"Started again because its worker was lost: {names}.")
        self.notice = " ".join(parts)

    # From the cluster

    def _hear(self, event: tuple[float, Any]) -> None:
        """Called by the client's own thread: only note it."""
        with contextlib.suppress(ValidationError):  # somebody else's event
            progress = _EVENTS.validate_python(event[1])
            if progress.sweep == self._id:
                self._events.put(progress)

    def _take_in(self) -> None:
        while True:
            try:
                event = self._events.get_nowait()
            except queue.Empty:
                break
            if event.run in self._sent:
                self._follow(self._sent[event.run], event)
        for name, sent in list(self._sent.items()):
            if sent.future.status != "pending":
                self._note_end(name, sent)

    def _follow(self, sent: _Sent, event: ProgressEvent) -> None:
        name = event.run
        try:
            if event.offset == 0 and not event.lines and event.status is None:
                if sent.mirror.run is None and self._state(sent.mirror.config) not in (
                    "waiting",
                    "stopped",
                ):
                    self._drop(name)  # somebody began it here while it waited there
                    return
                sent.attempts += 1
                if sent.attempts > 1:
                    self._restarted.add(name)
                sent.mirror.begin(event.attempt, event.worker)
            else:
                sent.mirror.grow(event)
        except (DamagedRunError, RunError) as error:
            self._fail(name, str(error))

    def _note_end(self, name: str, sent: _Sent) -> None:
        status = sent.future.status
        if status in ("cancelled", "lost"):
            if self.client.status != "running" or _went_with_the_connection(sent.future):
                raise self._lost()
            self._drop(name)
            sent.mirror.end("stopped")
            self._left[name] = ("stopped", "taken off the cluster by someone; sweep again")
            return
        if status == "error":
            self._note_error(name, sent.future.exception())
            return
        outcome = sent.future.result(timeout=TIMEOUT)
        if not isinstance(outcome, Outcome):
            self._fail(name, "what its worker sent is not the outcome of a training")
            return
        if outcome.ended == "refused":
            raise ClusterError(f"The worker {outcome.worker} has {outcome.message}; {ADVICE}.")
        try:
            if outcome.ended == "stopped":
                sent.mirror.end("stopped")
            else:
                sent.mirror.finish(outcome)
        except (DamagedRunError, RunError) as error:
            self._fail(name, f"what came back of it cannot be used: {error}")
            return
        self._drop(name)
        if outcome.ended != "finished":
            self._left[name] = (outcome.ended, outcome.message)

    def _note_error(self, name: str, error: BaseException | None) -> None:
        if isinstance(error, ImportError):
            raise ClusterError(f"A worker of {self.scheduler} lacks songrnn; {ADVICE}.") from error
        if type(error).__name__ == "KilledWorker":
            reason = (
                f"{self._sent[name].attempts or 'several'} workers died while they trained it; "
                "their logs tell why (too little memory?)"
            )
        else:
            reason = f"its worker could not train it: {type(error).__name__}: {error}"
        self._fail(name, reason)

    def _fail(self, name: str, reason: str) -> None:
        sent = self._sent[name]
        self._drop(name)
        sent.mirror.end("failed", reason)
        self._left[name] = ("failed", reason)

    def _drop(self, name: str) -> None:
        """Have the scheduler forget a run."""
        future = self._sent.pop(name).future
        with contextlib.suppress(Exception):
            if future.status == "pending":
                self.client.cancel([future], force=True)
            future.release()

    def _lost(self) -> ClusterError:
        return ClusterError(
            f"The connection to the scheduler {self.scheduler} was lost; what came back is kept. "
            "The same command resumes the sweep once the scheduler runs again."
        )


def _went_with_the_connection(future: "Future") -> bool:
    """Whether a cancelled run was on a scheduler that was lost, even if a new one is there."""
    try:
        error: Any = future.exception(timeout=TIMEOUT)
    except Exception as raised:
        error = raised
    return getattr(error, "reason", "") == "scheduler-connection-lost"
