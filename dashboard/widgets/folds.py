"""A fold whose content is made when it is opened, and not before: most stay closed."""

from typing import Any

import streamlit as st

from dashboard.state import elements


def fold(label: str, name: str, **more: Any) -> Any:
    """The opened fold, to draw in; None while it is closed.

    name: of the fold, one on a page. more: as `st.expander` takes it.
    """
    found = st.expander(label, key=elements.FOLD.of(name), on_change="rerun", **more)
    return found if found.open else None
