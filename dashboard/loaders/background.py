"""One job in a thread of its own, so that the page continues meanwhile; again, should it fail."""

import logging
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

import streamlit as st

from songrnn.errors import SongRNNError
from songrnn.paths import places, using

T = TypeVar("T")
_log = logging.getLogger(__name__)

# Seconds between a failure and the next attempt; twice as many after each, up to the longest.
SHORTEST_PAUSE, LONGEST_PAUSE = 5.0, 600.0


@st.cache_resource(show_spinner=False)
def begun() -> set[tuple[Hashable, ...]]:
    """Names of what was begun in this server, for pages that begin it late."""
    return set()


def in_background(work: Callable[[], T]) -> "Future[T]":
    """Start the work; its future tells when it is done."""
    worker = ThreadPoolExecutor(1, thread_name_prefix="background")
    here = places()

    def for_the_one_who_asked() -> T:
        with using(here):
            return work()

    job = worker.submit(for_the_one_who_asked)
    worker.shutdown(wait=False)
    return job


class Repeated(Generic[T]):
    """A job that is begun now, and again at a later look when it failed: a full disk, a lack of
    memory or a missing program may have passed.

    start: begins it once. failed: whether what it found is a failure, besides an exception.
    """

    def __init__(
        self,
        start: "Callable[[], Future[T]]",
        *,
        failed: Callable[[T], bool] = lambda _: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._start, self._failed, self._clock = start, failed, clock
        self._lock = threading.Lock()
        self._pause = SHORTEST_PAUSE
        self._seen_failing: float | None = None
        self._again: Future[T] | None = None  # the attempt that may replace the present one
        self._job = start()

    def look(self) -> "Future[T]":
        """The job. While a failed one is tried again it stays what it was: its reason can be shown."""
        with self._lock:
            if self._again is not None and self._again.done():
                self._job, self._again, self._seen_failing = self._again, None, None
            if self._again is None and self._job.done() and self._has_failed():
                now = self._clock()
                if self._seen_failing is None:
                    self._seen_failing = now
                    self._tell()
                elif now - self._seen_failing >= self._pause:
                    self._pause = min(2 * self._pause, LONGEST_PAUSE)
                    self._again = self._start()
            return self._job

    def found(self) -> T | None:
        """What it found, without a look: None before, and when it failed with an exception."""
        job = self._job
        if not job.done() or job.cancelled() or job.exception() is not None:
            return None
        return job.result()

    def reason(self) -> str:
        """Why it failed, in words; empty while it has not."""
        error = self._error()
        if error is None or isinstance(error, SongRNNError):
            return "" if error is None else str(error)
        return "something unexpected went wrong; the terminal that runs the app shows the details."

    def _error(self) -> BaseException | None:
        job = self._job
        return job.exception() if job.done() and not job.cancelled() else None

    def _tell(self) -> None:
        error = self._error()
        if error is not None and not isinstance(error, SongRNNError):
            _log.error("A job in the background failed", exc_info=error)

    def _has_failed(self) -> bool:
        if self._job.cancelled() or self._job.exception() is not None:
            return True
        return self._failed(self._job.result())


def repeated(
    work: Callable[[], T], *, failed: Callable[[T], bool] = lambda _: False
) -> Repeated[T]:
    """Start the work in the background, for whoever asks now; it is tried again when it fails."""
    here = places()

    def start() -> "Future[T]":
        with using(here):
            return in_background(work)

    return Repeated(start, failed=failed)
