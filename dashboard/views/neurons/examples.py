"""Places in tunes where a neuron does something: to look at, to open, to hear."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import loaders, widgets
from dashboard.charts.examples import windows
from dashboard.charts.theme import visible
from dashboard.components.tune_player import Selection
from dashboard.state import elements
from dashboard.views.neurons.appearance import PLAIN_LOOK
from dashboard.views.neurons.layer import Layer
from dashboard.views.neurons.player import PATIENCE, on_player
from dashboard.views.neurons.words import neuron_link, signed
from dashboard.wording import plain
from songrnn.inspection.index import Example, NeuronIndex
from songrnn.plain_text import inert_table

NAMES = {"largest": "Highest", "smallest": "Lowest", "middling": "Medium", "random": "Random"}
# Characters shown before and after the place.
BEFORE, AFTER = 12, 8
# The same where they are coloured, and which places are.
FAR_BEFORE = 36
SHOWN = ("Highest", "Lowest")

# What a place is, and where it is.
Places = Sequence[tuple[str, Example]]


def of_row(index: NeuronIndex, row: int) -> list[tuple[str, Example]]:
    """Where a neuron of the index is high, low, in between, and anywhere."""
    return [(NAMES[kind], each) for kind, all in index.examples(row).items() for each in all]


def table(looked_at: Layer, neuron: int, places: Places, *, key: str) -> None:
    """Places in tunes, each with what it is, its surroundings and a link that opens it."""
    corpus = looked_at.run.config.corpus
    problem = loaders.corpora.problem(corpus)
    book = None if problem else loaders.corpora.tunebook(corpus.name)
    if problem:
        st.caption(f"The text around these places cannot be shown. {plain(problem)}")
    rows = [
        {
            "where": what,
            "value": example.value,
            "text": "" if book is None else around(book.find(example.tune).text, example.character),
            "open": neuron_link(
                looked_at.run.name,
                looked_at.quantity,
                looked_at.layer,
                neuron,
                text="corpus",
                tune=example.tune,
                at=example.character,
            ),
        }
        for what, example in places
    ]
    column = st.column_config
    st.dataframe(
        inert_table(pd.DataFrame(rows, columns=["where", "value", "text", "open"])),
        hide_index=True,
        height=260,
        key=key,
        column_config={
            "where": column.TextColumn("Example", width="small"),
            "value": column.NumberColumn(
                "Value", format="%.2f", width="small", help="The neuron's activation."
            ),
            "text": column.TextColumn(
                "Text around it", help="The character just read is in brackets."
            ),
            "open": column.LinkColumn("Tune", display_text="open", width="small"),
        },
    )


def coloured(looked_at: Layer, neuron: int, places: Places, *, key: str) -> None:
    """Where the neuron is highest and lowest, each character coloured by its value."""
    corpus = looked_at.run.config.corpus
    chosen = [each for each in places if each[0] in SHOWN]
    if not chosen or loaders.corpora.problem(corpus):
        return
    book = loaders.corpora.tunebook(corpus.name)
    texts = [book.find(each.tune).text for _, each in chosen]
    begun = [
        text[: each.character + AFTER + 1] for text, (_, each) in zip(texts, chosen, strict=True)
    ]
    names = [f"{what} {signed(each.value, 2)}" for what, each in chosen]

    def draw(values: list[np.ndarray]) -> None:
        widgets.chart(
            lambda colours: windows(
                begun,
                values,
                names,
                before=FAR_BEFORE,
                after=AFTER,
                places=[each.character for _, each in chosen],
                colours=colours,
                quantity=looked_at.quantity,
            ),
            f"{looked_at.run.name}-{looked_at.quantity}-neuron-{neuron}-examples",
            key=key,
            at_once=True,
            alt=f"Neuron {neuron} around the places where it is highest and lowest",
        )
        st.caption(
            "Each row is another tune, the place in the frame; purple is low, orange high. All "
            "these places and more can be opened from the table, and heard in the player."
        )

    place = looked_at.quantity, looked_at.layer, neuron
    widgets.joined(
        lambda: loaders.neurons.values_on(looked_at.run, tuple(begun), *place),
        draw,
        of=("windows", str(looked_at.run.path), *place),
        doing="The run is reading the tunes of these places …",
    )


def around(text: str, at: int) -> str:
    """A character in brackets, with its surroundings.

    >>> around("|:DFA d2f|", 4)
    '|:DF⟦A⟧␣d2f|'
    """
    before = "".join(visible(c) for c in text[max(0, at - BEFORE) : at])
    after = "".join(visible(c) for c in text[at + 1 : at + 1 + AFTER])
    here = visible(text[at]) if at < len(text) else ""
    return f"{before}⟦{here}⟧{after}"


def listen(looked_at: Layer, neuron: int, places: Places, *, key: str) -> None:
    """A tune with the neuron on it, opened at one of the places."""
    if not places or loaders.corpora.problem(looked_at.run.config.corpus):
        return
    book = loaders.corpora.tunebook(looked_at.run.config.corpus.name)

    def name(number: int) -> str:
        what, example = places[number]
        title = book.find(example.tune).title or "an untitled tune"
        return f"{what}: {signed(example.value, 2)} in {title}"

    at = st.selectbox(
        "Listen to an example",
        range(len(places)),
        key=elements.CHOICE.of(key),
        format_func=name,
        width=520,
        help="Opens the player below at another of these places.",
    )
    example = places[at][1]
    text = book.find(example.tune).text
    activity = loaders.neurons.activation_map(looked_at.run, text)
    widgets.tune(
        text,
        key=key,
        patience=PATIENCE,
        activations=on_player(looked_at, activity, PLAIN_LOOK),
        selection=Selection(neuron=neuron, span=(example.character, example.character + 1)),
    )
