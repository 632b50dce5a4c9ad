"""The neurons of a layer on a text: the player, and the same numbers otherwise."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import loaders, neuron_card, state, widgets
from dashboard.charts.activations import GATES, heat_map, stack
from dashboard.charts.theme import visible
from dashboard.components.tune_player import Activations, Selection
from dashboard.neuron_look import Look, shown
from dashboard.neuron_words import quantity_name, signed
from songrnn.inspection.activations import ActivationMap
from songrnn.notation.annotations import annotate
from songrnn.notation.reading import Reading
from songrnn.store.runs import Run

# Staff and sound join the text when they are made; the page does not wait for them.
PATIENCE = 0.2


@dataclass(frozen=True)
class Layer:
    """One quantity of one layer of a run; the layer counts from 0."""

    run: Run
    layer: int
    quantity: str


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


def on_player(
    looked_at: Layer, activity: ActivationMap, look: Look, *, title: str = ""
) -> Activations:
    """A layer's units as the player takes them."""
    run, layer, quantity = looked_at.run, looked_at.layer, looked_at.quantity
    values = shown(activity, layer, quantity, look)
    gate = quantity in GATES
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
    return Activations(
        values,
        quantity=quantity_name(quantity),
        gate=gate,
        bound=bound,
        note=look.note,
        colours=look.colours,
        labels={label.neuron: label.words for _, label in found if label.label},
        order=[label.neuron for _, label in order] if look.order == "score" and found else None,
        details=details(activity, loaders.reading(activity.text), run),
        quantiles=quantiles,
        title=title,
    )


def choose_second(run: Run, quantity: str) -> Layer | None:
    """Another run to show on the same text, None for none; part of the address."""
    others = {
        other.name: other
        for other in loaders.runs()
        if isinstance(other, Run) and other.has_weights and other.name != run.name
    }
    names = ["", *sorted(others)]
    left, right = st.columns([3, 1], gap="small")
    state.from_address(state.SECOND_RUN, names, "")
    picked = left.selectbox(
        "A second run on the same text",
        names,
        key=state.SECOND_RUN,
        format_func=lambda name: name or "none",
        help="Its neurons are shown below the first run's, under the same cursor.",
    )
    state.to_address(state.SECOND_RUN, picked, "")
    if not picked:
        return None
    other = others[picked]
    layers = [str(number) for number in range(1, other.config.model.layers + 1)]
    state.from_address(state.SECOND_LAYER, layers, layers[0])
    layer = right.selectbox("Its layer", layers, key=state.SECOND_LAYER, disabled=len(layers) == 1)
    state.to_address(state.SECOND_LAYER, layer, layers[0])
    quantities = loaders.engine(other).quantities
    return Layer(other, int(layer) - 1, quantity if quantity in quantities else "hidden")


def show(looked_at: Layer, activity: ActivationMap, look: Look, second: Layer | None) -> None:
    """The neurons on the text, in the player, and what belongs to the one chosen."""
    run, layer, quantity = looked_at.run, looked_at.layer, looked_at.quantity
    text = activity.text
    beside = None
    if second is not None:
        unknown = second.run.vocabulary.unknown(text)
        if unknown:
            st.info(
                f"{second.run.name} does not know the character {unknown[0][1]!r} of this text."
            )
        else:
            of_second = loaders.activation_map(second.run, text)
            beside = on_player(second, of_second, look, title=second.run.name)
    activations = on_player(looked_at, activity, look, title=run.name if beside else "")
    values = activations.values
    first = state.first_neuron(len(values))
    at = state.number_asked(state.AT)

    def below(chosen: Selection) -> None:
        neuron = first if chosen.neuron is None else min(chosen.neuron, len(values) - 1)
        state.set_neuron(neuron)
        if beside is not None and chosen.beside is not None:
            state.set_neuron(chosen.beside, state.SECOND_NEURON)
        caption(activity, values[neuron], quantity_name(quantity), layer, neuron, look)
        if beside is not None and second is not None:
            st.caption(
                f"Below it {second.run.name}: {beside.quantity.lower()} of its layer "
                f"{second.layer + 1}. The staff is coloured by {run.name}; in the line plot "
                f"{second.run.name} is dashed. Shift with the up and down arrows switches its neuron."
            )
        neuron_card.under_player(run, quantity, layer, neuron)
        more(activity, values, quantity, neuron, run)

    widgets.tune(
        text,
        key="neuron-player",
        patience=PATIENCE,
        activations=activations,
        beside=beside,
        selection=Selection(
            neuron=first,
            beside=state.number_asked(state.SECOND_NEURON) if beside is not None else None,
            span=(at, at + 1) if at is not None and at < len(text) else None,
        ),
        below=below,
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
