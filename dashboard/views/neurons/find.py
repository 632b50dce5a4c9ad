"""Select and find: mark characters, get the neurons that mark them too, and more such places."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.charts.theme import visible
from dashboard.components.tune_player import Selection
from dashboard.views.neurons import card
from dashboard.views.neurons.appearance import PLAIN_LOOK
from dashboard.views.neurons.layer import PATIENCE, Layer, on_player
from dashboard.views.neurons.text_source import choose_text
from dashboard.views.neurons.words import quantity_name, signed
from songrnn.errors import ConfigError
from songrnn.inspection.activations import ActivationMap
from songrnn.inspection.search import Search, search
from songrnn.inspection.selection import Match, select
from songrnn.store.runs import Run

SPLITS = {"validation": "Validation", "train": "Training"}
_SEEN = "_marked_in_player"


def show(looked_at: Layer) -> None:
    """The view."""
    run = looked_at.run
    st.markdown(
        "Mark characters: draw over the text with the mouse, or lengthen what is chosen with "
        "shift and the arrow keys, or name them by number below."
    )
    text = choose_text(run)
    if text is None:
        return
    activity = loaders.neurons.activation_map(run, text)
    marked = state.marked()
    if marked is not None and marked[1] > len(text):
        marked = None

    def below(chosen: Selection) -> None:
        if chosen.marked != st.session_state.get(_SEEN):
            st.session_state[_SEEN] = chosen.marked
            state.mark(chosen.marked)
        span = state.marked()
        by_number(text, span)
        if span is None or span[1] > len(text):
            st.info("Nothing is marked yet.")
            return
        match = ranked(run, activity, span)
        if match is not None:
            elsewhere(run, match)

    widgets.tune(
        text,
        key="find-player",
        patience=PATIENCE,
        activations=on_player(looked_at, activity, PLAIN_LOOK),
        selection=Selection(marked=marked),
        below=below,
    )


def by_number(text: str, span: tuple[int, int] | None) -> None:
    """Fields for the marked characters; changing them marks others."""
    start, end = span or (0, 0)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        first = st.number_input("From character", 0, len(text), start, width=160)
        last = st.number_input("up to, but without", 0, len(text), end, width=160)
        if first < last:
            there = "".join(map(visible, text[first:last]))
            st.markdown(f"`{there if len(there) <= 40 else there[:39] + '…'}`".replace("``", ""))
    if (first, last) != (start, end) and first < last:
        state.mark((int(first), int(last)))
        st.rerun(scope="app")


def ranked(run: Run, activity: ActivationMap, span: tuple[int, int]) -> Match | None:
    """The neurons that set the marked characters apart; the one a person picks, or the first."""
    index = loaders.neurons.index(run)
    settings = ("select", activity.text, span)
    found = loaders.neurons.measured(run, *settings)
    if found is None:
        try:
            found = select(activity, [span], index=index)
        except ConfigError as error:
            st.info(str(error))
            return None
        loaders.neurons.keep_measured(found, run, *settings)
    rows = []
    for match in found.matches:
        row = None if index is None else index.find_row(match.quantity, match.layer, match.neuron)
        label = index.labels[row] if index is not None and row is not None else None
        rows.append(
            {
                "neuron": named(match),
                "difference": match.difference,
                "on": match.on,
                "off": match.off,
                "auroc": match.auroc,
                "p": match.p,
                "label": label.words if label is not None and label.label else "",
            }
        )
    column = st.column_config
    picked: Any = st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height=260,
        key="find-matches",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "neuron": column.TextColumn("Neuron"),
            "difference": column.NumberColumn(
                "Difference",
                format="%+.2f",
                help="Mean on the marked characters less the mean on the others, in the neuron's "
                "standard deviations: + is high there, − is low there.",
            ),
            "on": column.NumberColumn("On them", format="%.2f"),
            "off": column.NumberColumn("Elsewhere", format="%.2f"),
            "auroc": column.NumberColumn(
                "AUROC", format="%.2f", help="The chance that it is higher on a marked character."
            ),
            "p": column.NumberColumn(
                "p",
                format="%.3f",
                help="Share of all circular shifts of the marks along the text with which any "
                "neuron at all differs as much.",
            ),
            "label": column.TextColumn("Label"),
        },
    )
    st.caption(
        f"{found.marked:,} marked characters against the {found.others:,} others of this text; of "
        f"{found.neurons:,} neurons the {len(found.matches)} that differ most, of either sign. A "
        "small p says that marks laid elsewhere seldom find a neuron so different."
    )
    chosen = picked["selection"]["rows"]
    return found.matches[chosen[0] if chosen and chosen[0] < len(found.matches) else 0]


def named(match: Match) -> str:
    """A match in words."""
    return f"{match.neuron}, {quantity_name(match.quantity).lower()}, layer {match.layer + 1}"


def elsewhere(run: Run, match: Match) -> None:
    """More places where the neuron does the same, to look at and to hear."""
    above = match.difference > 0
    st.subheader(f"More places like these for neuron {named(match)}", anchor=False)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        split = st.segmented_control(
            "Tunes",
            list(SPLITS),
            default="validation",
            required=True,
            key=state.FIND_SPLIT,
            format_func=lambda name: SPLITS[name],
            help="Validation tunes were not learned from.",
        )
        threshold = st.slider(
            f"At {'least' if above else 'most'}",
            -1.0,
            1.0,
            round(match.on, 2),
            0.01,
            key=f"{state.FIND_LEVEL}-{match.quantity}-{match.layer}-{match.neuron}",
            help="At first its mean on the marked characters.",
            width=240,
        )
        settings = ("search", match.quantity, match.layer, match.neuron, split, threshold, above)
        found = loaders.neurons.measured(run, *settings)
        pressed = found is None and st.button("Search the corpus", type="primary", key="search")
    looked_at = Layer(run, match.layer, match.quantity)
    with st.container(horizontal=True, gap="medium"):
        for view, label, help_text in (
            ("text", "Show it on this text", "The view On a text, with this neuron."),
            ("card", "More of this neuron", "Its card."),
        ):
            card.turn_to(view, looked_at, match.neuron, label, help_text)
    if pressed:
        tunes = widgets.corpus_of(run.config.corpus).split(
            "train" if split == "train" else "validation"
        )
        with widgets.stoppable("Reading tunes …", "stop-search") as tell:
            found = search(
                loaders.runs.engine(run),
                run.vocabulary,
                tunes,
                match.quantity,
                match.layer,
                match.neuron,
                threshold,
                above=above,
                progress=tell,
            )
        loaders.neurons.keep_measured(found, run, *settings)
    if found is not None:
        results(looked_at, match.neuron, found)


def results(looked_at: Layer, neuron: int, found: Search) -> None:
    """Where the neuron goes beyond the threshold, the furthest first, one place a tune."""
    beyond = f"{'at least' if found.above else 'at most'} {signed(found.threshold, 2)}"
    st.caption(
        f"It is {beyond} on {found.characters:,} of {found.of:,} characters, in {found.tunes:,} of "
        f"{found.read:,} tunes"
        + (f" ({found.skipped:,} hold characters the run does not know)" if found.skipped else "")
        + "; one place of each tune, where it goes furthest."
    )
    if not found.places:
        return
    places = [(f"{number}", each) for number, each in enumerate(found.places, start=1)]
    card.places_table(looked_at, neuron, places, key="find-places")
    card.listen(looked_at, neuron, places, key="find-place")
