"""A pair of sounds: drawn, heard, guessed at, and shown after the answer."""

import re

import numpy as np
import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.loaders.music import NARROW
from dashboard.state import elements
from dashboard.state import playing as hearing
from dashboard.state.songs import GUESSED, PAIR
from dashboard.wording import plain
from songrnn.access import read_only
from songrnn.config import SampleConfig
from songrnn.errors import SongRNNError
from songrnn.generation.composer import compose
from songrnn.generation.composition import Composition
from songrnn.notation.playing.choice import Playing
from songrnn.paths import data_directory
from songrnn.quality import listening
from songrnn.quality.listening import Guess, Pair
from songrnn.store.documents import now
from songrnn.store.runs import Run
from songrnn.workspaces import check_room

_TITLE = re.compile(r"^T:.*\n", re.M)


def drawn() -> tuple[str, SampleConfig, Pair] | None:
    """The run, the settings and the pair that are on the page; None before the first."""
    return state.get(PAIR)


def new_pair(run: Run, temperature: float, *, whole_bars: bool) -> None:
    """Draw a pair. The guess about the last one leaves the page; the answer on file stays."""
    book = widgets.corpus_of(run.config.corpus)
    engine = loaders.runs.engine(run)
    config = SampleConfig(temperature=temperature, whole_bars=whole_bars)

    def write(prime: str, seed: int) -> Composition:
        return compose(engine, run.vocabulary, prime=prime, config=config, seed=seed)

    tunes = [tune for tune in book.split("validation") if not run.vocabulary.unknown(tune.text)]
    with st.spinner("Choosing a tune and writing another …"):
        pair = listening.draw_pair(tunes, write, np.random.default_rng())
    state.put(PAIR, (run.name, config, pair))
    state.take(GUESSED)


def hear(text: str) -> None:
    """A whole tune, with nothing to see; both of a pair are played alike.

    A title may name a dance, and the machine writes without one: so titles have no say here.
    """
    untitled = _TITLE.sub("", text)
    how = Playing(hearing.instrument())
    try:
        sound = loaders.music.song_file(untitled, None, "flac", how)
    except SongRNNError as error:
        st.error(
            f"This one could not be made into sound, so it cannot be judged: {plain(str(error))}"
        )
    else:
        st.audio(sound, format="audio/flac")


def guess(pair: Pair, run: str, config: SampleConfig, *, first: bool) -> None:
    """Keep an answer. It counts once: the pair is shown from then on."""
    if state.get(GUESSED) is not None:
        return
    answer = Guess(
        run=run,
        temperature=config.temperature,
        whole_bars=config.whole_bars,
        seed=pair.song.seed,
        tune=pair.tune.id,
        machine_first=pair.machine_first,
        guessed_first=first,
        created=now(),
    )
    state.put(GUESSED, answer)
    if read_only():
        return
    try:
        check_room(len(answer.model_dump_json()))
        listening.keep(answer, data_directory())
    except SongRNNError as error:
        state.put(state.NOTICE, f"The answer could not be kept: {error}")


def ask(run: str, config: SampleConfig, pair: Pair) -> None:
    """Two sounds and the question; after the answer, what they were."""
    answer: Guess | None = state.get(GUESSED)
    if answer is not None:
        st.subheader(
            f"{'Right' if answer.right else 'No'}: the machine's was "
            f"{'A' if pair.machine_first else 'B'}",
            anchor=False,
        )
    for column, text, name in zip(st.columns(2, gap="large"), pair.texts, "AB", strict=True):
        machine = text is pair.song.text
        with column.container(border=True):
            st.subheader(f"Tune {name}", anchor=False)
            if answer is None:
                hear(text)
                st.button(
                    f"{name} is the machine's",
                    key=elements.GUESS.of(name),
                    width="stretch",
                    help="Both tunes are shown."
                    if read_only()
                    else "Your answer is kept, and both tunes are shown.",
                    on_click=guess,
                    args=(pair, run, config),
                    kwargs={"first": name == "A"},
                )
                continue
            if machine:
                st.markdown(
                    f"**Written by {plain(run)}** at {config.temperature:g}, seed {pair.song.seed}"
                )
            else:
                st.markdown(f"**{plain(pair.tune.title or 'Untitled')}**, a real tune")
            widgets.tune(text, key=elements.HEARD.of(name), width=NARROW)
