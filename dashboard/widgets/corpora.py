"""The tunes of a corpus, built on the page when they are not there yet."""

import streamlit as st

from dashboard import loaders
from dashboard.wording import plain
from songrnn.config import CorpusReference
from songrnn.corpus.sources import check_build
from songrnn.corpus.tunebook import Tunebook


def corpus(name: str = "folk") -> Tunebook:
    """The tunes of a corpus, built with progress on the page when they are not there yet.

    Raises CorpusError when it can't be built.
    """
    if not loaders.corpora.is_built(name):
        with st.status(f"Building the corpus {plain(name)}, once …", expanded=True) as status:
            bar = st.progress(0.0)

            def show(text: str, share: float) -> None:
                bar.progress(min(1.0, max(0.0, share)), text=plain(text))

            loaders.corpora.build(name, show)
            status.update(
                label=f"The corpus {plain(name)} is built.", state="complete", expanded=False
            )
    return loaders.corpora.tunebook(name)


def corpus_of(reference: CorpusReference) -> Tunebook:
    """The very tunes a run was trained on, built when they are not there yet.

    Raises CorpusError when they cannot be built, or are others by now.
    """
    book = corpus(reference.name)
    check_build(book, reference)
    return book
