"""The neurons of a layer on a text: the player, and the same numbers otherwise."""

import functools

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import frame, loaders, state, widgets
from dashboard.charts.activations import heat_map, stack
from dashboard.charts.theme import visible
from dashboard.components.tune_player import Activations, Selection, player_data
from dashboard.components.tune_player.standalone import standalone_page
from dashboard.views.neurons import card
from dashboard.views.neurons.appearance import Look
from dashboard.views.neurons.layer import PATIENCE, Layer, on_player
from dashboard.views.neurons.words import quantity_name, signed
from songrnn.inspection.activations import ActivationMap
from songrnn.notation.performance import perform
from songrnn.store.runs import Run


def choose_second(run: Run, quantity: str) -> Layer | None:
    """Another run to show on the same text, None for none; part of the address."""
    others = {
        other.name: other
        for other in loaders.runs.all_runs()
        if isinstance(other, Run) and other.has_weights and other.name != run.name
    }
    names = ["", *sorted(others)]
    state.from_address(state.SECOND_RUN, names, "")
    picked = st.selectbox(
        "A second run on the same text",
        names,
        key=state.SECOND_RUN,
        format_func=lambda name: name or "none",
        width=250,
        help="Its neurons are shown below the first run's, under the same cursor.",
    )
    state.to_address(state.SECOND_RUN, picked, "")
    if not picked:
        return None
    other = others[picked]
    layers = [str(number) for number in range(1, other.config.model.layers + 1)]
    state.from_address(state.SECOND_LAYER, layers, layers[0])
    layer = st.selectbox(
        "Its layer", layers, key=state.SECOND_LAYER, width=90, disabled=len(layers) == 1
    )
    state.to_address(state.SECOND_LAYER, layer, layers[0])
    quantities = loaders.runs.engine(other).quantities
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
            of_second = loaders.neurons.activation_map(second.run, text)
            beside = on_player(second, of_second, look, title=second.run.name)
    activations = on_player(looked_at, activity, look, title=run.name if beside else "")
    values = activations.values
    first = state.first_neuron(len(values))
    at = state.number_asked(state.AT)

    def below(chosen: Selection) -> None:
        neuron = first if chosen.neuron is None else min(chosen.neuron, len(values) - 1)
        state.set_neuron(neuron)
        if beside is not None and chosen.second is not None:
            state.set_neuron(chosen.second, state.SECOND_NEURON)
        caption(activity, values[neuron], quantity_name(quantity), layer, neuron, look)
        if beside is not None and second is not None:
            st.caption(
                f"Below it {second.run.name}: {beside.quantity.lower()} of its layer "
                f"{second.layer + 1}. The staff is coloured by {run.name}; in the line plot "
                f"{second.run.name} is dashed. Shift with the up and down arrows switches its neuron."
            )
        card.under_player(looked_at, neuron)
        take_along(looked_at, activity, activations, neuron)
        more(activity, values, quantity, neuron, run)

    widgets.tune(
        text,
        key="neuron-player",
        patience=PATIENCE,
        activations=activations,
        second=beside,
        selection=Selection(
            neuron=first,
            second=state.number_asked(state.SECOND_NEURON) if beside is not None else None,
            span=(at, at + 1) if at is not None and at < len(text) else None,
        ),
        below=below,
    )


def take_along(
    looked_at: Layer, activity: ActivationMap, activations: Activations, neuron: int
) -> None:
    """The view as one file that needs no app."""
    run, layer, name = looked_at.run, looked_at.layer, quantity_name(looked_at.quantity)
    st.download_button(
        "This view as one HTML file",
        data=functools.partial(
            _whole_page,
            activity.text,
            activations,
            neuron,
            state.instrument(),
            f"{name} of layer {layer + 1} of {run.name}",
        ),
        file_name=f"{run.name}-{looked_at.quantity}-{layer + 1}.html",
        mime="text/html",
        on_click="ignore",
        key="take-along",
        help="Staff, text, sound and all neurons of this layer; opens offline in any browser. SVG "
        "and PNG of staff and text are saved by the buttons beside the legend.",
    )


def _whole_page(
    text: str, activations: Activations, neuron: int, instrument: str, title: str
) -> bytes:
    music = loaders.music.made(text, instrument)
    reading = loaders.music.reading(text)
    data = player_data(
        reading,
        svg=music.svg,
        audio=music.audio,
        timeline=perform(reading).timeline(),
        activations=activations,
        selection=Selection(neuron=neuron),
    )
    words = (
        "The colour of a character is the value of the neuron chosen above; ↵ is a newline, ␣ a "
        "space. Up and down arrows switch the neuron, left and right move by a note, space plays."
    )
    return standalone_page(data, title=title, words=words).encode()


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
    colours = frame.colours()
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
    table(activity.text, values[neuron], activity.surprisal, picture)


def table(text: str, values: np.ndarray, surprisal: np.ndarray, stem: str) -> None:
    """The same numbers as a table, for reading aloud, sorting and downloading."""
    with st.expander("As a table"):
        rows = pd.DataFrame(
            {
                "position": np.arange(len(text)),
                "character": [visible(character) for character in text],
                "value": values.astype(np.float64),
                "surprisal": surprisal[: len(text)],
            }
        )
        st.dataframe(
            rows,
            hide_index=True,
            height=300,
            key="neuron-table",
            column_config={
                "position": "Position",
                "character": st.column_config.TextColumn("Character"),
                "value": st.column_config.NumberColumn(
                    "Value", format="%.6f", help="The colour's value, of the state chosen above."
                ),
                "surprisal": st.column_config.NumberColumn(
                    "Surprisal", format="%.3f", help="−log2 of the probability this character had."
                ),
            },
        )
        st.download_button(
            "CSV",
            data=lambda: rows.to_csv(index=False).encode(),
            file_name=f"{stem}.csv",
            mime="text/csv",
            on_click="ignore",
            help="This table as a file.",
        )
