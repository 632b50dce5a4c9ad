"""The atlas: all neurons of a layer and all properties at once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import frame, loaders, state, widgets
from dashboard.charts.atlas import Scores, atlas, by_label, by_likeness, saturation
from dashboard.views.neurons import card
from dashboard.views.neurons.layer import Layer
from dashboard.views.neurons.words import neuron_link, quantity_name
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.labelling import LEAST
from songrnn.inspection.properties import PROPERTIES
from songrnn.inspection.scoring import KINDS, Kind

ORDERS = {"label": "By label", "number": "By number", "likeness": "By likeness"}
READING: dict[Kind, str] = {"reads": "Reads", "remembers": "Remembers"}


def show(looked_at: Layer) -> None:
    """The view."""
    run, layer, quantity = looked_at.run, looked_at.layer, looked_at.quantity
    index = loaders.neurons.index(run)
    if index is None:
        card.unranked(run)
        return
    found = index.of_layer(quantity, layer)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        kind = widgets.segments(
            "Score for",
            READING,
            state.ATLAS_KIND,
            "Reads: the activation itself follows the property. Remembers: it still does after the "
            "neuron's mean for the character just read is taken away.",
        )
        order = widgets.segments(
            "Neurons stand",
            ORDERS,
            state.ATLAS_ORDER,
            "By the property they follow best; by number; or so that neighbours have like scores.",
        )
    scores = scores_of(index, [row for row, _ in found], kind)
    labels = [label for _, label in found]
    stand = {
        "label": lambda: by_label(scores, LEAST),
        "number": lambda: np.arange(len(labels)),
        "likeness": lambda: by_likeness(scores),
    }[order]()
    numbers = [labels[at].neuron for at in stand]
    names = [
        f"{labels[at].neuron} · {labels[at].words}" if labels[at].label else str(labels[at].neuron)
        for at in stand
    ]
    chosen: Any = st.plotly_chart(
        atlas(
            scores[stand],
            numbers,
            [each.words for each in PROPERTIES],
            names,
            least=LEAST,
            colours=frame.colours(),
        ),
        theme=None,
        key="atlas",
        on_select="rerun",
        selection_mode="points",
        config={"displaylogo": False, "scrollZoom": False},
        alt=f"Scores of all neurons of layer {layer + 1} for all properties",
    )
    counts(index, looked_at)
    points = chosen["selection"]["points"]
    picked = [point["customdata"] for point in points if point.get("curve_number") == 1]
    if picked:
        number = picked[0][0] if isinstance(picked[0], list) else picked[0]
        state.set_neuron(int(number))
        row = index.find_row(quantity, layer, int(number))
        if row is not None:
            card.card(run, index, row)
    else:
        st.caption("Click a point to open the card of its neuron here.")
    gates(index, looked_at)
    table(looked_at, scores, labels)


def scores_of(index: NeuronIndex, rows: Sequence[int], kind: Kind) -> Scores:
    """(N, P) held-out R² of these neurons for every property; NaN where there is no score."""
    found = np.stack([index.scores_of(each.name, kind)[rows] for each in PROPERTIES], axis=1)
    return np.where(found > -1, found, np.nan)


def counts(index: NeuronIndex, looked_at: Layer) -> None:
    """What the colours mean, and how many labels there are beside the untrained twin's."""
    labelled = [label for label in index.labels if label.label is not None]
    shares = ", ".join(
        f"{sum(label.kind == kind for label in labelled)} that {words}"
        for kind, words in zip(KINDS, ("read", "remember"), strict=True)
    )
    st.caption(
        f"{quantity_name(looked_at.quantity)} of layer {looked_at.layer + 1}: held-out R² with "
        f"which each property predicts each neuron, on {index.held:,} characters of {index.corpus} "
        f"that it was not fitted on. The colour turns at {LEAST:g}, what a label needs at the least; a point "
        "stands at each neuron's best property and is full from there on. Of all "
        f"{len(index.labels)} neurons {len(labelled)} have a clear label, {shares}; of a network of "
        f"the same shape that never learned {index.untrained_labels} of {index.untrained_neurons}, "
        f"{index.untrained['reads']} that read, {index.untrained['remembers']} that remember."
    )


def gates(index: NeuronIndex, looked_at: Layer) -> None:
    """How often the gates of the layer are shut and open; nothing for a plain network."""
    found = index.saturation()
    if not found:
        return
    with st.expander("How open the gates stand"):
        st.plotly_chart(
            saturation(
                {quantity_name(name): shares[looked_at.layer] for name, shares in found.items()},
                colours=frame.colours(),
            ),
            theme=None,
            key="saturation",
            config={"displaylogo": False},
            alt="Of every gate, how often it is below 0.1 and above 0.9",
        )
        st.caption(
            f"A point a neuron of layer {looked_at.layer + 1}: share of {index.characters:,} "
            "characters on which its gate is below 0.1 (shut), and above 0.9 (open). Low on the "
            "left a gate is seldom either; near the line it is almost always one or the other."
        )


def table(looked_at: Layer, scores: Scores, labels: list[Any]) -> None:
    """The same as rows to sort, with a link each."""
    with st.expander("As a table"):
        rows = pd.DataFrame(
            {
                "neuron": [label.neuron for label in labels],
                "label": [label.words if label.label else "" for label in labels],
                "best": np.nan_to_num(scores, nan=-1).max(axis=1, initial=-1),
                "open": [
                    neuron_link(
                        looked_at.run.name, label.quantity, label.layer, label.neuron, view="card"
                    )
                    for label in labels
                ],
            }
        )
        column = st.column_config
        st.dataframe(
            rows,
            hide_index=True,
            key="atlas-table",
            column_config={
                "neuron": column.NumberColumn("Neuron"),
                "label": column.TextColumn("Label"),
                "best": column.NumberColumn("Best R²", format="%.2f"),
                "open": column.LinkColumn("Card", display_text="open"),
            },
        )
