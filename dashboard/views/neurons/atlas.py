"""The atlas: all neurons of a layer and all properties at once."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.charts.atlas import Scores, atlas, by_label, by_likeness, saturation
from dashboard.state import elements
from dashboard.state.neurons import set_neuron
from dashboard.views.neurons import card, remembered
from dashboard.views.neurons.layer import Layer, say_unranked, words_of
from dashboard.views.neurons.words import (
    KIND_MEANINGS,
    KIND_WORDS,
    PROPERTY_WORDS,
    neuron_link,
    quantity_name,
)
from dashboard.wording import plain
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.labelling import LEAST, NeuronLabel
from songrnn.inspection.scoring import Kind
from songrnn.plain_text import inert_table

ORDERS = {"label": "By label", "number": "By number", "likeness": "By similarity"}


def show(looked_at: Layer) -> None:
    """The view."""
    index = loaders.neurons.index(looked_at.run)
    if index is None:
        say_unranked(looked_at.run)
        return
    if index.memory is not None:
        remembered.table(looked_at.run, index.memory)
        st.subheader("What each neuron goes with", anchor=False)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        kind = widgets.segments(
            "Score for", KIND_WORDS, state.ATLAS_KIND, "  \n".join(KIND_MEANINGS.values())
        )
        order = widgets.segments(
            "Order of neurons",
            ORDERS,
            state.ATLAS_ORDER,
            "By the property each follows best; by number; or so that neurons with similar scores "
            "are next to each other.",
        )
    found = index.of_layer(looked_at.quantity, looked_at.layer)
    labels = [label for _, label in found]
    scores = scores_of(index, [row for row, _ in found], kind)
    words = words_of(looked_at.run, looked_at.layer, looked_at.quantity)
    picked = draw(looked_at, kind, scores, labels, words, arranged(scores, order))
    st.caption(explained(index, looked_at))
    if picked is None:
        st.caption("Click a point to open the card of its neuron here.")
    else:
        set_neuron(picked)
        row = index.find_row(looked_at.quantity, looked_at.layer, picked)
        if row is not None:
            card.card(looked_at.run, index, row)
    gates(index, looked_at)
    table(looked_at, scores, labels, words)


def scores_of(index: NeuronIndex, rows: Sequence[int], kind: Kind) -> Scores:
    """(N, P) held-out R² of these neurons for every property; NaN where there is no score."""
    found = np.stack([index.scores_of(name, kind)[rows] for name in PROPERTY_WORDS], axis=1)
    return np.where(found > -1, found, np.nan)


def arranged(scores: Scores, order: str) -> np.ndarray:
    """The order of the rows."""
    if order == "label":
        return by_label(scores, LEAST)
    return by_likeness(scores) if order == "likeness" else np.arange(len(scores))


def draw(
    looked_at: Layer,
    kind: Kind,
    scores: Scores,
    labels: Sequence[NeuronLabel],
    words: Mapping[int, str],
    order: np.ndarray,
) -> int | None:
    """The picture; the neuron of the point that is clicked."""
    shown = [labels[row] for row in order]
    names = [
        f"{label.neuron}{f' · {words[label.neuron]}' if words.get(label.neuron) else ''}"
        for label in shown
    ]
    chosen: Any = widgets.chart(
        lambda colours: atlas(
            scores[order],
            [label.neuron for label in shown],
            list(PROPERTY_WORDS.values()),
            names,
            least=LEAST,
            colours=colours,
        ),
        f"{looked_at.run.name}-layer-{looked_at.layer + 1}-{looked_at.quantity}-atlas",
        key=elements.ATLAS,
        on_select="rerun",
        selection_mode="points",
        config={"displaylogo": False, "scrollZoom": False},
        alt=f"Scores of all neurons of layer {looked_at.layer + 1} for all properties",
        same=(loaders.neurons.drawn_from(looked_at.run), looked_at.quantity, kind, names),
    )
    points = chosen["selection"]["points"]
    picked = [point["customdata"] for point in points if point.get("curve_number") == 1]
    if not picked:
        return None
    return int(picked[0][0] if isinstance(picked[0], list) else picked[0])


def explained(index: NeuronIndex, looked_at: Layer) -> str:
    """What the colours mean, and how many labels an untrained network gets."""
    labelled = [label for label in index.labels if label.label is not None]
    reading = sum(label.kind == "reads" for label in labelled)
    return (
        f"{quantity_name(looked_at.quantity)} of layer {looked_at.layer + 1}: how well each "
        f"property predicts each neuron (held-out R²), on {index.held:,} characters of "
        f"{plain(index.corpus)} that the line was not fitted on. The colour changes at {LEAST:g}, the "
        "least that a label needs. A point marks each neuron's best property, filled from there "
        f"on. By the first rule, which asks for no memory, {len(labelled):,} of the run's "
        f"{len(index.labels):,} hidden and cell states have a clear label: "
        f"{reading} read, {len(labelled) - reading} remember. An untrained network of the same "
        f"shape gets {index.untrained_labels:,} of {index.untrained_neurons:,}: "
        f"{index.untrained['reads']} read, {index.untrained['remembers']} remember."
    )


def gates(index: NeuronIndex, looked_at: Layer) -> None:
    """How often the gates of the layer are shut and open; nothing for a plain network."""
    found = index.saturation()
    if not found:
        return
    if (opened := widgets.fold("How open the gates are", "gates")) is None:
        return
    with opened:
        widgets.chart(
            lambda colours: saturation(
                {quantity_name(name): shares[looked_at.layer] for name, shares in found.items()},
                colours=colours,
            ),
            f"{looked_at.run.name}-layer-{looked_at.layer + 1}-gates",
            key=elements.SATURATION,
            alt="Of every gate, how often it is below 0.1 and above 0.9",
        )
        st.caption(
            f"One point for each neuron of layer {looked_at.layer + 1}: the share of "
            f"{index.characters:,} characters on which its gate is below 0.1 (shut), and above 0.9 "
            "(open). At the lower left a gate is seldom either; near the line it is almost always "
            "one or the other."
        )


def table(
    looked_at: Layer, scores: Scores, labels: Sequence[NeuronLabel], words: Mapping[int, str]
) -> None:
    """The same as rows to sort, with a link each."""
    run = looked_at.run.name
    rows = pd.DataFrame(
        {
            "neuron": [label.neuron for label in labels],
            "label": [words.get(label.neuron, "") for label in labels],
            "best": np.nan_to_num(scores, nan=-1).max(axis=1, initial=-1),
            "open": [
                neuron_link(run, label.quantity, label.layer, label.neuron, view="card")
                for label in labels
            ],
        }
    )
    column = st.column_config
    if (opened := widgets.fold("As a table", "atlas")) is None:
        return
    with opened:
        st.dataframe(
            inert_table(rows),
            hide_index=True,
            key=elements.ATLAS_TABLE,
            column_config={
                "neuron": column.NumberColumn("Neuron"),
                "label": column.TextColumn("Label"),
                "best": column.NumberColumn(
                    "Best R²", format="%.2f", help="The score for its best property."
                ),
                "open": column.LinkColumn("Card", display_text="open"),
            },
        )
