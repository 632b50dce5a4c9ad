"""Songs with and without some neurons: one pair to hear, and figures over many."""

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.components.tune_player import Selection
from dashboard.state import elements
from dashboard.views.neurons.ablation_form import Question
from dashboard.views.neurons.words import interval_words, unit_names
from dashboard.widgets.progress import Tell
from songrnn.config import SampleConfig
from songrnn.inspection.holding import interventions
from songrnn.inspection.song_ablation import Pair, SongEffect, compose_pair, song_effect
from songrnn.inspection.units import Unit
from songrnn.model.intervention import Change
from songrnn.store.runs import Run

SONGS = 100
LIMIT = 1000
# How songs begin: with a header that says how long a bar is, or with next to nothing.
OPENINGS = {
    "header": ("A whole header", "X:1\nT:Tune\nR:reel\nM:4/4\nL:1/8\nK:D\n"),
    "number": ("X:1 only", "X:1\n"),
}
FIGURES = {
    "right_bars": (
        "Complete bars",
        "Share of a song's bars that are as long as the meter says.",
    ),
    "in_key": ("In key", "Share of a song's notes in the scale of its key."),
    "ends_on_tonic": ("Ends on the tonic", "Share of songs whose last note is the tonic."),
    "ended": ("Ended by itself", "Share of songs that ended before the limit of characters."),
}


def show(run: Run, question: Question) -> None:
    """The controls, the pair, the figures."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        units = choose_size(question)
        temperature = st.slider(
            "Temperature",
            0.1,
            1.5,
            0.7,
            0.1,
            key=state.CAUSE_TEMPERATURE,
            help="Higher values make unlikely characters more frequent.",
            width=200,
        )
        prime = choose_opening(run)
        seed = st.number_input(
            "Seed",
            0,
            2**31 - 1,
            1,
            key=state.CAUSE_SEED,
            width=140,
            help="Another seed draws another pair of songs; the same seed draws the same again.",
        )
    index = loaders.neurons.index(run)
    means = {} if index is None else index.means()
    # A song has no other place to take values from.
    value = "mean" if question.value == "resample" else question.value
    fixed = interventions(units, value, means, question.place)
    config = SampleConfig(temperature=temperature, limit=LIMIT)
    settings = (units, value, question.place, temperature, prime)
    pair = widgets.measured(
        run,
        ("pair", *settings, seed),
        lambda _: compose_pair(
            loaders.runs.engine(run), run.vocabulary, fixed, prime=prime, config=config, seed=seed
        ),
        label="Compose with and without",
        doing="Composing …",
        about="Writes one song twice with the same seed. The two are alike up to the first "
        "character for which the missing neurons change what is drawn.",
        key=elements.COMPOSE_PAIR,
    )
    if pair is not None:
        compare(pair, f"Without {unit_names(units)}")
    changed = widgets.measured(
        run,
        ("songs", *settings),
        lambda tell: over_many(run, fixed, prime, config, tell),
        label=f"Compare {SONGS} songs",
        doing=f"Composing {SONGS} songs twice …",
        about=f"Writes {SONGS} songs with the neurons and {SONGS} without, in pairs with one seed, "
        "and measures what differs.",
        key=elements.COMPOSE_MANY,
    )
    if changed is not None:
        song_figures(changed)


def choose_size(question: Question) -> tuple[Unit, ...]:
    """One of the sets of units, the largest at first."""
    sets = {len(group): group for group in question.groups}
    if len(sets) == 1:
        return question.groups[0]
    size = st.segmented_control(
        "Neurons off",
        list(sets),
        default=max(sets),
        required=True,
        key=state.CAUSE_SIZE,
        help="How many neurons of the label are switched off in the songs.",
    )
    return sets[size]


def choose_opening(run: Run) -> str:
    """What the songs begin with; nothing for a run that does not know its characters."""
    picked = st.segmented_control(
        "Opening",
        list(OPENINGS),
        default="header",
        required=True,
        key=state.CAUSE_PRIME,
        format_func=lambda name: OPENINGS[name][0],
        help="A whole header fixes meter and key, so that bars can be counted; with X:1 only, the "
        "network writes the header too.",
    )
    opening = OPENINGS[picked][1]
    return "" if run.vocabulary.unknown(opening) else opening


def over_many(
    run: Run, fixed: tuple[Change, ...], prime: str, config: SampleConfig, tell: Tell
) -> SongEffect:
    """What changes over many songs."""
    return song_effect(
        loaders.runs.engine(run),
        run.vocabulary,
        fixed,
        np.random.default_rng(0),
        prime=prime,
        config=config,
        songs=SONGS,
        progress=tell,
    )


def compare(pair: Pair, title: str) -> None:
    """Two staffs and two sounds, the first difference marked on both; title: of the second."""
    at = pair.first_difference
    for column, name, song, key in zip(
        st.columns(2, gap="medium"),
        ("As the network writes it", title),
        (pair.whole, pair.altered),
        (elements.WHOLE_PLAYER, elements.ALTERED_PLAYER),
        strict=True,
    ):
        with column.container(border=True):
            st.markdown(f"**{name}**")
            differs = at is not None and at < len(song.text)
            widgets.tune(
                song.text,
                key=key,
                patience=0.3,
                width=loaders.music.NARROW,
                selection=Selection(marked=(at, at + 1) if differs and at is not None else None),
            )
    if at is None:
        st.caption("The two songs are the same, character for character.")
    else:
        st.caption(
            f"They are alike for {at:,} characters. The first character that differs has lines "
            "above and below it in the text, and its note on the staff has a halo."
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
        f"**{changed.share_changed:.0%} of {changed.songs} songs** differ without these neurons."
    )
    column = st.column_config
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        key=elements.SONG_EFFECTS,
        column_config={
            "figure": column.TextColumn("Figure"),
            "change": column.TextColumn("Change without the neurons"),
            "n": column.NumberColumn("Pairs", help="Pairs of songs where both have the figure."),
            "meaning": column.TextColumn("Meaning"),
        },
    )
    st.caption("Intervals: 95 %, bootstrap over pairs of songs with the same seed.")
