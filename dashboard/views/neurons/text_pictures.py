"""The numbers of a neuron on a text in other forms: a grid, compared with others, a table."""

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import state, widgets
from dashboard.charts.activations import heat_map, stack
from dashboard.charts.theme import visible
from dashboard.state import elements
from dashboard.views.neurons.layer import Layer
from songrnn.inspection.activations import ActivationMap
from songrnn.plain_text import csv_bytes

# Characters a row of the grid; neurons compared at most, this one among them.
COLUMNS = 20
MOST_COMPARED = 12


def show(looked_at: Layer, activity: ActivationMap, values: np.ndarray, neuron: int) -> None:
    """The three forms, folded. values: (H, T) as the player shows them."""
    name = f"{looked_at.run.name}-{looked_at.quantity}-{neuron}"
    grid(looked_at, activity.text, values[neuron], name)
    compared(looked_at, activity.text, values, neuron, name)
    table(activity, values[neuron], name)


def grid(looked_at: Layer, text: str, values: np.ndarray, name: str) -> None:
    """The text as rows of coloured cells."""
    opened = widgets.fold(f"As a grid, {COLUMNS} characters a row", "grid")
    if opened is None:
        return
    with opened:
        widgets.chart(
            lambda colours: heat_map(
                text,
                values,
                colours=colours,
                quantity=looked_at.quantity,
                columns=COLUMNS,
            ),
            f"{name}-grid",
            key=elements.NEURON_GRID,
            width="content",
            alt="The neuron's value at each character, as a grid",
        )
        st.caption("Newlines end a row too. Fixed scale: states from −1 to 1, gates from 0 to 1.")


def compared(looked_at: Layer, text: str, values: np.ndarray, neuron: int, name: str) -> None:
    """Several neurons along the text, a row each."""
    if (opened := widgets.fold("Several neurons", "several-neurons")) is None:
        return
    with opened:
        others = st.multiselect(
            "Other neurons to compare with",
            [unit for unit in range(len(values)) if unit != neuron],
            max_selections=MOST_COMPARED - 1,
            key=state.OTHER_NEURONS,
            help="Each gets a row below this one, on the same text and scale.",
        )
        rows = [neuron, *[unit for unit in others if unit != neuron]]
        widgets.chart(
            lambda colours: stack(
                text,
                values[rows],
                [str(unit) for unit in rows],
                colours=colours,
                quantity=looked_at.quantity,
            ),
            f"{name}-compared",
            key=elements.NEURON_STACK,
            alt="Values of several neurons along the text",
        )


def table(activity: ActivationMap, values: np.ndarray, name: str) -> None:
    """Character by character, for reading aloud, sorting and downloading."""
    if (opened := widgets.fold("As a table", "characters")) is None:
        return
    text = activity.text
    rows = pd.DataFrame(
        {
            "position": np.arange(len(text)),
            "character": [visible(character) for character in text],
            "value": values.astype(np.float64),
            "surprisal": activity.surprisal[: len(text)],
        }
    )
    column = st.column_config
    with opened:
        st.dataframe(
            rows,
            hide_index=True,
            height=300,
            key=elements.NEURON_TABLE,
            column_config={
                "position": column.NumberColumn("Position", help="Counted from 0."),
                "character": column.TextColumn("Character"),
                "value": column.NumberColumn(
                    "Value", format="%.6f", help="The neuron's value, which the colour shows."
                ),
                "surprisal": column.NumberColumn(
                    "Surprisal",
                    format="%.3f",
                    help="−log2 of the probability that the run gave this character, in bits.",
                ),
            },
        )
        st.download_button(
            "CSV",
            data=lambda: csv_bytes(rows),
            file_name=f"{name}.csv",
            mime="text/csv",
            on_click="ignore",
            key=elements.NEURON_CSV,
            help="This table as a file.",
        )
