"""Which layer of a run is looked at, in which quantity, and what its neurons are called."""

from collections.abc import Collection
from dataclasses import dataclass

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.state import elements
from dashboard.state.neurons import open_at_layer, turn_to_neuron
from dashboard.views.neurons.verdicts import told
from dashboard.views.neurons.words import quantity_name
from dashboard.wording import plain
from songrnn.access import may_change
from songrnn.cells import QUANTITIES
from songrnn.inspection.labelling import NeuronLabel
from songrnn.inspection.units import Unit
from songrnn.model.intervention import Held
from songrnn.store.runs import Run


@dataclass(frozen=True)
class Layer:
    """One quantity of one layer of a run; the layer counts from 0."""

    run: Run
    layer: int
    quantity: str

    @property
    def held(self) -> Held:
        """The state that can be fixed at a value: the cell state, or else the hidden state."""
        return "cell" if self.quantity == "cell" else "hidden"

    def unit(self, neuron: int) -> Unit:
        """A neuron of the layer, in the state that can be fixed."""
        return Unit(self.held, self.layer, neuron)


def choose_layer(run: Run, among: Collection[str] | None = None) -> Layer:
    """The layer and the quantity, part of the address. among: the quantities offered."""
    layers = run.config.model.layers
    open_at_layer(run.name, clearest_layer(run))
    first, second = st.columns([1, 2], gap="small")
    layer = first.selectbox(
        "Layer",
        range(1, layers + 1),
        key=state.LAYER,
        bind="query-params",
        disabled=layers == 1,
        help="Shows the neurons of another layer. Layer 1 reads the characters; each further layer "
        "reads the one before it.",
    )
    offered = [name for name in loaders.runs.engine(run).quantities if not among or name in among]
    quantity = str(state.shared(state.QUANTITY, offered))
    meanings = "  \n".join(f"**{quantity_name(q)}**: {QUANTITIES[q].meaning}" for q in offered)
    second.selectbox(
        "Quantity",
        offered,
        key=state.widget_key(state.QUANTITY),
        format_func=quantity_name,
        help=f"Which of a neuron's values is shown.  \n{meanings}",
    )
    return Layer(run, layer - 1, quantity)


def labels_of(run: Run, layer: int, quantity: str) -> dict[int, NeuronLabel]:
    """Neuron -> what was found out about it; empty for a run that is not ranked."""
    index = loaders.neurons.index(run)
    return {each.neuron: each for _, each in index.of_layer(quantity, layer)} if index else {}


def neuron_names(run: Run, layer: int, quantity: str) -> dict[str, str]:
    """Number -> number and label, of every neuron of a layer."""
    found = words_of(run, layer, quantity)
    return {
        str(neuron): f"{neuron} · {found[neuron]}" if found.get(neuron) else f"{neuron}"
        for neuron in range(run.config.model.hidden_size)
    }


def words_of(run: Run, layer: int, quantity: str) -> dict[int, str]:
    """Neuron -> what it is said to do, in a few words; empty for a run that is not ranked."""
    index = loaders.neurons.index(run)
    if index is None:
        return {}
    return {label.neuron: told(index, label) for _, label in index.of_layer(quantity, layer)}


def clearest_neuron(run: Run, layer: int) -> int:
    """The neuron of a layer to show first: of those that remember something by the stricter rule the
    one that does so most clearly, else the one with the highest score of a label, else 0."""
    index = loaders.neurons.index(run)
    if index is None:
        return 0
    verdicts = index.memory.verdicts if index.memory is not None else ()
    found = [
        (each.partial, each.neuron)
        for each in verdicts
        if each.kind == "remembers" and each.layer == layer
    ]
    if not found:
        found = [
            (each.score, each.neuron) for each in index.labels if each.label and each.layer == layer
        ]
    return max(found, default=(0.0, 0))[1]


def clearest_layer(run: Run) -> int:
    """The layer of the neuron that remembers something most clearly, the first without any."""
    index = loaders.neurons.index(run)
    verdicts = index.memory.verdicts if index is not None and index.memory is not None else ()
    found = [(each.partial, each.layer) for each in verdicts if each.kind == "remembers"]
    return max(found, default=(0.0, 0))[1]


def choose_neuron(looked_at: Layer, quantity: str, default: int | None = None) -> int:
    """One neuron of the layer, part of the address; default: the one shown at first, else the
    clearest one."""
    names = neuron_names(looked_at.run, looked_at.layer, quantity)
    help = "Shows another neuron. The address of this page is the link to it."
    first = str(clearest_neuron(looked_at.run, looked_at.layer) if default is None else default)
    return int(widgets.select("Neuron", names, state.NEURON, help, default=first))


def turn_to(view: str, looked_at: Layer, neuron: int, label: str, help: str) -> None:
    """A button that shows a neuron in another view of the page."""
    pressed = st.button(
        label,
        key=elements.TURN_TO.of(view),
        on_click=turn_to_neuron,
        args=(view, looked_at.quantity, looked_at.layer, neuron),
        help=help,
    )
    if pressed:  # from a part of the page that runs on its own, the whole page is to follow
        st.rerun(scope="app")


def _who_finds(run: Run) -> str:
    if may_change(run.path):
        words = f"*Label its neurons* finds some, on [the page of the run](run?run={run.name})"
        return f"{words}; so does `songrnn neurons {run.name} rank`."
    return f"Whoever runs the lab finds some with `songrnn neurons {run.name} rank`."


def say_unranked(run: Run) -> None:
    """How labels are made, where there are none."""
    problem = loaders.neurons.index_problem(run)
    st.info(
        plain(problem)
        if problem
        else f"The neurons of {plain(run.name)} have no labels yet. " + _who_finds(run)
    )
