"""Who feeds whom: the weights between neurons that remember something, gate by gate.

A weight counts with the deviation of the neuron that it listens to: what it moves the other's gate
by, when that neuron is one deviation off its mean. Within a layer it acts at the next symbol, from
a layer to the one above at once.

H units of a layer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from songrnn.cells import CELLS
from songrnn.config import ModelConfig
from songrnn.errors import ConfigError
from songrnn.inspection.index import NeuronIndex
from songrnn.store.runs import Run

# Edges that are listed.
MOST = 40
# What a block is called here that has the name of a whole state.
_WORDS = {"hidden": "state"}
Neuron = tuple[int, int]


@dataclass(frozen=True)
class Edge:
    """From one neuron to a gate of another, both (layer, neuron) from 0. effect: weight times the
    deviation of the source. rank: how many of the gate's sources have a larger effect, of `of`."""

    source: Neuron
    target: Neuron
    gate: str
    effect: float
    rank: int
    of: int


@dataclass(frozen=True)
class Wiring:
    """The strongest edges between the neurons of a run that remember something. labels: (layer,
    neuron) from 0 -> the property; all of these neurons, those without an edge too."""

    labels: dict[Neuron, str]
    edges: list[Edge]


def wiring_of(run: Run, index: NeuronIndex, *, most: int = MOST) -> Wiring:
    """Who feeds whom among the neurons that remember something by the stricter rule.

    Raises ConfigError when the index was made without that rule, or none does.
    """
    verdicts = index.memory.verdicts if index.memory is not None else ()
    labels = {(each.layer, each.neuron): each.label for each in verdicts if each.label is not None}
    if not labels:
        raise ConfigError(
            "No neuron of this run is known to remember anything; to ask again: "
            f"songrnn neurons {run.name} rank --again"
        )
    deviations = {
        (each.layer, each.neuron): float(moments[1])
        for each, moments in zip(index.labels, index.moments, strict=True)
        if each.quantity == "hidden"
    }
    edges = wiring(run.config.model, run.weights(), deviations, list(labels), most=most)
    return Wiring(labels, edges)


def wiring(
    config: ModelConfig,
    weights: Mapping[str, np.ndarray],
    deviations: Mapping[Neuron, float],
    neurons: Sequence[Neuron],
    *,
    most: int = MOST,
) -> list[Edge]:
    """The strongest weights between `neurons`, (layer, neuron) from 0, the strongest first.

    deviations: of the hidden state of every neuron. A neuron's weight to itself is among them.
    """
    H, blocks = config.hidden_size, CELLS[config.cell].stacked
    edges = []
    for layer in range(config.layers):
        spread = np.array([deviations[layer, neuron] for neuron in range(H)])
        for above in (False, True):
            name = f"ih_l{layer + 1}" if above else f"hh_l{layer}"
            matrix = weights.get(f"recurrent.weight_{name}")
            if matrix is None:
                continue
            effects = matrix.astype(np.float64) * spread  # (blocks · H, H)
            sources = [neuron for at, neuron in neurons if at == layer]
            for at, target in neurons:
                if at != layer + above:
                    continue
                for number, block in enumerate(blocks):
                    gate = _WORDS.get(block, block.replace("_", " "))
                    row = effects[number * H + target]
                    for source in sources:
                        rank = int((np.abs(row) > abs(row[source])).sum())
                        edge = Edge(
                            (layer, source), (at, target), gate, float(row[source]), rank, H
                        )
                        edges.append(edge)
    edges.sort(key=lambda edge: -abs(edge.effect))
    return edges[:most]
