"""A neuron's card: what it does, the evidence, its values over a corpus, places to look at."""

import pandas as pd
import streamlit as st

from dashboard import loaders, widgets
from dashboard.charts.activations import histogram
from dashboard.charts.theme import visible
from dashboard.neuron_words import neuron_link, signed
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.labels import PROPERTIES
from songrnn.store.runs import Run


def under_player(run: Run, quantity: str, layer: int, neuron: int) -> None:
    """The card of the neuron shown, or how to get one."""
    index = loaders.neuron_index(run)
    if index is None:
        st.caption(
            f"The neurons of {run.name} have no labels yet; find some with "
            f"`songrnn neurons {run.name} rank`."
        )
    elif (row := index.place_of(quantity, layer, neuron)) is not None:
        card(run, index, row)


def card(run: Run, index: NeuronIndex, row: int) -> None:
    """What the neuron does, the evidence for it, its values over the corpus, places to look at."""
    label = index.labels[row]
    labelled = sum(each.label is not None for each in index.labels)
    words = {found.name: found.words for found in PROPERTIES}
    st.subheader(f"Neuron {label.neuron} · {label.words}", anchor=False)
    evidence = [
        (
            "R²",
            f"{label.score:.2f}",
            f"Held-out R² of the activation given: {words[label.best]}. A straight line fitted on "
            f"half of the tunes, measured on {label.n:,} characters of the other half. "
            "*Remembers*: after the neuron's mean for the character just read is taken away. A "
            "label needs 0.25 and a false-discovery rate of at most 5 % against properties shifted "
            "within tunes.",
        ),
        (
            "Runner-up R²",
            f"{max(label.runner_up_score, 0):.2f}",
            f"Of the next best property: {words[label.runner_up]}.",
        ),
        (
            "Mutual information",
            f"{label.mutual_information:.2f} bits",
            "Between the activation in eight equally full bins and the property.",
        ),
    ]
    if label.auroc is not None:
        evidence.insert(
            2,
            (
                "AUROC",
                f"{label.auroc:.2f}",
                "The chance that the activation is higher where the property holds than where it "
                "does not; below 0.5 it is lower there.",
            ),
        )
    widgets.figures(evidence)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        mean, deviation = index.moments[row]
        st.plotly_chart(
            histogram(index.histograms[row], colours=widgets.colours()),
            theme=None,
            key="neuron-histogram",
            config={"displayModeBar": False},
        )
        st.caption(
            f"Values over {index.characters:,} characters of validation tunes of {index.corpus}: "
            f"mean {signed(mean)}, standard deviation {deviation:.3f}."
        )
    with right:
        examples(run, index, row)
    st.caption(
        f"{labelled} of the {len(index.labels)} neurons (hidden and cell state) have a clear "
        f"label; a network of the same shape that never learned gets {index.untrained_labels} of "
        f"{index.untrained_neurons}."
    )


def examples(run: Run, index: NeuronIndex, row: int) -> None:
    """Places where the neuron is high, low, in between, and anywhere, each opens the tune."""
    book = loaders.tunebook(index.corpus) if loaders.corpus_is_built(index.corpus) else None
    titles = {"largest": "Highest", "smallest": "Lowest", "middling": "Between", "random": "Random"}
    rows = []
    for kind, found in index.examples(row).items():
        for example in found:
            text = book.find(example.tune).text if book is not None else ""
            at = example.character
            before = "".join(visible(c) for c in text[max(0, at - 12) : at])
            after = "".join(visible(c) for c in text[at + 1 : at + 9])
            here = visible(text[at]) if at < len(text) else ""
            rows.append(
                {
                    "where": titles[kind],
                    "value": example.value,
                    "text": f"{before}⟦{here}⟧{after}",
                    "open": neuron_link(
                        run.name,
                        index.labels[row].quantity,
                        index.labels[row].layer,
                        index.labels[row].neuron,
                        text="corpus",
                        tune=example.tune,
                        at=at,
                    ),
                }
            )
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height=260,
        key="neuron-examples",
        column_config={
            "where": "Where",
            "value": st.column_config.NumberColumn("Value", format="%.2f"),
            "text": st.column_config.TextColumn(
                "Around it", help="The character just read stands in brackets."
            ),
            "open": st.column_config.LinkColumn("Tune", display_text="open"),
        },
    )
