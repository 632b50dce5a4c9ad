"""Songs composed while the state is held where a property is."""

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import loaders, widgets
from dashboard.state import elements, whole_state
from dashboard.views.neurons.ablation_songs import OPENINGS, compare
from dashboard.views.neurons.layer import Layer
from dashboard.views.neurons.patching import direction_of
from dashboard.views.neurons.probes import short
from dashboard.views.neurons.words import PROPERTY_WORDS, signed
from dashboard.widgets.progress import Tell
from songrnn.config import SampleConfig
from songrnn.errors import ConfigError
from songrnn.inspection.properties import PROPERTIES
from songrnn.inspection.song_ablation import Pair, compose_pair
from songrnn.inspection.steering_scores import (
    FIGURES,
    SONGS,
    Steered,
    SteeringScores,
    score_steering,
)
from songrnn.store.runs import Run

# Offered first; then the others that hold or do not, or are a number.
_FIRST = ("compound", "near-the-end", "sharps")


def show(looked_at: Layer) -> None:
    """The view."""
    run = looked_at.run
    st.markdown(
        "While the network composes, its state is moved along the direction in which characters "
        "with the property differ from those without, and held there. Does the song have the "
        "property then?"
    )
    if problem := loaders.corpora.problem(run.config.corpus):
        st.info(problem)
        return
    others = [each.name for each in PROPERTIES if each.kind != "angle" and each.name not in _FIRST]
    names = {name: PROPERTY_WORDS[name] for name in (*_FIRST, *others)}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        name = widgets.select("Property", names, whole_state.ALONG, "Held in the state.", width=320)
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
    try:
        ask(run, name, strength, int(seed))
    except ConfigError as error:
        st.info(str(error))


def ask(run: Run, name: str, strength: float, seed: int) -> None:
    """One pair to hear, and figures over many. Raises ConfigError where there is no direction."""
    opening = OPENINGS["header"][1]
    prime = "" if run.vocabulary.unknown(opening) else opening
    pair = widgets.measured(
        run,
        ("steered pair", name, strength, seed),
        lambda _: heard(run, name, strength, prime, seed),
        label="Compose with and without",
        doing="Composing …",
        about="Writes one song twice with the same seed.",
        key=elements.STEER,
    )
    if pair is not None:
        compare(pair, f"Held at {signed(strength, 1)}")
    found = widgets.measured(
        run,
        ("steered", name),
        lambda tell: scored(run, name, prime, tell),
        label=f"Score {SONGS} songs at each strength",
        doing="Composing …",
        about=f"Writes {SONGS} songs at each of 6 strengths, as many along a random direction as "
        "long, and reads 30 validation tunes at each for the cost in bits: minutes.",
        key=elements.STEER_MANY,
    )
    if found is not None:
        report(found)


def heard(run: Run, name: str, strength: float, prime: str, seed: int) -> Pair:
    """One song with and without."""
    return compose_pair(
        loaders.runs.engine(run),
        run.vocabulary,
        direction_of(run, name).steering(strength),
        prime=prime,
        config=SampleConfig(temperature=0.7, limit=1000),
        seed=seed,
    )


def scored(run: Run, name: str, prime: str, tell: Tell) -> SteeringScores:
    """Many songs at each strength."""
    return score_steering(
        loaders.runs.engine(run),
        run.vocabulary,
        direction_of(run, name),
        widgets.corpus_of(run.config.corpus).split("validation"),
        np.random.default_rng(0),
        prime=prime,
        progress=tell,
    )


def report(found: SteeringScores) -> None:
    """The figures at each strength, and where it breaks."""
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
        f"intervals over songs. Random: a direction drawn at random, as long. {broken}"
    )


def _row(strength: str, each: Steered) -> dict[str, str]:
    figures = {name: "–" if found is None else short(found) for name, found in each.figures.items()}
    return {"strength": strength, "cost": short(each.cost) if each.cost else "–", **figures}
