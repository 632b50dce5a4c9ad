"""Neurons switched off: what that costs on real tunes, and what becomes of songs without them."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import frame, loaders, state, widgets
from dashboard.charts.ablation import effect_chart
from dashboard.components.tune_player import Selection
from dashboard.views.neurons.layer import Layer
from dashboard.views.neurons.words import interval_words, unit_names, verdict
from songrnn.config import SampleConfig
from songrnn.inspection.ablation import RANDOM_SETS, Effect, effect
from songrnn.inspection.holding import Mode, interventions, units_labelled
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.properties import PROPERTIES
from songrnn.inspection.song_ablation import Pair, SongEffect, compose_pair, song_effect
from songrnn.inspection.units import Unit
from songrnn.model.intervention import Held, Place
from songrnn.model.shapes import products_per_symbol
from songrnn.store.runs import Run

WHICH = {"this": "One neuron", "these": "Several neurons", "label": "The top ones of a label"}
HeldAt = Literal["mean", "zero", "value"]
VALUES: dict[HeldAt, str] = {
    "mean": "Their mean",
    "zero": "Zero",
    "value": "A value",
}
PLACES: dict[Place, str] = {"recurrence": "All that follows", "readout": "The readout only"}
SIZES = (1, 2, 4, 8, 16)
TUNES = (10, 20, 50, 100)
SONGS = 100
# Seconds beyond which fewer tunes are proposed.
LONG = 60
# How songs begin: with next to nothing, or with a header that says how long a bar is.
BEGINNINGS = {
    "header": ("A whole header", "X:1\nT:Tune\nR:reel\nM:4/4\nL:1/8\nK:D\n"),
    "number": ("X:1 alone", "X:1\n"),
}
WORDS = {each.name: each.words for each in PROPERTIES}
FIGURES = {
    "right_bars": ("Right bars", "Share of a song's bars that are as long as the meter says."),
    "in_key": ("In key", "Share of a song's notes in the scale of its key."),
    "ends_on_tonic": ("Ends on the tonic", "Share of songs whose last note is the tonic."),
    "ended": ("Ended by itself", "Share of songs that ended before the limit of characters."),
}
# Multiplications a second of one core in this kind of work, measured; for a rough estimate only.
_SPEED = 1.3e10
_CHARACTERS = 280


@dataclass(frozen=True)
class Question:
    """Which sets of units are held, at what, where; and where to look for the effect."""

    groups: tuple[tuple[Unit, ...], ...]
    label: str | None
    value: Mode | float
    place: Place


def show(looked_at: Layer) -> None:
    """The view."""
    run = looked_at.run
    index = loaders.neurons.index(run)
    st.markdown(
        "A neuron may follow something and yet matter for nothing. Here it is held still while "
        "the network reads tunes or writes songs, and what that changes is measured."
    )
    question = choose(looked_at, index)
    if question is None:
        return
    means = {} if index is None else index.means()
    st.subheader("On real tunes", anchor=False)
    found = on_tunes(run, question, means)
    if found:
        report(found)
    st.subheader("In songs", anchor=False)
    in_songs(run, question, means)


# What is held ---------------------------------------------------------------------------------


def choose(looked_at: Layer, index: NeuronIndex | None) -> Question | None:
    """What to hold, from controls that are part of the address; None when there is nothing."""
    values: dict[HeldAt, str] = (
        VALUES if index is not None else {k: v for k, v in VALUES.items() if k != "mean"}
    )
    held: Held = "cell" if looked_at.quantity == "cell" else "hidden"
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        which = widgets.segments(
            "Which",
            WHICH if index is not None else {k: v for k, v in WHICH.items() if k != "label"},
            state.CAUSE_WHICH,
            "One neuron, some of your choice, or the 1, 2, 4, 8 and 16 that follow a label best.",
        )
        mode = widgets.segments(
            "Held at",
            values,
            state.CAUSE_VALUE,
            "Their mean over validation tunes takes away what they tell and little else; zero may "
            "be a value they never have.",
        )
        place = widgets.segments(
            "Seen by",
            PLACES,
            state.CAUSE_PLACE,
            "All that follows: the network's memory lacks them too. The readout only: the layer "
            "above, or the readout, sees them held; the memory stays as it was.",
        )
    value: Mode | float = level() if mode == "value" else mode
    found = choose_units(looked_at, index, which, held)
    if found is None:
        return None
    groups, label = found
    if which != "label":
        label = choose_where(label)
    return Question(groups, label, value, place)


def level() -> float:
    """The value that units are held at."""
    return st.slider(
        "Value",
        -1.0,
        1.0,
        1.0,
        0.05,
        key=state.CAUSE_LEVEL,
        bind="query-params",
        help="Of the cell state, of its tanh.",
        width=320,
    )


def choose_units(
    looked_at: Layer, index: NeuronIndex | None, which: str, held: Held
) -> tuple[tuple[tuple[Unit, ...], ...], str | None] | None:
    """(sets of units, their label)."""
    layer, size = looked_at.layer, looked_at.run.config.model.hidden_size
    known = {} if index is None else {each.neuron: each for _, each in index.of_layer(held, layer)}

    def name(number: str) -> str:
        label = known.get(int(number))
        return f"{number} · {label.words}" if label is not None and label.label else number

    numbers = [str(number) for number in range(size)]
    if which == "this":
        state.from_address(state.NEURON, numbers, "0")
        picked = st.selectbox("Neuron", numbers, key=state.NEURON, format_func=name, width=520)
        state.to_address(state.NEURON, picked, "0")
        mine = known.get(int(picked))
        return ((Unit(held, layer, int(picked)),),), mine.label if mine is not None else None
    if which == "these":
        several = st.multiselect(
            "Neurons", numbers, key=state.CAUSE_UNITS, bind="query-params", format_func=name
        )
        if not several:
            st.info("Choose the neurons to switch off.")
            return None
        return (tuple(Unit(held, layer, int(number)) for number in several),), None
    assert index is not None
    carried = Counter(
        each.label for each in index.labels if each.label is not None and each.quantity == held
    )
    if not carried:
        st.info(f"No neuron of {looked_at.run.name} has a clear label in its {held} state.")
        return None
    labels = [label for label, _ in carried.most_common()]
    state.from_address(state.CAUSE_LABEL, labels, labels[0])
    picked = st.selectbox(
        "Label",
        labels,
        key=state.CAUSE_LABEL,
        format_func=lambda label: (
            f"{WORDS[label]} · {carried[label]} neuron{'s' if carried[label] > 1 else ''}"
        ),
        width=520,
    )
    state.to_address(state.CAUSE_LABEL, picked, labels[0])
    units = units_labelled(index.labels, picked, held)
    sizes = [n for n in SIZES if n <= len(units)]
    return tuple(units[:n] for n in sizes), picked


def choose_where(default: str | None) -> str | None:
    """The property at which the effect is looked for, None for all characters."""
    options = ["", *WORDS]
    first = default or ""
    if st.session_state.setdefault(state.CAUSE_DEFAULT, first) != first:
        # Another neuron with another label: look there, not where the last one's held.
        st.session_state[state.CAUSE_DEFAULT] = first
        st.session_state[state.CAUSE_WHERE] = first
    state.from_address(state.CAUSE_WHERE, options, first)
    picked = st.selectbox(
        "Look where",
        options,
        key=state.CAUSE_WHERE,
        format_func=lambda name: WORDS.get(name, "everywhere alike"),
        help="A prediction counts as made there when the character just read is.",
        width=520,
    )
    state.to_address(state.CAUSE_WHERE, picked, first)
    return picked or None


# On real tunes --------------------------------------------------------------------------------


def on_tunes(run: Run, question: Question, means: dict[Unit, float]) -> list[Effect] | None:
    """Effects of all sets: measured before, or now when a person says so."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        tunes = st.segmented_control(
            "Tunes read",
            TUNES,
            default=20 if _seconds(run, 20, len(question.groups)) <= LONG else 10,
            required=True,
            key=state.CAUSE_TUNES,
            help="Drawn from the validation tunes, always the same. More tunes give narrower "
            "intervals and take longer.",
        )
        settings = ("effects", question, tunes)
        found = loaders.neurons.measured(run, *settings)
        pressed = found is None and st.button("Measure", type="primary", key="measure-effect")
    if found is not None:
        return found
    if not pressed:
        seconds = _seconds(run, int(tunes), len(question.groups))
        roughly = f"{max(2, round(seconds, -1 if seconds > 20 else 0)):.0f} s"
        st.caption(
            f"Reads {tunes} validation tunes as they are, with and without the neurons and with "
            f"each of {RANDOM_SETS} random sets of as many: about {roughly}."
        )
        return None
    book = widgets.corpus_of(run.config.corpus)
    found = []
    with widgets.stoppable("Switching off …", "stop-effect") as tell:
        for number, units in enumerate(question.groups):

            def partly(share: float, done: int = number) -> None:
                tell((done + share) / len(question.groups))

            found.append(
                effect(
                    loaders.runs.engine(run),
                    run.vocabulary,
                    book.split("validation"),
                    units,
                    np.random.default_rng(0),
                    means=means,
                    label=question.label,
                    value=question.value,
                    place=question.place,
                    most_tunes=int(tunes),
                    progress=partly,
                )
            )
    loaders.neurons.keep_measured(found, run, *settings)
    return found


