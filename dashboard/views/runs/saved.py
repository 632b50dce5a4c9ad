"""Views of the page that are saved under a name, and opened again."""

from collections.abc import Collection, Mapping
from typing import Any

import streamlit as st

from dashboard import frame, state
from dashboard.state import elements
from dashboard.state.key import Key
from dashboard.state.runs import (
    HIDDEN,
    IN_A_VIEW,
    MEASURES,
    PINNED,
    VIEW_NAME,
    VIEW_SAID,
    compare,
    view_now,
)
from dashboard.wording import plain
from songrnn.access import read_only
from songrnn.errors import SongRNNError
from songrnn.store.views import LONGEST_NAME, SavedView, delete_view, read_views, save_view

_NAMES_OF_RUNS = (state.RUNS, PINNED, HIDDEN)
_SWITCHES = (state.TRAINING, state.WHOLE, state.BEST_OF)


def saved_views(runs: Collection[str]) -> None:
    """The saved views in a popover, and what saves the present one. runs: those there are."""
    with (
        st.popover(
            "Saved views",
            help="A view is all that is chosen on this page: question, runs, axes, colours, filter. "
            "Saved under a name it is a click away; the address of the page is its link.",
        ),
        frame.errors_as_sentences(),
    ):
        views = read_views()
        if not views:
            st.caption("None is saved yet.")
        for view in views:
            with st.container(horizontal=True, vertical_alignment="center"):
                if st.button(
                    plain(view.name),
                    key=elements.OPEN_VIEW.of(view.name),
                    on_click=_open,
                    args=(view, runs),
                    width="stretch",
                ):
                    st.rerun()  # all of the page: the question is outside of what is drawn alone
                if not read_only():
                    st.button(
                        "Delete",
                        key=elements.DELETE_VIEW.of(view.name),
                        type="tertiary",
                        on_click=_delete,
                        args=(view.name,),
                        help="Forgets this view; the runs are not touched.",
                    )
        if not read_only():
            st.text_input(
                "Name",
                key=VIEW_NAME,
                max_chars=LONGEST_NAME,
                placeholder="Small networks by dropout",
                help="What the view is called here. A view of the same name is replaced.",
            )
            st.button("Save this view", key=elements.SAVE_VIEW, on_click=_save)
        if said := state.take(VIEW_SAID):
            st.error(plain(said))


def usable(choices: Mapping[str, Any], runs: Collection[str]) -> dict[Key[Any], Any]:
    """What of a view can be chosen now: of the type it has to have, and of runs that are there.

    What a name stands for is checked by each control, as for an address.
    """
    found: dict[Key[Any], Any] = {}
    for key in IN_A_VIEW:
        value = choices.get(str(key))
        if key in _SWITCHES:
            good = isinstance(value, bool)
        elif key == state.SMOOTHING:
            good = isinstance(value, int | float) and 0 <= value <= 0.95
        elif isinstance(value, list):
            value = [each for each in value if key not in _NAMES_OF_RUNS or each in runs]
            good = key in (*_NAMES_OF_RUNS, state.GROUP) or key == MEASURES
        else:
            good = isinstance(value, str) and key not in (*_NAMES_OF_RUNS, state.GROUP)
        if key == state.BASELINE and value not in runs:
            value = ""
        if good:
            found[key] = value
    return found


def _open(view: SavedView, runs: Collection[str]) -> None:
    found = usable(view.choices, runs)
    if state.RUNS in found and found.get(state.STUDY) == "chosen":
        compare(found[state.RUNS])
    state.put_all(found)


def _save() -> None:
    name = (state.get(VIEW_NAME) or "").strip()
    if not name:
        state.put(VIEW_SAID, "Give the view a name first.")
        return
    try:
        save_view(SavedView(name=name, choices=view_now()))
    except SongRNNError as error:
        state.put(VIEW_SAID, str(error))
        return
    state.put(VIEW_NAME, "")


def _delete(name: str) -> None:
    try:
        delete_view(name)
    except SongRNNError as error:
        state.put(VIEW_SAID, str(error))
