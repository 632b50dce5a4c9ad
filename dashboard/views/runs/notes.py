"""What a person notes about a run: tags, a few words, a star."""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard.state import elements
from songrnn.errors import SongRNNError
from songrnn.store.documents import Notes
from songrnn.store.runs import Run


def notes_of(run: Run) -> Notes:
    """The notes on a run; empty where they cannot be read."""
    try:
        return run.notes()
    except SongRNNError:
        return Notes()


def edit_notes(names: Sequence[str], runs: Mapping[str, Run]) -> None:
    """Tags, a note and a star for one run, kept in its folder."""
    with st.expander("Tags and notes"):
        name = st.selectbox(
            "Run",
            sorted(names),
            key=elements.NOTES_RUN,
            help="The run whose tags and note are edited here.",
        )
        if name is None:
            return
        notes = notes_of(runs[name])
        with st.form(elements.NOTES.of(name), border=False):
            tags = st.text_input(
                "Tags",
                value=", ".join(notes.tags),
                help="Words separated by commas; the table above can be filtered by them.",
            )
            text = st.text_area("Note", value=notes.text, height=90)
            star = st.checkbox("Star", value=notes.star)
            if st.form_submit_button("Save"):
                words = tuple(dict.fromkeys(t.strip() for t in tags.split(",") if t.strip()))
                runs[name].write_notes(Notes(tags=words, text=text.strip(), star=star))
                st.rerun()