def _seconds(run: Run, tunes: int, groups: int) -> float:
    """About how long it takes on one core."""
    work = products_per_symbol(run.config.model, run.vocabulary.size)
    return work * _CHARACTERS * tunes * RANDOM_SETS * groups / _SPEED


def report(found: list[Effect]) -> None:
    """The verdict on the largest set, the picture, the table."""
    words = WORDS.get(found[0].label or "")
    for each in found if len(found) <= 1 else (found[0], found[-1]):
        st.markdown(verdict(each, words))
    st.plotly_chart(
        effect_chart(found, colours=frame.colours()),
        theme=None,
        key="effect-chart",
        config={"displaylogo": False},
        alt=verdict(found[-1], words),
    )
    last = found[-1]
    placed = (
        ""
        if last.placed == last.tunes
        else f" (the random sets on the first {last.placed} of them)"
    )
    st.caption(
        f"Change in bits per character on {last.tunes} validation tunes, {last.characters:,} "
        f"predictions{placed}; more is worse. Intervals: 95 %, bootstrap over tunes. “Causal” is "
        "said when the change where the label holds is above 0 with its interval and larger than "
        f"that of 95 % of {len(last.random_overall)} random sets of as many units of the same "
        "layers."
    )
    with st.expander("As a table"):
        rows = [
            {
                "off": len(each.units),
                "neurons": unit_names(each.units),
                "overall": interval_words(each.overall),
                "where": interval_words(each.where) if each.where else "–",
                "elsewhere": interval_words(each.elsewhere) if each.elsewhere else "–",
                "place": each.place_where if each.place_where is not None else each.place_overall,
                "verdict": "causal" if each.causal else "not shown to be causal",
            }
            for each in found
        ]
        column = st.column_config
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            key="effect-table",
            column_config={
                "off": column.NumberColumn("Off"),
                "neurons": column.TextColumn("Neurons"),
                "overall": column.TextColumn("All characters"),
                "where": column.TextColumn("Where the label holds"),
                "elsewhere": column.TextColumn("Elsewhere"),
                "place": column.NumberColumn(
                    "Place", format="%.1f", help="Percent of random sets that change less."
                ),
                "verdict": column.TextColumn("Verdict"),
            },
        )


