"""One tune to look at, hear, edit and transpose: of the corpus, or a person's own."""

import streamlit as st

from dashboard import state, widgets
from dashboard.state import elements
from dashboard.views.corpus.browse import pick, search_field
from dashboard.wording import plain
from songrnn.corpus.preview import PLACE, ImportPreview, preview_import
from songrnn.corpus.tunebook import Tune, Tunebook, tune_id

TEXTS = {"corpus": "A tune of the corpus", "own": "My own text"}
EXAMPLE = (
    'X:1\nT:Example\nR:jig\nM:6/8\nL:1/8\nK:D\n|:"D"DFA d2f|"G"edB "D"AFD|'
    '"D"DFA d2f|"A7"edc "D"d3:|\n'
)


def choose_text() -> str:
    """Whose text it is, as TEXTS names it."""
    return widgets.segments(
        "Text", TEXTS, state.WHOSE, "A tune of the corpus to begin with, or whatever you paste."
    )


def show(book: Tunebook, whose: str) -> None:
    """The view."""
    text = _of_the_corpus(book) if whose == "corpus" else _own()
    if text:
        widgets.download_row(text, tune_id(text), None, key=elements.TUNE_FILES)


def _of_the_corpus(book: Tunebook) -> str:
    words, found = search_field(book)
    if not found:
        st.info("No tune contains all these words in this split; try fewer words or another split.")
        return ""
    tune = pick(book, words, found)
    key = state.EDITED.of(tune.id)
    return widgets.editor(
        "ABC",
        key,
        tune.text,
        "The tune as the corpus has it. Edit it as you like: the corpus keeps its own.",
        page_follows=True,
        below=lambda text: _about_edited(tune, text),
    )


def _about_edited(tune: Tune, text: str) -> None:
    if text != tune.text:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("Edited; the link to this page opens the tune as the corpus has it.")
            st.button(
                "As the corpus has it",
                key=elements.AS_IT_WAS,
                type="tertiary",
                on_click=lambda: state.put(state.EDITED.of(tune.id), tune.text),
                help="Takes back all that was edited; Undo brings it back.",
            )
            if st.button(
                "Keep as my own text",
                key=elements.AS_OWN,
                type="tertiary",
                on_click=lambda: state.put_all({state.ABC: text, state.WHOSE: "own"}),
                help="Copies it to *My own text*, where the link to this page holds what is written.",
            ):
                st.rerun()
    _what_import_makes(text)


def _own() -> str:
    return widgets.editor(
        "ABC",
        state.ABC,
        EXAMPLE,
        "Write or paste a tune. It is part of this page's address, unless it is very long: the "
        "link shows it to whoever opens it.",
        linked=True,
        page_follows=True,
        below=_what_import_makes,
    )


def _what_import_makes(text: str) -> None:
    """What would become of the text in a corpus."""
    found = preview_import(text)
    with st.expander(f"As an import takes it: {_summary(found, text)}"):
        st.caption(
            "What a network would read: header fields X, T, R, M, L and K, and the music. Every "
            "note sounds as before."
        )
        for tune in found.tunes:
            st.code(tune.text, language=None, wrap_lines=True)
            if tune.changes:
                st.caption(plain("Left out or written in another way: " + ", ".join(tune.changes)))
        for sentence in (*map(str, found.refused), *found.notices):
            st.caption(plain(sentence.removeprefix(f"{PLACE}: ")))


def _summary(found: ImportPreview, text: str) -> str:
    if not found.tunes:
        return "nothing"
    if len(found.tunes) > 1:
        return f"{len(found.tunes)} tunes"
    (tune,) = found.tunes
    return "unchanged" if tune.text == text else f"{len(tune.text):,} characters"
