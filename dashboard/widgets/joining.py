"""What takes long to find joins a page that is there already."""

from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

import streamlit as st

from dashboard.frame import errors_as_sentences

T = TypeVar("T")

# Seconds that a page waits for what is nearly there; and between looks at what is not.
PATIENCE = 0.1
EVERY = 0.4


def joined(job: "Future[T]", draw: Callable[[T], None], *, doing: str) -> None:
    """Draw what a job in the background finds: now if it is done, else when it is; until then
    `doing` stands in its place."""
    waiting = not _done(job, PATIENCE)

    @st.fragment(run_every=EVERY if waiting else None)
    def part() -> None:
        with errors_as_sentences():
            if not _done(job, 0):
                st.caption(doing)
                return
            if waiting:
                st.rerun()  # so that nobody looks any more
            draw(job.result())

    part()


def _done(job: "Future[T]", patience: float) -> bool:
    return bool(wait([job], timeout=patience).done)
