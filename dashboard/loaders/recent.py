"""What was made lately, as much of it as fits: bounded by bytes, for some of it is large."""

import contextlib
import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """The things asked for last, `most_bytes` of them. size: bytes of one, which may grow.

    at_once: how many `made` makes at the same time, where each may take as much as all that is
    kept; None for any number.
    """

    def __init__(
        self, most_bytes: int, size: Callable[[T], int], *, at_once: int | None = None
    ) -> None:
        self._most, self._size = most_bytes, size
        self._making = threading.Semaphore(at_once) if at_once else contextlib.nullcontext()
        self._kept: dict[Hashable, T] = {}  # the one that was asked for last stands last
        self._made: dict[Hashable, threading.Lock] = {}  # what is being made, of `made` alone
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is kept under that name, else what `make` makes: quickly, others wait for it. What
        was asked for last is kept however large it is, since it may be a job under way."""
        with self._lock:
            found = self._kept.pop(key) if key in self._kept else make()
            self._keep(key, found)
            return found

    def made(self, key: Hashable, make: Callable[[], T]) -> T:
        """The same for what takes a while: made once however many ask, and only those who ask for
        it wait. What is larger than all that may be kept is given and not kept."""
        with self._lock:
            if key in self._kept:
                return self._again(key)
            turn = self._made.setdefault(key, threading.Lock())
        with turn:
            with self._lock:
                if key in self._kept:
                    return self._again(key)
            try:
                with self._making:
                    found = make()
                    self.put(key, found)
            finally:
                with self._lock:
                    self._made.pop(key, None)
            return found

    def look(self, key: Hashable) -> T | None:
        """What is kept under that name, which is asked for by this; None for nothing."""
        with self._lock:
            return self._again(key) if key in self._kept else None

    def put(self, key: Hashable, found: T) -> None:
        """Keep it, unless it is larger than all that may be kept."""
        with self._lock:
            self._kept.pop(key, None)
            if self._size(found) <= self._most:
                self._keep(key, found)

    def _again(self, key: Hashable) -> T:
        found = self._kept[key] = self._kept.pop(key)
        return found

    def _keep(self, key: Hashable, found: T) -> None:
        self._kept[key] = found
        total = sum(map(self._size, self._kept.values()))
        for old in list(self._kept):
            if total <= self._most or old == key:
                break
            total -= self._size(self._kept.pop(old))

    def bytes_kept(self) -> int:
        """How many there are now."""
        with self._lock:
            return sum(map(self._size, self._kept.values()))
