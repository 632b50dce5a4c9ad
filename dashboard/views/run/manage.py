"""What can be done with a run: noted, labelled, renamed, deleted."""

import streamlit as st

from dashboard import state, widgets
from dashboard.state import elements
from dashboard.widgets.run_notes import note_words
from dashboard.wording import plain
from songrnn.access import may_change, read_only
from songrnn.errors import SongRNNError
from songrnn.notation.limits import MOST_IN_FIELD
from songrnn.store.creating import delete_run
from songrnn.store.renaming import rename_run
from songrnn.store.runs import Run
from songrnn.training.waiting import places_in_queue


def manage(run: Run) -> None:
    """Notes, neuron labels, a new name, and the trash; nothing in a read-only lab but the note."""
    if read_only():
        st.markdown(note_words(run))
        return
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Notes", anchor=False)
        widgets.run_notes(run)
    with right:
        if not may_change(run.path):
            st.caption(
                "Everyone on this server sees this run. Notes, and songs kept with it, are your own."
            )
            return
        st.subheader("Do", anchor=False)
        widgets.labelling(run)
        st.text_input(
            "New name",
            key=state.NEW_NAME,
            max_chars=MOST_IN_FIELD,
            placeholder=run.name,
            help="Of a finished run. Links to the old name no longer lead anywhere.",
        )
        with st.container(horizontal=True):
            st.button("Rename", key=elements.RENAME, on_click=_rename, args=(run,))
            st.button(
                "Delete",
                key=elements.DELETE,
                on_click=_delete,
                args=(run,),
                help="Moves it to checkpoints/.trash; on the Train page it can be restored.",
            )
    if (said := state.take(state.NOTICE)) is not None:
        st.error(plain(said))


def _rename(run: Run) -> None:
    name = (state.get(state.NEW_NAME) or "").strip()
    if not name:
        return
    if any(each == run.name for _, each, _ in places_in_queue(run.path.parent)):
        said = "Its neurons wait to be labelled; rename it afterwards, or withdraw that on the Train page."
        state.put(state.NOTICE, said)
        return
    try:
        rename_run(run, name)
    except SongRNNError as error:
        state.put(state.NOTICE, str(error))
        return
    state.put(state.NEW_NAME, "")
    state.choose(state.RUN, name)


def _delete(run: Run) -> None:
    try:
        delete_run(run.name)
    except SongRNNError as error:
        state.put(state.NOTICE, str(error))
        return
    state.forget(state.RUN)
