"""A song to play at once, and how one seed sounds at several temperatures."""

import html

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.state import elements
from dashboard.wording import plain, song_name
from songrnn.store.runs import Run
from songrnn.store.songs import KeptSong

MOST_CHARACTERS = 60
_LINES = (
    "font-family: var(--st-code-font, monospace); font-size: 0.875rem; white-space: pre-wrap; "
    "overflow-wrap: anywhere; margin: 0; padding: 1rem; border-radius: 0.5rem; "
    "background: color-mix(in srgb, currentColor 6%, transparent)"
)


def song_of(runs: list[Run]) -> tuple[Run, KeptSong] | None:
    """A kept song of the best run that has one.

    A low temperature, but not the lowest, tends to give the most song-like song.
    """
    for run in runs:
        songs = loaders.runs.songs(run)
        if songs:
            nearest = min(songs, key=lambda kept: (abs(kept.config.temperature - 0.6), kept.seed))
            return run, nearest
    return None


def ready_song(runs: list[Run], found: tuple[Run, KeptSong] | None) -> None:
    """The song, ready to play."""
    if found is not None:
        run, song = found
        title = song_name(loaders.music.reading(song.text))
        st.subheader(plain(title), anchor=False)
        st.caption(
            f"Written by {plain(run.name)} at temperature {song.config.temperature:g}, seed {song.seed}, "
            "character by character; chosen by its temperature, not by ear."
        )
        widgets.tune(song.text, key=elements.OVERVIEW_PLAYER, patience=0)
        st.page_link(
            "views/compose/page.py",
            label="Let it write another",
            query_params=state.link({state.RUN: run.name}),
        )
    elif runs:
        st.info(
            f"No song is kept yet. Let {runs[0].name} write one on the Compose page and keep it: "
            "it will be here, ready to play."
        )
        st.page_link("views/compose/page.py", label="Compose a song")
    else:
        st.info(
            "No run has weights yet. Train one (`songrnn train --epochs 5`), then let it write: "
            "a kept song will be here, ready to play."
        )


def compose_card(found: tuple[Run, KeptSong] | None) -> None:
    """How the melodies of one seed begin at several temperatures."""
    st.page_link("views/compose/page.py", label="**Compose**: a song at any temperature")
    if found is None:
        st.caption("Give it an opening, choose how daring it is, hear the result, keep it.")
        return
    run, shown = found
    lines = [
        f"{song.config.temperature:>4g}  {melody(song.text)[:MOST_CHARACTERS]}"
        for song in sorted(loaders.runs.songs(run), key=lambda kept: kept.config.temperature)
        if song.seed == shown.seed
    ]
    st.html(f'<pre style="{_LINES}">{html.escape(chr(10).join(lines[:3]))}</pre>')
    st.caption(
        f"How melodies of {plain(run.name)} begin at several temperatures, seed {shown.seed}."
    )


def melody(text: str) -> str:
    """The first line of a song's music, or of its text when there is no music."""
    lines = text[loaders.music.reading(text).body :].strip().split("\n")
    return lines[0] or text.strip().split("\n")[-1]
