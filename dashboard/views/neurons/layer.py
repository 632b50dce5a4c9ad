"""A layer of a run as the player takes it: values, colours, labels, what is known of each place."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard import loaders
from dashboard.charts.activations import GATES
from dashboard.charts.theme import visible
from dashboard.components.tune_player import Activations
from dashboard.views.neurons.appearance import Look, shown
from dashboard.views.neurons.words import quantity_name
from songrnn.inspection.activations import ActivationMap
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.labelling import NeuronLabel
from songrnn.notation.annotations import annotate
from songrnn.notation.reading import Reading
from songrnn.store.runs import Run

# Staff and sound join a text when they are made; a page does not wait for them.
PATIENCE = 0.2


@dataclass(frozen=True)
class Layer:
    """One quantity of one layer of a run; the layer counts from 0."""

    run: Run
    layer: int
    quantity: str


def details(activity: ActivationMap, reading: Reading, run: Run) -> list[str]:
    """What is known of each character besides its value."""
    music = annotate(reading)
    symbols = run.vocabulary.symbols
    likely = np.argsort(-activity.next_probabilities[1:], axis=1)[:, :5]
    found = []
    for t, surprisal in enumerate(activity.surprisal[:-1]):
        bar = f"bar {music.bar[t] + 1}, beat {music.beat[t] + 1} · " if music.bar[t] >= 0 else ""
        nexts = " · ".join(
            f"{visible(symbols[i])} {activity.next_probabilities[t + 1, i]:.0%}" for i in likely[t]
        )
        found.append(f"{bar}surprisal {surprisal:.2f} bits\nlikely next: {nexts}")
    return found


def on_player(
    looked_at: Layer, activity: ActivationMap, look: Look, *, title: str = ""
) -> Activations:
    """A layer's units as the player takes them."""
    run, layer, quantity = looked_at.run, looked_at.layer, looked_at.quantity
    values = shown(activity, layer, quantity, look)
    gate = quantity in GATES
    index = loaders.neurons.index(run)
    found = index.of_layer(quantity, layer) if index is not None else []
    quantiles = None
    if index is not None and found:
        quantiles = index.quantiles[[row for row, _ in found]]
    bound: float | np.ndarray | None = None
    if not gate:
        bound = 1.0
        if look.scale == "tune":
            bound = np.abs(values).max(axis=1, initial=1e-6)
        elif look.scale == "corpus" and quantiles is not None:
            bound = np.quantile(np.abs(quantiles), 0.995, axis=1)
    order, labels = listed(index, found, look)
    return Activations(
        values,
        quantity=quantity_name(quantity),
        gate=gate,
        bound=bound,
        note=look.note,
        colours=look.colours,
        labels=labels,
        order=order,
        details=details(activity, loaders.music.reading(activity.text), run),
        quantiles=quantiles,
        title=title,
    )


def listed(
    index: NeuronIndex | None, found: Sequence[tuple[int, NeuronLabel]], look: Look
) -> tuple[list[int] | None, dict[int, str]]:
    """(the order of a layer's neurons, None for by number; what stands behind each number)."""
    labels = {label.neuron: label.words for _, label in found if label.label}
    if index is None or not found or look.order == "number":
        return None, labels
    if look.property is None:
        order = sorted(found, key=lambda item: (item[1].label is None, -item[1].score))
        return [label.neuron for _, label in order], labels
    neurons = {row: label.neuron for row, label in found}
    ranked = index.by_property(look.property, rows=list(neurons))
    for row, score in ranked:
        words = f"R² {max(score, 0):.2f}"
        known = labels.get(neurons[row])
        labels[neurons[row]] = f"{words} · {known}" if known else words
    return [neurons[row] for row, _ in ranked], labels
