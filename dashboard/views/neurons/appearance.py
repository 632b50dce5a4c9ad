"""How values become colours, and the order of neurons: settings that are part of the address."""

from dataclasses import dataclass

import streamlit as st

from dashboard import state, widgets
from dashboard.components.tune_player import Colours, NoteValue
from dashboard.views.neurons.words import PROPERTY_WORDS

SCALES = {"fixed": "±1", "tune": "This tune", "corpus": "The corpus"}
ORDERS = {"number": "By number", "score": "By score", "property": "By a property"}
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
    property: str | None = None  # that the neurons are ordered by


PLAIN_LOOK = Look("fixed", "after", "mean", "number", "purple-orange")


def choose_look() -> Look:
    """The settings, the rarer ones in a popover."""
    order = widgets.segments(
        "Order",
        ORDERS,
        state.NEURON_ORDER,
        "The order in which the up and down keys go through the neurons: by number; the clearest "
        "labels first; or those first that follow one property best. The last two need a run "
        "whose neurons are ranked.",
    )
    picked = choose_property() if order == "property" else None
    with st.popover("Scale and colours"):
        return Look(
            scale=widgets.segments(
                "Full colour at",
                SCALES,
                state.SCALE_OF,
                "The value that gets the strongest colour. ±1 makes all neurons comparable. This "
                "tune: the neuron's own largest value here, so that faint neurons show. The "
                "corpus: what 99.5 % of the neuron's values over the corpus stay within (needs a "
                "ranked run). Gates always go from 0 to 1.",
            ),
            moment=widgets.segments(
                "A character has the state",
                MOMENTS,
                state.MOMENT,
                "After: the network has just read this character. Before: the state that "
                "predicted it.",
            ),
            note=widgets.segments(
                "A note on the staff has, of its characters, the",
                NOTE_VALUES,
                state.NOTE_VALUE,
                "A note is written with one or more characters. Its colour on the staff is their "
                "mean value, the last one's, or the one furthest from 0.",
            ),
            colours=widgets.segments(
                "Colours",
                COLOURS,
                state.COLOURS,
                "The colours of low and high values. Both pairs suit colour-blind eyes.",
            ),
            order=order,
            property=picked,
        )


def choose_property() -> str:
    """The property that neurons are ordered by."""
    help = "Lists the neurons by how well their activation follows this property (held-out R²)."
    return widgets.select("Property", PROPERTY_WORDS, state.FOR_PROPERTY, help, width=300)
