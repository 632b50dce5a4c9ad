"""Long work: asked for, followed, stopped, and kept once it is done."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import streamlit as st

from dashboard import loaders
from dashboard.components.page_aids import announce
from dashboard.state import elements
from songrnn.store.runs import Run

T = TypeVar("T")
Tell = Callable[[float], None]


@contextmanager
def stoppable(words: str, key: str) -> Iterator[Tell]:
    """A progress bar with a button that ends the work: pressing it runs the page again."""
    box = st.empty()
    with box.container():
        st.button("Stop", key=key, help="Ends the work; nothing of what was measured is kept.")
        bar = st.progress(0.0, words)

    def tell(share: float) -> None:
        bar.progress(min(max(share, 0.0), 1.0), words)

    yield tell
    box.empty()


def measured(
    run: Run,
    settings: tuple[Hashable, ...],
    work: Callable[[Tell], T],
    *,
    label: str,
    doing: str,
    about: str,
    key: str,
) -> T | None:
    """What `work` finds of a run with these settings: kept for all, or made when asked for.

    Until then a button with its label, and `about`: what will be done and how long it takes.
    doing: what the progress bar says.
    """
    box = st.empty()  # there from the first, so that what follows keeps its place on the page
    found: T | None = loaders.neurons.measured(run, *settings)
    if found is not None:
        return found
    with box.container(horizontal=True, vertical_alignment="center", gap="medium"):
        pressed = st.button(label, type="primary", key=key, help=about)
        st.caption(about)
    if not pressed:
        return None
    with box.container(), stoppable(doing, elements.STOP.of(key)) as tell:
        found = work(tell)
    box.empty()
    announce(f"{label}: done.", key=elements.SAID.of(key))
    loaders.neurons.keep_measured(found, run, *settings)
    return found
