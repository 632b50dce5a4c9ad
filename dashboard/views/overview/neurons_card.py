"""The neurons with the clearest labels, and the first of them on the beginning of a song."""

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.charts.activations import heat_map
from dashboard.state import elements
from dashboard.wording import plain
from songrnn.inspection.clearest import clearest, clearest_memories, holds_elsewhere
from songrnn.inspection.labelling import NeuronLabel
from songrnn.inspection.memory.verdicts import Verdict
from songrnn.inspection.properties import PROPERTIES
from songrnn.store.runs import Run
from songrnn.store.songs import KeptSong

MOST_CHARACTERS = 60
# Runs whose neurons are featured.
MOST_FEATURED = 2
PROPERTY_WORDS = {each.name: each.words for each in PROPERTIES}
# What is said of a neuron, by the stricter rule or by the first one.
Clear = Verdict | NeuronLabel


def neurons_card(usable: list[Run], found: tuple[Run, KeptSong] | None) -> None:
    """The neurons with the clearest labels, and the first of them on the beginning of the song."""
    st.page_link(
        "views/neurons/page.py", label="**Neurons**: what one unit does, on every character"
    )
    if not usable:
        st.caption("Any text, coloured by what one unit of a run does at every character.")
        return
    shown = featured(usable)
    readers = [run for run, _ in shown] or ([found[0]] if found is not None else [])
    reader = None
    if found is not None:
        song = found[1]
        reader = next((run for run in readers if not run.vocabulary.unknown(song.text)), None)
        if reader is not None:
            strip(reader, song, next((labels[0] for run, labels in shown if run == reader), None))
    for run, labels in shown:
        st.markdown(f"The clearest neurons of **{plain(run.name)}**")
        for each in labels:
            st.page_link(
                "views/neurons/page.py",
                label=plain(f"Neuron {each.neuron} {words(each)} · {scores(run, each)}"),
                query_params=neuron_address(run.name, each),
            )
    st.caption(_explained(usable[0], reader, shown))


def featured(usable: list[Run]) -> list[tuple[Run, list[Clear]]]:
    """The best runs that have something to show, each with its clearest neurons: those that remember
    something by the stricter rule, else those with a label by the first one."""
    chosen = []
    for run in usable:
        index, checks = loaders.neurons.index(run), loaders.neurons.checks(run)
        found: list[Clear] = []
        if index is not None and index.memory is not None:
            found = [*clearest_memories(index.memory, checks)]
        if index is not None and not found:
            found = [*clearest(index.labels, checks)]
        if found:
            chosen.append((run, found))
        if len(chosen) == MOST_FEATURED:
            break
    return chosen


def _explained(best: Run, reader: Run | None, shown: list[tuple[Run, list[Clear]]]) -> str:
    """What the numbers, the words and the colours of the card mean."""
    strip_colours = "In the strip purple is −1, orange +1." if reader is not None else ""
    if any(isinstance(each, Verdict) for _, found in shown for each in found):
        return (
            "*Remembers*: follows the property on tunes it was not fitted on, and still does with the "
            "last 8 characters and the position in the tune taken out of both, by more than untrained "
            "networks. The figure is what it explains then (partial R²), and the lower end of its 95 % "
            "interval."
            f"{_stricter(shown)} {strip_colours}"
        )
    if shown:
        corpora = sorted(
            {check.corpus for run, _ in shown for check in loaders.neurons.checks(run)}
        )
        elsewhere = (
            f" Then R² on {plain(', '.join(corpora))}, where no label was chosen; neurons whose label "
            "does not hold there are left out here."
        )
        return (
            "R²: how well the property predicts the neuron on tunes it was not fitted on. A neuron "
            "*reads* what the last character was, and *remembers* what came before it; those that "
            f"remember come first.{elsewhere if corpora else ''} {strip_colours}"
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


def _stricter(shown: list[tuple[Run, list[Clear]]]) -> str:
    """How many neurons remember something, of every run that was asked, and echo what was read."""
    said = []
    for run, _ in shown:
        index = loaders.neurons.index(run)
        memory = index.memory if index is not None else None
        if memory is not None:
            echoes = sum(each.kind == "echo" for each in memory.verdicts)
            said.append(
                f" {memory.remembering} of {len(memory.verdicts):,} neurons of {plain(run.name)} "
                f"remember something and {echoes:,} echo what was just read; of untrained "
                f"networks {sum(memory.untrained)} of {memory.of_untrained:,}."
            )
    return "".join(said)


def words(each: Clear) -> str:
    """What a neuron does."""
    if isinstance(each, Verdict):
        return f"remembers {PROPERTY_WORDS.get(each.label or '', each.label)}"
    return each.words


def scores(run: Run, each: Clear) -> str:
    """Its figures, and those on other corpora: "0.68, at least 0.61, also on essen"."""
    checks = loaders.neurons.checks(run)
    if isinstance(each, Verdict):
        said = [f"{each.partial:.2f}, at least {each.low:.2f}"]
        if checks:
            also = "also" if holds_elsewhere(each, checks) else "not"
            said.append(f"{also} on {', '.join(check.corpus for check in checks)}")
        return ", ".join(said)
    said = [f"R² {each.score:.2f}"]
    for check in checks:
        found = check.of(each.quantity, each.layer, each.neuron)
        if found is not None and found.score_there is not None:
            said.append(f"{check.corpus} {max(found.score_there, 0):.2f}")
    return ", ".join(said)


def neuron_address(run: str, each: Clear) -> dict[str, str]:
    """What the address of a neuron's card says."""
    return {
        state.RUN: run,
        state.QUANTITY: each.quantity,
        state.LAYER: str(each.layer + 1),
        state.NEURON: str(each.neuron),
        state.VIEW: "card",
    }


def strip(run: Run, song: KeptSong, label: Clear | None) -> None:
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
        at_once=True,
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
