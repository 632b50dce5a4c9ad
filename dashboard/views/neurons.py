"""Neurons: one unit on a text, character by character."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.charts.activations import GATES, heat_map, histogram, stack
from dashboard.charts.theme import visible
from dashboard.components.tune_player import Activations, Colours, NoteValue, Selection
from songrnn.corpus.tunebook import SPLITS
from songrnn.errors import UnknownCharacterError
from songrnn.inspection.activations import ActivationMap
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.labels import PROPERTIES
from songrnn.notation.annotations import annotate
from songrnn.notation.reading import Reading
from songrnn.store.runs import Run

QUANTITIES = {
    "hidden": ("Hidden state", "What the layer hands on, between −1 and 1."),
    "cell": ("Cell state (tanh)", "The LSTM's memory, through tanh: between −1 and 1."),
    "input_gate": ("Input gate", "How much of the candidate is let in, 0 to 1."),
    "forget_gate": ("Forget gate", "How much of the memory is kept, 0 to 1."),
    "output_gate": ("Output gate", "How much of the memory is shown, 0 to 1."),
    "candidate": ("Candidate", "What would be written, between −1 and 1."),
    "reset_gate": ("Reset gate", "How much of the past the candidate sees, 0 to 1."),
    "update_gate": ("Update gate", "How much of the old state is kept, 0 to 1."),
}
SCALES = {"fixed": "±1", "tune": "This tune", "corpus": "The corpus"}
ORDERS = {"number": "By number", "score": "By score"}
MOMENTS = {"after": "After it", "before": "Before it"}
NOTE_VALUES: dict[NoteValue, str] = {"mean": "Mean", "last": "Last", "largest": "Largest"}
COLOURS: dict[Colours, str] = {"purple-orange": "Purple–orange", "red-blue": "Red–blue"}
SOURCES = {
    "corpus": "A corpus tune",
    "kept": "A kept song",
    "fresh": "The song just composed",
    "pasted": "Pasted ABC",
}
EXAMPLE = "X:1\nT:Example\nM:6/8\nL:1/8\nK:D\n|:DFA d2f|edB AFD|DFA d2f|edc d3:|\n"
LONGEST = 20_000


@dataclass(frozen=True)
class Look:
    """How values become colours."""

    scale: str
    moment: str
    note: NoteValue
    order: str
    colours: Colours


def corpus_text(run: Run) -> str | None:
    """A tune of the run's corpus, of validation unless another split is chosen."""
    book = widgets.corpus(run.config.corpus.name)
    tune_column, split_column = st.columns([5, 2], gap="small")
    split = split_column.selectbox(
        "Split",
        SPLITS,
        index=1,
        key=state.SPLIT,
        bind="query-params",
        help="Validation tunes were not learned from.",
    )
    tunes = book.split(split)
    asked = state.chosen(state.TUNE)
    if asked is not None and all(tune.id != asked for tune in tunes):
        tunes = tuple(tune for tune in book.tunes if tune.id == asked) + tunes
    titles = {
        tune.id: f"{tune.title or 'Untitled'} ({tune.rhythm or tune.meter})" for tune in tunes
    }
    if not titles:
        st.info("This split of the corpus holds no tune.")
        return None
    picked = state.shared(state.TUNE, list(titles))
    tune_column.selectbox(
        "Tune",
        list(titles),
        key=state.widget_key(state.TUNE),
        format_func=lambda id: titles.get(id, id),
        help="Type to filter.",
    )
    return next(tune.text for tune in tunes if tune.id == picked)


def kept_text(run: Run) -> str | None:
    """A song kept with the run."""
    songs = {song.id: song for song in loaders.songs(run)}
    if not songs:
        st.info("No song is kept with this run; compose one and keep it on the Compose page.")
        return None
    picked = state.shared(state.SONG, list(songs))
    st.selectbox(
        "Song",
        list(songs),
        key=state.widget_key(state.SONG),
        format_func=lambda id: (
            f"T {songs[id].config.temperature:g}, seed {songs[id].seed}" if id in songs else id
        ),
    )
    return songs[str(picked)].text


def fresh_text(run: Run) -> str | None:
    """The song composed last in this session, by whatever run."""
    song = state.fresh_song()
    if song is None:
        st.info("Nothing composed yet in this session; do so on the Compose page.")
        return None
    if song.run != run.name:
        st.caption(f"Composed by {song.run}, read here by {run.name}.")
    return song.text


def pasted_text(run: Run) -> str | None:
    """Whatever a person pastes."""
    text = st.text_area(
        "ABC text",
        value=EXAMPLE,
        key=state.PASTED,
        height=160,
        max_chars=LONGEST,
        persist_state="session",
        help="Any text of characters the run knows. It stays in this session, not in the address.",
    )
    if not text:
        st.info("Paste a tune to see the neurons on it.")
    return text or None


