"""Corpus: the tunes everything is learned from, counted, charted and there to be played."""

import streamlit as st

from dashboard import frame, loaders, state, widgets
from dashboard.views.corpus.browse import browse
from dashboard.views.corpus.figures import alphabet, pictures, totals
from dashboard.views.corpus.import_form import import_form
from dashboard.views.corpus.sources import provenance, refused
from songrnn.access import read_only
from songrnn.config import USUAL_CORPUS


def page() -> None:
    """The page."""
    frame.heading("Corpus", "The tunes that the networks learn from, and what they are made of.")
    names = loaders.corpora.built()
    name = USUAL_CORPUS
    if len(names) > 1:
        name = st.segmented_control(
            "Corpus",
            names,
            default=USUAL_CORPUS if USUAL_CORPUS in names else names[0],
            required=True,
            key=state.CORPUS,
            bind="query-params",
            help="Which of the corpora built on this machine is shown.",
        )
    book = widgets.corpus(name)
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
