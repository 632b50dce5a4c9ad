"""How this session hears tunes, on every page."""

from typing import Final

import streamlit as st

from dashboard.state.key import Key
from songrnn.notation.playing.backing import Backing
from songrnn.notation.playing.choice import Playing
from songrnn.notation.playing.styles import StyleName

_INSTRUMENT: Final = Key[str]("_instrument")
_STYLE: Final = Key[StyleName]("_playing_style")
_BACKING: Final = Key[Backing]("_backing")
_PLAY_NOW: Final = Key[tuple[int, str]]("_play_now")


def instrument() -> str:
    """What tunes are heard on."""
    return st.session_state.get(_INSTRUMENT, "fiddle")


def set_instrument(name: str) -> None:
    """Hear tunes on another instrument."""
    st.session_state[_INSTRUMENT] = name


def set_style(name: str) -> None:
    """Hear tunes played, or plain as written."""
    st.session_state[_STYLE] = name


def set_backing(name: str) -> None:
    """Hear tunes with another accompaniment, or alone."""
    st.session_state[_BACKING] = name


def playing() -> Playing:
    """All of it."""
    style = st.session_state.get(_STYLE, "musician")
    return Playing(instrument(), style, st.session_state.get(_BACKING, "none"))


def play_now(text: str) -> None:
    """Let the player that shows this text begin to play, once."""
    number, _ = st.session_state.get(_PLAY_NOW, (0, ""))
    st.session_state[_PLAY_NOW] = (number + 1, text)


def asked_to_play(text: str) -> int:
    """The number of the wish that this text be played, from 1; 0 where there is none."""
    number, wanted = st.session_state.get(_PLAY_NOW, (0, ""))
    return number if wanted == text else 0
