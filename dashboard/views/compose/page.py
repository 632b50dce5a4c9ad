"""Compose: let a run write a song, hear it, keep it, take it away."""

import time
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from dashboard import frame, loaders, state, widgets
from dashboard.state import Song
from dashboard.views.compose import side_by_side
from dashboard.views.compose.figures import song_figures, surprisal, withheld
from dashboard.views.compose.form import begin_with, new_seed_if_wanted, settings, take_over
from dashboard.views.compose.quality import song_quality
from dashboard.views.compose.shelf import shelf
from dashboard.wording import plain
from songrnn.config import SampleConfig
from songrnn.errors import SongRNNError, UnknownCharacterError
from songrnn.generation.composer import compose_stream
from songrnn.generation.export import Provenance
from songrnn.quality.novelty import Index
from songrnn.quality.reference import song_record
from songrnn.store.runs import Run
from songrnn.store.songs import KeptSong, new_song

# Between two updates of the text on the page: often enough to watch, seldom enough to be cheap.
SECONDS_A_FRAME = 0.06
WAYS = {"one": "One song", "beside": "Side by side"}


def write(run: Run, config: SampleConfig, prime: str, seed: int) -> None:
    """Write a song before the person's eyes; stopping keeps what there is."""
    engine = loaders.runs.engine(run)
    stream = compose_stream(engine, run.vocabulary, prime=prime, config=config, seed=seed)
    written: list[str] = []
    # What is there when a person presses stop: the script ends wherever it is.
    song = Song("", run.name, prime, config, seed, stopped_by="person")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Stop", key="stop", help="Ends the song here and keeps it.")
        words = st.empty()
    page = st.empty()
    shown = 0.0
    while True:
        try:
            written.append(next(stream))
        except StopIteration as finished:
            composition = finished.value
            break
        now = time.monotonic()
        if now - shown >= SECONDS_A_FRAME:
            shown = now
            song = replace(song, text="".join(written))
            state.set_unfinished(song)
            words.caption(f"Writing with {run.name}: {len(song.text):,} characters …")
            page.code(song.text, language=None, wrap_lines=True)
    state.set_unfinished(None)
    state.set_fresh_song(
        replace(
            song,
            text=composition.text,
            stopped_by=composition.stopped_by,
            log_probabilities=tuple(composition.log_probabilities.tolist()),
            share_withheld=composition.share_withheld if config.whole_bars else None,
        )
    )


def take_up_unfinished() -> None:
    """A song that was stopped half-way becomes the fresh song."""
    song = state.unfinished()
    if song is not None:
        state.set_unfinished(None)
        state.set_fresh_song(song)


def song_to_show(run: Run, kept: Sequence[KeptSong]) -> Song | None:
    """The kept song the address names, else the one just written, else the first kept one."""
    asked = state.chosen(state.SONG)
    for song in kept:
        if song.id == asked:
            return as_song(song)
    fresh = state.fresh_song()
    if fresh is not None and fresh.run == run.name:
        return fresh
    return as_song(kept[0]) if kept else None


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
    )


