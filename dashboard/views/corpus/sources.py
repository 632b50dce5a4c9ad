"""Where the tunes come from, on which terms, and which were refused."""

import pandas as pd
import streamlit as st

from dashboard import loaders
from dashboard.state import elements
from dashboard.wording import plain
from songrnn.corpus.import_report import imported
from songrnn.corpus.tunebook import Tunebook
from songrnn.plain_text import inert_table


def provenance(book: Tunebook) -> None:
    """Where the tunes come from and on which terms."""
    rows = [
        {
            "corpus": entry.name,
            "source": source.title,
            "licence": source.licence,
            "tunes": source.tunes,
            "terms": "not installed by default" if entry.opt_in else "built by default",
        }
        for entry in loaders.corpora.available()
        for source in entry.sources
    ]
    st.subheader("Sources and licences", anchor=False)
    st.dataframe(
        inert_table(pd.DataFrame(rows)),
        hide_index=True,
        key=elements.SOURCES,
        column_config={
            "corpus": "Corpus",
            "source": st.column_config.TextColumn("Source", width="medium"),
            "licence": st.column_config.TextColumn("Licence", width="medium"),
            "tunes": st.column_config.NumberColumn(
                "Tunes", format="localized", help="In the source, before cleaning."
            ),
            "terms": st.column_config.TextColumn(
                "Use",
                help="A corpus whose licence limits its use is built only on request: `songrnn corpus "
                "build NAME`.",
            ),
        },
    )
    here = next((entry for entry in loaders.corpora.available() if entry.name == book.name), None)
    st.caption(
        "These sources come with the installed music21."
        + (f" {plain(here.title)}: {plain(here.licence)}" if here is not None else "")
        + f" Hash of the tunes shown: {book.sha256[:12]}."
    )
    report = next((report for report in imported() if report.name == book.name), None)
    if report is not None:
        st.subheader(f"How {plain(book.name)} was imported", anchor=False)
        st.caption(
            "From files given here, not from a source above; whoever brought them has to know on which "
            "terms the tunes may be used."
        )
        st.code(str(report), language=None, wrap_lines=True, height=260)


def refused(book: Tunebook) -> None:
    """What is not in the corpus, and why."""
    st.subheader("Not in the corpus", anchor=False)
    if not book.failures:
        st.caption("Every tune of the sources is in.")
        return
    failures = pd.DataFrame(
        [
            {"source": f.source, "number": f.number, "title": f.title, "reason": f.reason}
            for f in book.failures
        ]
    )
    st.dataframe(
        inert_table(failures),
        hide_index=True,
        height=260,
        key=elements.FAILURES,
        column_config={
            "source": "Source",
            "number": "Number",
            "title": "Title",
            "reason": st.column_config.TextColumn("Reason", width="medium"),
        },
    )
