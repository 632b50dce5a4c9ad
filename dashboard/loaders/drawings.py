"""What was drawn from files, kept until they change: most of what a page draws was drawn before."""

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

T = TypeVar("T")


def drawn(same: object, draw: Callable[[], T]) -> T:
    """What `draw` makes, made once for all that is the same.

    same: everything that it is drawn from, as something whose `repr` tells it apart: names, settings,
    the theme, and stamps of the files. Whoever gets it must not change it: it is everyone's.
    """
    found: T = _drawn(repr(same), draw)
    return found


@st.cache_resource(max_entries=256, show_spinner=False)
def _drawn(same: str, _draw: Callable[[], Any]) -> Any:
    return _draw()
