"""What a person notes about one of the runs shown."""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard import widgets
from dashboard.state import elements
from songrnn.store.runs import Run


def edit_notes(names: Sequence[str], runs: Mapping[str, Run]) -> None:
    """Tags, a note and a star for one run, kept in its folder."""
    with st.expander("Tags and notes"):
        name = st.selectbox(
            "Run",
            sorted(names),
            key=elements.NOTES_RUN,
            help="The run whose tags and note are edited here.",
        )
        if name is not None:
            widgets.run_notes(runs[name])
