"""A tune as staff, text and sound, with neurons on it where they are asked for."""

from collections.abc import Callable

import streamlit as st

from dashboard import loaders
from dashboard.components.tune_player import Activations, Recalled, Selection, tune_player
from dashboard.components.tune_player.hearing import Hearing
from dashboard.frame import errors_as_sentences
from dashboard.loaders.music import WIDE, Music
from dashboard.state import playing as hearing_keys
from dashboard.state.elements import Element
from dashboard.widgets.joining import page_anew
from dashboard.wording import plain
from songrnn.notation.audio import INSTRUMENTS


def tune(
    text: str,
    *,
    key: str,
    patience: float = 2.0,
    width: int = WIDE,
    activations: Activations | None = None,
    second: Activations | None = None,
    selection: Selection | None = None,
    recalled: Recalled | None = None,
    plays: int = 0,
    around: Element | None = None,
    below: Callable[[Selection], None] | None = None,
    places: bool = False,
) -> None:
    """A tune as staff, text and sound; with activations, the neurons on it.

    The page waits `patience` seconds for staff and sound to be made; then it shows the text, and
    they join it when they are ready. What can't be made is said, the rest is shown. width: pixels
    that a line of music is laid out for. plays: a wish that it begins to play, by number:
    each is heeded once. around: names what holds the player, for its place on the page. What a
    person chooses in it, with `places` characters that are no notes too, is handed to `below`.
    """
    waiting = not _is_ready(text, patience, hearing(), width)

    @st.fragment(run_every=1 if waiting else None)
    def stage() -> None:
        with errors_as_sentences():
            choices = hearing()
            ready = _is_ready(text, 0 if waiting else patience, choices, width)
            if not ready and not waiting:
                page_anew()  # another sound was chosen, which takes its time
            music = loaders.music.made(text, choices.playing, width) if ready else Music(None, None)
            reading = loaders.music.reading(text)
            with st.container(key=around):
                chosen = tune_player(
                    reading,
                    svg=music.svg,
                    narrow=music.narrow,
                    audio=music.audio,
                    played=loaders.music.rendition(text, choices.playing.style),
                    silence="No sound." if ready else "The sound is being made …",
                    activations=activations,
                    second=second,
                    selection=selection,
                    recalled=recalled,
                    reports=below is not None,
                    places=places,
                    hearing=choices,
                    plays=plays,
                    key=key,
                )
                _say_missing(music, ready=ready)
                if ready and waiting:
                    page_anew()
            if below is not None:
                below(chosen)

    stage()


def _say_missing(music: Music, *, ready: bool) -> None:
    if not ready:
        st.caption("Staff and sound are being made …")
    for reason in music.missing:
        st.caption(plain(reason))


def hearing() -> Hearing:
    """How this session hears tunes, and what a person may choose instead."""
    return Hearing(
        playing=hearing_keys.playing(),
        instruments=tuple(INSTRUMENTS),
        on_instrument=hearing_keys.set_instrument,
        on_style=hearing_keys.set_style,
        on_backing=hearing_keys.set_backing,
    )


def _is_ready(text: str, patience: float, how: Hearing, width: int) -> bool:
    return loaders.music.is_ready(text, patience, how.playing, width)
