"""Listen: a real tune and a machine's, blind; which is which?"""

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import frame, loaders, state, widgets
from dashboard.wording import plain
from songrnn.config import SampleConfig
from songrnn.errors import SongRNNError
from songrnn.generation.composer import compose
from songrnn.generation.composition import Composition
from songrnn.notation.audio import excerpt
from songrnn.paths import data_directory
from songrnn.quality import listening
from songrnn.quality.listening import Guess, Pair
from songrnn.store.documents import now
from songrnn.store.runs import Run

_PAIR = "_listening_pair"
_GUESS = "_listening_guess"
TEMPERATURES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2)


def new_pair(run: Run, temperature: float, *, whole_bars: bool) -> None:
    """Draw a pair; what was guessed of the last one is forgotten, not the answer kept of it."""
    book = widgets.corpus_of(run.config.corpus)
    engine = loaders.runs.engine(run)
    config = SampleConfig(temperature=temperature, whole_bars=whole_bars)

    def write(prime: str, seed: int) -> Composition:
        return compose(engine, run.vocabulary, prime=prime, config=config, seed=seed)

    tunes = [tune for tune in book.split("validation") if not run.vocabulary.unknown(tune.text)]
    with st.spinner("Choosing a tune and writing another …"):
        pair = listening.draw_pair(tunes, write, np.random.default_rng())
    st.session_state[_PAIR] = (run.name, config, pair)
    st.session_state.pop(_GUESS, None)


def hear(text: str) -> None:
    """The beginning of a tune, with nothing to see."""
    try:
        sound = loaders.music.song_file(text, None, "wav", state.instrument())
    except SongRNNError as error:
        st.error(f"There is no sound of this one, so it cannot be judged: {error}")
    else:
        st.audio(excerpt(sound, listening.SECONDS), format="audio/wav")


def guess(pair: Pair, run: str, config: SampleConfig, *, first: bool) -> None:
    """Keep an answer. It counts once: the pair is shown from then on."""
    if _GUESS in st.session_state:
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
    st.session_state[_GUESS] = answer
    try:
        listening.keep(answer, data_directory())
    except SongRNNError as error:
        st.session_state[state.NOTICE] = f"The answer could not be kept: {error}"


def ask(pair: Pair, run: str, config: SampleConfig) -> None:
    """Two sounds and the question; after the answer, what they were."""
    answer: Guess | None = st.session_state.get(_GUESS)
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
                    width="stretch",
                    on_click=guess,
                    args=(pair, run, config),
                    kwargs={"first": name == "A"},
                )
                continue
            if machine:
                st.markdown(
                    f"**Written by {run}** at {config.temperature:g}, seed {pair.song.seed}"
                )
            else:
                st.markdown(f"**{plain(pair.tune.title or 'Untitled')}**, a real tune")
            widgets.tune(text, key=f"heard-{name}", width=loaders.music.NARROW)


def results() -> None:
    """How often the machine was recognized, by run, temperature and rule of whole bars."""
    found = listening.tally(listening.kept(data_directory()))
    if not found:
        return
    st.subheader("So far", anchor=False)
    st.table(
        pd.DataFrame(
            {
                "Run": run,
                "Temperature": f"{temperature:g}",
                "Whole bars": "yes" if whole_bars else "no",
                "Right": f"{round(share.estimate * share.n)} of {share.n}",
                "Share": f"{share.estimate:.0%}",
                "95 % interval": f"{share.low:.0%} to {share.high:.0%}",
            }
            for (run, temperature, whole_bars), share in found.items()
        ).set_index("Run"),
        border="horizontal",
    )
    st.caption(
        "Right: answers that named the machine's tune. Who can hear no difference is right in 50 % "
        "in the long run; only an interval that leaves 50 % out says more than chance. Answers are "
        f"kept in `{listening.FILE}` in the data folder and go nowhere else."
    )


def page() -> None:
    """The page."""
    frame.heading(
        "Listen", "One tune was played by people for generations, one was just written. Which?"
    )
    run = widgets.run_picker()
    if run is None:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        temperature = st.select_slider(
            "Temperature", TEMPERATURES, value=0.8, key="_listening_temperature", width=280
        )
        whole_bars = st.toggle("Whole bars", key="_listening_whole_bars")
        pressed = st.button(
            "Next pair" if _PAIR in st.session_state else "Begin",
            type="primary",
            help="Draws a held-out tune and lets the run write one from its header, title left out.",
        )
    if pressed:
        new_pair(run, float(temperature), whole_bars=whole_bars)
    if notice := st.session_state.pop(state.NOTICE, None):
        st.error(notice)
    drawn: tuple[str, SampleConfig, Pair] | None = st.session_state.get(_PAIR)
    if drawn is None:
        st.info("Press *Begin*, listen to both, and say which one the machine wrote.")
    else:
        name, config, pair = drawn
        ask(pair, name, config)
        st.caption(
            f"The first {listening.SECONDS} seconds of a validation tune and of a song by the run, "
            "in random order, both with the same meter, key and instrument. The song is the first "
            f"that ended by itself with at least 8 bars, of at most {listening.ATTEMPTS} tries; it "
            "was not chosen by ear."
        )
    results()


page()
