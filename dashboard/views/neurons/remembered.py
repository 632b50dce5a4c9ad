"""The neurons that remember something by the stricter rule, the clearest first."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import loaders
from dashboard.state import elements
from dashboard.views.neurons.verdicts import counts
from dashboard.views.neurons.words import PROPERTY_WORDS, neuron_link, quantity_name, signed
from dashboard.wording import plain
from songrnn.inspection.memory.verdicts import MemoryIndex
from songrnn.plain_text import inert_table
from songrnn.store.runs import Run


def table(run: Run, memory: MemoryIndex) -> None:
    """A row each, of all layers, with figures, other corpora and a link; below it the controls."""
    found = [each for each in memory.verdicts if each.kind == "remembers"]
    found.sort(key=lambda each: -each.partial)
    checks = loaders.neurons.checks(run)
    rows = []
    for each in found:
        row = {
            "neuron": f"{each.layer + 1}/{each.neuron}",
            "words": PROPERTY_WORDS.get(each.label or "", each.label),
            "state": quantity_name(each.quantity),
            "partial": each.partial,
            "low": each.low,
            "bound": each.bound,
            "n": f"{each.n:,} {each.counted}",
            "open": neuron_link(run.name, each.quantity, each.layer, each.neuron, view="card"),
        }
        for place, check in enumerate(checks):
            there = check.memory_of(each.layer, each.neuron)
            if there is not None and there.partial_there is not None:
                said = "holds" if there.holds else "no"
                row[f"check-{place}"] = f"{said} ({signed(there.partial_there, 2)})"
        rows.append(row)
    st.subheader("What is remembered", anchor=False)
    if rows:
        st.dataframe(
            inert_table(pd.DataFrame(rows)),
            hide_index=True,
            height=min(38 + 35 * len(rows), 280),
            key=elements.REMEMBERED_TABLE,
            column_config=columns([check.corpus for check in checks]),
        )
    st.caption(counts(memory))


def columns(corpora: list[str]) -> dict[str, Any]:
    """What the table's columns mean."""
    column = st.column_config
    return {
        "neuron": column.TextColumn("Neuron", help="Layer and number."),
        "words": column.TextColumn("Remembers"),
        "state": column.TextColumn("In its", help="The state that the figures are of."),
        "partial": column.NumberColumn(
            "Partial R²",
            format="%.2f",
            help="What the property explains of the neuron on validation tunes when the last 8 "
            "characters and the position are taken out of both; for rare properties average "
            "precision, corrected for chance.",
        ),
        "low": column.NumberColumn(
            "At least", format="%.2f", help="Lower end of its 95 % interval over tunes."
        ),
        "bound": column.NumberColumn(
            "Must exceed", format="%.2f", help="What untrained networks reach, 0.10 at least."
        ),
        "n": column.TextColumn("n"),
        "open": column.LinkColumn("Card", display_text="open"),
        **{
            f"check-{place}": column.TextColumn(
                plain(f"On {name}"),
                help="Everything fitted on the run's own corpus: the partial figure there.",
            )
            for place, name in enumerate(corpora)
        },
    }
