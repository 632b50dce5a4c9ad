"""A neuron's card: what it does, the evidence, its values over a corpus, places to look at."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import frame, loaders, state, widgets
from dashboard.charts.activations import gate_histograms, histogram
from dashboard.charts.theme import visible
from dashboard.components.tune_player import Selection
from dashboard.views.neurons.ablation import WORDS, Question, on_tunes
from dashboard.views.neurons.appearance import PLAIN_LOOK
from dashboard.views.neurons.layer import PATIENCE, Layer, on_player
from dashboard.views.neurons.words import neuron_link, quantity_name, signed, verdict
from songrnn.inspection.cross_corpus import CheckedLabel, CrossCorpusCheck
from songrnn.inspection.index import Example, NeuronIndex
from songrnn.inspection.labelling import LEAST
from songrnn.inspection.properties import PROPERTIES
from songrnn.inspection.units import Unit
from songrnn.store.runs import Run

EXAMPLES = {"largest": "Highest", "smallest": "Lowest", "middling": "Between", "random": "Random"}


def unranked(run: Run) -> None:
    """How labels are made, where there are none."""
    st.info(
        loaders.neurons.index_problem(run)
        or f"The neurons of {run.name} have no labels yet; find some with "
        f"`songrnn neurons {run.name} rank`."
    )


def under_player(looked_at: Layer, neuron: int) -> None:
    """The card of the neuron shown, or how to get one."""
    run = looked_at.run
    index = loaders.neurons.index(run)
    if index is None:
        unranked(run)
        return
    row = index.find_row(looked_at.quantity, looked_at.layer, neuron)
    if row is None:
        return
    card(run, index, row)
    turn_to(
        "card",
        looked_at,
        neuron,
        "More of this neuron",
        "Its own card: examples to hear, similar neurons, its gates, what it does when switched off.",
    )


def turn_to(view: str, looked_at: Layer, neuron: int, label: str, help: str) -> None:
    """A button that shows a neuron in another view of the page."""
    pressed = st.button(
        label,
        key=f"to-{view}",
        type="tertiary",
        on_click=state.turn_to_neuron,
        args=(view, looked_at.quantity, looked_at.layer, neuron),
        help=help,
    )
    if pressed:  # from a part of the page that runs on its own, the whole page is to follow
        st.rerun(scope="app")


def show(looked_at: Layer) -> None:
    """The view: one neuron, all that is known of it."""
    run, layer, quantity = looked_at.run, looked_at.layer, looked_at.quantity
    index = loaders.neurons.index(run)
    known = {each.neuron: each for _, each in index.of_layer(quantity, layer)} if index else {}
    numbers = [str(number) for number in range(run.config.model.hidden_size)]
    state.from_address(state.NEURON, numbers, "0")
    picked = st.selectbox(
        "Neuron",
        numbers,
        key=state.NEURON,
        width=520,
        format_func=lambda number: (
            f"{number} · {known[int(number)].words}"
            if int(number) in known and known[int(number)].label
            else number
        ),
        help="The address of this page is the link to this card.",
    )
    state.to_address(state.NEURON, picked, "0")
    neuron = int(picked)
    row = None if index is None else index.find_row(quantity, layer, neuron)
    if index is None or row is None:
        unranked(run)
    else:
        card(run, index, row)
        heard(looked_at, index, row)
    if not loaders.corpora.problem(run.config.corpus):
        sampled(looked_at, neuron)
    if index is not None and row is not None:
        st.subheader("Switched off", anchor=False)
        unit = Unit("cell" if quantity == "cell" else "hidden", layer, neuron)
        question = Question(((unit,),), index.labels[row].label, "mean", "recurrence")
        found = on_tunes(run, question, index.means())
        if found:
            st.markdown(verdict(found[0], WORDS.get(found[0].label or "")))
        turn_to(
            "cause",
            looked_at,
            neuron,
            "Other ways to hold it, songs without it",
            "The view Switched off, with this neuron.",
        )


def heard(looked_at: Layer, index: NeuronIndex, row: int) -> None:
    """One of the examples, with its sound, opened at its place."""
    places = [
        (EXAMPLES[kind], each) for kind, found in index.examples(row).items() for each in found
    ]
    listen(looked_at, index.labels[row].neuron, places, key="neuron-example")


def listen(
    looked_at: Layer,
    neuron: int,
    places: Sequence[tuple[str, Example]],
    *,
    key: str,
) -> None:
    """A tune with the neuron on it, opened at one of the places, to be chosen."""
    if not places or loaders.corpora.problem(looked_at.run.config.corpus):
        return
    book = loaders.corpora.tunebook(looked_at.run.config.corpus.name)
    at = st.selectbox(
        "Listen to a place",
        range(len(places)),
        key=f"_{key}",
        format_func=lambda n: (
            f"{places[n][0]}: {signed(places[n][1].value, 2)} in "
            f"{book.find(places[n][1].tune).title or 'an untitled tune'}"
        ),
        width=520,
    )
    example = places[at][1]
    text = book.find(example.tune).text
    activity = loaders.neurons.activation_map(looked_at.run, text)
    widgets.tune(
        text,
        key=key,
        patience=PATIENCE,
        activations=on_player(looked_at, activity, PLAIN_LOOK),
        selection=Selection(neuron=neuron, span=(example.character, example.character + 1)),
    )


def sampled(looked_at: Layer, neuron: int) -> None:
    """Similar neurons, and how open the neuron's gates stand."""
    run, layer = looked_at.run, looked_at.layer
    similarity = loaders.neurons.similarity_of(run)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        st.subheader("Similar neurons", anchor=False)
        index = loaders.neurons.index(run)
        rows = []
        for (quantity, other_layer, other), r in similarity.most_similar(
            looked_at.quantity, layer, neuron
        ):
            row = None if index is None else index.find_row(quantity, other_layer, other)
            label = index.labels[row] if index is not None and row is not None else None
            rows.append(
                {
                    "r": r,
                    "neuron": f"{other}, {quantity_name(quantity).lower()}, layer {other_layer + 1}",
                    "open": neuron_link(run.name, quantity, other_layer, other, view="card"),
                    "label": label.words if label is not None and label.label else "",
                }
            )
        column = st.column_config
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            key="similar",
            column_config={
                "r": column.NumberColumn("r", format="%.2f", help="Correlation of activations."),
                "neuron": column.TextColumn("Neuron"),
                "label": column.TextColumn("Label"),
                "open": column.LinkColumn("Card", display_text="open"),
            },
        )
        st.caption(f"Correlation over {similarity.characters:,} characters of validation tunes.")
    if index is None or not index.gates:
        return
    gates = {name: shares[layer, neuron] for name, shares in index.gates.items()}
    saturated = index.saturation()
    with right:
        st.subheader("Its gates", anchor=False)
        st.plotly_chart(
            gate_histograms(
                {quantity_name(name): shares for name, shares in gates.items()},
                colours=frame.colours(),
            ),
            theme=None,
            key="gates",
            config={"displayModeBar": False},
            alt="How often each gate has which value",
        )
        words = "; ".join(
            f"{quantity_name(name).lower()} {low:.0%} below 0.1, {high:.0%} above 0.9"
            for name in gates
            for low, high in [saturated[name][layer, neuron]]
        )
        st.caption(f"Shares of {index.characters:,} characters: {words}.")


