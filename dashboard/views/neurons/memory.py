"""How far back the run looks, and which of its neurons feed which."""

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import loaders, widgets
from dashboard.charts.reach import course, wires
from dashboard.state import elements, whole_state
from dashboard.views.neurons.layer import Layer, say_unranked
from dashboard.views.neurons.patching import direction_of
from dashboard.views.neurons.words import PROPERTY_WORDS, change, neuron_link
from dashboard.widgets.progress import Tell
from dashboard.wording import plain
from songrnn.errors import ConfigError
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.properties import PROPERTIES
from songrnn.inspection.reach import DISTANCES, PLACES, TUNES, Reach, measure_reach
from songrnn.inspection.wiring import Neuron, Wiring, wiring_of
from songrnn.store.runs import Run

# Properties whose directions are followed, at most; arrows drawn, and as many as can be asked for.
MOST_FOLLOWED = 3
MOST_WIRES = 60
_ANGLES = {each.name for each in PROPERTIES if each.kind == "angle"}


def show(looked_at: Layer) -> None:
    """The view."""
    run = looked_at.run
    index = loaders.neurons.index(run)
    st.subheader("How far back it looks", anchor=False)
    if problem := loaders.corpora.problem(run.config.corpus):
        st.info(plain(problem))
    else:
        far_back(run, followed(index))
    st.subheader("Who feeds whom", anchor=False)
    if index is None:
        say_unranked(run)
        return
    try:
        wiring(run, index)
    except ConfigError as error:
        st.info(plain(str(error)))


def followed(index: NeuronIndex | None) -> tuple[str, ...]:
    """The properties that most neurons remember and that have a direction: not those that go round."""
    verdicts = index.memory.verdicts if index is not None and index.memory is not None else ()
    found = [each.label for each in verdicts if each.label and each.label not in _ANGLES]
    ordered = sorted(set(found), key=lambda name: (-found.count(name), name))
    return tuple(ordered[:MOST_FOLLOWED])


def far_back(run: Run, names: tuple[str, ...]) -> None:
    """Within how many characters half of the effect of one lies."""
    st.markdown(
        "One character of a tune is replaced by another one of it, and the tune read on. Within how "
        "many characters lies half of all that this changes? For the predictions, for the state of "
        "each layer, and for what is read off the state for what neurons of this run remember."
    )
    found = widgets.measured(
        run,
        ("reach", names),
        lambda tell: measure(run, names, tell),
        label="Measure",
        doing="Replacing characters …",
        about=f"Replaces {PLACES} characters in each of {TUNES} validation tunes and reads on: "
        "half a minute, a few minutes for a large run.",
        key=elements.REACH,
    )
    if found is None:
        return
    words = [name_of(each) for each in found]
    left, right = st.columns([3, 2], gap="medium")
    with left:
        widgets.chart(
            lambda colours: course(found, words, colours=colours),
            f"{run.name}-reach",
            key=elements.REACH_CHART,
            alt="Share of the effect of one character within each distance from it",
        )
    with right:
        rows = [
            {
                "what": name,
                "half": f"{each.half.estimate:.0f} ({each.half.low:.0f} to {each.half.high:.0f})",
            }
            for name, each in zip(words, found, strict=True)
        ]
        column = st.column_config
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            key=elements.REACH_TABLE,
            column_config={
                "what": column.TextColumn("What is watched"),
                "half": column.TextColumn(
                    "Half the effect within",
                    help="Characters after the replaced one; 0 is the replaced character itself.",
                ),
            },
        )
        st.caption(
            f"{TUNES} validation tunes, {PLACES} places in each, up to {DISTANCES} characters on; 95 % "
            "intervals, bootstrap over tunes. Effects: bits by which predictions move, else squares "
            "of how far the state moves."
        )


def measure(run: Run, names: tuple[str, ...], tell: Tell) -> list[Reach]:
    """The reach of predictions, layers and directions, as the command measures it."""
    return measure_reach(
        loaders.runs.engine(run),
        run.vocabulary,
        widgets.corpus_of(run.config.corpus).split("validation"),
        np.random.default_rng(0),
        directions=[direction_of(run, name) for name in names],
        progress=tell,
    )


def name_of(each: Reach) -> str:
    """What was watched, in words."""
    if each.name in PROPERTY_WORDS:
        return f"read off: {PROPERTY_WORDS[each.name]}"
    return each.name if each.name == "predictions" else f"state of {each.name}"


def wiring(run: Run, index: NeuronIndex) -> None:
    """The graph of the strongest weights. Raises ConfigError where there is nothing to draw."""
    most = st.slider(
        "Weights shown",
        5,
        MOST_WIRES,
        20,
        5,
        key=whole_state.WIRES,
        bind="query-params",
        help="The strongest ones between neurons that remember something; all others are left out.",
        width=320,
    )
    found = wiring_of(run, index, most=most)
    labels = {each: PROPERTY_WORDS.get(name, name) for each, name in found.labels.items()}
    widgets.chart(
        lambda colours: wires(labels, found.edges, colours=colours),
        f"{run.name}-wiring",
        key=elements.WIRING,
        config={"displayModeBar": False},
        alt=f"The {len(found.edges)} strongest weights between {len(labels)} neurons",
    )
    st.caption(
        f"The {len(labels)} neurons of {plain(run.name)} that remember something by the stricter rule, "
        "as layer/number. An arrow leads from a neuron to one whose gate it moves: orange raises the "
        "gate, purple lowers it, the wider the more. What is counted is the weight times the standard "
        f"deviation of the neuron that is listened to (over {index.characters:,} characters). Weights "
        "are exact and have no interval; that one is large does not say that it matters."
    )
    table(run, found, labels)


def table(run: Run, found: Wiring, labels: dict[Neuron, str]) -> None:
    """The same weights as rows, with links to both neurons."""

    def link(neuron: Neuron) -> str:
        return neuron_link(run.name, "hidden", *neuron, view="card")

    rows = [
        {
            "source": f"{edge.source[0] + 1}/{edge.source[1]} {labels[edge.source]}",
            "from": link(edge.source),
            "gate": edge.gate,
            "target": f"{edge.target[0] + 1}/{edge.target[1]} {labels[edge.target]}",
            "to": link(edge.target),
            "effect": change(edge.effect, 2),
            "rank": f"{edge.rank + 1} of {edge.of}",
        }
        for edge in found.edges
    ]
    column = st.column_config
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height=260,
        key=elements.WIRING_TABLE,
        column_config={
            "source": column.TextColumn("From"),
            "from": column.LinkColumn("Card", display_text="open"),
            "gate": column.TextColumn("to the"),
            "target": column.TextColumn("of"),
            "to": column.LinkColumn("Card", display_text="open"),
            "effect": column.TextColumn(
                "Weight × deviation",
                help="By how much the gate's input moves when the neuron is one standard deviation "
                "above its mean.",
            ),
            "rank": column.TextColumn(
                "Rank", help="How many of all that this gate listens to move it more, and itself."
            ),
        },
    )
