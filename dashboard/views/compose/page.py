"""Compose: let a run write a song, hear it, keep it, download it."""

import streamlit as st

from dashboard import frame, loaders, state, widgets
from dashboard.components.page_aids import announce, bring_into_view
from dashboard.state import elements
from dashboard.state.songs import Song, arrives_by_link, fresh_song
from dashboard.views.compose import (
    form,
    history,
    presets,
    sharing,
    side_by_side,
    song,
    unkept,
    writing,
)
from dashboard.views.compose.form import settings
from dashboard.views.compose.shelf import shelf
from dashboard.wording import plain
from songrnn.access import read_only
from songrnn.config import SampleConfig
from songrnn.store.runs import Run

WAYS = {"one": "One song", "beside": "Side by side"}


def page() -> None:
    """The page."""
    last = "and listen" if read_only() else "listen, keep what you like"
    frame.heading("Compose", f"Choose a kind and a key, let the machine write, {last}.")
    came_for_a_song = arrives_by_link()
    writing.recover_unfinished()
    unkept.take_up()
    left, right = st.columns([3, 7], gap="large")
    with left:
        how = widgets.segments(
            "Write",
            WAYS,
            state.HOW,
            "One song, or one opening and seed at several temperatures and by several runs.",
        )
        run = widgets.run_picker()
        if run is None:
            return
        presets.open_recommended(run)
        presets.follow_run(run)
        form.follow_kept(run)
        runs, temperatures = ([run], []) if how == "one" else side_by_side.choose(run)
        # Before the settings: a few keys away, and in sight on a phone.
        pressed = form.write_buttons(run)
        chosen = settings(run, one=how == "one")
    shown, before = None, fresh_song()
    with right, st.container(key=elements.STAGE):
        # The button is never switched off: a click that follows a correction would be lost.
        if pressed and (chosen is None or (how == "beside" and not temperatures)):
            pressed = False
            st.warning(
                "Nothing was written: the settings say why."
                if chosen is None
                else "Nothing was written: choose a temperature first."
            )
        if notice := state.take(state.NOTICE):
            st.error(plain(notice))
        if pressed or came_for_a_song:  # on a phone it stands below the form
            bring_into_view(elements.STAGE, key=elements.IN_VIEW, growing=came_for_a_song)
        if how == "one":
            shown = one_song(run, chosen, pressed=pressed)
            unkept.tell(shown)
        else:
            if pressed and chosen is not None:
                seed = state.get(state.SEED) or 0
                side_by_side.write(runs, temperatures, *chosen, seed=seed)
            side_by_side.show()
            unkept.tell_compared()
        if pressed and (how != "one" or fresh_song() is not before):
            announce(
                "The song is written." if how == "one" else "The songs are written.",
                key=elements.SAID,
            )
    shelf(run, shown)


def one_song(run: Run, chosen: tuple[SampleConfig, str] | None, *, pressed: bool) -> Song | None:
    """Write a song when asked to, and show the one the address names or the one just written."""
    if pressed and chosen is not None:
        before = fresh_song()
        writing.write(run, *chosen, seed=state.get(state.SEED) or 0, count=presets.tries(run))
        now = fresh_song()
        if (
            before is not None
            and now is not None
            and now is not before
            and (before.run, before.text) == (run.name, now.text)
        ):
            st.info("The same settings and the same seed write the same song. *Another* goes on.")
    kept = loaders.runs.songs(run)
    asked = state.chosen(state.SONG)
    if asked and all(each.id != asked for each in kept):
        st.warning(f"{plain(run.name)} keeps no song {plain(asked)}; it may have been deleted.")
    found = song.song_to_show(run, kept)
    if found is None:
        st.info("Press *Compose* to let the run write its first song.")
    else:
        if found.id is None:
            history.row(run, found)
        song.show(run, found, chosen)
        sharing.share(run, found)
    return found


page()
