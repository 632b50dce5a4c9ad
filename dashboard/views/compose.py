"""Compose: let a run write a song, hear it, keep it, take it away."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.state import Song
from dashboard.wording import plain
from songrnn.config import SampleConfig
from songrnn.errors import SongRNNError, UnknownCharacterError
from songrnn.generation.composer import compose_stream
from songrnn.generation.export import Provenance
from songrnn.notation.performance import perform
from songrnn.store.runs import Run
from songrnn.store.songs import KeptSong, new_song

_FIELDS = SampleConfig.model_fields
MOST_SEEDS = 2**31 - 1
# Between two updates of the text on the page: often enough to watch, seldom enough to be cheap.
SECONDS_A_FRAME = 0.06


def settings(run: Run) -> tuple[SampleConfig, str] | None:
    """The controls. None, with the reason on the page, when they can't be used as they are."""
    temperature = st.slider(
        "Temperature",
        min_value=0.0,
        max_value=2.0,
        value=0.8,
        step=0.05,
        key=state.TEMPERATURE,
        bind="query-params",
        help="Divides the logits: below 1 the probable gets more probable, above 1 less. "
        "0 always takes the most probable character.",
    )
    prime = (
        st.text_area(
            "Begin with",
            value="X:1\n",
            key=state.PRIME,
            bind="query-params",
            height=110,
            help="The start sequence: the model reads it first and goes on from there. Header "
            "fields set meter (M:6/8), key (K:Dmajor) or rhythm; notes after K: begin the melody.",
        )
        or ""
    )
    usable = _check_prime(run, prime)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            "Seed",
            min_value=0,
            max_value=MOST_SEEDS,
            value=7,
            step=1,
            key=state.SEED,
            bind="query-params",
            help="The same run, settings and seed give the same song.",
            width=140,
        )
        st.toggle(
            "New each time",
            key=state.NEW_SEED,
            bind="query-params",
            help="Draw a new seed at every press of Compose; it is shown, so the song can be remade.",
        )
    with st.expander("More settings"):
        top_k = st.number_input(
            "Top-k",
            min_value=0,
            max_value=1000,
            value=0,
            key=state.TOP_K,
            bind="query-params",
            help="Keep only the k most probable characters; 0 keeps all.",
        )
        top_p = st.slider(
            "Top-p",
            min_value=0.05,
            max_value=1.0,
            value=1.0,
            step=0.05,
            key=state.TOP_P,
            bind="query-params",
            help="Keep the fewest characters whose probabilities sum to p; 1 keeps all.",
        )
        min_p = st.slider(
            "Min-p",
            min_value=0.0,
            max_value=0.5,
            value=0.0,
            step=0.01,
            key=state.MIN_P,
            bind="query-params",
            help="Keep characters at least this many times as probable as the most probable one; "
            "0 keeps all.",
        )
        limit = st.number_input(
            "Length limit",
            min_value=1,
            max_value=20_000,
            value=_FIELDS["limit"].default,
            step=100,
            key=state.LIMIT,
            bind="query-params",
            help="Most characters of a song, the beginning included. A song that reaches it is "
            "cut, and says so.",
        )
    if len(prime) >= limit:
        st.error(
            f"The beginning has {len(prime)} characters; with a limit of {limit} none is left."
        )
        usable = False
    config = SampleConfig(
        temperature=temperature, top_k=top_k, top_p=top_p, min_p=min_p, limit=limit
    )
    return (config, prime) if usable else None


def _check_prime(run: Run, prime: str) -> bool:
    unknown = run.vocabulary.unknown(prime)
    if not unknown:
        return True
    position, character = unknown[0]
    st.error(str(UnknownCharacterError(character, position, prime)))
    if len(unknown) > 1:
        others = ", ".join(dict.fromkeys(f"{other!r}" for _, other in unknown))
        st.caption(f"{len(unknown)} characters in all are unknown to {run.name}: {others}.")
    return False


def new_seed_if_wanted() -> None:
    """Before a song is written: draw the seed, or leave the person's."""
    if st.session_state.get(state.NEW_SEED):
        st.session_state[state.SEED] = secrets.randbelow(MOST_SEEDS + 1)


def write(run: Run, config: SampleConfig, prime: str, seed: int) -> None:
    """Write a song before the person's eyes; stopping keeps what there is."""
    engine = loaders.engine(run)
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
        id=kept.id,
    )


