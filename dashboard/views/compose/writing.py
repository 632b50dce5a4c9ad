"""A run writes a song while a person watches; stopping keeps what there is."""

import time
from dataclasses import replace

import streamlit as st

from dashboard import loaders, state
from dashboard.state import elements
from dashboard.state.songs import Song, set_fresh_song, set_unfinished, unfinished
from dashboard.wording import plain
from songrnn.config import SampleConfig
from songrnn.errors import SongRNNError
from songrnn.generation.composer import compose, compose_each, compose_stream
from songrnn.generation.composition import Composition
from songrnn.quality.novelty import Index
from songrnn.quality.ranking import RankBy, rank
from songrnn.store.runs import Run
from songrnn.store.songs import Variation

# Between two updates of the text on the page: often enough to watch, seldom enough to be cheap.
SECONDS_PER_FRAME = 0.06


def write(run: Run, config: SampleConfig, prime: str, seed: int, count: int = 1) -> None:
    """Write a song before the person's eyes, or phrase by phrase, or several and show the best.

    What is refused is said where the song would stand, and the one before stays.
    """
    stage, asked = st.empty(), state.chosen(state.SONG)
    try:
        with stage.container():
            state.forget(state.SONG)
            if config.ways > 1:
                write_phrased(run, config, prime, seed)
            elif count == 1:
                write_one(run, config, prime, seed)
            else:
                write_best(run, config, prime, seed, count)
    except SongRNNError as error:
        stage.error(plain(str(error)))
        if asked:
            state.choose(state.SONG, asked)
    else:
        stage.empty()


def write_one(run: Run, config: SampleConfig, prime: str, seed: int) -> None:
    """Write a song before the person's eyes; stopping keeps what there is."""
    engine = loaders.runs.engine(run)
    gate = loaders.runs.gate(run)
    stream = compose_stream(
        engine,
        run.vocabulary,
        prime=prime,
        config=config,
        gate=gate,
        forms=loaders.runs.forms(run),
        seed=seed,
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
    set_fresh_song(as_song(run, composition))


def write_phrased(run: Run, config: SampleConfig, prime: str, seed: int) -> None:
    """Write a song phrase by phrase, each the most typical of several."""
    beginnings = loaders.runs.beginnings(run)
    judge = None if beginnings is None else beginnings.judge(index_if_there(run))
    drafts = f", in {config.drafts} drafts" if config.drafts > 1 else ""
    with st.spinner(f"Writing each phrase {config.ways} ways{drafts} …"):
        song = compose(
            loaders.runs.engine(run),
            run.vocabulary,
            prime=prime,
            config=config,
            gate=loaders.runs.gate(run),
            forms=loaders.runs.forms(run),
            judge=judge,
            seed=seed,
        )
    set_fresh_song(as_song(run, song))


def write_best(run: Run, config: SampleConfig, prime: str, seed: int, count: int) -> None:
    """Write several songs, with seeds counting up, and show the one that ranks first.

    The others stay in the history before it, the best last.
    """
    typicality = loaders.runs.typicality(run)
    songs = []
    bar = st.progress(0.0, "Writing …")
    for song in compose_each(
        loaders.runs.engine(run),
        run.vocabulary,
        prime=prime,
        config=config,
        gate=loaders.runs.gate(run),
        forms=loaders.runs.forms(run),
        seeds=range(seed, seed + count),
    ):
        songs.append(song)
        bar.progress(len(songs) / count, f"{len(songs)} of {count} songs written …")
    by: RankBy = "none" if typicality is None else "typicality"
    ranked = rank(songs, by, typicality=typicality, index=index_if_there(run))
    bar.empty()
    for song, place in reversed(ranked):
        set_fresh_song(as_song(run, song, rank=place.sentence()))


def as_song(
    run: Run, written: Composition, *, rank: str = "", variation: Variation | None = None
) -> Song:
    """A song just composed, as the page shows it."""
    return Song(
        written.text,
        run.name,
        written.prime,
        written.config,
        written.seed,
        written.stopped_by,
        tuple(written.log_probabilities.tolist()),
        written.share_withheld if written.config.whole_bars else None,
        rank=rank,
        variation=variation,
    )


def index_if_there(run: Run) -> Index | None:
    """What tells how novel a song is; None while the run's corpus is not there or still being read."""
    if loaders.corpora.problem(run.config.corpus):
        return None
    try:
        reference = loaders.corpora.quality_reference(run.config.corpus.name)
    except Exception:  # whatever it was, the figures under the song say it, and the song is written
        return None
    return None if reference is None else reference.index


def recover_unfinished() -> None:
    """A song that was stopped half-way becomes the fresh song."""
    song = unfinished()
    if song is not None:
        set_unfinished(None)
        set_fresh_song(song)
