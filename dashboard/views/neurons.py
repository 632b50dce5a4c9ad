"""Neurons: one unit on a text, character by character."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.charts.activations import heat_map, line
from dashboard.charts.theme import visible
from songrnn.corpus.tunebook import SPLITS
from songrnn.errors import UnknownCharacterError
from songrnn.inspection.activations import ActivationMap
from songrnn.store.runs import Run

QUANTITIES = {
    "hidden": ("Hidden state", "What the layer hands on, between −1 and 1."),
    "cell": ("Cell state", "The LSTM's memory before the output gate; unbounded."),
    "input_gate": ("Input gate", "How much of the candidate is let in, 0 to 1."),
    "forget_gate": ("Forget gate", "How much of the memory is kept, 0 to 1."),
    "output_gate": ("Output gate", "How much of the memory is shown, 0 to 1."),
    "candidate": ("Candidate", "What would be written, between −1 and 1."),
    "reset_gate": ("Reset gate", "How much of the past the candidate sees, 0 to 1."),
    "update_gate": ("Update gate", "How much of the old state is kept, 0 to 1."),
}
SOURCES = {
    "corpus": "A corpus tune",
    "kept": "A kept song",
    "fresh": "The song just composed",
    "pasted": "Pasted ABC",
}
EXAMPLE = "X:1\nT:Example\nM:6/8\nL:1/8\nK:D\n|:DFA d2f|edB AFD|DFA d2f|edc d3:|\n"
LONGEST = 20_000


def corpus_text(run: Run) -> str | None:
    """A tune of the run's corpus, of validation unless another split is chosen."""
    book = widgets.corpus(run.config.corpus.name)
    tune_column, split_column = st.columns([5, 2], gap="small")
    split = split_column.selectbox(
        "Split",
        SPLITS,
        index=1,
        key=state.SPLIT,
        bind="query-params",
        help="Validation tunes were not learned from.",
    )
    tunes = book.split(split)
    asked = state.chosen(state.TUNE)
    if asked is not None and all(tune.id != asked for tune in tunes):
        tunes = tuple(tune for tune in book.tunes if tune.id == asked) + tunes
    titles = {
        tune.id: f"{tune.title or 'Untitled'} ({tune.rhythm or tune.meter})" for tune in tunes
    }
    if not titles:
        st.info("This split of the corpus holds no tune.")
        return None
    picked = state.shared(state.TUNE, list(titles))
    tune_column.selectbox(
        "Tune",
        list(titles),
        key=state.widget_key(state.TUNE),
        format_func=lambda id: titles.get(id, id),
        help="Type to filter.",
    )
    return next(tune.text for tune in tunes if tune.id == picked)


def kept_text(run: Run) -> str | None:
    """A song kept with the run."""
    songs = {song.id: song for song in loaders.songs(run)}
    if not songs:
        st.info("No song is kept with this run; compose one and keep it on the Compose page.")
        return None
    picked = state.shared(state.SONG, list(songs))
    st.selectbox(
        "Song",
        list(songs),
        key=state.widget_key(state.SONG),
        format_func=lambda id: (
            f"T {songs[id].config.temperature:g}, seed {songs[id].seed}" if id in songs else id
        ),
    )
    return songs[str(picked)].text


def fresh_text(run: Run) -> str | None:
    """The song composed last in this session, by whatever run."""
    song = state.fresh_song()
    if song is None:
        st.info("Nothing composed yet in this session; do so on the Compose page.")
        return None
    if song.run != run.name:
        st.caption(f"Composed by {song.run}, read here by {run.name}.")
    return song.text


def pasted_text(run: Run) -> str | None:
    """Whatever a person pastes."""
    text = st.text_area(
        "ABC text",
        value=EXAMPLE,
        key=state.PASTED,
        height=160,
        max_chars=LONGEST,
        persist_state="session",
        help="Any text of characters the run knows. It stays in this session, not in the address.",
    )
    if not text:
        st.info("Paste a tune to see the neurons on it.")
    return text or None


READERS: dict[str, Callable[[Run], str | None]] = {
    "corpus": corpus_text,
    "kept": kept_text,
    "fresh": fresh_text,
    "pasted": pasted_text,
}


