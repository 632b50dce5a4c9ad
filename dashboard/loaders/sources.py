"""The melodies that a fine-tuned run has behind it, and what real tunes share with them."""

import sys

import streamlit as st

from dashboard.loaders import corpora
from dashboard.loaders.recent import Recent
from dashboard.loaders.stamps import Stamp, stamp
from songrnn.config import CorpusReference
from songrnn.quality.source_copies import SourceMelodies, copied_on_average, source_melodies
from songrnn.store.runs import Run

# Real tunes that songs are compared with: the mean settles long before, a song takes about 10 ms.
_MOST = 100
# What is kept of melodies at once: bytes.
MELODY_BYTES = 64 << 20


def melodies(run: Run) -> SourceMelodies | None:
    """Those of the runs that this one was fine-tuned from; None without a source."""
    if run.config.source is None:
        return None
    key = str(run.path), stamp(run.path, "learned.npz", "run.json")
    return _melodies().made(key, lambda: source_melodies(run))


@st.cache_resource(show_spinner=False)
def _melodies() -> Recent[SourceMelodies | None]:
    def size(found: SourceMelodies | None) -> int:
        # Twice: they are joined to be looked up.
        return 2 * sum(map(sys.getsizeof, found.melodies)) if found else 0

    return Recent(MELODY_BYTES, size)


def real_tunes(run: Run) -> dict[str, float]:
    """What validation tunes share with them on average; empty where the tunes are not here."""
    if corpora.problem(run.config.corpus):
        return {}
    return _real_tunes(
        run, run.config.corpus, str(run.path), stamp(run.path, "learned.npz", "run.json")
    )


@st.cache_data(max_entries=8, show_spinner=False)
def _real_tunes(_run: Run, corpus: CorpusReference, path: str, key: Stamp) -> dict[str, float]:
    found = melodies(_run)
    if found is None:
        return {}
    tunes = corpora.tunebook(corpus.name).split("validation")[:_MOST]
    return copied_on_average(found, [tune.text for tune in tunes])
