"""Neurons switched off: what that costs on real tunes."""

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import frame, loaders, state, widgets
from dashboard.charts.ablation import effect_chart
from dashboard.state import elements
from dashboard.views.neurons import ablation_songs, dose
from dashboard.views.neurons.ablation_form import Question, choose_question
from dashboard.views.neurons.layer import Layer
from dashboard.views.neurons.words import PROPERTY_WORDS, interval_words, unit_names, verdict
from dashboard.widgets.progress import Tell
from dashboard.wording import duration
from songrnn.inspection.ablation import RANDOM_SETS, Effect, effect
from songrnn.model.shapes import products_per_symbol
from songrnn.store.runs import Run

TUNES = (10, 20, 50, 100)
# Seconds beyond which fewer tunes are proposed.
LONG = 60
# Multiplications a second of one core in this kind of work, measured; for a rough estimate only.
_SPEED = 1.3e10
_CHARACTERS = 280


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
    found = on_tunes(looked_at.run, question)
    if found:
        report(found)
    st.subheader("At other values", anchor=False)
    dose.show(looked_at.run, question)
    st.subheader("In songs", anchor=False)
    ablation_songs.show(looked_at.run, question)


def on_tunes(run: Run, question: Question) -> list[Effect] | None:
    """Effects of all sets: measured before, or now when a person says so."""
    tunes = st.segmented_control(
        "Tunes read",
        TUNES,
        default=20 if seconds_for(run, 20, len(question.groups)) <= LONG else 10,
        required=True,
        key=state.CAUSE_TUNES,
        help="Drawn from the validation tunes, always the same ones. More tunes give narrower "
        "intervals and take longer.",
    )
    seconds = seconds_for(run, tunes, len(question.groups))
    return widgets.measured(
        run,
        ("effects", question, tunes),
        lambda tell: measure(run, question, tunes, tell),
        label="Measure",
        doing="Switching off …",
        about=f"Reads {tunes} validation tunes without any change, with these neurons fixed, and "
        f"with each of {RANDOM_SETS} random sets of the same size fixed: about "
        f"{duration(max(2, round(seconds, -1 if seconds > 20 else 0)))}.",
        key=elements.MEASURE_EFFECT,
    )


def measure(run: Run, question: Question, tunes: int, tell: Tell) -> list[Effect]:
    """The effect of each set of units."""
    held_out = widgets.corpus_of(run.config.corpus).split("validation")
    index = loaders.neurons.index(run)
    means = {} if index is None else index.means()
    found = []
    for number, units in enumerate(question.groups):

        def partly(share: float, done: int = number) -> None:
            tell((done + share) / len(question.groups))

        found.append(
            effect(
                loaders.runs.engine(run),
                run.vocabulary,
                held_out,
                units,
                np.random.default_rng(0),
                means=means,
                label=question.label,
                value=question.value,
                place=question.place,
                most_tunes=tunes,
                progress=partly,
            )
        )
    return found


def seconds_for(run: Run, tunes: int, groups: int, sets: int = RANDOM_SETS) -> float:
    """About how long reading takes on one core."""
    work = products_per_symbol(run.config.model, run.vocabulary.size)
    return work * _CHARACTERS * tunes * sets * groups / _SPEED


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