READERS: dict[str, Callable[[Run], str | None]] = {
    "corpus": corpus_text,
    "kept": kept_text,
    "fresh": fresh_text,
    "pasted": pasted_text,
}


def choose_text(run: Run) -> str | None:
    """The text to read; None, with the reason on the page, when there is none."""
    left, right = st.columns([3, 7], gap="small")
    with left:
        source = str(state.shared(state.TEXT, list(SOURCES)))
        st.selectbox(
            "Text",
            list(SOURCES),
            key=state.widget_key(state.TEXT),
            format_func=lambda name: SOURCES[name],
            help="What the run reads.",
        )
    with right:
        text = READERS[source](run)
    if text is None:
        return None
    unknown = run.vocabulary.unknown(text)
    if unknown:
        position, character = unknown[0]
        st.error(str(UnknownCharacterError(character, position, text)))
        return None
    return text


def choose_quantity(run: Run) -> tuple[int, str]:
    """(layer, quantity), the layer from 0; part of the address."""
    model = run.config.model
    first, second = st.columns([1, 2], gap="small")
    layer = first.selectbox(
        "Layer",
        range(1, model.layers + 1),
        key=state.LAYER,
        bind="query-params",
        disabled=model.layers == 1,
        help="1 is the layer that reads the characters.",
    )
    quantities = loaders.engine(run).quantities
    quantity = str(state.shared(state.QUANTITY, quantities))
    second.selectbox(
        "Quantity",
        quantities,
        key=state.widget_key(state.QUANTITY),
        format_func=lambda name: QUANTITIES.get(name, (name, ""))[0],
        help="  \n".join(f"**{QUANTITIES[q][0]}**: {QUANTITIES[q][1]}" for q in quantities),
    )
    return layer - 1, quantity


def choice(label: str, options: Mapping[Any, str], key: str, help: str) -> Any:
    """One of a few, part of the address; the first is the default and leaves it short."""
    names = list(options)
    state.from_address(key, names, names[0])
    picked = st.segmented_control(
        label,
        names,
        required=True,
        key=key,
        format_func=lambda name: options[name],
        help=help,
    )
    state.to_address(key, str(picked), names[0])
    return picked


