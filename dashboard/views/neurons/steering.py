"""Songs composed while the state is held where a property is."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.state import elements, whole_state
from dashboard.views.neurons.ablation_songs import OPENINGS, compare
from dashboard.views.neurons.layer import Layer, clearest_neuron, neuron_names
from dashboard.views.neurons.patching import direction_of
from dashboard.views.neurons.probes import short
from dashboard.views.neurons.words import PROPERTY_WORDS, signed
from dashboard.widgets.progress import Tell
from dashboard.wording import plain
from songrnn.config import SampleConfig
from songrnn.errors import ConfigError
from songrnn.inspection.clamping import Clamp, Neuron, clamp
from songrnn.inspection.directions import Direction
from songrnn.inspection.properties import PROPERTIES
from songrnn.inspection.song_ablation import Pair, compose_pair
from songrnn.inspection.steering_scores import (
    FIGURES,
    SONGS,
    STRENGTHS,
    Steered,
    SteeringScores,
    score_steering,
)
from songrnn.store.runs import Run

HELD = {"direction": "The direction", "neurons": "Neurons by themselves"}
# Offered first; then the others that hold or do not, or are a number.
_FIRST = ("compound", "near-the-end", "sharps")


@dataclass(frozen=True)
class Held:
    """What is held while composing: the direction of a property, or some neurons where it is."""

    name: str
    neurons: tuple[Neuron, ...]


def show(looked_at: Layer) -> None:
    """The view."""
    run = looked_at.run
    with st.container(key=elements.BENCH):
        with st.container(key=elements.RAIL):
            st.markdown(
                "While the network composes, its state is moved along the direction in which "
                "characters with the property differ from those without, and held there; or only "
                "the neurons are held that you name. Does the song have the property then?"
            )
            if problem := loaders.corpora.problem(run.config.corpus):
                st.info(plain(problem))
                return
            held, strength, seed = choose_held(looked_at)
        if held is None:
            return
        with st.container(key=elements.MUSIC):
            try:
                ask(run, held, strength, seed)
            except ConfigError as error:
                st.info(plain(str(error)))


def choose_held(looked_at: Layer) -> tuple[Held | None, float, int]:
    """(what is held, the strength, the seed); None, with a word on what to do, without neurons."""
    others = [each.name for each in PROPERTIES if each.kind != "angle" and each.name not in _FIRST]
    names = {name: PROPERTY_WORDS[name] for name in (*_FIRST, *others)}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        name = widgets.select("Property", names, whole_state.ALONG, "Held in the state.", width=320)
        what = widgets.segments(
            "What is held",
            HELD,
            whole_state.STEERED,
            "The direction moves what all neurons together hold. Neurons by themselves are fixed at "
            "the value that they have on average where the property holds; the others do as they do.",
        )
        strength = st.slider(
            "Strength",
            -4.0,
            4.0,
            1.0,
            0.5,
            key=whole_state.STEER_STRENGTH,
            bind="query-params",
            help="1 is where the property holds on average, −1 where it does not; beyond that the "
            "state goes where it never is.",
            width=320,
        )
        seed = st.number_input(
            "Seed",
            0,
            2**31 - 1,
            1,
            key=whole_state.STEER_SEED,
            width=140,
            help="Another seed draws another pair of songs.",
        )
    neurons = choose_neurons(looked_at, name) if what == "neurons" else ()
    if what == "neurons" and not neurons:
        st.info("Choose the neurons to hold.")
        return None, strength, int(seed)
    return Held(name, neurons), strength, int(seed)


def choose_neurons(looked_at: Layer, name: str) -> tuple[Neuron, ...]:
    """Neurons of the layer; at first those that remember the property, else the clearest one."""
    names = neuron_names(looked_at.run, looked_at.layer, looked_at.held)
    index = loaders.neurons.index(looked_at.run)
    memory = index.memory if index is not None else None
    first = [
        str(each.neuron)
        for each in (memory.verdicts if memory is not None else ())
        if each.label == name and each.layer == looked_at.layer
    ] or [str(clearest_neuron(looked_at.run, looked_at.layer))]
    state.several_from_address(whole_state.STEER_UNITS, list(names), first)
    several = st.multiselect(
        "Neurons",
        list(names),
        key=whole_state.STEER_UNITS,
        format_func=lambda number: names[number],
        help="All of these are held; the layer above says which ones there are to choose from.",
    )
    state.several_to_address(whole_state.STEER_UNITS, several)
    return tuple((looked_at.layer, int(number)) for number in several)


def ask(run: Run, held: Held, strength: float, seed: int) -> None:
    """One pair to hear, and figures over many. Raises ConfigError where there is no direction."""
    opening = OPENINGS["header"][1]
    prime = "" if run.vocabulary.unknown(opening) else opening
    pair = widgets.measured(
        run,
        ("steered pair", held, strength, seed),
        lambda _: heard(run, held, strength, prime, seed),
        label="Compose with and without",
        doing="Composing …",
        about="Writes one song twice with the same seed.",
        key=elements.STEER,
    )
    if pair is not None:
        compare(pair, f"Held at {signed(strength, 1)}")
    control = "along a random direction as long"
    if held.neurons:
        control = "with as many other neurons held as far from their mean"
    found = widgets.measured(
        run,
        ("steered", held),
        lambda tell: scored(run, held, prime, tell),
        label=f"Score {SONGS} songs at each strength",
        doing="Composing …",
        about=f"Writes {SONGS} songs at each of {len(STRENGTHS)} strengths, as many {control}, and "
        "reads 30 validation tunes at each for the cost in bits: minutes.",
        key=elements.STEER_MANY,
    )
    if found is not None:
        report(found, control)


def way_of(run: Run, held: Held) -> Direction | Clamp:
    """What is held, learned from training tunes."""
    direction = direction_of(run, held.name)
    return clamp(direction, held.neurons) if held.neurons else direction


def heard(run: Run, held: Held, strength: float, prime: str, seed: int) -> Pair:
    """One song with and without."""
    return compose_pair(
        loaders.runs.engine(run),
        run.vocabulary,
        way_of(run, held).steering(strength),
        prime=prime,
        config=SampleConfig(temperature=0.7, limit=1000),
        seed=seed,
    )


def scored(run: Run, held: Held, prime: str, tell: Tell) -> SteeringScores:
    """Many songs at each strength."""
    return score_steering(
        loaders.runs.engine(run),
        run.vocabulary,
        way_of(run, held),
        widgets.corpus_of(run.config.corpus).split("validation"),
        np.random.default_rng(0),
        prime=prime,
        progress=tell,
    )


def report(found: SteeringScores, control: str) -> None:
    """The figures at each strength, and where it breaks. control: what “random” is, in words."""
    rows = [_row("not steered", found.plain)]
    rows += [_row(signed(each.strength or 0, 1), each) for each in found.steered]
    rows += [_row(f"{signed(each.strength or 0, 1)}, random", each) for each in found.random]
    column = st.column_config
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        key=elements.STEER_TABLE,
        column_config={
            "strength": column.TextColumn("Strength"),
            "cost": column.TextColumn(
                "Cost, bits", help="Change in bits per character of validation tunes."
            ),
            **{name: column.TextColumn(words.capitalize()) for name, words in FIGURES.items()},
        },
    )
    broken = (
        "No strength doubles the loss."
        if found.breaks is None
        else f"It breaks at strength {signed(found.breaks, 1)}: that at least doubles the loss of "
        f"{found.bits:.2f} bits per character."
    )
    st.caption(
        f"{found.plain.songs} songs at each strength, the same seeds; means with 95 % bootstrap "
        f"intervals over songs. Random: {control}. {broken}"
    )


def _row(strength: str, each: Steered) -> dict[str, str]:
    figures = {name: "–" if found is None else short(found) for name, found in each.figures.items()}
    return {"strength": strength, "cost": short(each.cost) if each.cost else "–", **figures}
