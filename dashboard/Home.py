# ruff: noqa: N999
"""The app's entry: the list of pages, the frame around them, and what a person sees on error.

`streamlit run` imports this file for the server (`app`), and runs it as a script for every visitor.
"""

import logging
import time

import streamlit as st

from dashboard import frame, guard, server, state, visitors, warming
from dashboard.components.page_aids import skip_link
from dashboard.state import elements
from dashboard.state.visitor import belongs_to
from dashboard.widgets import tour
from songrnn.event_log import log_event

# A page that takes longer goes into the log. Seconds.
SLOW = 3.0


def show() -> None:
    """The page that a visitor asks for."""
    st.set_page_config(page_title="SongRNN Lab", page_icon="🎼", layout="wide")
    frame.style()
    guard.stop_if_open()
    visitors.look_up_visitors()
    belongs_to(visitors.identity())

    pages = [
        st.Page("views/overview/page.py", title="Overview", default=True),
        st.Page("views/runs/page.py", title="Runs", url_path="runs"),
        st.Page("views/run/page.py", title="Run", url_path="run", visibility="hidden"),
        st.Page("views/train/page.py", title="Train", url_path="train"),
        st.Page("views/compose/page.py", title="Compose", url_path="compose"),
        st.Page("views/temperature/page.py", title="Temperature", url_path="temperature"),
        st.Page("views/listen/page.py", title="Listen", url_path="listen"),
        st.Page("views/neurons/page.py", title="Neurons", url_path="neurons"),
        st.Page("views/segments/page.py", title="Segments", url_path="segments"),
        st.Page("views/corpus/page.py", title="Corpus", url_path="corpus"),
        st.Page("views/glossary/page.py", title="Glossary", url_path="glossary"),
    ]

    page = st.navigation(pages, position="top")
    frame.address_note()
    state.enter(page.url_path)
    skip_link(key=elements.SKIP_LINK)
    frame.visitor_note()
    tour.card(page.url_path)
    began = time.monotonic()
    with frame.errors_as_sentences(logging.getLogger("dashboard")):
        page.run()
    if (seconds := time.monotonic() - began) > SLOW:
        log_event("slow", "page", name=page.url_path, seconds=seconds)


if __name__ == "__main__":
    show()
else:
    app = st.App(__file__, middleware=server.around())
    warming.begin()
