"""Neurons: what each unit does on a text, whether it matters, and where to find more like it."""

import streamlit as st

from dashboard import frame, loaders, state, widgets
from dashboard.views.neurons import ablation, atlas, card, find, on_text
from dashboard.views.neurons.appearance import choose_look, choose_quantity
from dashboard.views.neurons.layer import Layer
from dashboard.views.neurons.text_source import choose_text

VIEWS = {
    "text": "On a text",
    "card": "One neuron",
    "atlas": "All neurons",
    "find": "Select and find",
    "cause": "Switched off",
}


def on_a_text(looked_at: Layer) -> None:
    """The neurons of a layer on a text."""
    text = choose_text(looked_at.run)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        second = on_text.choose_second(looked_at.run, looked_at.quantity)
        look = choose_look()
    if text is not None:
        activity = loaders.neurons.activation_map(looked_at.run, text)
        on_text.show(looked_at, activity, look, second)


def page() -> None:
    """The page."""
    frame.heading(
        "Neurons",
        "Read a text with a run and see on staff and text what each of its units does.",
    )
    left, right = st.columns([4, 5], gap="small")
    with left:
        run = widgets.run_picker()
    if run is None:
        return
    view = widgets.segments("View", VIEWS, state.VIEW, "What to look at.")
    state.turn_to(view)
    with right:
        layer, quantity = choose_quantity(run, None if view == "text" else ("hidden", "cell"))
    looked_at = Layer(run, layer, quantity)
    if view == "text":
        on_a_text(looked_at)
    elif view == "card":
        card.show(looked_at)
    elif view == "atlas":
        atlas.show(looked_at)
    elif view == "find":
        find.show(looked_at)
    else:
        ablation.show(looked_at)


page()
