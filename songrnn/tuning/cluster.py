"""A sweep on an existing Dask cluster: its workers train, this machine keeps the runs.

All runs are handed to the scheduler at once, which lets a cluster that grows by demand grow. A
run whose worker is lost is started again on another by the scheduler. Rows come back as events
while a run trains, its files when it ends; no disk is shared.
"""

import contextlib
import logging
import queue
import re
import secrets
import socket
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from songrnn.config import RunConfig
from songrnn.corpus.tunebook import Tunebook
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import DamagedRunError, RunError, SongRNNError
from songrnn.tuning.launchers import Launcher
from songrnn.tuning.mirror import Mirror
from songrnn.tuning.on_worker import (
    TOPIC,
    Job,
    Outcome,
    ProgressEvent,
    mismatch,
    pack,
    train_on_worker,
    versions,
)

if TYPE_CHECKING:
    from distributed import Client, Future

_ADDRESS = re.compile(r"(tcp|tls)://(\[[0-9A-Fa-f:.]+\]|[^\s/:\[\]]+):(\d{1,5})/?")

# Seconds that a scheduler may take to answer.
_TIMEOUT = 10.0

# Bytes; it names versions and ways of compression.
_LONGEST_GREETING = 1 << 16

_EVENTS = TypeAdapter(ProgressEvent)


class ClusterError(SongRNNError):
    """A cluster cannot be reached or used; the message says why and what to do."""


def check_address(address: str) -> str:
    """The address without a slash at its end. Raises ClusterError unless it is one."""
    match = _ADDRESS.fullmatch(address)
    if not match or not 0 < int(match[3]) < 65_536:
        raise ClusterError(
            f"{address!r} is no address of a Dask scheduler; "
            "give one like tcp://HOST:8786 (or tls://HOST:8786)."
        )
    return address.removesuffix("/")


def connect(address: str, *, timeout: float = _TIMEOUT) -> "Client":
    """A client of the scheduler at `address`, once all there is fits this machine.

    timeout: seconds. Raises ClusterError when the package distributed is missing, nothing
    answers, or scheduler or a worker lacks the lab or has another version of it.
    """
    address = check_address(address)
    try:
        import distributed
    except ImportError as error:
        raise ClusterError(
            "To sweep on a cluster, install the extra `cluster` as well: "
            "pip install -r requirements.txt -e '.[cluster]'"
        ) from error
    # What it has to say of lost connections we say ourselves. Each of its loggers has a level.
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    _knock(address, timeout)
    if address.startswith("tls:") and not _has_certificates():
        raise ClusterError(
            f"{address} asks for TLS, but Dask's configuration here names no certificates; "
            "set distributed.comm.tls there."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            client = distributed.Client(address, timeout=timeout, set_as_default=False)
    except (OSError, TypeError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ClusterError(f"The scheduler {address} cannot be used: {reason}.") from error
    try:
        check_versions(client, address)
    except BaseException:
        client.close(timeout=1)
        raise
    return client


def _knock(address: str, timeout: float) -> None:
    """Raise ClusterError unless a scheduler seems to answer: a client would wait for ever.

    A scheduler greets first: eight bytes that say how long the greeting is.
    """
    match = _ADDRESS.fullmatch(address)
    assert match is not None
    try:
        door = socket.create_connection((match[2].strip("[]"), int(match[3])), timeout)
    except OSError as error:
        raise ClusterError(
            f"No Dask scheduler answers at {address} ({error.strerror or error}); check that it "
            "runs and that this machine reaches its port."
        ) from error
    with door:
        if match[1] == "tls":
            return
        greeting = b""
        with contextlib.suppress(OSError):
            while len(greeting) < 8 and (more := door.recv(8 - len(greeting))):
                greeting += more
    if len(greeting) < 8 or int.from_bytes(greeting, "little") > _LONGEST_GREETING:
        raise ClusterError(
            f"What answers at {address} is no Dask scheduler; its own port is 8786 unless it was "
            "started with another (8787 is its web page)."
        )


def _has_certificates() -> bool:
    from distributed import Security

    return Security().get_connection_args("client").get("ssl_context") is not None


def check_versions(client: Any, address: str) -> None:
    """Raise ClusterError when scheduler or a worker would not train as this machine does."""
    try:
        found: dict[str, Any] = {
            f"The scheduler {address}": client.run_on_scheduler(versions),
            **{f"The worker {a}": v for a, v in client.run(versions, on_error="return").items()},
        }
    except (ImportError, AttributeError):
        found = {f"The scheduler {address}": None}
    except OSError as error:
        raise ClusterError(f"The scheduler {address} went away ({error}).") from error
    for who, theirs in found.items():
        if not isinstance(theirs, Mapping):
            raise ClusterError(f"{who} has no songrnn of this version; {_ADVICE}.")
        if problem := mismatch(versions(), theirs):
            raise ClusterError(f"{who} has {problem}; {_ADVICE}.")


_ADVICE = "install the same SongRNN Lab with its extra `cluster` there as here"


@dataclass
class _Sent:
    """A run that was handed to the scheduler, and its folder here."""

    future: "Future"
    mirror: Mirror
    attempts: int = 0


class ClusterSweep(Launcher):
    """Trains runs on a cluster, as many at once as it has threads, or at most `limit`.

    books: corpus -> its tunes. Runs that are unfinished here start anew there; their folder goes
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
        outcome = sent.future.result(timeout=_TIMEOUT)
        if not isinstance(outcome, Outcome):
            self._fail(name, "what its worker sent is no outcome of a training")
            return
        if outcome.ended == "refused":
            raise ClusterError(f"The worker {outcome.worker} has {outcome.message}; {_ADVICE}.")
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
            raise ClusterError(f"A worker of {self.scheduler} lacks songrnn; {_ADVICE}.") from error
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
            "The same command goes on once it runs again."
        )


def _went_with_the_connection(future: "Future") -> bool:
    """Whether a cancelled run was on a scheduler that was lost, even if a new one is there."""
    try:
        error: Any = future.exception(timeout=_TIMEOUT)
    except Exception as raised:
        error = raised
    return getattr(error, "reason", "") == "scheduler-connection-lost"
