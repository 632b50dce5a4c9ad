"""Long work: how far it is, and a way to stop it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st


@contextmanager
def stoppable(words: str, key: str) -> Iterator[Callable[[float], None]]:
    """A progress bar with a button beside it that ends the work: pressing it runs the page anew."""
    box = st.empty()
    with box.container():
        st.button("Stop", key=key, help="Nothing is kept of what was measured so far.")
        bar = st.progress(0.0, words)

    def tell(share: float) -> None:
        bar.progress(min(max(share, 0.0), 1.0), words)

    yield tell
    box.empty()
