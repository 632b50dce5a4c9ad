"""Neurons switched off: what that costs on real tunes."""

import pandas as pd
import streamlit as st

from dashboard import frame
from dashboard.charts.ablation import effect_chart
from dashboard.state import elements
from dashboard.views.neurons import ablation_songs, dose, effects
from dashboard.views.neurons.ablation_form import choose_question
from dashboard.views.neurons.layer import Layer
from dashboard.views.neurons.words import PROPERTY_WORDS, interval_words, unit_names, verdict
from songrnn.inspection.ablation import Effect


def show(looked_at: Layer) -> None:
    """The view."""
    st.markdown(
        "A neuron may follow something and yet have no effect. Here neurons are fixed at a value "
        "while the network reads tunes or writes songs, and what that changes is measured."
    )
    question = choose_question(looked_at)
    if question is None:
        return
    st.subheader("On real tunes", anchor=False)
    found = effects.on_tunes(looked_at.run, question)
    if found:
        report(found)
    st.subheader("At other values", anchor=False)
    dose.show(looked_at.run, question)
    st.subheader("In songs", anchor=False)
    ablation_songs.show(looked_at.run, question)


def report(found: list[Effect]) -> None:
    """The verdict on the smallest and the largest set, the picture, the table."""
    words = PROPERTY_WORDS.get(found[0].label or "")
    for each in found if len(found) <= 1 else (found[0], found[-1]):
        st.markdown(verdict(each, words))
    last = found[-1]
    st.plotly_chart(
        effect_chart(found, colours=frame.colours()),
        theme=None,
        key=elements.EFFECT_CHART,
        config={"displaylogo": False},
        alt=verdict(last, words),
    )
    placed = f" (the random sets on the first {last.placed})" if last.placed != last.tunes else ""
    st.caption(
        f"Change in bits per character on {last.tunes} validation tunes, {last.characters:,} "
        f"predictions{placed}; a rise means worse predictions. Intervals: 95 %, bootstrap over "
        "tunes. “Causal” is said when the whole interval where the label holds is above 0 and the "
        f"change is larger than that of 95 % of {len(last.random_overall)} random sets of the same "
        "size from the same layers."
    )
    table(found)


def table(found: list[Effect]) -> None:
    """The same as a table."""
    rows = [
        {
            "off": len(each.units),
            "neurons": unit_names(each.units),
            "overall": interval_words(each.overall),
            "where": interval_words(each.where) if each.where else "–",
            "elsewhere": interval_words(each.elsewhere) if each.elsewhere else "–",
            "place": each.place_where if each.place_where is not None else each.place_overall,
            "verdict": "causal" if each.causal else "not shown to be causal",
        }
        for each in found
    ]
    column = st.column_config
    with st.expander("As a table"):
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
                "place": column.NumberColumn(
                    "Percentile", format="%.1f", help="Percent of random sets that change less."
                ),
                "verdict": column.TextColumn("Verdict"),
            },
        )
