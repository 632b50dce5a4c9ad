"""A neuron's card: what it does, the evidence for it, and its values over a corpus."""

import streamlit as st

from dashboard import loaders, widgets
from dashboard.charts.activations import histogram
from dashboard.state import elements
from dashboard.views.neurons import effects, examples, neuron_list
from dashboard.views.neurons.ablation_form import Question
from dashboard.views.neurons.layer import Layer, choose_neuron, say_unranked, turn_to
from dashboard.views.neurons.similar import gates, similar
from dashboard.views.neurons.verdicts import counts, told, verdict_of
from dashboard.views.neurons.words import KIND_MEANINGS, PROPERTY_WORDS, quantity_name, signed
from dashboard.views.neurons.words import verdict as verdict_of_effect
from dashboard.wording import plain
from songrnn.inspection.ablation import verdicts
from songrnn.inspection.cross_corpus import CheckedLabel, CrossCorpusCheck
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.labelling import LEAST, RATE, NeuronLabel
from songrnn.inspection.memory.verdicts import Verdict
from songrnn.store.runs import Run

# Name, value, help.
Figure = tuple[str, str, str]


def show(looked_at: Layer) -> None:
    """The view: one neuron, all that is known of it."""
    run, quantity = looked_at.run, looked_at.quantity
    with st.container(key=elements.BENCH):
        with (
            st.container(key=elements.RAIL),
            st.container(horizontal=True, vertical_alignment="bottom", gap="medium"),
        ):
            neuron = choose_neuron(looked_at, quantity)
            neuron_list.add_button(looked_at, neuron)
        index = loaders.neurons.index(run)
        row = None if index is None else index.find_row(quantity, looked_at.layer, neuron)
        if index is not None and row is not None:
            known(looked_at, neuron, index, row)
            return
    say_unranked(run)
    beneath(looked_at, neuron)


def known(looked_at: Layer, neuron: int, index: NeuronIndex, row: int) -> None:
    """A neuron with a card: on a wide window its evidence stands in a rail beside the music."""
    with st.container(key=elements.EVIDENCE):
        card(looked_at.run, index, row)
    places = examples.of_row(index, row)
    with st.container(key=elements.MUSIC):
        examples.listen(looked_at, neuron, places, key=elements.EXAMPLE_PLAYER)
        later = st.container()
    with st.container(key=elements.PICTURES_OF_TEXT):
        switched_off(looked_at, neuron, index.labels[row])
        with later:  # what takes long to find is drawn last, in its place
            examples.coloured(looked_at, neuron, places, key=elements.EXAMPLE_WINDOWS)
        beneath(looked_at, neuron)


def beneath(looked_at: Layer, neuron: int) -> None:
    """Neurons that do the same, and the neuron's gates."""
    if loaders.corpora.problem(looked_at.run.config.corpus):
        return
    left, right = st.columns([2, 3], gap="medium")
    with right:
        gates(looked_at, neuron)
    with left:
        similar(looked_at, neuron)


def under_player(looked_at: Layer, neuron: int) -> None:
    """The card of the neuron shown in the player, or how to get one."""
    index = loaders.neurons.index(looked_at.run)
    if index is None:
        say_unranked(looked_at.run)
        return
    row = index.find_row(looked_at.quantity, looked_at.layer, neuron)
    if row is None:
        return
    card(looked_at.run, index, row)
    help = "Its card: examples to hear, similar neurons, its gates, what it does when switched off."
    turn_to("card", looked_at, neuron, "More of this neuron", help)


def card(run: Run, index: NeuronIndex, row: int) -> None:
    """What the neuron does, the evidence for it, its values, places to look at."""
    label = index.labels[row]
    verdict = None if index.memory is None else index.memory.of(label.layer, label.neuron)
    said = told(index, label) or "nothing told"
    st.subheader(f"Neuron {label.neuron} · {plain(said)}", anchor=False)
    if verdict is not None:
        st.markdown(" ".join([verdict_of(run, verdict), *elsewhere(run, verdict)]))
    st.caption(" ".join(first_rule(label, also=verdict is not None)))
    widgets.figures(evidence(run, label))
    left, right = st.columns([2, 3], gap="medium")
    with left:
        values(run, index, row)
    with right:
        looked_at = Layer(run, label.layer, label.quantity)
        examples.table(
            looked_at, label.neuron, examples.of_row(index, row), key=elements.EXAMPLE_TABLE
        )
    if index.memory is not None:
        st.caption(counts(index.memory))
    labelled = sum(each.label is not None for each in index.labels)
    st.caption(
        "By the first rule, which asks no more than what a neuron goes with, "
        f"{labelled} of the run's {len(index.labels)} neurons (hidden and cell states) have a clear "
        f"label; an untrained network of the same shape gets {index.untrained_labels} of "
        f"{index.untrained_neurons}."
    )


