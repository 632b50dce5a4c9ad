"""A person's own tunes: an upload becomes a corpus to train on, with a report of what was taken."""

import streamlit as st

from dashboard import state
from dashboard.state import elements
from songrnn.corpus.importing import import_tunes
from songrnn.errors import SongRNNError

TYPES = ["abc", "txt", "zip", "csv", "json"]


def import_form() -> None:
    """A fold with the upload, and what became of it."""
    with st.expander("Import your own tunes"):
        st.caption(
            "ABC files, text with <start> and <end> around each tune, folk-rnn tokens, "
            "tunes.csv or tunes.json of thesession.org, or a .zip of such files. Files called "
            "train, val and test keep their split. Nothing leaves this machine."
        )
        uploads = st.file_uploader(
            "Files",
            type=TYPES,
            accept_multiple_files=True,
            key=state.UPLOADS,
            help="All files together become one corpus.",
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.text_input(
                "Name of the corpus",
                key=state.UPLOAD_NAME,
                max_chars=40,
                help="What the corpus is called here and on the command line: small letters, digits, "
                "- and _.",
                width=240,
            )
            replace = st.toggle(
                "Replace a corpus of this name",
                help="Overwrites the corpus of this name; only an imported one can be replaced.",
            )
            pressed = st.button(
                "Import",
                key=elements.IMPORT,
                type="primary",
                disabled=not uploads or not name,
                help="Makes a corpus of the files and reports what was taken.",
            )
        if pressed:
            bar = st.progress(0.0)

            def show(what: str, share: float) -> None:
                bar.progress(min(share, 1.0), what or "Importing")

            try:
                _, report = import_tunes(
                    [(upload.name, upload.getvalue()) for upload in uploads],
                    name=name.strip(),
                    replace_existing=replace,
                    progress=show,
                )
            except SongRNNError as error:
                st.error(str(error))
                return
            finally:
                bar.empty()
            st.success(f"The corpus {report.name} is ready; choose it above, or train on it.")
            st.code(str(report), language=None, wrap_lines=True)
            st.caption(
                f"In a terminal: `songrnn train --corpus {report.name}`; on the Train page it is "
                "among the corpora."
            )
