"""A run writes a song while a person watches; stopping keeps what there is."""

import time
from dataclasses import replace

import streamlit as st

from dashboard import loaders
from dashboard.state import elements
from dashboard.state.songs import Song, set_fresh_song, set_unfinished, unfinished
from dashboard.wording import plain
from songrnn.config import SampleConfig
from songrnn.generation.composer import compose_stream
from songrnn.store.runs import Run

# Between two updates of the text on the page: often enough to watch, seldom enough to be cheap.
SECONDS_PER_FRAME = 0.06


def write(run: Run, config: SampleConfig, prime: str, seed: int) -> None:
    """Write a song before the person's eyes; stopping keeps what there is."""
    engine = loaders.runs.engine(run)
    gate = loaders.runs.gate(run)
    stream = compose_stream(
        engine, run.vocabulary, prime=prime, config=config, gate=gate, seed=seed
    )
    written: list[str] = []
    # What is there when a person presses stop: the script ends wherever it is.
    song = Song("", run.name, prime, config, seed, stopped_by="person")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Stop", key=elements.STOP, help="Ends the song here and keeps it.")
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
        if now - shown >= SECONDS_PER_FRAME:
            shown = now
            song = replace(song, text="".join(written))
            set_unfinished(song)
            words.caption(f"Writing with {plain(run.name)}: {len(song.text):,} characters …")
            page.code(song.text, language=None, wrap_lines=True)
    set_unfinished(None)
    set_fresh_song(
        replace(
            song,
            text=composition.text,
            stopped_by=composition.stopped_by,
            log_probabilities=tuple(composition.log_probabilities.tolist()),
            share_withheld=composition.share_withheld if config.whole_bars else None,
        )
    )


def recover_unfinished() -> None:
    """A song that was stopped half-way becomes the fresh song."""
    song = unfinished()
    if song is not None:
        set_unfinished(None)
        set_fresh_song(song)