def on_another_corpus(check: CrossCorpusCheck, checked: CheckedLabel) -> tuple[str, str, str]:
    """The figure of a label on a corpus it was not chosen on: (name, value, what it means)."""
    there = checked.score_there
    said = "The label holds there too" if checked.holds else "The label does not hold there"
    return (
        f"R² on {check.corpus}",
        "–" if there is None else signed(max(there, 0), 2),
        f"{said} (it would need {LEAST:g}): the same property, chosen before, on {checked.n_there:,} "
        f"characters of {check.tunes:,} tunes of {check.corpus}. Of the run's {len(check.labels)} "
        f"labels {check.holding} hold there.",
    )


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
    for check in loaders.neurons.checks(run):
        checked = check.of(label.quantity, label.layer, label.neuron)
        if checked is not None:
            evidence.append(on_another_corpus(check, checked))
    widgets.figures(evidence)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        mean, deviation = index.moments[row]
        st.plotly_chart(
            histogram(index.histograms[row], colours=frame.colours()),
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
    label = index.labels[row]
    found = [(EXAMPLES[kind], each) for kind, all in index.examples(row).items() for each in all]
    looked_at = Layer(run, label.layer, label.quantity)
    places_table(looked_at, label.neuron, found, key="neuron-examples")


def places_table(
    looked_at: Layer,
    neuron: int,
    places: Sequence[tuple[str, Example]],
    *,
    key: str,
) -> None:
    """Places in tunes, each with what it is, its surroundings and a link that opens it."""
    corpus = looked_at.run.config.corpus
    problem = loaders.corpora.problem(corpus)
    book = None if problem else loaders.corpora.tunebook(corpus.name)
    if problem:
        st.caption(f"What stands there cannot be shown. {problem}")
    rows = []
    for what, example in places:
        text = book.find(example.tune).text if book is not None else ""
        at = example.character
        before = "".join(visible(c) for c in text[max(0, at - 12) : at])
        after = "".join(visible(c) for c in text[at + 1 : at + 9])
        here = visible(text[at]) if at < len(text) else ""
        rows.append(
            {
                "where": what,
                "value": example.value,
                "text": f"{before}⟦{here}⟧{after}",
                "open": neuron_link(
                    looked_at.run.name,
                    looked_at.quantity,
                    looked_at.layer,
                    neuron,
                    text="corpus",
                    tune=example.tune,
                    at=at,
                ),
            }
        )
    column = st.column_config
    st.dataframe(
        pd.DataFrame(rows, columns=["where", "value", "text", "open"]),
        hide_index=True,
        height=260,
        key=key,
        column_config={
            "where": column.TextColumn("Where"),
            "value": column.NumberColumn("Value", format="%.2f"),
            "text": column.TextColumn(
                "Around it", help="The character just read stands in brackets."
            ),
            "open": column.LinkColumn("Tune", display_text="open"),
        },
    )
