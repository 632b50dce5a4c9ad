"""Whose session it is, where each visitor has a workspace."""

from typing import Final

import streamlit as st

from dashboard.state.key import Key

VISITOR: Final = Key[str]("_visitor")


def belongs_to(visitor: str) -> None:
    """Forget all that the session held when it was somebody else's: the same window, another login."""
    if st.session_state.get(VISITOR, visitor) != visitor:
        st.session_state.clear()
    st.session_state[VISITOR] = visitor
