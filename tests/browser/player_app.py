"""A page with nothing but the player, for the browser tests. Its address says what it shows."""

import time

import numpy as np
import streamlit as st

from dashboard.components.tune_player import Activations, Selection, tune_player
from dashboard.components.tune_player.hearing import Hearing
from songrnn.notation.audio import render
from songrnn.notation.engraving import engrave
from songrnn.notation.playing.choice import Playing
from songrnn.notation.reader import read
from songrnn.notation.score import to_midi

TUNE = "X:1\nT:Repeats\nM:4/4\nL:1/4\nQ:1/4=120\nK:C\n|:CDEF|1 GABc:|2 c4|]\n"
HARMFUL = (
    'X:1\nT:<img src=x onerror="window.harmed=true"><script>window.harmed=true</script>\n'
    'K:C\n"^<script>window.harmed=true</script>"CDEF|\n'
)

PICKUP = "X:1\nT:Pickup\nM:4/4\nL:1/4\nQ:1/4=120\nK:C\nC|CDEF|GABc|CDEF|G4|]\n"

show = st.query_params.get("show", "song")
instrument = st.session_state.get("instrument", "fiddle")
reading = read({"harmful": HARMFUL, "pickup": PICKUP}.get(show, TUNE))
positions = np.arange(len(reading.text))
units = 60 if show == "many" else 5
values = np.stack([np.sin(positions / (2 + unit)) for unit in range(units)])
svg = engrave(reading)
if show == "harmful":
    svg = svg.replace(
        "</svg>",
        "<script>window.harmed=true</script><image href='http://example.org/x.png' "
        "onerror='window.harmed=true'/><g onclick='window.harmed=true' id='bad'/></svg>",
        1,
    )
chosen = tune_player(
    reading,
    svg=None if show == "roll" else svg,
    audio=None
    if show == "silent"
    else render(to_midi(reading), instrument=instrument, format="flac"),
    activations=Activations(values) if show in ("neuron", "two", "many") else None,
    second=Activations(-values[:3], title="other") if show == "two" else None,
    selection={
        "neuron": Selection(neuron=2),
        "two": Selection(neuron=2, second=1),
        "place": Selection(span=(TUNE.index("2 c4"), TUNE.index("2 c4") + 1)),
    }.get(show),
    hearing=Hearing(
        playing=Playing(instrument, "plain"),
        instruments=("fiddle", "harp"),
        on_instrument=lambda name: st.session_state.update(instrument=name),
    ),
    reason="No staff today." if show == "roll" else "",
    key="player",
)
if show == "pair":
    sound = render(to_midi(reading), format="flac")
    tune_player(reading, svg=None, audio=sound, plays=1, key="second")
if show == "replaced":  # before it sounds, another one stands in its place
    sound, place = render(to_midi(reading), format="flac"), st.empty()
    for number in range(3):
        with place:
            tune_player(reading, svg=None, audio=sound, plays=1, key=f"place-{number}")
        time.sleep(0.5)
st.text(f"span {chosen.span} neuron {chosen.neuron}")
st.text(f"marked {chosen.marked} second {chosen.second}")
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
st.text(f"runs {st.session_state['runs']}")
