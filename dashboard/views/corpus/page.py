"""Corpus: the tunes everything is learned from, counted, charted and there to be played."""

import streamlit as st

from dashboard import frame, loaders, state, widgets
from dashboard.views.corpus import tune
from dashboard.views.corpus.browse import browse
from dashboard.views.corpus.figures import alphabet, pictures, totals
from dashboard.views.corpus.import_form import import_form
from dashboard.views.corpus.sources import provenance, refused
from dashboard.wording import plain
from songrnn.access import read_only
from songrnn.config import USUAL_CORPUS

VIEWS = {"corpus": "The whole corpus", "tune": "One tune"}


def corpus_chosen() -> str:
    """The name of the corpus that is shown."""
    names = loaders.corpora.built()
    if len(names) < 2:
        return USUAL_CORPUS
    return st.segmented_control(
        "Corpus",
        names,
        default=USUAL_CORPUS if USUAL_CORPUS in names else names[0],
        required=True,
        key=state.CORPUS,
        format_func=plain,
        bind="query-params",
        help="Which of the corpora built on this machine is shown.",
    )


def page() -> None:
    """The page."""
    frame.heading("Corpus", "The tunes that the networks learn from, and what they are made of.")
    with st.container(horizontal=True, gap="medium"):
        name = corpus_chosen()
        view = widgets.segments(
            "View",
            VIEWS,
            state.VIEW,
            "The corpus counted, charted and searched; or one tune, of it or your own, to edit, "
            "hear, transpose and export.",
        )
        whose = tune.choose_text() if view == "tune" else ""
    book = widgets.corpus(name)
    if view == "tune":
        tune.show(book, whose)
        return
    figures = loaders.corpora.figures(book.name)
    totals(book, figures)
    browse(book)
    pictures(book, figures)
    left, right = st.columns(2, gap="medium")
    with left:
        alphabet(figures)
    with right:
        refused(book)
    provenance(book)
    if not read_only():
        import_form()


page()
