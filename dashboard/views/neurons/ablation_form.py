"""What is switched off: which neurons, fixed at which value, and where the effect is measured."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.state.neurons import follow_label
from dashboard.views.neurons.layer import Layer, choose_neuron, labels_of, neuron_names
from dashboard.views.neurons.words import PROPERTY_WORDS
from songrnn.inspection.holding import Mode, units_labelled
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.units import Unit
from songrnn.model.intervention import Place

Which = Literal["this", "these", "label"]
FixedAt = Literal["resample", "mean", "zero", "value"]
WHICH: dict[Which, str] = {
    "this": "One neuron",
    "these": "Several neurons",
    "label": "The best of a label",
}
VALUES: dict[FixedAt, str] = {
    "resample": "Values of other places",
    "mean": "Their mean",
    "zero": "Zero",
    "value": "A value",
}
PLACES: dict[Place, str] = {"recurrence": "All that follows", "readout": "The readout only"}
SIZES = (1, 2, 4, 8, 16)

# Sets of units, each measured by itself.
Groups = tuple[tuple[Unit, ...], ...]


@dataclass(frozen=True)
class Question:
    """Which sets of units are fixed, at what, where; and where the effect is measured."""

    groups: Groups
    label: str | None
    value: Mode | float
    place: Place


def choose_question(looked_at: Layer) -> Question | None:
    """The controls, part of the address; None, with the reason on the page, without a neuron."""
    index = loaders.neurons.index(looked_at.run)
    ranked = index is not None
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        which = widgets.segments(
            "Which",
            {name: words for name, words in WHICH.items() if ranked or name != "label"},
            state.CAUSE_WHICH,
            "One neuron; several of your choice; or the 1, 2, 4, 8 and 16 with the highest score "
            "for a label, each set by itself.",
        )
        mode = widgets.segments(
            "Fixed at",
            {
                name: words
                for name, words in VALUES.items()
                if ranked or name not in ("resample", "mean")
            },
            state.CAUSE_VALUE,
            "What the neurons are at every character. Values that they have at other places, drawn "
            "at random, take away what they tell and nothing else; their mean, or zero, may be values "
            "that they never have.",
        )
        place = widgets.segments(
            "Affects",
            PLACES,
            state.CAUSE_PLACE,
            "All that follows: the network's memory loses what the neurons carry too. The readout "
            "only: what reads the layer sees the fixed value, the memory stays as it was.",
        )
    value: Mode | float = choose_value() if mode == "value" else mode
    found = choose_units(looked_at, index, which)
    if found is None:
        return None
    groups, label = found
    return Question(groups, label if which == "label" else choose_where(label), value, place)


def choose_value() -> float:
    """The value that units are fixed at."""
    return st.slider(
        "Value",
        -1.0,
        1.0,
        1.0,
        0.05,
        key=state.CAUSE_LEVEL,
        bind="query-params",
        help="The value the neurons keep; for a cell state, the tanh of it.",
        width=320,
    )


def choose_units(
    looked_at: Layer, index: NeuronIndex | None, which: Which
) -> tuple[Groups, str | None] | None:
    """(sets of units, their label)."""
    if which == "label" and index is not None:
        return choose_labelled(looked_at, index)
    if which == "these":
        several = choose_several(looked_at)
        return ((several,), None) if several else None
    neuron = choose_neuron(looked_at, looked_at.held)
    label = labels_of(looked_at.run, looked_at.layer, looked_at.held).get(neuron)
    return ((looked_at.unit(neuron),),), None if label is None else label.label


def choose_several(looked_at: Layer) -> tuple[Unit, ...]:
    """Neurons of the layer; none, with a word on what to do, when none is chosen."""
    names = neuron_names(looked_at.run, looked_at.layer, looked_at.held)
    state.several_from_address(state.CAUSE_UNITS, list(names))
    several = st.multiselect(
        "Neurons",
        list(names),
        key=state.CAUSE_UNITS,
        format_func=lambda number: names[number],
        help="All of these are switched off together.",
    )
    state.several_to_address(state.CAUSE_UNITS, several)
    if not several:
        st.info("Choose the neurons to switch off.")
    return tuple(looked_at.unit(int(number)) for number in several)


def choose_labelled(looked_at: Layer, index: NeuronIndex) -> tuple[Groups, str] | None:
    """The units with the highest scores for a label, in sets of growing size."""
    held = looked_at.held
    carried = Counter(
        each.label for each in index.labels if each.label is not None and each.quantity == held
    )
    if not carried:
        st.info(f"No neuron of {looked_at.run.name} has a clear label in its {held} state.")
        return None
    names = {
        label: f"{PROPERTY_WORDS[label]} · {count} neuron{'s' if count > 1 else ''}"
        for label, count in carried.most_common()
    }
    help = "Switches off the neurons with this label, the highest scores first."
    picked = widgets.select("Label", names, state.CAUSE_LABEL, help)
    units = units_labelled(index.labels, picked, held)
    return tuple(units[:size] for size in SIZES if size <= len(units)), picked


def choose_where(default: str | None) -> str | None:
    """The property at which the effect is measured, None for all characters."""
    follow_label(default or "")
    picked = widgets.select(
        "Measured at",
        {"": "all characters alike", **PROPERTY_WORDS},
        state.CAUSE_WHERE,
        "Compares the predictions made right after characters with this property with the others; "
        "of a number or an angle, those made where its value decides the next character.",
        default=default or "",
    )
    return picked or None
