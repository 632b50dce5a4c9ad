"""Neurons fixed at one value after another, all within the range they have: the dose curve."""

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.charts.ablation import dose_chart
from dashboard.state import elements
from dashboard.views.neurons.ablation_form import Question
from dashboard.views.neurons.words import PROPERTY_WORDS, interval_words, signed, unit_names
from dashboard.widgets.progress import Tell
from dashboard.wording import file_name
from songrnn.inspection.dose import Dose, dose_curve
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.units import Unit
from songrnn.store.runs import Run

TUNES = (10, 20, 50, 100)


def show(run: Run, question: Question) -> None:
    """The controls, the curve, the table."""
    index = loaders.neurons.index(run)
    if index is None:
        st.caption("The range of the neurons' values is known once the run's neurons are ranked.")
        return
    tunes = st.segmented_control(
        "Tunes read",
        TUNES,
        default=20,
        required=True,
        key=state.DOSE_TUNES,
        help="Drawn from the validation tunes, always the same ones. More tunes give narrower "
        "intervals and take longer.",
    )
    units = question.groups[-1]
    found = widgets.measured(
        run,
        ("dose", units, question.label, question.place, tunes),
        lambda tell: measure(run, index, question, tunes, tell),
        label="Measure the curve",
        doing="Fixing at one value after another …",
        about=f"Fixes {unit_names(units)} at seven values between the lowest and the highest they "
        f"have, and reads {tunes} validation tunes with each.",
        key=elements.MEASURE_DOSE,
    )
    if found is not None:
        report(found, units, question.label)


def measure(run: Run, index: NeuronIndex, question: Question, tunes: int, tell: Tell) -> list[Dose]:
    """The curve of the largest set of units."""
    return dose_curve(
        loaders.runs.engine(run),
        run.vocabulary,
        widgets.corpus_of(run.config.corpus).split("validation"),
        question.groups[-1],
        np.random.default_rng(0),
        index=index,
        label=question.label,
        place=question.place,
        most_tunes=tunes,
        progress=tell,
    )


def report(found: list[Dose], units: tuple[Unit, ...], label: str | None) -> None:
    """The curve with its intervals, how to read it, and the same as a table."""
    words = PROPERTY_WORDS.get(label or "")
    widgets.chart(
        lambda colours: dose_chart(found, colours=colours),
        file_name("bits with", unit_names(units), "fixed"),
        key=elements.DOSE_CHART,
        alt=f"Change in bits per character with {unit_names(units)} fixed at each value",
    )
    st.caption(
        f"{unit_names(units).capitalize()} fixed at quantiles of their own values, on "
        f"{found[0].tunes} validation tunes, {found[0].characters:,} predictions"
        + (f"; “where it holds” is right after a character “{words}”" if words else "")
        + ". A rise means worse predictions. A valley in the middle says that the network misses "
        "what the neurons carry; a slope, that it is sensitive to one end of their range. Intervals: 95 %, "
        "bootstrap over tunes."
    )
    rows = [
        {
            "quantile": each.quantile,
            "values": ", ".join(signed(value, 2) for value in each.values),
            "overall": interval_words(each.overall),
            "where": interval_words(each.where) if each.where else "–",
            "elsewhere": interval_words(each.elsewhere) if each.elsewhere else "–",
        }
        for each in found
    ]
    column = st.column_config
    if (opened := widgets.fold("As a table", "doses")) is None:
        return
    with opened:
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            key=elements.DOSE_TABLE,
            column_config={
                "quantile": column.NumberColumn(
                    "Quantile",
                    format="percent",
                    help="Share of the corpus's characters on which the neuron is below the value.",
                ),
                "values": column.TextColumn("Fixed at", help="One value for each neuron."),
                "overall": column.TextColumn("All characters"),
                "where": column.TextColumn("Where the label holds"),
                "elsewhere": column.TextColumn("Elsewhere"),
            },
        )