# In songs -------------------------------------------------------------------------------------


def in_songs(run: Run, question: Question, means: dict[Unit, float]) -> None:
    """One song with and without the neurons, and figures over many."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        units = question.groups[0]
        if len(question.groups) > 1:
            size = st.segmented_control(
                "Neurons off",
                [len(group) for group in question.groups],
                default=len(question.groups[-1]),
                required=True,
                key=state.CAUSE_SIZE,
            )
            units = next(group for group in question.groups if len(group) == size)
        temperature = st.slider("Temperature", 0.1, 1.5, 0.7, 0.1, key=state.CAUSE_TEMPERATURE,
                                width=200)  # fmt: skip
        seed = st.number_input("Seed", 0, 2**31 - 1, 1, key=state.CAUSE_SEED, width=140)
        begin = st.segmented_control(
            "They begin with",
            list(BEGINNINGS),
            default="header",
            required=True,
            key=state.CAUSE_PRIME,
            format_func=lambda name: BEGINNINGS[name][0],
            help="A header of a reel in D, so that the bars of both can be counted; or X:1, so "
            "that the network writes the header too.",
        )
        pressed = st.button("Compose with and without", key="compose-pair")
        many = st.button(
            f"Compare {SONGS} songs",
            key="compose-many",
            help=f"Composes {SONGS} songs with the neurons and {SONGS} without, in pairs of one "
            "seed.",
        )
    holding = interventions(units, question.value, means, question.place)
    config = SampleConfig(temperature=temperature, limit=1000)
    prime = BEGINNINGS[begin][1]
    if run.vocabulary.unknown(prime):
        prime = ""
    settings = (units, question.value, question.place, temperature, prime)
    pair = loaders.neurons.measured(run, "pair", settings, seed)
    if pressed and pair is None:
        engine = loaders.runs.engine(run)
        pair = compose_pair(
            engine, run.vocabulary, holding, prime=prime, config=config, seed=int(seed)
        )
        loaders.neurons.keep_measured(pair, run, "pair", settings, seed)
    changed = loaders.neurons.measured(run, "songs", settings)
    if many and changed is None:
        with widgets.stoppable(f"Composing {SONGS} songs twice …", "stop-songs") as tell:
            changed = song_effect(
                loaders.runs.engine(run),
                run.vocabulary,
                holding,
                np.random.default_rng(0),
                prime=prime,
                config=config,
                songs=SONGS,
                progress=tell,
            )
        loaders.neurons.keep_measured(changed, run, "songs", settings)
    if pair is None and changed is None:
        st.caption(
            "The same seed draws with the same numbers: the songs are alike up to the first "
            "character where the missing neurons tip a draw."
        )
    if pair is not None:
        beside(pair, units)
    if changed is not None:
        song_figures(changed)


def beside(pair: Pair, units: tuple[Unit, ...]) -> None:
    """Two staffs and two sounds, the first difference marked on both."""
    at = pair.first_difference
    for column, title, song in zip(
        st.columns(2, gap="medium"),
        ("As the network writes it", f"Without {unit_names(units)}"),
        (pair.whole, pair.altered),
        strict=True,
    ):
        with column.container(border=True):
            st.markdown(f"**{title}**")
            marked = (at, at + 1) if at is not None and at < len(song.text) else None
            widgets.tune(
                song.text,
                key=f"pair-{'whole' if song is pair.whole else 'altered'}",
                patience=0.3,
                width=loaders.music.NARROW,
                selection=Selection(marked=marked),
            )
    if at is None:
        st.caption("The two songs are the same, character for character.")
    else:
        st.caption(
            f"They are alike for {at:,} characters; the first that differs has lines above and below "
            "it in the text, and its note on the staff has a halo."
        )


def song_figures(changed: SongEffect) -> None:
    """What changes over many songs, with intervals."""
    rows = [
        {
            "figure": name,
            "change": interval_words(found) if found else "too few songs have it",
            "n": found.n if found else 0,
            "meaning": meaning,
        }
        for field, (name, meaning) in FIGURES.items()
        for found in [getattr(changed, field)]
    ]
    st.markdown(
        f"**{changed.share_changed:.0%} of {changed.songs} songs** come out otherwise without "
        "these neurons."
    )
    column = st.column_config
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        key="song-effects",
        column_config={
            "figure": column.TextColumn("Figure"),
            "change": column.TextColumn("Change, without minus with"),
            "n": column.NumberColumn("Pairs", help="Pairs of songs where both have the figure."),
            "meaning": column.TextColumn("What it is"),
        },
    )
    st.caption("Intervals: 95 %, bootstrap over pairs of songs with the same seed.")
