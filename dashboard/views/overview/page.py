"""Overview: what this is, a song to play at once, and what there is to see."""

import streamlit as st

from dashboard import loaders, widgets
from dashboard.state import elements
from dashboard.views.overview.neurons_card import neurons_card
from dashboard.views.overview.runs_card import runs_card
from dashboard.views.overview.songs import compose_card, ready_song, song_of
from dashboard.widgets import tour
from dashboard.wording import by_best_validation
from songrnn.store.runs import DamagedRun, Run


def page() -> None:
    """The page."""
    st.title("SongRNN Lab", anchor=False)
    st.markdown(
        "Small recurrent networks learn to write folk tunes one character at a time; here you "
        "compare how they learned, hear what they write, and see what each neuron does."
    )
    rows = sorted(loaders.runs.rows().values(), key=by_best_validation)
    found = loaders.runs.all_runs()
    by_name = {run.name: run for run in found if isinstance(run, Run)}
    usable = [by_name[row["name"]] for row in rows if row["weights"]]
    song = song_of(usable)
    tour.invite()
    with st.container(horizontal=True):
        widgets.report_button(key=elements.REPORT.of("overview"))
        tour.tour_button()
    left, right = st.columns([7, 5], gap="large")
    with left:
        ready_song(usable, song)
        with st.container(border=True, key=elements.CARD.of("compose")):
            compose_card(song)
        with st.container(border=True, key=elements.CARD.of("corpus")):
            corpus_card()
    with right:
        with st.container(border=True, key=elements.CARD.of("runs")):
            runs_card(rows, by_name, sum(isinstance(run, DamagedRun) for run in found))
        with st.container(border=True, key=elements.CARD.of("neurons")):
            neurons_card(usable, song)


def corpus_card() -> None:
    """What there is to learn from."""
    st.page_link("views/corpus/page.py", label="**Corpus**: the tunes they learned from")
    if loaders.corpora.is_built("folk"):
        tunes = len(loaders.corpora.tunebook("folk").tunes)
        st.caption(f"{tunes:,} tunes from old collections: search, read, listen.")
    else:
        st.caption("Real tunes from old collections; built at the first visit.")


page()
