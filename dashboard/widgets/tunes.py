"""A tune as staff, text and sound, with neurons on it where they are asked for."""

from collections.abc import Callable

import streamlit as st

from dashboard import loaders, state
from dashboard.components.tune_player import Activations, Selection, tune_player
from dashboard.frame import errors_as_sentences
from dashboard.loaders.music import WIDE, Music
from songrnn.notation.audio import INSTRUMENTS
from songrnn.notation.performance import perform


def tune(
    text: str,
    *,
    key: str,
    patience: float = 2.0,
    width: int = WIDE,
    activations: Activations | None = None,
    second: Activations | None = None,
    selection: Selection | None = None,
    below: Callable[[Selection], None] | None = None,
) -> None:
    """A tune as staff, text and sound; with activations, the neurons on it.

    The page waits `patience` seconds for staff and sound to be made; then it shows the text, and
    they join it when they are ready. What can't be made is said, the rest is shown. width: pixels
    that a line of music is laid out for. What a person chooses in the player is handed to `below`,
    which draws what belongs to it.
    """
    waiting = not loaders.music.is_ready(text, patience, state.instrument(), width)

    @st.fragment(run_every=1 if waiting else None)
    def stage() -> None:
        with errors_as_sentences():
            instrument = state.instrument()
            ready = loaders.music.is_ready(text, 0 if waiting else patience, instrument, width)
            music = loaders.music.made(text, instrument, width) if ready else Music(None, None)
            reading = loaders.music.reading(text)
            chosen = tune_player(
                reading,
                svg=music.svg,
                audio=music.audio,
                timeline=perform(reading).timeline(),
                silence="No sound." if ready else "The sound is being made …",
                activations=activations,
                second=second,
                selection=selection,
                reports=below is not None,
                instruments=tuple(INSTRUMENTS),
                instrument=instrument,
                on_instrument=state.set_instrument,
                key=key,
            )
            if not ready:
                st.caption("Staff and sound are being made …")
            elif waiting:
                st.rerun()
            for reason in music.missing:
                st.caption(reason)
            if below is not None:
                below(chosen)

    stage()
