"""The link of a song: what to send to somebody, or to come back to."""

from urllib.parse import urlencode

import streamlit as st

from dashboard import state
from dashboard.state import elements
from dashboard.state.songs import WRITTEN, Song
from dashboard.views.compose.unkept import link_of
from songrnn.store.runs import Run


def share(run: Run, song: Song) -> None:
    """A fold with the song's own link, shorter than the address: no settings of the form are in it."""
    with st.popover("Link to this song", key=elements.SHARE):
        named: dict[str, str] = (
            {WRITTEN: link_of(song)} if song.id is None else {state.SONG: song.id}
        )
        query = {str(state.RUN): run.name, **named}
        page = (st.context.url or "").partition("?")[0]
        st.code(f"{page}?{urlencode(query)}", language=None, wrap_lines=True)
        st.caption(
            "Opens this song in any browser that reaches this lab. *Keep this song* makes the link "
            "last; without it the song goes when others need the room."
            if song.id is None
            else "Opens this song in any browser that reaches this lab, as long as it is kept."
        )
