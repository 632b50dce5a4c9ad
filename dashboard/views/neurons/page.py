"""Neurons: what each unit does on a text, whether it matters, and where to find more like it."""

from collections.abc import Callable

import streamlit as st

from dashboard import frame, state, widgets
from dashboard.state.neurons import turn_to
from dashboard.views.neurons import (
    ablation,
    atlas,
    card,
    counting,
    find,
    memory,
    neuron_list,
    on_text,
    patching,
    probes,
    steering,
)
from dashboard.views.neurons.layer import Layer, choose_layer

VIEWS = {
    "text": "On a text",
    "card": "One neuron",
    "atlas": "All neurons",
    "find": "Select and find",
    "cause": "Switched off",
    "count": "Counting bars",
    "state": "The whole state",
    "patch": "Patching",
    "steer": "Steering",
    "memory": "Memory and wiring",
}
VIEW_HELP = """What to look at.
- **On a text**: the values of a layer's neurons on a tune or a song.
- **One neuron**: all that is known of a neuron, with the evidence.
- **All neurons**: how well each neuron of a layer follows each property.
- **Select and find**: mark characters, and find the neurons that single them out.
- **Switched off**: what changes when neurons are fixed at a value.
- **Counting bars**: which neurons repeat themselves with every bar of the music.
- **The whole state**: what all neurons together hold, however it is spread over them.
- **Patching**: the state of one tune put into another: what carries the meter, what the key?
- **Steering**: songs composed while the state is held where a property is.
- **Memory and wiring**: how far back the run looks, and which neurons feed which.
"""


DRAWN_BY: dict[str, Callable[[Layer], None]] = {
    "text": on_text.show,
    "card": card.show,
    "atlas": atlas.show,
    "find": find.show,
    "cause": ablation.show,
    "count": counting.show,
    "state": probes.show,
    "patch": patching.show,
    "steer": steering.show,
    "memory": memory.show,
}


def page() -> None:
    """The page."""
    frame.heading(
        "Neurons",
        "Let a run read a text and see, on staff and text, what each of its neurons does.",
    )
    left, right = st.columns([4, 5], gap="small")
    with left:
        run = widgets.run_picker()
    if run is None:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        view = widgets.segments("View", VIEWS, state.VIEW, VIEW_HELP)
        neuron_list.popover(run)
    turn_to(view)
    with right:
        looked_at = choose_layer(run, None if view == "text" else ("hidden", "cell"))
    DRAWN_BY[view](looked_at)


page()
