"""The header helper: an opening put together from choices."""

import streamlit as st

from dashboard import state
from dashboard.state import elements

# What a header can be built from, spelled as most tunes of the corpus spell it.
RHYTHMS = ("reel", "jig", "hornpipe", "slip jig", "strathspey", "air", "clog", "march", "polka")
METERS = ("4/4", "C", "C|", "2/4", "3/4", "3/8", "6/8", "9/8", "12/8")
TONICS = ("C", "D", "E", "F", "G", "A", "Bb", "B", "Eb")
ANYTHING = "Let the model choose"
MODES = {"major": "", "minor": "m", "dorian": "dor", "mixolydian": "mix"}


def header_helper() -> None:
    """Choices for rhythm, meter, key and title, and a button that makes them the opening."""
    with st.popover("Header helper", width="stretch"):
        first, second = st.columns(2, gap="small")
        with first:
            st.selectbox(
                "Rhythm",
                [ANYTHING, *RHYTHMS],
                key=state.BUILD_RHYTHM,
                help="The kind of dance (field R:): it suggests a meter and note lengths.",
            )
            tonic = st.selectbox(
                "Key",
                [ANYTHING, *TONICS],
                key=state.BUILD_TONIC,
                help="The tonic (field K:). A key ends the header: the melody comes next.",
            )
        with second:
            st.selectbox(
                "Meter",
                [ANYTHING, *METERS],
                key=state.BUILD_METER,
                help="The length of a bar (field M:).",
            )
            st.selectbox(
                "Mode",
                list(MODES),
                key=state.BUILD_MODE,
                disabled=tonic == ANYTHING,
                help="The scale above the tonic: it decides the sharps and flats of the key.",
            )
        st.text_input(
            "Title",
            key=state.BUILD_TITLE,
            max_chars=80,
            help="The field T:. Leave it empty to let the model choose.",
        )
        st.code(_chosen(), language=None, wrap_lines=True)
        st.button(
            "Use as opening",
            key=elements.USE_HEADER,
            on_click=lambda: open_with(_chosen()),
            width="stretch",
            help="Puts these lines into *Opening* below.",
        )
        st.caption(
            "Fields are written in the order of the corpus: T, R, M, L, K. A field left to the "
            "model can only be written by it if no later field is set here."
        )


def _chosen() -> str:
    """The header of what is chosen at this moment."""
    rhythm, meter, tonic, mode, title = (
        state.get(key) or ""
        for key in (
            state.BUILD_RHYTHM,
            state.BUILD_METER,
            state.BUILD_TONIC,
            state.BUILD_MODE,
            state.BUILD_TITLE,
        )
    )
    key = "" if tonic in ("", ANYTHING) else tonic + MODES[mode]
    return header(title, rhythm.replace(ANYTHING, ""), meter.replace(ANYTHING, ""), key)


def header(title: str, rhythm: str, meter: str, key: str) -> str:
    """A tune's header in the order of the corpus, as far as it is known.

    A key ends the header, so the unit note length of nearly all tunes, 1/8, stands before it.

    >>> header("Test", "jig", "6/8", "D")
    'X:1\\nT:Test\\nR:jig\\nM:6/8\\nL:1/8\\nK:D\\n'
    """
    fields = [("X", "1"), ("T", " ".join(title.split())), ("R", rhythm), ("M", meter)]
    fields += [("L", "1/8"), ("K", key)] if key else []
    return "".join(f"{name}:{value}\n" for name, value in fields if value)


def open_with(text: str) -> None:
    """Put an opening into the form."""
    state.put(state.PRIME, text)
