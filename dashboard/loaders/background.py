"""One job in a thread of its own, so that the page continues meanwhile."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from songrnn.paths import places, using

T = TypeVar("T")


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
