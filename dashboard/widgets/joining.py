"""What takes long to find joins a page that is there already."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future, wait
from typing import TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.frame import errors_as_sentences
from dashboard.loaders.background import begun

T = TypeVar("T")

# Seconds that a page waits for what is nearly there; and between looks at what is not.
PATIENCE = 0.1
EVERY = 0.4
# Whether the work begins with the page; else when the page is there, which it would hold up.
AT_ONCE = False


def joined(
    begin: "Callable[[], Future[T]]",
    draw: Callable[[T], None],
    *,
    of: tuple[Hashable, ...],
    doing: str,
) -> None:
    """Draw what is found in the background: with the page where it is known, else when it is found;
    until then `doing` stands in its place.

    begin: starts the work, or gives what was started; of: the work's name in this server.
    """
    known = begun()
    job = begin() if AT_ONCE or of in known else None
    waiting = job is None or not _done(job, PATIENCE)
    looks = 0

    @st.fragment(run_every=EVERY if waiting else None)
    def part() -> None:
        nonlocal job, looks
        looks += 1
        with errors_as_sentences():
            if job is None and looks > 1:
                known.add(of)
                job = begin()
            if job is None or not _done(job, 0):
                st.caption(doing)
                return
            if waiting:
                page_anew()
            draw(job.result())

    part()


def page_anew() -> None:
    """For a fragment that looks again and again: what the page knew has changed, so it is drawn anew
    (and looks no more, or begins to).

    While the page itself is being drawn it does nothing, and the next look sees to it: to begin the
    page anew at that place would forget the button that was pressed, if it stands further down.
    """
    context = get_script_run_ctx()
    if context is not None and context.fragment_ids_this_run:
        st.rerun()


def _done(job: "Future[T]", patience: float) -> bool:
    return bool(wait([job], timeout=patience).done)
