"""Glossary: the words of the lab, from docs/glossary.md, and the documents that explain figures."""

import streamlit as st

from dashboard import frame, widgets
from dashboard.state.guide import DOCUMENT
from dashboard.views.glossary.documents import DOCUMENTS, FOLDER, linked_here


def page() -> None:
    """The page: the files' own words, their title made the page's."""
    place = st.container()
    name = widgets.segments(
        "Read", DOCUMENTS, DOCUMENT, "The words, or a document that explains figures with examples."
    )
    title, _, text = (FOLDER / f"{name}.md").read_text(encoding="utf-8").partition("\n")
    lead, *sections = linked_here(text).split("\n## ")
    with place:
        frame.heading(title.removeprefix("# "), lead.strip())
    for section in sections:
        heading, _, words = section.partition("\n")
        st.subheader(heading)
        st.markdown(words.strip())


page()
