"""The neurons of a layer on a text: the player, and what belongs to the neuron chosen in it."""

import numpy as np
import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.components.tune_player import Activations, Selection
from dashboard.state import elements
from dashboard.state.neurons import first_neuron, set_neuron
from dashboard.views.neurons import card, download, second_run, text_pictures
from dashboard.views.neurons.appearance import Look, choose_look
from dashboard.views.neurons.layer import Layer, clearest_neuron
from dashboard.views.neurons.player import PATIENCE, on_player
from dashboard.views.neurons.text_source import choose_text
from dashboard.views.neurons.words import quantity_name, signed
from songrnn.inspection.activations import ActivationMap

MOMENTS = {
    "after": "the state after the character was read: it has seen this character and predicts the "
    "next one",
    "before": "the state before the character was read, the one that predicted it",
}


def show(looked_at: Layer) -> None:
    """The view."""
    with st.container(key=elements.BENCH):
        with st.container(key=elements.RAIL):
            text = choose_text(looked_at.run)
            with st.container(horizontal=True, vertical_alignment="bottom"):
                second = second_run.choose(looked_at.run, looked_at.quantity)
                look = choose_look()
        if text is not None:
            activity = loaders.neurons.activation_map(looked_at.run, text)
            draw(looked_at, activity, look, second)


def draw(looked_at: Layer, activity: ActivationMap, look: Look, second: Layer | None) -> None:
    """The neurons on the text."""
    run = looked_at.run
    compared = None if second is None else second_run.on_player(second, activity.text, look)
    activations = on_player(looked_at, activity, look, title=run.name if compared else "")
    values = activations.values
    first = first_neuron(len(values), clearest_neuron(run, looked_at.layer))

    def below(chosen: Selection) -> None:
        neuron = first if chosen.neuron is None else min(chosen.neuron, len(values) - 1)
        set_neuron(neuron)
        with st.container(key=elements.EVIDENCE):
            caption(looked_at, activity, values[neuron], neuron, look)
            if second is not None and compared is not None:
                second_run.caption(run, second, compared, chosen)
            card.under_player(looked_at, neuron)
            download.button(looked_at, activity.text, activations, neuron)
        with st.container(key=elements.PICTURES_OF_TEXT):
            text_pictures.show(looked_at, activity, values, neuron)

    widgets.tune(
        activity.text,
        key=elements.NEURON_PLAYER,
        patience=PATIENCE,
        activations=activations,
        second=compared,
        selection=opened(first, len(activity.text), compared),
        recalled=widgets.recalled(run, activity.text),
        around=elements.MUSIC,
        below=below,
    )


def opened(neuron: int, characters: int, compared: Activations | None) -> Selection:
    """What the player opens with, as the address says."""
    at = state.number_asked(state.AT)
    return Selection(
        neuron=neuron,
        second=None if compared is None else state.number_asked(state.SECOND_NEURON),
        span=(at, at + 1) if at is not None and at < characters else None,
    )


def caption(
    looked_at: Layer, activity: ActivationMap, values: np.ndarray, neuron: int, look: Look
) -> None:
    """What the colours mean, and the neuron's range on this text."""
    here = values if len(values) else np.zeros(1)
    least, most, mean = float(here.min()), float(here.max()), float(here.mean())
    st.caption(
        f"{quantity_name(looked_at.quantity)} of neuron {neuron}, layer {looked_at.layer + 1}, on "
        f"{len(activity.text):,} characters, read with an empty memory at the start. The colour of "
        f"a character is {MOMENTS[look.moment]}. ↵ is a newline, ␣ a space. The value lies between "
        f"{signed(least)} and {signed(most)} here, with mean {signed(mean)}. "
        "The up and down arrow keys switch the neuron, left and right move by a note, space plays."
    )
