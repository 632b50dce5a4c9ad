"""How values become colours: the settings of the Neurons page, all part of its address."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.components.tune_player import Colours, NoteValue
from dashboard.views.neurons.words import quantity_name
from songrnn.cells import QUANTITIES
from songrnn.inspection.activations import ActivationMap
from songrnn.inspection.properties import PROPERTIES
from songrnn.store.runs import Run

SCALES = {"fixed": "±1", "tune": "This tune", "corpus": "The corpus"}
ORDERS = {"number": "By number", "score": "By score", "property": "For a property"}
MOMENTS = {"after": "After it", "before": "Before it"}
NOTE_VALUES: dict[NoteValue, str] = {"mean": "Mean", "last": "Last", "largest": "Largest"}
COLOURS: dict[Colours, str] = {"purple-orange": "Purple–orange", "red-blue": "Red–blue"}


@dataclass(frozen=True)
class Look:
    """How values become colours, and in which order neurons are listed."""

    scale: str
    moment: str
    note: NoteValue
    order: str
    colours: Colours
    property: str | None = None  # that the neurons are ordered for


PLAIN_LOOK = Look("fixed", "after", "mean", "number", "purple-orange")


def choose_quantity(run: Run, among: Collection[str] | None = None) -> tuple[int, str]:
    """(layer, quantity), the layer from 0; part of the address. among: the quantities offered."""
    model = run.config.model
    first, second = st.columns([1, 2], gap="small")
    layer = first.selectbox(
        "Layer",
        range(1, model.layers + 1),
        key=state.LAYER,
        bind="query-params",
        disabled=model.layers == 1,
        help="1 is the layer that reads the characters.",
    )
    quantities = [
        name for name in loaders.runs.engine(run).quantities if among is None or name in among
    ]
    quantity = str(state.shared(state.QUANTITY, quantities))
    second.selectbox(
        "Quantity",
        quantities,
        key=state.widget_key(state.QUANTITY),
        format_func=quantity_name,
        help="  \n".join(f"**{QUANTITIES[q].title}**: {QUANTITIES[q].meaning}" for q in quantities),
    )
    return layer - 1, quantity


def choose_look() -> Look:
    """How values become colours and in which order neurons are listed; part of the address."""
    order = widgets.segments(
        "Neurons listed",
        ORDERS,
        state.NEURON_ORDER,
        "By number; the clearest labels first; or those first that follow a property best. The "
        "last two once the run's neurons are ranked.",
    )
    picked = _choose_property() if order == "property" else None
    with st.popover("Scale and colours"):
        return Look(
            scale=widgets.segments(
                "Full colour at",
                SCALES,
                state.SCALE_OF,
                "±1 is the same for all neurons; this tune's largest value shows faint neurons; so "
                "does the 99.5th percentile of a neuron's size over the corpus, the same for all "
                "tunes, once the run's neurons are ranked. Gates always go from 0 to 1.",
            ),
            moment=widgets.segments(
                "A character has the state",
                MOMENTS,
                state.MOMENT,
                "After: the network has just read this character. Before: the state that "
                "predicted it.",
            ),
            note=widgets.segments(
                "A note has, of its characters, the",
                NOTE_VALUES,
                state.NOTE_VALUE,
                "One note is written with one or more characters; its colour on the staff is "
                "their mean value, the last one's, or the one furthest from 0.",
            ),
            colours=widgets.segments(
                "Colours",
                COLOURS,
                state.COLOURS,
                "Both pairs can be told apart by colour-blind eyes.",
            ),
            order=order,
            property=picked,
        )


def _choose_property() -> str:
    names = [each.name for each in PROPERTIES]
    words = {each.name: each.words for each in PROPERTIES}
    state.from_address(state.FOR_PROPERTY, names, names[0])
    picked = st.selectbox(
        "Property", names, key=state.FOR_PROPERTY, format_func=lambda name: words[name], width=300
    )
    state.to_address(state.FOR_PROPERTY, picked, names[0])
    return picked


def shown(activity: ActivationMap, layer: int, quantity: str, look: Look) -> np.ndarray:
    """Values for the player, (H, T): of the state after each character, or before it."""
    values = activity.quantities[quantity][layer]  # (T, H)
    if look.moment == "before":
        values = np.concatenate([activity.start[quantity][layer][None], values])[:-1]
    return (np.tanh(values) if quantity == "cell" else values).T
