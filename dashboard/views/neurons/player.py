"""A layer of a run as the player takes it: values, colours, labels, what is known of each place."""

from collections.abc import Sequence

import numpy as np

from dashboard import loaders
from dashboard.charts.activations import GATES
from dashboard.charts.theme import visible
from dashboard.components.tune_player import Activations
from dashboard.views.neurons.appearance import Look
from dashboard.views.neurons.layer import Layer
from dashboard.views.neurons.verdicts import clearness, told
from dashboard.views.neurons.words import quantity_name
from dashboard.wording import file_name
from songrnn.inspection.activations import ActivationMap
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.labelling import NeuronLabel
from songrnn.notation.annotations import annotate
from songrnn.notation.reading import Reading
from songrnn.store.runs import Run

# Staff and sound join a text when they are made; a page does not wait for them.
PATIENCE = 0.2
MOST_LIKELY = 5


def on_player(
    looked_at: Layer, activity: ActivationMap, look: Look, *, title: str = ""
) -> Activations:
    """A layer's units as the player takes them."""
    run, layer, quantity = looked_at.run, looked_at.layer, looked_at.quantity
    values = shown(activity, layer, quantity, look)
    index = loaders.neurons.index(run)
    found = index.of_layer(quantity, layer) if index is not None else []
    quantiles = None
    if index is not None and found:
        quantiles = index.quantiles[[row for row, _ in found]]
    order, labels = listed(index, found, look)
    gate = quantity in GATES
    reading = loaders.music.reading(activity.text)
    whose = (reading.header.get("T", "") or "untitled", run.name, f"layer {layer + 1}", quantity)
    return Activations(
        values,
        quantity=quantity_name(quantity),
        gate=gate,
        bound=None if gate else full_colour(values, quantiles, look),
        note=look.note,
        colours=look.colours,
        labels=labels,
        order=order,
        details=details(activity, reading, run),
        quantiles=quantiles,
        title=title,
        file=file_name(" ".join(whose)),
    )


def shown(activity: ActivationMap, layer: int, quantity: str, look: Look) -> np.ndarray:
    """Values for the player, (H, T): of the state after each character, or before it."""
    values = activity.quantities[quantity][layer]  # (T, H)
    if look.moment == "before":
        values = np.concatenate([activity.start[quantity][layer][None], values])[:-1]
    return (np.tanh(values) if quantity == "cell" else values).T


def full_colour(values: np.ndarray, quantiles: np.ndarray | None, look: Look) -> float | np.ndarray:
    """The size of a value that has full colour: one for all neurons, or (H,) of each."""
    if look.scale == "tune":
        largest: np.ndarray = np.abs(values).max(axis=1, initial=1e-6)
        return largest
    if look.scale == "corpus" and quantiles is not None:
        return np.asarray(np.quantile(np.abs(quantiles), 0.995, axis=1))
    return 1.0


def details(activity: ActivationMap, reading: Reading, run: Run) -> list[str]:
    """What is known of each character besides its value."""
    music = annotate(reading)
    symbols = run.vocabulary.symbols
    likely = np.argsort(-activity.next_probabilities[1:], axis=1)[:, :MOST_LIKELY]
    found = []
    for t, surprisal in enumerate(activity.surprisal[:-1]):
        bar = f"bar {music.bar[t] + 1}, beat {music.beat[t] + 1} · " if music.bar[t] >= 0 else ""
        nexts = " · ".join(
            f"{visible(symbols[i])} {activity.next_probabilities[t + 1, i]:.0%}" for i in likely[t]
        )
        found.append(f"{bar}surprisal {surprisal:.2f} bits\nlikely next: {nexts}")
    return found


def listed(
    index: NeuronIndex | None, found: Sequence[tuple[int, NeuronLabel]], look: Look
) -> tuple[list[int] | None, dict[int, str]]:
    """(the order of a layer's neurons, None for by number; what stands behind each number)."""
    if index is None or not found:
        return None, {}
    said = {label.neuron: told(index, label) for _, label in found}
    labels = {neuron: words for neuron, words in said.items() if words}
    if look.order == "number":
        return None, labels
    if look.property is None:
        order = sorted(found, key=lambda item: clearness(index, item[1]), reverse=True)
        return [label.neuron for _, label in order], labels
    neurons = {row: label.neuron for row, label in found}
    ranked = index.by_property(look.property, rows=list(neurons))
    for row, score in ranked:
        words = f"R² {max(score, 0):.2f}"
        known = labels.get(neurons[row])
        labels[neurons[row]] = f"{words} · {known}" if known else words
    return [neurons[row] for row, _ in ranked], labels
