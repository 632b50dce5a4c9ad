"""The neurons with the clearest labels, and the first of them on the beginning of a song."""

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.charts.activations import heat_map
from dashboard.state import elements
from dashboard.wording import plain
from songrnn.inspection.clearest import clearest
from songrnn.inspection.labelling import NeuronLabel
from songrnn.store.runs import Run
from songrnn.store.songs import KeptSong

MOST_CHARACTERS = 60
# Runs whose neurons are featured.
MOST_FEATURED = 2


def neurons_card(usable: list[Run], found: tuple[Run, KeptSong] | None) -> None:
    """The neurons with the clearest labels, and the first of them on the beginning of the song."""
    st.page_link(
        "views/neurons/page.py", label="**Neurons**: what one unit does, on every character"
    )
    if not usable:
        st.caption("Any text, coloured by what one unit of a run does at every character.")
        return
    featured = _featured(usable)
    readers = [run for run, _ in featured] or ([found[0]] if found is not None else [])
    reader = None
    if found is not None:
        song = found[1]
        reader = next((run for run in readers if not run.vocabulary.unknown(song.text)), None)
        if reader is not None:
            strip(
                reader, song, next((labels[0] for run, labels in featured if run == reader), None)
            )
    for run, labels in featured:
        st.markdown(f"The clearest labels of **{plain(run.name)}**")
        for label in labels:
            st.page_link(
                "views/neurons/page.py",
                label=plain(f"Neuron {label.neuron} {label.words} · {scores(run, label)}"),
                query_params=neuron_address(run.name, label),
            )
    st.caption(_explained(usable[0], reader, featured))


def _featured(usable: list[Run]) -> list[tuple[Run, list[NeuronLabel]]]:
    """The best runs that have labels, each with its clearest ones."""
    featured = []
    for run in usable:
        index = loaders.neurons.index(run)
        labels = [] if index is None else clearest(index.labels, loaders.neurons.checks(run))
        if labels:
            featured.append((run, labels))
        if len(featured) == MOST_FEATURED:
            break
    return featured


def _explained(best: Run, reader: Run | None, featured: list[tuple[Run, list[NeuronLabel]]]) -> str:
    """What the numbers, the words and the colours of the card mean."""
    strip_colours = "In the strip purple is −1, orange +1." if reader is not None else ""
    if featured:
        corpora = sorted(
            {check.corpus for run, _ in featured for check in loaders.neurons.checks(run)}
        )
        elsewhere = (
            f" Then R² on {plain(', '.join(corpora))}, where no label was chosen; neurons whose label "
            "does not hold there are left out here."
        )
        return (
            "R²: how well the property predicts the neuron on tunes it was not fitted on. A neuron "
            "*reads* what the last character was, and *remembers* what came before it; those that "
            f"remember come first.{elsewhere if corpora else ''}{_stricter(featured)} {strip_colours}"
        )
    if reader is not None:
        return (
            f"Of the {reader.config.model.hidden_size} units of layer 1 of {reader.name}, the one "
            f"that varies most on this song. {strip_colours}"
        )
    model = best.config.model
    return (
        f"{best.name} has {model.layers * model.hidden_size:,} of them; colour a tune by any one."
    )


def _stricter(featured: list[tuple[Run, list[NeuronLabel]]]) -> str:
    """How many neurons remember something by the stricter rule, of the first run that was asked."""
    for run, _ in featured:
        index = loaders.neurons.index(run)
        memory = index.memory if index is not None else None
        if memory is not None:
            echoes = sum(each.kind == "echo" for each in memory.verdicts)
            return (
                f" By the stricter rule, which takes the last 8 characters out, "
                f"{memory.remembering} of {len(memory.verdicts):,} neurons of {plain(run.name)} "
                f"remember something and {echoes:,} echo what was just read; of untrained "
                f"networks {sum(memory.untrained)} of {len(memory.verdicts) * len(memory.untrained):,}."
            )
    return ""


def scores(run: Run, label: NeuronLabel) -> str:
    """A label's score, and its scores on other corpora: "R² 0.68, essen 0.55"."""
    said = [f"R² {label.score:.2f}"]
    for check in loaders.neurons.checks(run):
        found = check.of(label.quantity, label.layer, label.neuron)
        if found is not None and found.score_there is not None:
            said.append(f"{check.corpus} {max(found.score_there, 0):.2f}")
    return ", ".join(said)


def neuron_address(run: str, label: NeuronLabel) -> dict[str, str]:
    """What the address of a neuron's card says."""
    return {
        state.RUN: run,
        state.QUANTITY: label.quantity,
        state.LAYER: str(label.layer + 1),
        state.NEURON: str(label.neuron),
        state.VIEW: "card",
    }


def strip(run: Run, song: KeptSong, label: NeuronLabel | None) -> None:
    """The beginning of a song's music, coloured by one neuron of the hidden state."""
    begin = loaders.music.reading(song.text).body
    end = min(begin + MOST_CHARACTERS, len(song.text))
    values = loaders.neurons.activation_map(run, song.text).quantities["hidden"]
    layer = 0 if label is None else label.layer
    neuron = int(values[0].std(axis=0).argmax()) if label is None else label.neuron
    widgets.chart(
        lambda colours: heat_map(
            song.text[begin:end].replace("\n", " "),
            values[layer][begin:end, neuron],
            colours=colours,
            columns=MOST_CHARACTERS // 2,
            legend=False,
            letter_size=12,
        ),
        f"{run.name}-neuron-{neuron}-strip",
        key=elements.STRIP,
        config={"displayModeBar": False},
        alt=f"Neuron {neuron} of {run.name} on the beginning of the song",
    )
    st.page_link(
        "views/neurons/page.py",
        label=f"Neuron {neuron} of {plain(run.name)} on this song",
        query_params=state.link(
            {
                state.RUN: run.name,
                state.LAYER: str(layer + 1),
                state.NEURON: str(neuron),
                state.TEXT: "kept",
                state.SONG: song.id,
            }
        ),
    )