def first_rule(label: NeuronLabel, *, also: bool) -> list[str]:
    """What the neuron goes with, and that the figures below are of that. also: beside a verdict, whose
    figures are others, of another property perhaps."""
    said = []
    if also:
        said.append(
            f"What its {quantity_name(label.quantity).lower()} goes with, by the first rule: "
            f"{plain(label.words)}."
        )
    if label.kind is not None:
        said.append(KIND_MEANINGS[label.kind])
    if also:
        named = "label" if label.kind is not None else "property that comes nearest"
        said.append(f"The figures below are of this {named}, not of what stands above.")
    return said


def elsewhere(run: Run, verdict: Verdict) -> list[str]:
    """Whether what a neuron remembers holds on other corpora, a sentence each."""
    found = []
    for check in loaders.neurons.checks(run):
        checked = check.memory_of(verdict.layer, verdict.neuron)
        if checked is None or verdict.kind != "remembers":
            continue
        there, low = checked.partial_there, checked.low_there
        figures = "" if there is None else f" (partial {signed(there, 2)}"
        if figures:
            figures += f", at least {signed(low, 2)})" if low else ")"
        holds = "holds" if checked.holds else "does not hold"
        found.append(
            f"On {check.tunes:,} tunes of {plain(check.corpus)}, with everything fitted on "
            f"{plain(run.config.corpus.name)}, it **{holds}**{figures}."
        )
    return found


def evidence(run: Run, label: NeuronLabel) -> list[Figure]:
    """The figures behind a label."""
    of_what = "the activation"
    if label.kind == "remembers":
        of_what += " less its mean for the character just read"
    found: list[Figure] = [
        (
            "Label’s R²",
            f"{label.score:.2f}",
            f"How well the property “{PROPERTY_WORDS[label.best]}” predicts {of_what}: a "
            f"straight line fitted on other tunes, measured on {label.n:,} characters of validation "
            f"tunes. A label needs {LEAST:g} and a false-discovery rate of at most {RATE:.0%} "
            "against the same properties shifted within their tunes.",
        ),
        (
            "Runner-up R²",
            f"{max(label.runner_up_score, 0):.2f}",
            f"The same for the next best property: {PROPERTY_WORDS[label.runner_up]}.",
        ),
    ]
    if label.auroc is not None:
        found.append(
            (
                "AUROC",
                f"{label.auroc:.2f}",
                "The chance that the activation itself is higher where the property holds than where "
                "it does not, on some of the characters. 0.5 is chance; below 0.5 it is lower there.",
            )
        )
    found.append(
        (
            "Mutual information",
            f"{label.mutual_information:.2f} bits",
            "How much the activation itself, in eight equally full bins, tells about the property, on "
            "some of the characters.",
        )
    )
    for check in loaders.neurons.checks(run):
        checked = check.of(label.quantity, label.layer, label.neuron)
        if checked is not None:
            found.append(on_another_corpus(check, checked))
    return found


def on_another_corpus(check: CrossCorpusCheck, checked: CheckedLabel) -> Figure:
    """The figure of a label on a corpus it was not chosen on."""
    there = checked.score_there
    said = "The label holds there too" if checked.holds else "The label does not hold there"
    return (
        f"Label’s R² on {plain(check.corpus)}",
        "–" if there is None else signed(max(there, 0), 2),
        f"{said} (it would need {LEAST:g}): the same property, measured on {checked.n_there:,} "
        f"characters of {check.tunes:,} tunes of {plain(check.corpus)}, on which it was not chosen. Of "
        f"the run's {len(check.labels)} labels {check.holding} hold there.",
    )


def values(run: Run, index: NeuronIndex, row: int) -> None:
    """How often the neuron has which value."""
    mean, deviation = index.moments[row]
    widgets.chart(
        lambda colours: histogram(index.histograms[row], colours=colours),
        f"{run.name}-{index.labels[row].quantity}-neuron-{index.labels[row].neuron}-values",
        key=elements.NEURON_HISTOGRAM,
        at_once=True,
        alt=f"How often the neuron has which value: mean {signed(mean)}",
        same=(loaders.neurons.drawn_from(run), row),
    )
    st.caption(
        f"Values on {index.characters:,} characters of {plain(index.corpus)}, {index.held:,} of them "
        "of validation tunes that scores are measured on and the others of tunes that lines are "
        f"fitted on: mean {signed(mean)}, standard deviation {deviation:.3f}."
    )


def switched_off(looked_at: Layer, neuron: int, label: NeuronLabel) -> None:
    """What it costs to take away what the neuron says, on request."""
    st.subheader("Switched off", anchor=False)
    question = Question(((looked_at.unit(neuron),),), label.label, "resample", "recurrence")
    found = effects.on_tunes(looked_at.run, question)
    if found:
        st.markdown(
            verdict_of_effect(found[0], verdicts(found)[0], PROPERTY_WORDS.get(label.label or ""))
        )
    turn_to(
        "cause",
        looked_at,
        neuron,
        "Other values, and songs without it",
        "The view Switched off, with this neuron.",
    )
