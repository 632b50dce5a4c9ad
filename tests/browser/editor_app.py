"""A page with nothing but an editor, for the browser tests."""

import streamlit as st

from dashboard import state, widgets
from dashboard.state.key import Key
from dashboard.widgets import abc_editor

TUNE = "X:1\nT:Edit me\nM:4/4\nL:1/4\nQ:1/4=30\nK:D\nDFAd|fdAF|D4|]\n"
OTHER = "X:2\nL:1/4\nK:C\nCEG|\n"
TEXT = Key[str]("written")


def say(name: str, words: object) -> None:
    st.html(f'<p data-testid="{name}">{words!r}</p>')


def main() -> None:
    runs = Key[int]("runs")
    state.put(runs, (state.get(runs) or 0) + 1)
    st.button("Put", on_click=lambda: state.put(TEXT, OTHER))
    # As if every staff took longer than an answer waits for it.
    st.button("Slow", on_click=lambda: setattr(abc_editor, "PATIENCE", 0.0))
    text = widgets.editor(
        "Tune", TEXT, TUNE, "A tune to edit.", below=lambda written: say("written", written)
    )
    say("page", text)
    say("runs", state.get(runs))


if __name__ == "__main__":
    main()
