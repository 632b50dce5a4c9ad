"""Select and find: mark characters, and get the neurons that single them out."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import loaders, widgets
from dashboard.charts.theme import visible
from dashboard.components.tune_player import Selection
from dashboard.state import elements
from dashboard.state.neurons import mark, marked, take_up_marks
from dashboard.views.neurons import search
from dashboard.views.neurons.appearance import PLAIN_LOOK
from dashboard.views.neurons.layer import Layer, words_of
from dashboard.views.neurons.player import PATIENCE, on_player
from dashboard.views.neurons.text_source import choose_text
from dashboard.wording import plain
from songrnn.errors import ConfigError
from songrnn.inspection import selection
from songrnn.inspection.activations import ActivationMap
from songrnn.plain_text import inert_table
from songrnn.store.runs import Run

# Marked characters quoted on the page at most.
MOST_QUOTED = 40

Span = tuple[int, int]


def show(looked_at: Layer) -> None:
    """The view."""
    run = looked_at.run
    with st.container(key=elements.BENCH):
        with st.container(key=elements.RAIL):
            st.markdown(
                "Mark characters: draw over the text with the mouse, extend what is chosen with "
                "shift and the arrow keys, or give their numbers below."
            )
            text = choose_text(run)
        if text is not None:
            draw(looked_at, text)


def draw(looked_at: Layer, text: str) -> None:
    """The text to mark, and what follows from the marks."""
    run = looked_at.run
    activity = loaders.neurons.activation_map(run, text)
    before = marked()

    def below(chosen: Selection) -> None:
        take_up_marks(chosen.marked)
        span = marked()
        beyond = span is not None and span[1] > len(text)
        with st.container(key=elements.EVIDENCE):
            by_number(text, None if beyond else span)
            if span is None or beyond:
                st.info(
                    f"The address marks characters {span[0]:,} to {span[1]:,}, and this text has "
                    f"{len(text):,}."
                    if span is not None
                    else "Nothing is marked yet."
                )
                return
        with st.container(key=elements.PICTURES_OF_TEXT):
            match = ranked(run, activity, span)
            if match is not None:
                search.show(run, match)

    widgets.tune(
        text,
        key=elements.FIND_PLAYER,
        patience=PATIENCE,
        activations=on_player(looked_at, activity, PLAIN_LOOK),
        selection=Selection(marked=before if before and before[1] <= len(text) else None),
        around=elements.MUSIC,
        below=below,
    )


def by_number(text: str, span: Span | None) -> None:
    """Fields for the marked characters; changing them marks others."""
    start, end = span or (0, 0)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        first = st.number_input(
            "From character",
            0,
            len(text),
            start,
            width=160,
            help="The first marked character, counted from 0.",
        )
        last = st.number_input(
            "to (exclusive)",
            0,
            len(text),
            end,
            width=160,
            help="The first character after the marked ones.",
        )
        if first < last:
            there = "".join(map(visible, text[first:last]))
            quoted = there if len(there) <= MOST_QUOTED else there[: MOST_QUOTED - 1] + "…"
            st.markdown(plain(quoted))
    if (first, last) != (start, end) and first < last:
        mark((first, last))
        st.rerun(scope="app")


def ranked(run: Run, activity: ActivationMap, span: Span) -> selection.Match | None:
    """The neurons that single out the marked characters; the one a person picks, or the first."""

    def select() -> selection.Selection:
        return selection.select(activity, [span], index=loaders.neurons.index(run))

    try:
        found = loaders.neurons.looked_up(select, run, "select", activity.text, span)
    except ConfigError as error:
        st.info(plain(str(error)))
        return None
    chosen = table(run, found)
    st.caption(
        f"{found.marked:,} marked characters compared with the {found.others:,} others of this "
        f"text: of {found.neurons:,} neurons the {len(found.matches)} that differ most, up or down. "
        "A small p says that the same marks at other places seldom find a neuron so different."
    )
    return found.matches[chosen]


def table(run: Run, found: selection.Selection) -> int:
    """The matches; the row that is picked, else the first."""
    rows = [
        {
            "neuron": search.name_of(match),
            "difference": match.difference,
            "on": match.on,
            "off": match.off,
            "auroc": match.auroc,
            "p": match.p,
            "label": words_of(run, match.layer, match.quantity).get(match.neuron, ""),
        }
        for match in found.matches
    ]
    picked: Any = st.dataframe(
        inert_table(pd.DataFrame(rows)),
        hide_index=True,
        height=260,
        key=elements.FIND_MATCHES,
        on_select="rerun",
        selection_mode="single-row",
        column_config=columns(),
    )
    chosen: list[int] = picked["selection"]["rows"]
    return chosen[0] if chosen and chosen[0] < len(found.matches) else 0


def columns() -> dict[str, Any]:
    """What the table's columns mean."""
    column = st.column_config
    return {
        "neuron": column.TextColumn("Neuron"),
        "difference": column.NumberColumn(
            "Difference",
            format="%+.2f",
            help="Mean on the marked characters minus mean on the others, in standard deviations "
            "of the neuron: + is higher there, − lower.",
        ),
        "on": column.NumberColumn("On them", format="%.2f", help="Mean on the marked characters."),
        "off": column.NumberColumn("Elsewhere", format="%.2f", help="Mean on the others."),
        "auroc": column.NumberColumn(
            "AUROC", format="%.2f", help="The chance that it is higher on a marked character."
        ),
        "p": column.NumberColumn(
            "p",
            format="%.3f",
            help="Share of all circular shifts of the marks along the text for which any neuron "
            "differs as much.",
        ),
        "label": column.TextColumn("Label"),
    }
