"""What was made lately, as much of it as fits: bounded by bytes, for some of it is large."""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """The things asked for last, `most_bytes` of them. size: bytes of one, which may grow."""

    def __init__(self, most_bytes: int, size: Callable[[T], int]) -> None:
        self._most, self._size = most_bytes, size
        self._kept: dict[Hashable, T] = {}  # the one that was asked for last stands last
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is kept under that name, else what `make` makes: quickly, others wait for it."""
        with self._lock:
            found = self._kept.pop(key) if key in self._kept else make()
            self._kept[key] = found
            total = sum(map(self._size, self._kept.values()))
            for old in list(self._kept):
                if total <= self._most or old == key:
                    break
                total -= self._size(self._kept.pop(old))
            return found

    def bytes_kept(self) -> int:
        """How many there are now."""
        with self._lock:
            return sum(map(self._size, self._kept.values()))
