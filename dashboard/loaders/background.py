"""One job in a thread of its own, so that the page continues meanwhile."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import streamlit as st

from songrnn.paths import places, using

T = TypeVar("T")


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