def choose_text(run: Run) -> str | None:
    """The text to read; None, with the reason on the page, when there is none."""
    left, right = st.columns([3, 7], gap="small")
    with left:
        source = str(state.shared(state.TEXT, list(SOURCES)))
        st.selectbox(
            "Text",
            list(SOURCES),
            key=state.widget_key(state.TEXT),
            format_func=lambda name: SOURCES[name],
            help="What the run reads.",
        )
    with right:
        text = READERS[source](run)
    if text is None:
        return None
    unknown = run.vocabulary.unknown(text)
    if unknown:
        position, character = unknown[0]
        st.error(str(UnknownCharacterError(character, position, text)))
        return None
    return text


def choose_unit(run: Run) -> tuple[int, str, int]:
    """(layer, quantity, neuron), all from 0; part of the address."""
    model = run.config.model
    first, second, third = st.columns([1, 2, 1], gap="small")
    layer = first.selectbox(
        "Layer",
        range(1, model.layers + 1),
        key=state.LAYER,
        bind="query-params",
        disabled=model.layers == 1,
        help="1 is the layer that reads the characters.",
    )
    quantities = loaders.engine(run).quantities
    quantity = str(state.shared(state.QUANTITY, quantities))
    second.selectbox(
        "Quantity",
        quantities,
        key=state.widget_key(state.QUANTITY),
        format_func=lambda name: QUANTITIES.get(name, (name, ""))[0],
        help="  \n".join(f"**{QUANTITIES[q][0]}**: {QUANTITIES[q][1]}" for q in quantities),
    )
    neuron = third.selectbox(
        "Neuron",
        range(model.hidden_size),
        key=state.NEURON,
        bind="query-params",
        help=f"Units 0 to {model.hidden_size - 1} of the layer; type a number to jump.",
    )
    return layer - 1, quantity, neuron


def show(activity: ActivationMap, layer: int, quantity: str, neuron: int) -> None:
    """The neuron on the text: coloured characters, value along the text, table."""
    values = activity.quantities[quantity][layer, :, neuron]
    name = QUANTITIES.get(quantity, (quantity, ""))[0].lower()
    colours = widgets.colours()
    st.plotly_chart(
        heat_map(activity.text, values, colours=colours, quantity=quantity),
        theme=None,
        key="neuron-map",
        config={"displayModeBar": False},
    )
    st.plotly_chart(
        line(activity.text, values, colours=colours, quantity=quantity),
        theme=None,
        key="neuron-line",
        config={"displaylogo": False},
    )
    st.caption(
        f"{name.capitalize()} of neuron {neuron}, layer {layer + 1}, on {len(activity.text):,} "
        "characters. The colour of a character is the state after it was read: it has seen this "
        "character and predicts the next one. ↵ is a newline, ␣ a space. The run reads from the "
        f"zero state. Here the value lies between {values.min():.3f} and {values.max():.3f}, "
        f"mean {values.mean():.3f}."
    )
    table(activity.text, values, activity.surprise)


def table(text: str, values: np.ndarray, surprise: np.ndarray) -> None:
    """The same numbers as a table, for reading aloud, sorting and downloading."""
    with st.expander("As a table"):
        st.dataframe(
            pd.DataFrame(
                {
                    "position": np.arange(len(text)),
                    "character": [visible(character) for character in text],
                    "value": values.astype(np.float64),
                    "surprise": surprise[: len(text)],
                }
            ),
            hide_index=True,
            height=300,
            key="neuron-table",
            column_config={
                "position": "Position",
                "character": st.column_config.TextColumn("Character"),
                "value": st.column_config.NumberColumn(
                    "Value", format="%.6f", help="After reading this character."
                ),
                "surprise": st.column_config.NumberColumn(
                    "Surprise", format="%.3f", help="−log2 of the probability this character had."
                ),
            },
        )


def page() -> None:
    """The page."""
    widgets.heading(
        "Neurons", "Read a text with a run and see what one of its units does at every character."
    )
    left, right = st.columns([4, 5], gap="small")
    with left:
        run = widgets.run_picker()
    if run is None:
        return
    with right:
        layer, quantity, neuron = choose_unit(run)
    text = choose_text(run)
    if text is not None:
        show(loaders.activation_map(run, text), layer, quantity, neuron)


page()
