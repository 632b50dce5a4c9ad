"""Glossary: the words of the app, the command line and the documents, from docs/glossary.md."""

from pathlib import Path

import streamlit as st

from dashboard import frame

FILE = Path(__file__).resolve().parents[3] / "docs" / "glossary.md"


def page() -> None:
    """The page: the file's own words, its title made the page's."""
    title, _, text = FILE.read_text(encoding="utf-8").partition("\n")
    lead, *sections = text.split("\n## ")
    frame.heading(title.removeprefix("# "), lead.strip())
    for section in sections:
        name, _, table = section.partition("\n")
        st.subheader(name)
        st.markdown(table.strip())


page()
