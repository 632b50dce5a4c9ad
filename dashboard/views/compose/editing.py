"""A song changed by hand: as a song of its own, or as the head that the run goes on from."""

from dataclasses import replace

import streamlit as st

from dashboard import state, widgets
from dashboard.state import elements
from dashboard.state.songs import Song, set_fresh_song
from dashboard.views.compose.form import say_unknown
from dashboard.views.compose.header import open_with
from dashboard.views.compose.history import variation_of
from songrnn.corpus.tunebook import tune_id
from songrnn.store.runs import Run


def edit_and_continue(run: Run, song: Song) -> None:
    """Edit the song: it becomes the song shown, or the run writes its rest again."""
    name = tune_id(song.text)
    # Drawn only when it is open: few visitors edit, and an editor is a second player.
    fold = st.expander("Edit and continue", key=elements.EDIT.of(name), on_change="rerun")
    if not fold.open:
        return
    key = state.REST.of(name)

    def below(text: str) -> None:
        edited = text != song.text
        if edited:
            st.caption("Edited. Use it as the song, and it can be kept, downloaded and printed.")
        with st.container(horizontal=True):
            used = st.button(
                "Use as the song",
                key=elements.USE_EDITED,
                type="primary" if edited else "secondary",
                on_click=lambda: use_edited(song, state.get(key) or text),
                disabled=not edited or not text.strip(),
                help="Shows the tune as it stands here, above, where it can be kept and downloaded. "
                "The song it was made from stays as it is.",
            )
            opened = st.button(
                "Use as opening",
                key=elements.CONTINUE,
                on_click=lambda: open_with(state.get(key) or ""),
                disabled=bool(run.vocabulary.unknown(text)),
                help="Puts it into *Opening*, on the left; then press Compose: the run writes on "
                "from there.",
            )
        say_unknown(run, text)
        if used or opened:
            st.rerun()  # what changed is outside of what follows the editor

    with fold:
        widgets.editor(
            "The tune",
            key,
            song.text,
            "Change notes, or delete what the run is to write again. Staff and sound follow.",
            beginning=True,
            below=below,
        )


def use_edited(song: Song, text: str) -> None:
    """A song changed by hand is the song shown from now on; the one it was made from stays."""
    state.forget(state.SONG)
    set_fresh_song(
        replace(
            song,
            text=text,
            log_probabilities=(),
            share_withheld=None,
            id=None,
            rank="",
            variation=variation_of(song, "edited"),
        )
    )