def choose_look() -> Look:
    """How values become colours; part of the address."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        return Look(
            scale=choice(
                "Full colour at",
                SCALES,
                state.SCALE_OF,
                "±1 is the same for all neurons; this tune's largest value shows faint neurons; so "
                "does the 99.5th percentile of a neuron's size over the corpus, the same for all "
                "tunes, once the run's neurons are ranked. Gates always go from 0 to 1.",
            ),
            moment=choice(
                "A character has the state",
                MOMENTS,
                state.MOMENT,
                "After: the network has just read this character. Before: the state that "
                "predicted it.",
            ),
            note=choice(
                "A note has, of its characters, the",
                NOTE_VALUES,
                state.NOTE_VALUE,
                "One note is written with one or more characters; its colour on the staff is "
                "their mean value, the last one's, or the one furthest from 0.",
            ),
            order=choice(
                "Neurons listed",
                ORDERS,
                state.NEURON_ORDER,
                "By number, or the clearest labels first, once the run's neurons are ranked.",
            ),
            colours=choice(
                "Colours",
                COLOURS,
                state.COLOURS,
                "Both pairs can be told apart by colour-blind eyes.",
            ),
        )


def shown(activity: ActivationMap, layer: int, quantity: str, look: Look) -> np.ndarray:
    """Values for the player, (H, T): of the state after each character, or before it."""
    values = activity.quantities[quantity][layer]  # (T, H)
    if look.moment == "before":
        values = np.concatenate([activity.start[quantity][layer][None], values])[:-1]
    return (np.tanh(values) if quantity == "cell" else values).T


def details(activity: ActivationMap, reading: Reading, run: Run) -> list[str]:
    """What is known of each character besides its value."""
    music = annotate(reading)
    symbols = run.vocabulary.symbols
    likely = np.argsort(-activity.next_probabilities[1:], axis=1)[:, :5]
    found = []
    for t, surprise in enumerate(activity.surprise[:-1]):
        bar = f"bar {music.bar[t] + 1}, beat {music.beat[t] + 1} · " if music.bar[t] >= 0 else ""
        nexts = " · ".join(
            f"{visible(symbols[i])} {activity.next_probabilities[t + 1, i]:.0%}" for i in likely[t]
        )
        found.append(f"{bar}surprise {surprise:.2f} bits\nlikely next: {nexts}")
    return found


def show(run: Run, activity: ActivationMap, layer: int, quantity: str, look: Look) -> None:
    """The neurons of a layer on the text, in the player, and what belongs to the one chosen."""
    values = shown(activity, layer, quantity, look)
    gate = quantity in GATES
    name = QUANTITIES.get(quantity, (quantity, ""))[0]
    index = loaders.neuron_index(run)
    found = index.of(quantity, layer) if index is not None else []
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
    order = sorted(found, key=lambda item: (item[1].label is None, -item[1].score))
    first = state.first_neuron(len(values))

    def below(chosen: Selection) -> None:
        neuron = first if chosen.neuron is None else min(chosen.neuron, len(values) - 1)
        state.set_neuron(neuron)
        caption(activity, values[neuron], name, layer, neuron, look)
        if index is None:
            st.caption(
                f"The neurons of {run.name} have no labels yet; find some with "
                f"`songrnn neurons {run.name} rank`."
            )
        elif (row := index.place_of(quantity, layer, neuron)) is not None:
            card(run, index, row)
        more(activity, values, quantity, neuron, run)

    widgets.tune(
        activity.text,
        key="neuron-player",
        activations=Activations(
            values,
            quantity=name,
            gate=gate,
            bound=bound,
            note=look.note,
            colours=look.colours,
            labels={label.neuron: label.words for _, label in found if label.label},
            order=[label.neuron for _, label in order] if look.order == "score" and found else None,
            details=details(activity, loaders.reading(activity.text), run),
            quantiles=quantiles,
        ),
        selection=Selection(neuron=first),
        below=below,
    )


def card(run: Run, index: NeuronIndex, row: int) -> None:
    """What the neuron does, the evidence for it, its values over the corpus, places to look at."""
    label = index.labels[row]
    labelled = sum(each.label is not None for each in index.labels)
    words = {found.name: found.words for found in PROPERTIES}
    st.subheader(f"Neuron {label.neuron} · {label.words}", anchor=False)
    evidence = [
        (
            "R²",
            f"{label.score:.2f}",
            f"Held-out R² of the activation given: {words[label.best]}. A straight line fitted on "
            f"half of the tunes, measured on {label.n:,} characters of the other half. "
            "*Remembers*: after the neuron's mean for the character just read is taken away. A "
            "label needs 0.25 and a false-discovery rate of at most 5 % against properties shifted "
            "within tunes.",
        ),
        (
            "Runner-up R²",
            f"{max(label.runner_up_score, 0):.2f}",
            f"Of the next best property: {words[label.runner_up]}.",
        ),
        (
            "Mutual information",
            f"{label.mutual_information:.2f} bits",
            "Between the activation in eight equally full bins and the property.",
        ),
    ]
    if label.auroc is not None:
        evidence.insert(
            2,
            (
                "AUROC",
                f"{label.auroc:.2f}",
                "The chance that the activation is higher where the property holds than where it "
                "does not; below 0.5 it is lower there.",
            ),
        )
    widgets.figures(evidence)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        mean, deviation = index.moments[row]
        st.plotly_chart(
            histogram(index.histograms[row], colours=widgets.colours()),
            theme=None,
            key="neuron-histogram",
            config={"displayModeBar": False},
        )
        st.caption(
            f"Values over {index.characters:,} characters of validation tunes of {index.corpus}: "
            f"mean {signed(mean)}, standard deviation {deviation:.3f}."
        )
    with right:
        examples(run, index, row)
    st.caption(
        f"{labelled} of the {len(index.labels)} neurons (hidden and cell state) have a clear "
        f"label; a network of the same shape that never learned gets {index.untrained_labels} of "
        f"{index.untrained_neurons}."
    )


def examples(run: Run, index: NeuronIndex, row: int) -> None:
    """Places where the neuron is high, low, in between, and anywhere, each opens the tune."""
    book = loaders.tunebook(index.corpus) if loaders.corpus_is_built(index.corpus) else None
    titles = {"largest": "Highest", "smallest": "Lowest", "middling": "Between", "random": "Random"}
    rows = []
    for kind, found in index.examples(row).items():
        for example in found:
            text = book.find(example.tune).text if book is not None else ""
            at = example.character
            before = "".join(visible(c) for c in text[max(0, at - 12) : at])
            after = "".join(visible(c) for c in text[at + 1 : at + 9])
            here = visible(text[at]) if at < len(text) else ""
            rows.append(
                {
                    "where": titles[kind],
                    "value": example.value,
                    "text": f"{before}⟦{here}⟧{after}",
                    "open": f"neurons?run={run.name}&tune={example.tune}&text=corpus"
                    f"&quantity={index.labels[row].quantity}&neuron={index.labels[row].neuron}"
                    f"&layer={index.labels[row].layer + 1}",
                }
            )
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height=260,
        key="neuron-examples",
        column_config={
            "where": "Where",
            "value": st.column_config.NumberColumn("Value", format="%.2f"),
            "text": st.column_config.TextColumn(
                "Around it", help="The character just read stands in brackets."
            ),
            "open": st.column_config.LinkColumn("Tune", display_text="open"),
        },
    )


def caption(
    activity: ActivationMap, values: np.ndarray, name: str, layer: int, neuron: int, look: Look
) -> None:
    """What the colours mean, and the neuron's range on this text."""
    when = (
        "the state after it was read: it has seen this character and predicts the next one"
        if look.moment == "after"
        else "the state before it was read, the one that predicted it"
    )
    least, most, mean = (
        (float(values.min()), float(values.max()), float(values.mean()))
        if len(values)
        else (0,) * 3
    )
    st.caption(
        f"{name} of neuron {neuron}, layer {layer + 1}, on {len(activity.text):,} characters, read "
        f"from the zero state. The colour of a character is {when}. ↵ is a newline, ␣ a space. "
        f"Here the value lies between {signed(least)} and {signed(most)}, mean {signed(mean)}. Up "
        "and down arrows switch the neuron, left and right move by a note, space plays."
    )


