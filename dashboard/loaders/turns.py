"""Work for many visitors at a few workers: each visitor in turn, short work not behind long work.

Whoever asks for ten things waits for the tenth, and the others wait for the first. Of two workers or
more one takes short work alone. Where short and long work wait for the same worker the short one
goes first, but no more than `PASSES` times in a row.
"""

import threading
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TypeVar

from songrnn.errors import SongRNNError

T = TypeVar("T")

PASSES = 3


class Turns:
    """So many workers, each a thread while there is something to do."""

    def __init__(self, workers: int, name: str) -> None:
        self._workers, self._name = workers, name
        self._lock = threading.Lock()
        self._short, self._long = _Line(), _Line()
        self._running = self._running_long = 0
        self._passed = 0  # short ones that went first while a long one could have begun

    def submit(self, work: Callable[[], T], *, asker: Hashable, is_long: bool) -> "Future[T]":
        """Have the work done in its turn."""
        future: Future[T] = Future()

        def do() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(work())
            except BaseException as error:  # whoever looks at the future gets it
                future.set_exception(error)

        with self._lock:
            (self._long if is_long else self._short).join(asker, do)
            begins = self._running < self._workers
            self._running += begins
        if begins:
            threading.Thread(target=self._work, name=self._name, daemon=True).start()
        return future

    def _work(self) -> None:
        while True:
            with self._lock:
                is_long = self._long_is_next()
                line = self._long if is_long else self._short
                if not line:
                    self._running -= 1
                    return
                do = line.next()
                self._running_long += is_long
            do()
            with self._lock:
                self._running_long -= is_long

    def _long_is_next(self) -> bool:
        if not self._long or self._running_long >= max(self._workers - 1, 1):
            return False
        if self._short and self._passed < PASSES:
            self._passed += 1
            return False
        self._passed = 0
        return True


class Callers:
    """Who waits in a thread of the server for what they asked for: each `most` times at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._waiting: Counter[Hashable] = Counter()

    def are_many(self, asker: Hashable) -> bool:
        """Whether that asker has to wait before asking for more."""
        with self._lock:
            return self._waiting[asker] >= self._most

    @contextmanager
    def one_more(self, asker: Hashable) -> Iterator[None]:
        """Raises SongRNNError when they are many."""
        with self._lock:
            if self._waiting[asker] >= self._most:
                raise SongRNNError("The files asked for before are still being made.")
            self._waiting[asker] += 1
        try:
            yield
        finally:
            with self._lock:
                self._waiting[asker] -= 1
                if not self._waiting[asker]:
                    del self._waiting[asker]


class _Line:
    """What waits, of each asker in turn."""

    def __init__(self) -> None:
        self._of: dict[Hashable, deque[Callable[[], None]]] = {}

    def __bool__(self) -> bool:
        return bool(self._of)

    def join(self, asker: Hashable, do: Callable[[], None]) -> None:
        self._of.setdefault(asker, deque()).append(do)

    def next(self) -> Callable[[], None]:
        asker = next(iter(self._of))
        waiting = self._of.pop(asker)
        do = waiting.popleft()
        if waiting:
            self._of[asker] = waiting  # behind the others
        return do