def show(run: Run, song: Song, chosen: tuple[SampleConfig, str] | None) -> None:
    """The song large: staff, text, sound, figures, and what can be done with it.

    chosen: what the form is set to; a song made otherwise offers its own settings.
    """
    provenance = Provenance(song.run, song.config, song.seed, song.stopped_by)
    reading = loaders.music.reading(song.text)
    st.subheader(plain(reading.header.get("T") or "A song without a title"), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(" · ".join(provenance.lines()))
        seed = st.session_state.get(state.SEED)
        if chosen != (song.config, song.prime) or seed != song.seed:
            st.button(
                "Set the form to this",
                type="tertiary",
                on_click=take_over,
                args=(song.config, song.prime, song.seed),
                help="The form on the left is set otherwise. This takes over how the song was "
                "made: temperature, beginning, seed and all others.",
            )
    widgets.tune(song.text, key="compose-player")
    figures(run, song)
    song_quality(song, run.config.corpus)
    name = f"{song.run}-t{song.config.temperature:g}-s{song.seed}"
    widgets.download_row(song.text, name, provenance, key="song-files")
    with st.container(horizontal=True, vertical_alignment="center"):
        go_on(run, song)
        if song.id is None:
            st.button(
                "Keep this song",
                on_click=keep,
                args=(run, song),
                help="Stores it with its settings in the run's folder; it joins the shelf below.",
            )
            st.page_link(
                "views/neurons/page.py",
                label="See the neurons on this song",
                query_params={state.RUN: song.run, state.TEXT: "fresh"},
            )
        else:
            st.page_link(
                "views/neurons/page.py",
                label="See the neurons on this song",
                query_params={state.RUN: song.run, state.TEXT: "kept", state.SONG: song.id},
            )


def figures(run: Run, song: Song) -> None:
    """A few numbers on the song, and what the reader finds odd in it."""
    widgets.figures(
        [
            *song_figures(song.text, run.config.corpus),
            *surprisal(run, song),
            *withheld(song),
        ]
    )
    problems = [p for p in loaders.music.reading(song.text).problems if p.severity != "note"]
    if problems:
        with st.expander(f"What the reader finds odd ({len(problems)})"):
            for problem in problems[:20]:
                line = song.text.count("\n", 0, problem.span[0]) + 1
                st.markdown(f"- line {line}: {problem.message}")


def go_on(run: Run, song: Song) -> None:
    """Edit the song, keep its head, let the run write the rest anew."""
    with st.popover("Edit and go on", help="Keep the head of this song, write the rest anew."):
        key = f"{state.REST}-{hash(song.text)}"
        head = st.text_area(
            "Keep this, write the rest",
            value=song.text,
            key=key,
            height=300,
            width=460,
            help="Delete what the run is to write anew; what stays may be edited too.",
        )
        unknown = run.vocabulary.unknown(head or "")
        if unknown:
            position, character = unknown[0]
            st.error(str(UnknownCharacterError(character, position, head or "")))
        st.button(
            "Begin with this",
            on_click=lambda: begin_with(st.session_state[key] or ""),
            disabled=bool(unknown),
            help="Puts it into *Begin with*, on the left; then press Compose.",
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
            figures=song_record(reading, ended=ended, index=index_if_there(run)),
        )
        run.keep_song(kept)
    except SongRNNError as error:
        st.session_state[state.NOTICE] = str(error)
    else:
        state.choose(state.SONG, kept.id)


def index_if_there(run: Run) -> Index | None:
    """What tells how new a song is; None while the run's corpus is not there or still being read."""
    if loaders.corpora.problem(run.config.corpus):
        return None
    reference = loaders.corpora.quality_reference(run.config.corpus.name)
    return None if reference is None else reference.index


def page() -> None:
    """The page."""
    frame.heading(
        "Compose", "Choose a run and a temperature, let it write, listen, keep what you like."
    )
    take_up_unfinished()
    left, right = st.columns([3, 7], gap="large")
    with left:
        state.from_address(state.HOW, list(WAYS), "one")
        how = st.segmented_control(
            "Write",
            list(WAYS),
            key=state.HOW,
            required=True,
            format_func=lambda name: WAYS[name],
            help="One song, or the same seed at several temperatures and by several runs.",
        )
        state.to_address(state.HOW, str(how), "one")
        run = widgets.run_picker()
        if run is None:
            return
        runs, temperatures = ([run], []) if how == "one" else side_by_side.choose(run)
        chosen = settings(run, one=how == "one")
        pressed = st.button(
            "Compose",
            type="primary",
            width="stretch",
            on_click=new_seed_if_wanted,
            help="Write with these settings.",
        )
    kept = loaders.runs.songs(run)
    song = None
    with right:
        # The button is never switched off: a click that follows a correction would be lost.
        if pressed and (chosen is None or (how == "beside" and not temperatures)):
            pressed = False
            st.warning(
                "Nothing was written: the settings on the left say why."
                if chosen is None
                else "Nothing was written: choose a temperature first."
            )
        if notice := st.session_state.pop(state.NOTICE, None):
            st.error(notice)
        if how == "beside":
            if pressed and chosen is not None:
                seed = int(st.session_state[state.SEED])
                side_by_side.write(runs, temperatures, *chosen, seed=seed)
            side_by_side.show()
        else:
            if pressed and chosen is not None:
                state.forget(state.SONG)
                stage = st.empty()
                with stage.container():
                    write(run, *chosen, seed=int(st.session_state[state.SEED]))
                stage.empty()
            asked = state.chosen(state.SONG)
            if asked and all(each.id != asked for each in kept):
                st.warning(f"{run.name} keeps no song {asked}; it may have been deleted.")
            song = song_to_show(run, kept)
            if song is None:
                st.info("Press *Compose* to let the run write its first song.")
            else:
                show(run, song, chosen)
    shelf(run, song)


page()
