"""The list of neurons that a person makes: in a popover on every view of the page."""

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.state import elements, neuron_list
from dashboard.views.neurons.layer import Layer, words_of
from dashboard.views.neurons.words import neuron_link
from songrnn.plain_text import inert_table
from songrnn.store.runs import Run

_MOST_OF_NAME = 60


def popover(run: Run) -> None:
    """The list with a name, a link to each of its neurons, and what one may do with it."""
    names = names_of(run)
    neuron_list.recall(run.name, list(names))
    listed = state.get(neuron_list.LIST)
    count = len(listed or [])
    with st.popover(
        f"List ({count})" if count else "List",
        help="Neurons put aside, under a name. The address of this page holds the list: its link "
        "shows the same list to others.",
    ):
        name = st.text_input(
            "Name of the list",
            key=neuron_list.LIST_NAME,
            max_chars=_MOST_OF_NAME,
            help="Part of the link.",
        )
        chosen = st.multiselect(
            "Neurons",
            list(names),
            key=neuron_list.LIST,
            format_func=lambda each: names[each],
            help="Layer and number. The card of a neuron has a button that adds it.",
        )
        neuron_list.keep(run.name, chosen, name)
        if chosen:
            table(run, names, chosen)


def names_of(run: Run) -> dict[str, str]:
    """layer/number, from 1 and 0 -> the same with what the neuron is said to do, of all neurons."""
    found = {}
    for layer in range(run.config.model.layers):
        words = words_of(run, layer, "hidden")
        for neuron in range(run.config.model.hidden_size):
            name = f"{layer + 1}/{neuron}"
            found[name] = f"{name} · {words[neuron]}" if words.get(neuron) else name
    return found


def table(run: Run, names: dict[str, str], chosen: list[str]) -> None:
    """A row each, with links to its card and to the view Switched off."""
    places = [tuple(map(int, each.split("/"))) for each in chosen]
    rows = [
        {
            "neuron": names[each],
            "open": neuron_link(run.name, "hidden", layer - 1, neuron, view="card"),
            "cause": neuron_link(run.name, "hidden", layer - 1, neuron, view="cause"),
        }
        for each, (layer, neuron) in zip(chosen, places, strict=True)
    ]
    column = st.column_config
    st.dataframe(
        inert_table(pd.DataFrame(rows)),
        hide_index=True,
        key=elements.LIST_TABLE,
        column_config={
            "neuron": column.TextColumn("Neuron"),
            "open": column.LinkColumn("Card", display_text="open"),
            "cause": column.LinkColumn("Switched off", display_text="open"),
        },
    )


def add_button(looked_at: Layer, neuron: int) -> None:
    """Puts a neuron on the list."""
    name = f"{looked_at.layer + 1}/{neuron}"
    there = name in (state.get(neuron_list.LIST) or [])
    st.button(
        "On the list" if there else "Add to the list",
        key=elements.ADD_TO_LIST,
        disabled=there,
        on_click=neuron_list.add,
        args=(name,),
        help="The list stands behind the button beside the views, and in the address of the page.",
    )
