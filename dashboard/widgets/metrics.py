"""Numbers in a row."""

from collections.abc import Sequence

import streamlit as st


def figures(numbers: Sequence[tuple[str, str, str]]) -> None:
    """Numbers in a row that wraps: (name, value, what it means)."""
    with st.container(horizontal=True, gap="medium"):
        for name, value, help_text in numbers:
            st.metric(name, value, help=help_text, width="content")
