"""The song large: staff, text, sound, figures, and what can be done with it."""

from collections.abc import Sequence

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.components.tune_player import Recalled
from dashboard.state import elements, segments
from dashboard.state.playing import asked_to_play
from dashboard.state.songs import Song, fresh_song
from dashboard.views.compose.figures import song_figures, surprisal, withheld
from dashboard.views.compose.form import say_unknown, use_settings
from dashboard.views.compose.header import open_with
from dashboard.views.compose.quality import song_quality
from dashboard.views.compose.writing import index_if_there
from dashboard.wording import plain
from songrnn.access import read_only
from songrnn.config import SampleConfig
from songrnn.corpus.tunebook import tune_id
from songrnn.errors import SongRNNError
from songrnn.generation.export import Provenance, file_stem
from songrnn.quality.reference import song_record
from songrnn.quality.source_copies import copied_from_sources
from songrnn.store.runs import Run
from songrnn.store.songs import KeptSong, new_song


def song_to_show(run: Run, kept: Sequence[KeptSong]) -> Song | None:
    """The kept song the address names, else the one just written, else the newest kept one.

    The newest is the first on the shelf, and of shipped runs one that was written with the settings
    that the form opens with.
    """
    asked = state.chosen(state.SONG)
    for each in kept:
        if each.id == asked:
            return as_song(each)
    fresh = fresh_song()
    if fresh is not None and fresh.run == run.name:
        return fresh
    return as_song(max(kept, key=lambda song: song.created)) if kept else None


def as_song(kept: KeptSong) -> Song:
    """A kept song as the page shows it."""
    return Song(
        text=kept.text,
        run=kept.run,
        prime=kept.prime,
        config=kept.config,
        seed=kept.seed,
        stopped_by=kept.stopped_by,
        share_withheld=kept.share_withheld,
        id=kept.id,
        variation=kept.variation,
    )


def show(run: Run, song: Song, chosen: tuple[SampleConfig, str] | None) -> None:
    """The song large: staff, text, sound, figures, and what can be done with it.

    chosen: what the form is set to; a song made otherwise offers its own settings.
    """
    made = "" if song.variation is None else song.variation.words()
    provenance = Provenance(song.run, song.config, song.seed, song.stopped_by, made)
    reading = loaders.music.reading(song.text)
    st.subheader(plain(reading.header.get("T") or "A song without a title"), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center", key=elements.PROVENANCE):
        told = [*provenance.lines(), song.rank]
        st.caption(plain(" · ".join(filter(None, told))))
        seed = state.get(state.SEED)
        if chosen != (song.config, song.prime) or seed != song.seed:
            st.button(
                "Use these settings",
                key=elements.USE_SETTINGS,
                type="tertiary",
                on_click=use_settings,
                args=(song.config, song.prime, song.seed),
                help="The form on the left has other settings. This fills it with those of the "
                "song: temperature, opening, seed and all others.",
            )
    strength = song.config.recall
    recalled = widgets.recalled(run, song.text, strength) if strength else None
    widgets.tune(
        song.text,
        key=elements.COMPOSE_PLAYER,
        recalled=recalled,
        plays=asked_to_play(song.text),
    )
    if recalled is not None:
        say_recalled(recalled)
    figures(run, song)
    song_quality(song, run)
    widgets.download_row(
        song.text, file_stem(song.text, provenance), provenance, key=elements.SONG_FILES
    )
    edit_and_continue(run, song)
    with st.container(horizontal=True, vertical_alignment="center"):
        if song.id is None and not read_only():
            st.button(
                "Keep this song",
                key=elements.KEEP,
                on_click=keep,
                args=(run, song),
                help="Stores it with its settings in the run's folder; it joins the kept songs "
                "below.",
            )
        _elsewhere(run, song)


def _elsewhere(run: Run, song: Song) -> None:
    """The song this one was made from, and other pages that show this one."""
    made = song.variation
    if made is not None and any(each.id == made.of for each in loaders.runs.songs(run)):
        st.page_link(
            "views/compose/page.py",
            label="Show the song it was made from",
            query_params=state.link({state.RUN: run.name, state.SONG: made.of}),
        )
    text = {state.TEXT: "fresh"} if song.id is None else {state.TEXT: "kept", state.SONG: song.id}
    st.page_link(
        "views/neurons/page.py",
        label="See the neurons on this song",
        query_params=state.link({state.RUN: song.run, **text}),
    )
    st.page_link(
        "views/segments/page.py",
        label="See it printed and labelled",
        query_params=state.link({segments.PAGE_FROM: "own", state.ABC: song.text}),
    )


def say_recalled(recalled: Recalled) -> None:
    """What the tint and the lines mean, and how much of this song was recalled."""
    bars = len(recalled.bars)
    st.caption(
        f"Tinted characters were recalled from earlier in the song: {bars} "
        f"bar{'' if bars == 1 else 's'} as a whole, each with a line on the staff to the bar it was "
        "taken from."
    )


def figures(run: Run, song: Song) -> None:
    """A few numbers on the song, and the warnings about its notation."""
    widgets.figures(
        [*song_figures(song.text, run.config.corpus), *surprisal(run, song), *withheld(song)]
    )
    problems = [p for p in loaders.music.reading(song.text).problems if p.severity != "note"]
    if problems:
        with st.expander(f"Notation warnings ({len(problems)})"):
            for problem in problems[:20]:
                line = song.text.count("\n", 0, problem.span[0]) + 1
                st.markdown(f"- line {line}: {plain(problem.message)}")


def edit_and_continue(run: Run, song: Song) -> None:
    """Edit the song, keep its head, let the run write the rest again."""
    name = tune_id(song.text)
    # Drawn only when it is open: few visitors edit, and an editor is a second player.
    fold = st.expander("Edit and continue", key=elements.EDIT.of(name), on_change="rerun")
    if not fold.open:
        return
    key = state.REST.of(name)

    def below(head: str) -> None:
        say_unknown(run, head)
        if st.button(
            "Use as opening",
            key=elements.CONTINUE,
            on_click=lambda: open_with(state.get(key) or ""),
            disabled=bool(run.vocabulary.unknown(head)),
            help="Puts it into *Opening*, on the left; then press Compose.",
        ):
            st.rerun()  # the opening is outside of what follows the editor

    with fold:
        widgets.editor(
            "Keep this, write the rest",
            key,
            song.text,
            "Delete what the run is to write again; what stays may be edited too.",
            beginning=True,
            below=below,
        )


def keep(run: Run, song: Song) -> None:
    """Store the song with the run, and show the stored one."""
    reading, ended = loaders.music.reading(song.text), song.stopped_by == "end"
    try:
        kept = new_song(
            run.name,
            song.text,
            song.config,
            prime=song.prime,
            seed=song.seed,
            stopped_by=song.stopped_by,
            log_probabilities=song.log_probabilities,
            share_withheld=song.share_withheld,
            figures=song_record(reading, ended=ended, index=index_if_there(run))
            | copied_from_sources(run, song.text),
            variation=song.variation,
        )
        run.keep_song(kept)
    except SongRNNError as error:
        state.put(state.NOTICE, str(error))
    else:
        state.choose(state.SONG, kept.id)
