"""Neurons switched off: what that costs on real tunes."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import widgets
from dashboard.charts.ablation import effect_chart
from dashboard.state import elements
from dashboard.views.neurons import ablation_songs, dose, effects
from dashboard.views.neurons.ablation_form import Question, choose_question
from dashboard.views.neurons.layer import Layer
from dashboard.views.neurons.words import PROPERTY_WORDS, interval_words, unit_names, verdict
from dashboard.wording import file_name
from songrnn.inspection.ablation import Effect, VerdictWords, verdicts
from songrnn.store.runs import Run


def show(looked_at: Layer) -> None:
    """The view."""
    with st.container(key=elements.BENCH):
        with st.container(key=elements.RAIL):
            st.markdown(
                "A neuron may follow something and yet have no effect. Here neurons are fixed at a "
                "value while the network reads tunes or writes songs, and what that changes is "
                "measured."
            )
            question = choose_question(looked_at)
        if question is not None:
            with st.container(key=elements.MUSIC):
                measured(looked_at, question)


def measured(looked_at: Layer, question: Question) -> None:
    """What follows: on tunes, at other values, in songs."""
    st.subheader("On real tunes", anchor=False)
    found = effects.on_tunes(looked_at.run, question)
    if found:
        report(looked_at.run, found)
    st.subheader("At other values", anchor=False)
    dose.show(looked_at.run, question)
    st.subheader("In songs", anchor=False)
    ablation_songs.show(looked_at.run, question)


def report(run: Run, found: list[Effect]) -> None:
    """The verdict on the smallest and the largest set, the picture, the table."""
    words = PROPERTY_WORDS.get(found[0].label or "")
    said = verdicts(found)
    for number in sorted({0, len(found) - 1}):
        st.markdown(verdict(found[number], said[number], words))
    last = found[-1]
    widgets.chart(
        lambda colours: effect_chart(found, colours=colours),
        file_name(run.name, "effect of switching off", unit_names(found[0].units)),
        key=elements.EFFECT_CHART,
        alt=verdict(last, said[-1], words),
    )
    placed = f" (the other sets on the first {last.placed})" if last.placed != last.tunes else ""
    matched = (
        f" Influence is the standard deviation times the norm of the outgoing weights: here "
        f"{last.influence:.2f}, of the other sets {last.matched_influence:.2f} in the middle."
        if last.matched_influence is not None
        else ""
    )
    st.caption(
        f"Change in bits per character on {last.tunes} validation tunes, {last.characters:,} "
        f"predictions{placed}; a rise means worse predictions. Intervals: 95 %, bootstrap over "
        "tunes. “Causal for” is said when the loss rises more where the label holds than elsewhere, "
        f"the interval of the difference above 0, and by more than with {len(last.random_overall)} "
        "sets of other neurons of the same layers, matched in influence (p adjusted over all sets "
        f"measured here). A number or an angle “holds” where its value decides the next character.{matched}"
    )
    table(found, said)


def table(found: list[Effect], said: Sequence[VerdictWords]) -> None:
    """The same as a table."""
    rows = [
        {
            "off": len(each.units),
            "neurons": unit_names(each.units),
            "overall": interval_words(each.overall),
            "where": interval_words(each.where) if each.where else "–",
            "elsewhere": interval_words(each.elsewhere) if each.elsewhere else "–",
            "difference": interval_words(each.specific) if each.specific else "–",
            "place": each.place_overall if each.place_specific is None else each.place_specific,
            "verdict": f"{told} {each.label}" if told == "causal for" else told,
        }
        for each, told in zip(found, said, strict=True)
    ]
    column = st.column_config
    if (opened := widgets.fold("As a table", "effects")) is None:
        return
    with opened:
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            key=elements.EFFECT_TABLE,
            column_config={
                "off": column.NumberColumn("Switched off"),
                "neurons": column.TextColumn("Neurons"),
                "overall": column.TextColumn("All characters"),
                "where": column.TextColumn("Where the label holds"),
                "elsewhere": column.TextColumn("Elsewhere"),
                "difference": column.TextColumn("Difference"),
                "place": column.NumberColumn(
                    "Percentile",
                    format="%.1f",
                    help="Percent of the other sets whose difference (without a label: change) is "
                    "smaller.",
                ),
                "verdict": column.TextColumn("Verdict"),
            },
        )