def signed(value: float) -> str:
    """A value with a real minus sign."""
    return f"{value:.3f}".replace("-", "−")


def more(activity: ActivationMap, values: np.ndarray, quantity: str, neuron: int, run: Run) -> None:
    """The same numbers otherwise: as a grid, beside other neurons, as a table."""
    colours = widgets.colours()
    picture = f"{run.name}-{quantity}-{neuron}"
    with st.expander("As a grid, 20 characters a row"):
        format = st.segmented_control(
            "The camera saves", ["svg", "png"], default="svg", required=True, key=state.PICTURE_AS
        )
        st.plotly_chart(
            heat_map(activity.text, values[neuron], colours=colours, quantity=quantity, columns=20),
            theme=None,
            key="neuron-grid",
            width="content",
            config={
                "displaylogo": False,
                "toImageButtonOptions": {"format": format, "filename": picture},
            },
        )
        st.caption("Newlines end a row too. Fixed scale: states from −1 to 1, gates from 0 to 1.")
    with st.expander("Several neurons"):
        others = st.multiselect(
            "Neurons beside this one",
            [unit for unit in range(len(values)) if unit != neuron],
            max_selections=11,
            key=state.BESIDE,
            help="Each gets a row, on the same text and scale.",
        )
        rows = [neuron, *[unit for unit in others if unit != neuron]]
        st.plotly_chart(
            stack(
                activity.text,
                values[rows],
                [str(unit) for unit in rows],
                colours=colours,
                quantity=quantity,
            ),
            theme=None,
            key="neuron-stack",
            config={
                "displaylogo": False,
                "toImageButtonOptions": {"format": format, "filename": picture},
            },
        )
    table(activity.text, values[neuron], activity.surprise, picture)


def table(text: str, values: np.ndarray, surprise: np.ndarray, stem: str) -> None:
    """The same numbers as a table, for reading aloud, sorting and downloading."""
    with st.expander("As a table"):
        frame = pd.DataFrame(
            {
                "position": np.arange(len(text)),
                "character": [visible(character) for character in text],
                "value": values.astype(np.float64),
                "surprise": surprise[: len(text)],
            }
        )
        st.dataframe(
            frame,
            hide_index=True,
            height=300,
            key="neuron-table",
            column_config={
                "position": "Position",
                "character": st.column_config.TextColumn("Character"),
                "value": st.column_config.NumberColumn(
                    "Value", format="%.6f", help="The colour's value, of the state chosen above."
                ),
                "surprise": st.column_config.NumberColumn(
                    "Surprise", format="%.3f", help="−log2 of the probability this character had."
                ),
            },
        )
        st.download_button(
            "CSV",
            data=lambda: frame.to_csv(index=False).encode(),
            file_name=f"{stem}.csv",
            mime="text/csv",
            on_click="ignore",
            help="This table as a file.",
        )


def page() -> None:
    """The page."""
    widgets.heading(
        "Neurons",
        "Read a text with a run and see on staff and text what each of its units does.",
    )
    left, right = st.columns([4, 5], gap="small")
    with left:
        run = widgets.run_picker()
    if run is None:
        return
    with right:
        layer, quantity = choose_quantity(run)
    text = choose_text(run)
    look = choose_look()
    if text is not None:
        show(run, loaders.activation_map(run, text), layer, quantity, look)


page()
