"""More places of a corpus where a neuron does the same."""

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.state import elements
from dashboard.views.neurons import examples
from dashboard.views.neurons.layer import Layer, turn_to
from dashboard.views.neurons.words import quantity_name, signed
from dashboard.widgets.progress import Tell
from songrnn.corpus.tunebook import Split
from songrnn.inspection.search import Search, search
from songrnn.inspection.selection import Match
from songrnn.store.runs import Run

SPLITS: dict[Split, str] = {"validation": "Validation", "train": "Training"}


def name_of(match: Match) -> str:
    """A match in words."""
    return f"{match.neuron}, {quantity_name(match.quantity).lower()}, layer {match.layer + 1}"


def show(run: Run, match: Match) -> None:
    """Where else the neuron goes as far, to look at and to hear."""
    looked_at = Layer(run, match.layer, match.quantity)
    above = match.difference > 0
    st.subheader(f"More places like these for neuron {name_of(match)}", anchor=False)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        split: Split = st.segmented_control(
            "Tunes",
            list(SPLITS),
            default="validation",
            required=True,
            key=state.FIND_SPLIT,
            format_func=lambda name: SPLITS[name],
            help="Searches the tunes the run was validated on, or those it was trained on.",
        )
        threshold = st.slider(
            f"Activation at {'least' if above else 'most'}",
            -1.0,
            1.0,
            round(match.on, 2),
            0.01,
            key=state.FIND_LEVEL.of(match.quantity, match.layer, match.neuron),
            help="Only places beyond this value are found. It starts at the neuron's mean on the "
            "marked characters.",
            width=240,
        )
        turn_to("text", looked_at, match.neuron, "Show it on this text", "The view On a text.")
        turn_to("card", looked_at, match.neuron, "More of this neuron", "The view One neuron.")
    found = widgets.measured(
        run,
        ("search", match.quantity, match.layer, match.neuron, split, threshold, above),
        lambda tell: look(looked_at, match.neuron, split, threshold, above, tell),
        label="Search the corpus",
        doing="Reading tunes …",
        about=f"Reads all {SPLITS[split].lower()} tunes and lists where the neuron reaches this value.",
        key=elements.SEARCH,
    )
    if found is not None:
        results(looked_at, match.neuron, found)


def look(
    looked_at: Layer, neuron: int, split: Split, threshold: float, above: bool, tell: Tell
) -> Search:
    """Read the tunes of a split."""
    return search(
        loaders.runs.engine(looked_at.run),
        looked_at.run.vocabulary,
        widgets.corpus_of(looked_at.run.config.corpus).split(split),
        looked_at.quantity,
        looked_at.layer,
        neuron,
        threshold,
        above=above,
        progress=tell,
    )


def results(looked_at: Layer, neuron: int, found: Search) -> None:
    """Where the neuron goes beyond the threshold, the furthest first, one place a tune."""
    beyond = f"{'at least' if found.above else 'at most'} {signed(found.threshold, 2)}"
    unread = f" ({found.skipped:,} hold characters unknown to the run)" if found.skipped else ""
    st.caption(
        f"It is {beyond} on {found.characters:,} of {found.of:,} characters, in {found.tunes:,} of "
        f"{found.read:,} tunes{unread}; of each tune the place where it goes furthest."
    )
    if not found.places:
        return
    places = [(f"{number}", each) for number, each in enumerate(found.places, start=1)]
    examples.table(looked_at, neuron, places, key=elements.FOUND_TABLE)
    examples.listen(looked_at, neuron, places, key=elements.FOUND_PLAYER)
