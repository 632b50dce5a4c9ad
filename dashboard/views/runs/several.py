"""What can be done with several runs at once: compared, pinned, hidden, starred, tagged, deleted."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from dashboard import state
from dashboard.state import elements
from dashboard.state.runs import (
    DELETED,
    HIDDEN,
    PINNED,
    TAG,
    add_to,
    compare,
    pick_nothing,
    take_from,
)
from dashboard.widgets.run_notes import notes_of
from dashboard.wording import plain
from songrnn.access import read_only
from songrnn.errors import SongRNNError
from songrnn.notation.limits import MOST_IN_FIELD
from songrnn.store.creating import delete_run
from songrnn.store.documents import Notes
from songrnn.store.runs import Run
from songrnn.store.trash import DAYS, restore_run

_NAMED = 4


def named(names: Sequence[str]) -> str:
    """Names of runs in a sentence; of many, the first and how many more."""
    words = ", ".join(plain(name) for name in names[:_NAMED])
    return words + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")


def actions(picked: Callable[[], Sequence[str]], runs: Mapping[str, Run]) -> None:
    """The buttons for the rows picked in the table; without any, how to pick them.

    picked tells which they are when it is asked: a row ticked after the page was last drawn counts
    when a button is pressed.
    """
    now = picked()
    if not now:
        words = "" if read_only() else ", star, tag or delete"
        st.caption(f"Tick rows at their left to compare, pin, hide{words} several runs at once.")
        return
    st.markdown(f"**{len(now)} picked:** {named(now)}")
    there = state.get(PINNED)
    with st.container(horizontal=True, key=elements.SEVERAL):
        _button("Compare only these", "compare", picked, compare,
                help="Leaves the question and chooses these runs.")  # fmt: skip
        if set(now) <= set(there or []):
            _button("Unpin", "unpin", picked, partial(take_from, PINNED),
                    help="They are shown only where they belong.")  # fmt: skip
        else:
            _button("Pin", "pin", picked, partial(add_to, PINNED),
                    help="Shows them with every question, first in the table.")  # fmt: skip
        _button("Hide", "hide", picked, partial(add_to, HIDDEN),
                help="Leaves them out of chart and table; what is said of a study still counts "
                "them.")  # fmt: skip
        if not read_only():
            _changing(picked, runs)


def _changing(picked: Callable[[], Sequence[str]], runs: Mapping[str, Run]) -> None:
    notes = [notes_of(runs[name]) for name in picked()]
    starred = all(note is not None and note.star for note in notes)
    _button("Unstar" if starred else "Star", "star", picked,
            partial(_star, runs=runs, star=not starred),
            help="A star is kept in the run's folder and stands with its tags.")  # fmt: skip
    with st.popover("Tag", help="Puts them into a group of your own: the filter finds it."):
        st.text_input(
            "Tag",
            key=TAG,
            max_chars=MOST_IN_FIELD,
            help="One word or a few; each picked run gets it.",
        )
        _button("Add to all picked", "tag", picked, partial(_tag, runs=runs),
                help="Other tags stay.")  # fmt: skip
    # Asked once more, with their names: one that was unticked a moment ago may still be among them.
    with st.popover("Delete"):
        st.caption(f"To the trash: {named(picked())}.")
        _button("Delete these", "delete", picked, _delete,
                help=f"Moves them to checkpoints/.trash; Undo appears above the table, and the "
                f"Train page restores them for {DAYS} days.")  # fmt: skip


def _button(
    words: str,
    name: str,
    picked: Callable[[], Sequence[str]],
    do: Callable[[Sequence[str]], None],
    *,
    help: str,
) -> None:
    def act() -> None:
        if names := picked():  # the last one may have been unticked
            do(names)
        pick_nothing()

    if st.button(words, key=elements.SEVERAL.of(name), on_click=act, help=help):
        st.rerun()  # all of the page: the chart above changes too


def _each(names: Sequence[str], do: Callable[[str], None]) -> None:
    """Do it with every run; those that refuse are named with their reason, the others are done."""
    refused = []
    for name in names:
        try:
            do(name)
        except SongRNNError as error:
            refused.append(str(error))
    if refused:
        state.put(state.NOTICE, " ".join(refused))


def _star(picked: Sequence[str], runs: Mapping[str, Run], star: bool) -> None:
    _each(picked, lambda name: _note(runs[name], star=star))


def _tag(picked: Sequence[str], runs: Mapping[str, Run]) -> None:
    words = [word.strip() for word in (state.get(TAG) or "").split(",") if word.strip()]
    if not words:
        state.put(state.NOTICE, "Nothing was tagged: write a tag first.")
        return
    _each(picked, lambda name: _note(runs[name], tags=words))
    state.put(TAG, "")


def _note(run: Run, *, star: bool | None = None, tags: Sequence[str] = ()) -> None:
    notes = run.notes()  # those that cannot be read are named, and stay
    every = tuple(dict.fromkeys([*notes.tags, *tags]))
    starred = notes.star if star is None else star
    run.write_notes(Notes(tags=every, text=notes.text, star=starred))
    # The fields below the table are to show it, and not to write over it.
    shown = {elements.TAGS: ", ".join(every), elements.STAR: starred}
    for field, value in shown.items():
        if state.get(field.of(run.name)) is not None:
            state.put(field.of(run.name), value)


def _delete(picked: Sequence[str]) -> None:
    gone: list[tuple[str, Path]] = []
    _each(picked, lambda name: gone.append((name, delete_run(name))))
    if gone:
        state.put(DELETED, gone)
        for key in (PINNED, HIDDEN, state.RUNS):
            if state.get(key) is not None:
                take_from(key, [name for name, _ in gone])


def offer_back() -> None:
    """Say which runs were deleted last, and offer to put them back; which are hidden, to show."""
    if said := state.take(state.NOTICE):
        st.error(plain(said))
    if gone := state.get(DELETED):
        with st.container(horizontal=True, vertical_alignment="center"):
            names = [name for name, _ in gone]
            st.caption(f"In the trash: {named(names)}.")
            if st.button("Undo", key=elements.SEVERAL.of("undo"), on_click=_restore,
                         help="Puts them back as they were."):  # fmt: skip
                st.rerun()
    if hidden := state.get(HIDDEN):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"Hidden: {named(hidden)}.")
            if st.button("Show them", key=elements.SEVERAL.of("show"), on_click=take_from,
                         args=(HIDDEN, tuple(hidden)),
                         help="Chart and table have them again."):  # fmt: skip
                st.rerun()


def _restore() -> None:
    gone = state.take(DELETED)
    lies = dict(gone or [])

    def restore(name: str) -> None:
        restore_run(lies[name])

    _each(list(lies), restore)
