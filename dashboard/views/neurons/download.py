"""The view on a text as one file that needs no app."""

import functools

import streamlit as st

from dashboard import loaders
from dashboard.components.tune_player import Activations, Selection, player_data
from dashboard.components.tune_player.standalone import standalone_page
from dashboard.state import elements
from dashboard.state.playing import playing
from dashboard.views.neurons.layer import Layer
from dashboard.views.neurons.words import quantity_name
from songrnn.notation.playing.choice import Playing

WORDS = (
    "The colour of a character is the value of the neuron chosen above; ↵ is a newline, ␣ a "
    "space. The up and down arrow keys switch the neuron, left and right move by a note, space "
    "plays."
)


def button(looked_at: Layer, text: str, activations: Activations, neuron: int) -> None:
    """A button that makes the file when it is pressed."""
    run, layer, quantity = looked_at.run, looked_at.layer, looked_at.quantity
    title = f"{quantity_name(quantity)} of layer {layer + 1} of {run.name}"
    st.download_button(
        "Download this view (HTML)",
        data=functools.partial(whole_page, text, activations, neuron, playing(), title),
        file_name=f"{run.name}-{quantity}-{layer + 1}.html",
        mime="text/html",
        on_click="ignore",
        key=elements.DOWNLOAD_VIEW,
        help="One file with staff, text, sound and all neurons of this layer, which opens in any "
        "browser without a network. The buttons next to the player's legend save staff and text as "
        "SVG or PNG.",
    )


def whole_page(text: str, activations: Activations, neuron: int, how: Playing, title: str) -> bytes:
    """The file."""
    music = loaders.music.made(text, how)
    reading = loaders.music.reading(text)
    data = player_data(
        reading,
        svg=music.svg,
        audio=music.audio,
        played=loaders.music.rendition(text, how.style),
        activations=activations,
        selection=Selection(neuron=neuron),
    )
    return standalone_page(data, title=title, words=WORDS).encode()
