"""Texts that a person edits: written by the browser and by the page in turn."""

from dataclasses import dataclass

import streamlit as st

from dashboard import state
from dashboard.state.key import Key


@dataclass(frozen=True)
class Draft:
    """A text as it stands. revision: rises when the page puts another text into the editor.

    number: of the browser's text that this is, 0 for the page's own.
    """

    text: str
    revision: int = 0
    number: int = 0


def draft(key: Key[str], default: str) -> Draft:
    """The text under a key; at first what the address says, else the default.

    Whatever else was put under the key since is the page's own text: a new revision.
    """
    known: Draft | None = st.session_state.get(_noted(key))
    text = st.session_state.get(key)
    if text is None:
        asked = state.asked(key)
        text = default if asked is None else asked
    if known is None or text != known.text:
        known = Draft(str(text), known.revision + 1 if known else 0)
        _note(key, known)
    return known


def take_edit(key: Key[str], before: Draft, text: str, number: int) -> Draft:
    """Note what the browser wrote on from a draft."""
    found = Draft(text, before.revision, number)
    _note(key, found)
    return found


def refuse(key: Key[str], revision: int, number: int, why: str) -> None:
    """Note that a text of the browser's is not taken, and the sentence that says why."""
    st.session_state[_refused(key)] = (revision, number, why)


def why_refused(key: Key[str], revision: int, number: int) -> str:
    """Why that text was not taken; "" when it was, or was not looked at yet, and when the page has
    put a text of its own in its place."""
    *of, why = st.session_state.get(_refused(key), (None, None, ""))
    known: Draft | None = st.session_state.get(_noted(key))
    replaced = known is not None and known.revision != revision
    return str(why) if of == [revision, number] and not replaced else ""


def note_paste(key: Key[str], found: Draft, pasted: str, notices: tuple[str, ...]) -> None:
    """Note that a draft was made of a text that was pasted, and what to say of it."""
    st.session_state[_pasted(key)] = (found, pasted, notices)


def notices_of_paste(key: Key[str], now: Draft) -> tuple[str, ...]:
    """What to say of a text that was pasted, until something else is written."""
    found, _, notices = st.session_state.get(_pasted(key), (None, "", ()))
    return notices if found == now else ()


def put_back(key: Key[str], text: str) -> bool:
    """Whether a text is the one last pasted, as it was: then it was taken back on purpose."""
    return bool(text == st.session_state.get(_pasted(key), (None, "", ()))[1])


def _note(key: Key[str], found: Draft) -> None:
    st.session_state[_noted(key)] = found
    st.session_state[key] = found.text


def _pasted(key: Key[str]) -> str:
    return f"_pasted into {key}"


def _refused(key: Key[str]) -> str:
    return f"_refused for {key}"


def _noted(key: Key[str]) -> str:
    return f"_draft of {key}"
