"""What a person notes about a run: tags, a few words, a star; kept as soon as it is typed.

Notes that cannot be read are never taken for none: they are said to be unreadable, and stay.
"""

import streamlit as st

from dashboard import state
from dashboard.state import elements
from dashboard.wording import plain
from songrnn.errors import SongRNNError
from songrnn.notation.limits import MOST_CHARACTERS
from songrnn.store.documents import Notes
from songrnn.store.runs import Run

# What stands in the place of notes that cannot be read.
UNREADABLE = "its notes cannot be read"


def notes_of(run: Run) -> Notes | None:
    """The notes on a run; None where they cannot be read."""
    try:
        return run.notes()
    except SongRNNError:
        return None


def note_words(run: Run) -> str:
    """The note on a run as it can be shown; where it cannot be read, why."""
    try:
        return plain(run.notes().text)
    except SongRNNError as error:
        return plain(str(error))


def run_notes(run: Run) -> None:
    """Fields for tags, a note and a star of one run, kept in its folder."""
    try:
        notes = run.notes()
    except SongRNNError as error:
        st.error(
            f"{plain(str(error))} The notes stay as they are until that file is mended or gone."
        )
        return
    st.text_input(
        "Tags",
        value=", ".join(notes.tags),
        max_chars=max(MOST_CHARACTERS, len(", ".join(notes.tags))),
        key=elements.TAGS.of(run.name),
        on_change=_keep,
        args=(run,),
        help="Words with commas between; the table of runs can be filtered and grouped by them. "
        "Kept as soon as you click elsewhere.",
    )
    st.text_area(
        "Note",
        value=notes.text,
        height=90,
        max_chars=max(MOST_CHARACTERS, len(notes.text)),  # one from before can be shortened
        key=elements.NOTES.of(run.name),
        on_change=_keep,
        args=(run,),
        help=f"Kept as soon as you click elsewhere. Of more than {MOST_CHARACTERS:,} characters pasted at "
        "once nothing is taken.",
    )
    st.checkbox(
        "Star",
        value=notes.star,
        key=elements.STAR.of(run.name),
        on_change=_keep,
        args=(run,),
        help="Marks the run with ★ in the table of runs; the filter finds it.",
    )
    if said := state.take(state.NOTICE):
        st.error(plain(said))


def _keep(run: Run) -> None:
    """Write what the fields hold."""
    tags, text, star = (
        state.get(field.of(run.name)) for field in (elements.TAGS, elements.NOTES, elements.STAR)
    )
    words = tuple(dict.fromkeys(t.strip() for t in str(tags or "").split(",") if t.strip()))
    try:
        run.write_notes(Notes(tags=words, text=str(text or "").strip(), star=bool(star)))
    except SongRNNError as error:
        state.put(state.NOTICE, str(error))
