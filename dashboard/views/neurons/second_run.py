"""A second run on the same text, under the same cursor."""

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.components.tune_player import Activations, Selection
from dashboard.state.neurons import set_neuron
from dashboard.views.neurons import player
from dashboard.views.neurons.appearance import Look
from dashboard.views.neurons.layer import Layer
from dashboard.wording import plain
from songrnn.store.runs import Run


def choose(run: Run, quantity: str) -> Layer | None:
    """Another run, None for none; part of the address."""
    others = {
        other.name: other
        for other in loaders.runs.all_runs()
        if isinstance(other, Run) and other.has_weights and other.name != run.name
    }
    picked = widgets.select(
        "Second run",
        {"": "none", **{name: name for name in sorted(others)}},
        state.SECOND_RUN,
        "Shows the neurons of another run on the same text, below the first run's and under the "
        "same cursor.",
        width=250,
    )
    if not picked:
        return None
    other = others[picked]
    layers = {str(number): str(number) for number in range(1, other.config.model.layers + 1)}
    layer = widgets.select(
        "Its layer",
        layers,
        state.SECOND_LAYER,
        "Which layer of the second run is shown.",
        width=90,
        disabled=len(layers) == 1,
    )
    known = loaders.runs.engine(other).quantities
    return Layer(other, int(layer) - 1, quantity if quantity in known else "hidden")


def on_player(second: Layer, text: str, look: Look) -> Activations | None:
    """Its neurons as the player takes them; None, and why, for a text that it cannot read."""
    unknown = second.run.vocabulary.unknown(text)
    if unknown:
        character = unknown[0][1]
        st.info(plain(f"{second.run.name} does not know the character {character!r} of this text."))
        return None
    activity = loaders.neurons.activation_map(second.run, text)
    return player.on_player(second, activity, look, title=second.run.name)


def caption(run: Run, second: Layer, activations: Activations, chosen: Selection) -> None:
    """Which is which."""
    if chosen.second is not None:
        set_neuron(chosen.second, state.SECOND_NEURON)
    name = second.run.name
    st.caption(
        f"Below it {name}: {activations.quantity.lower()} of its layer {second.layer + 1}. The "
        f"staff is coloured by {run.name}; in the line plot {name} is dashed. Shift with the up "
        "and down arrow keys switches its neuron."
    )