def show(run: Run, song: Song) -> None:
    """The song large: staff, text, sound, figures, and what can be done with it."""
    provenance = Provenance(song.run, song.config, song.seed, song.stopped_by)
    reading = loaders.reading(song.text)
    st.subheader(plain(reading.header.get("T") or "A song without a title"), anchor=False)
    st.caption(" · ".join(provenance.lines()))
    widgets.tune(song.text, key="compose-player")
    figures(run, song)
    name = f"{song.run}-t{song.config.temperature:g}-s{song.seed}"
    widgets.download_row(song.text, name, provenance, key="song-files")
    with st.container(horizontal=True, vertical_alignment="center"):
        if song.id is None:
            st.button(
                "Keep this song",
                on_click=keep,
                args=(run, song),
                help="Stores it with its settings in the run's folder; it joins the shelf below.",
            )
            st.page_link(
                "views/neurons.py",
                label="See the neurons on this song",
                query_params={state.RUN: song.run, state.TEXT: "fresh"},
            )
        else:
            st.page_link(
                "views/neurons.py",
                label="See the neurons on this song",
                query_params={state.RUN: song.run, state.TEXT: "kept", state.SONG: song.id},
            )


def figures(run: Run, song: Song) -> None:
    """A few numbers on the song."""
    reading = loaders.reading(song.text)
    performance = perform(reading)
    notes = sum(event.kind in ("note", "chord") for event in reading.events)
    problems = [problem for problem in reading.problems if problem.severity != "note"]
    numbers = [
        ("Characters", f"{len(song.text):,}", "Of the whole song, the beginning included."),
        ("Notes", f"{notes:,}", "Notes and chords as written, repeats counted once."),
        ("Lasts", f"{performance.seconds:.0f} s", "Repeats played, at the tune's own tempo."),
        (
            "Problems",
            f"{len(problems)}",
            "What the reader finds odd for a musician: bars too long or short, open brackets, …",
        ),
    ]
    surprise = loaders.bits_per_character(
        run, song.text, len(song.prime), ended=song.stopped_by == "end"
    )
    if surprise is not None:
        numbers.append(
            (
                "Bits per character",
                f"{surprise:.2f}",
                "How surprised the run is by its own song, the beginning left out: mean of "
                "−log2 p at temperature 1, END included when it ended by itself. The run's loss "
                "on real validation tunes stands beside the run's name.",
            )
        )
    widgets.figures(numbers)
    if problems:
        with st.expander(f"What the reader finds odd ({len(problems)})"):
            for problem in problems[:20]:
                line = song.text.count("\n", 0, problem.span[0]) + 1
                st.markdown(f"- line {line}: {problem.message}")


def keep(run: Run, song: Song) -> None:
    """Store the song with the run, and show the stored one."""
    try:
        kept = new_song(
            run.name,
            song.text,
            song.config,
            prime=song.prime,
            seed=song.seed,
            stopped_by=song.stopped_by,
            log_probabilities=song.log_probabilities,
        )
        run.keep_song(kept)
    except SongRNNError as error:
        st.session_state[state.NOTICE] = str(error)
    else:
        state.choose(state.SONG, kept.id)


def shelf(kept: Sequence[KeptSong], shown: Song | None) -> None:
    """The songs kept with the run; one click shows one."""
    st.subheader("Kept songs", anchor=False)
    if not kept:
        st.caption("None yet with this run. Compose one and press *Keep this song*.")
        return
    for row in range(0, len(kept), 3):
        for column, song in zip(st.columns(3), kept[row : row + 3], strict=False):
            with column.container(border=True, key=f"kept-{song.id}"):
                title = loaders.reading(song.text).header.get("T") or "Untitled"
                st.markdown(f"**{plain(title)}**")
                st.caption(
                    f"temperature {song.config.temperature:g} · seed {song.seed} · "
                    f"{len(song.text):,} characters · "
                    + (
                        "ended by itself"
                        if song.stopped_by == "end"
                        else f"cut ({song.stopped_by})"
                    )
                )
                st.button(
                    "Shown above" if shown is not None and shown.id == song.id else "Show and play",
                    key=f"open-{song.id}",
                    on_click=state.choose,
                    args=(state.SONG, song.id),
                    disabled=shown is not None and shown.id == song.id,
                )


def page() -> None:
    """The page."""
    widgets.heading(
        "Compose", "Choose a run and a temperature, let it write, listen, keep what you like."
    )
    take_up_unfinished()
    left, right = st.columns([3, 7], gap="large")
    with left:
        run = widgets.run_picker()
        if run is None:
            return
        chosen = settings(run)
        pressed = st.button(
            "Compose",
            type="primary",
            width="stretch",
            disabled=chosen is None,
            on_click=new_seed_if_wanted,
            help="Write a song with these settings.",
        )
    with right:
        if pressed and chosen is not None:
            state.forget(state.SONG)
            stage = st.empty()
            with stage.container():
                write(run, *chosen, seed=int(st.session_state[state.SEED]))
            stage.empty()
        kept = loaders.songs(run)
        song = song_to_show(run, kept)
        if notice := st.session_state.pop(state.NOTICE, None):
            st.error(notice)
        if song is None:
            st.info("Press *Compose* to let the run write its first song.")
        else:
            show(run, song)
    shelf(kept, song)


page()
