"""Neurons that do the same as one, and how open its gates are."""

import pandas as pd
import streamlit as st

from dashboard import loaders, widgets
from dashboard.charts.activations import gate_histograms
from dashboard.state import elements
from dashboard.views.neurons.layer import Layer, words_of
from dashboard.views.neurons.words import neuron_link, quantity_name
from songrnn.inspection.similarity import UnitSimilarity
from songrnn.plain_text import inert_table


def similar(looked_at: Layer, neuron: int) -> None:
    """The neurons whose activations correlate most with this one's."""
    st.subheader("Similar neurons", anchor=False)
    widgets.joined(
        lambda: loaders.neurons.similarity_of(looked_at.run),
        lambda found: table(looked_at, neuron, found),
        of=("similar", str(looked_at.run.path)),
        doing="The run is reading a few tunes …",
    )


def table(looked_at: Layer, neuron: int, found: UnitSimilarity) -> None:
    """A row for each of the most similar, with its correlation and a link."""
    run = looked_at.run
    rows = []
    for unit, r in found.most_similar(looked_at.quantity, looked_at.layer, neuron):
        name = f"{unit.neuron}, {quantity_name(unit.quantity).lower()}, layer {unit.layer + 1}"
        rows.append(
            {
                "r": r,
                "neuron": name,
                "open": neuron_link(run.name, unit.quantity, unit.layer, unit.neuron, view="card"),
                "label": words_of(run, unit.layer, unit.quantity).get(unit.neuron, ""),
            }
        )
    column = st.column_config
    st.dataframe(
        inert_table(pd.DataFrame(rows)),
        hide_index=True,
        key=elements.SIMILAR_TABLE,
        column_config={
            "r": column.NumberColumn(
                "r", format="%.2f", help="Correlation of the two neurons' activations, −1 to 1."
            ),
            "neuron": column.TextColumn("Neuron"),
            "label": column.TextColumn("Label"),
            "open": column.LinkColumn("Card", display_text="open"),
        },
    )
    st.caption(f"Correlation over {found.characters:,} characters of validation tunes.")


def gates(looked_at: Layer, neuron: int) -> None:
    """How often each of its gates has which value; nothing without gates or an index."""
    index = loaders.neurons.index(looked_at.run)
    if index is None or not index.gates:
        return
    layer, saturated = looked_at.layer, index.saturation()
    shares = {name: each[layer, neuron] for name, each in index.gates.items()}
    st.subheader("Its gates", anchor=False)
    widgets.chart(
        lambda colours: gate_histograms(
            {quantity_name(name): each for name, each in shares.items()},
            colours=colours,
        ),
        f"{looked_at.run.name}-layer-{looked_at.layer + 1}-neuron-{neuron}-gates",
        key=elements.GATE_HISTOGRAMS,
        at_once=True,
        alt="How often each gate has which value",
        same=(loaders.neurons.drawn_from(looked_at.run), layer, neuron),
    )
    words = "; ".join(
        f"{quantity_name(name).lower()} {low:.0%} below 0.1, {high:.0%} above 0.9"
        for name in shares
        for low, high in [saturated[name][layer, neuron]]
    )
    st.caption(f"Shares of {index.characters:,} characters: {words}.")
