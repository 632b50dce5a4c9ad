"""Counting bars: which neurons repeat themselves with every bar, and what one does after a barline."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.charts.counting import response_chart, spectrum_chart
from dashboard.state import elements
from dashboard.state.neurons import turn_to_neuron
from dashboard.views.neurons.layer import Layer, choose_neuron, labels_of
from dashboard.views.neurons.words import quantity_name
from dashboard.widgets.progress import Tell
from songrnn.inspection.counting import UnitCount, count_unit, strongest_beats
from songrnn.inspection.units import Unit
from songrnn.plain_text import inert_table
from songrnn.statistics import Interval
from songrnn.store.runs import Run

TUNES = (20, 50, 100)
MOST_LISTED = 10
# Of the work, about the share that reading the tunes takes.
_READING = 0.4


@dataclass(frozen=True)
class Beats:
    """The units that beat most strongly once a bar, and on how much that was measured."""

    strongest: tuple[tuple[Unit, Interval], ...]
    tunes: int
    characters: int


def show(looked_at: Layer) -> None:
    """The view."""
    run = looked_at.run
    st.markdown(
        "A network that keeps bars whole must count. A neuron *beats once a bar* when its "
        "activation goes through the same ups and downs in every bar."
    )
    tunes = st.segmented_control(
        "Tunes read",
        TUNES,
        default=50,
        required=True,
        key=state.COUNT_TUNES,
        help="Drawn from the validation tunes, always the same ones. More tunes give narrower "
        "intervals and take longer.",
    )
    found = widgets.measured(
        run,
        ("beats", tunes),
        lambda tell: measure(run, tunes, tell),
        label="Measure",
        doing="Reading tunes …",
        about=f"Reads {tunes} validation tunes and lists the neurons of the run that beat most "
        "strongly once a bar.",
        key=elements.MEASURE_BEATS,
    )
    if found is None:
        return
    table(run, found)
    st.subheader("After a barline", anchor=False)
    of_layer = [unit for unit, _ in found.strongest if unit[:2] == looked_at.unit(0)[:2]]
    neuron = choose_neuron(
        looked_at, looked_at.held, default=of_layer[0].neuron if of_layer else None
    )
    report(run, count(run, looked_at.unit(neuron), tunes), found)


def measure(run: Run, tunes: int, tell: Tell) -> Beats:
    """The neurons of the whole run."""
    widgets.corpus_of(run.config.corpus)
    activity = loaders.neurons.activity_of(run, tunes)
    tell(_READING)
    strongest = strongest_beats(
        activity,
        MOST_LISTED,
        np.random.default_rng(0),
        progress=lambda share: tell(_READING + (1 - _READING) * share),
    )
    return Beats(tuple(strongest), len(activity.tunes), len(activity.ids))


def count(run: Run, unit: Unit, tunes: int) -> UnitCount:
    """How one neuron follows the bars; a few seconds when it is asked for the first time."""

    def make() -> UnitCount:
        activity = loaders.neurons.activity_of(run, tunes)
        return count_unit(activity, unit, np.random.default_rng(0))

    with st.spinner("Counting …"):
        return loaders.neurons.looked_up(make, run, "count", unit, tunes)


def table(run: Run, found: Beats) -> None:
    """The neurons that beat most; a row that is picked is shown below."""
    rows = []
    for unit, beat in found.strongest:
        label = labels_of(run, unit.layer, unit.quantity).get(unit.neuron)
        rows.append(
            {
                "neuron": f"{unit.neuron}, {quantity_name(unit.quantity).lower()}, "
                f"layer {unit.layer + 1}",
                "beat": beat.estimate,
                "low": beat.low,
                "high": beat.high,
                "label": label.words if label is not None and label.label else "",
            }
        )
    column = st.column_config
    st.dataframe(
        inert_table(pd.DataFrame(rows)),
        hide_index=True,
        key=elements.BEAT_TABLE,
        on_select=lambda: turn_to_picked([unit for unit, _ in found.strongest]),
        selection_mode="single-row",
        column_config={
            "neuron": column.TextColumn("Neuron"),
            "beat": column.NumberColumn(
                "Beat",
                format="%.1f",
                help="Power at one cycle a bar, divided by the usual power between whole numbers "
                "of cycles. 1 means no beat.",
            ),
            "low": column.NumberColumn("from", format="%.1f", help="Lower end, 95 % interval."),
            "high": column.NumberColumn("to", format="%.1f", help="Upper end, 95 % interval."),
            "label": column.TextColumn("Label"),
        },
    )
    st.caption(
        f"The {len(rows)} neurons of {run.name} that beat most strongly once a bar, on "
        f"{found.characters:,} characters of {found.tunes} validation tunes. Intervals: 95 %, "
        "bootstrap over tunes. Pick a row to show its neuron below."
    )


def turn_to_picked(units: Sequence[Unit]) -> None:
    """Show the neuron of the row that is picked."""
    rows = state.rows_picked(elements.BEAT_TABLE)
    if rows and rows[0] < len(units):
        unit = units[rows[0]]
        turn_to_neuron("count", unit.quantity, unit.layer, unit.neuron)


def report(run: Run, found: UnitCount, read: Beats) -> None:
    """What the neuron does after a barline, and its spectrum."""
    beat = found.beat
    left, right = st.columns(2, gap="medium")
    with left:
        widgets.chart(
            lambda colours: response_chart(found.response, colours=colours),
            f"{run.name}-neuron-{found.unit.neuron}-after-a-barline",
            key=elements.BARLINE_RESPONSE,
            alt="Mean activation by the number of characters after a barline",
        )
    with right:
        widgets.chart(
            lambda colours: spectrum_chart(found.frequencies, found.power, colours=colours),
            f"{run.name}-neuron-{found.unit.neuron}-spectrum",
            key=elements.BAR_SPECTRUM,
            alt="Share of the neuron's variance at each number of cycles a bar",
        )
    st.caption(
        f"{quantity_name(found.unit.quantity)} of neuron {found.unit.neuron}, layer "
        f"{found.unit.layer + 1}, of {run.name}: beat {beat.estimate:.1f} (95 % interval "
        f"{beat.low:.1f} to {beat.high:.1f}; 1 means no beat), on {read.characters:,} characters of "
        f"{beat.n} tunes with bars. Left: the mean over all bars, 0 being the barline's last "
        "character. Right: how much of the neuron's variance repeats that many times a bar."
    )
