"""Buttons of the Train page that do something, and what is said about how it went."""

import threading
import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.wording import plain
from songrnn.access import read_only
from songrnn.errors import SongRNNError

# How long a message about what was done stays on the page.
_NOTICE_SECONDS = 10


class Once:
    """An action that is done once, however often it is called.

    A press that comes twice, or what a press asked for that is called again because the page was
    drawn anew meanwhile, gets what the first one found.
    """

    def __init__(self, action: Callable[..., Any]) -> None:
        self._action, self._lock = action, threading.Lock()
        self._found: list[Any] = []

    def __call__(self, *arguments: Any) -> Any:
        with self._lock:
            if not self._found:
                self._found.append(self._action(*arguments))
            return self._found[0]


def act(action: Callable[..., Any], *arguments: Any, done: str) -> None:
    """Do what a button asks for, and leave a message for the page on how it went.

    done: the message when it worked, unless the action returns one.
    """
    try:
        found = action(*arguments)
        said = ("success", found if isinstance(found, str) else done)
    except SongRNNError as error:
        said = ("error", str(error))
    state.put(state.SAID, (*said, time.monotonic() + _NOTICE_SECONDS))


def notice() -> None:
    """The message of the last action, long enough to be read."""
    said = state.get(state.SAID)
    if isinstance(said, tuple) and time.monotonic() < said[2]:
        (st.success if said[0] == "success" else st.error)(plain(said[1]))
    else:
        state.take(state.SAID)


def button(
    words: str,
    key: str,
    action: Callable[..., Any],
    *arguments: Any,
    done: str,
    disabled: bool = False,
) -> None:
    """A button that does something; done: the message when it worked. None in a read-only lab."""
    if read_only():
        return
    st.button(
        words,
        key=key,
        disabled=disabled,
        on_click=act,
        args=(action, *arguments),
        kwargs={"done": done},
    )
