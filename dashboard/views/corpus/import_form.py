"""A person's own tunes: an upload becomes a corpus to train on, with a report of what was taken."""

from collections.abc import Sequence

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard import loaders, state
from dashboard.state import elements
from dashboard.state.uploads import IMPORTED, give_back, uploads_key
from dashboard.uploads import MOST_FILES, MOST_MEGABYTES
from dashboard.wording import by_best_validation, plain
from songrnn.corpus.gathering import Limits
from songrnn.corpus.import_report import ImportReport
from songrnn.corpus.importing import corpus_name_of, import_tunes
from songrnn.errors import SongRNNError
from songrnn.store.runs import Run
from songrnn.workspaces import workspaces_on

TYPES = ["abc", "txt", "zip", "csv", "json", "md", "html", "htm", "eml", "mbox"]
# Where the files go, by whether each visitor has a workspace on a server of somebody's.
_WHERE_TO = {
    False: "Nothing leaves the machine that the lab runs on.",
    True: "They go to the server that the lab runs on, and no further.",
}
# An import that takes longer is for the command line. Seconds.
MOST_SECONDS = 120.0


def import_form() -> None:
    """A fold with the upload, and what became of it."""
    with st.expander("Import your own tunes"):
        st.caption(
            "ABC files, text with <start> and <end> around each tune, folk-rnn tokens, "
            "tunes.csv or tunes.json of thesession.org, mails and pages with tunes in them, or a .zip of "
            "such files. Files called "
            "train, val and test keep their split. " + _WHERE_TO[workspaces_on()]
        )
        uploads = st.file_uploader(
            "Files",
            type=TYPES,
            accept_multiple_files=True,
            key=uploads_key(),
            help=f"All files together become one corpus: at most {MOST_FILES} files and "
            f"{MOST_MEGABYTES} MB, a .zip counting as one file.",
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.text_input(
                "Name of the corpus",
                key=state.UPLOAD_NAME,
                max_chars=40,
                help="What the corpus is called here and on the command line: its small letters, "
                "digits, - and _ are kept, anything else becomes a -.",
                width=240,
            )
            name = corpus_name_of(name) or name.strip()
            replace = st.toggle(
                "Replace a corpus of this name",
                help="Overwrites the corpus of this name; only an imported one can be replaced.",
            )
            pressed = st.button(
                "Import",
                key=elements.IMPORT,
                type="primary",
                disabled=not uploads or not name,
                help="Makes a corpus of the files and reports what was taken. It needs files and a name.",
            )
        if pressed:
            _import(uploads, name, replace=replace)
        elif done := state.take(IMPORTED):
            _report(done)


def _import(uploads: Sequence[UploadedFile], name: str, *, replace: bool) -> None:
    """Make a corpus of the files, with progress; they leave the server's memory when it is made."""
    bar = st.progress(0.0)

    def show(what: str, share: float) -> None:
        bar.progress(min(share, 1.0), plain(what) or "Importing")

    try:
        _, report = import_tunes(
            [(upload.name, upload.getvalue()) for upload in uploads],
            name=name,
            replace_existing=replace,
            limits=Limits(seconds=MOST_SECONDS),
            progress=show,
        )
    except SongRNNError as error:
        st.error(plain(str(error)))
        return
    finally:
        bar.empty()
    state.put(IMPORTED, report)
    give_back(uploads)
    st.rerun()


def _report(report: ImportReport) -> None:
    """What was taken, and the ways on: a trained network learns these tunes too, or one from nothing."""
    st.success(f"The corpus {plain(report.name)} is ready; choose it above, or train on it.")
    st.code(str(report), language=None, wrap_lines=True)
    learned = best_run()
    corpus = {state.TRAIN_CORPUS: report.name}
    if learned is not None:
        st.page_link(
            "views/train/page.py",
            label=f"Let {plain(learned)} learn these tunes too",
            query_params=state.link({**corpus, state.START_FROM: learned}),
            help="It knows folk tunes already and takes up the style of yours: a few dozen tunes and "
            "a few minutes are enough.",
        )
    st.page_link(
        "views/train/page.py",
        label="Train a network on them from nothing",
        query_params=state.link(corpus),
        help="It learns from these tunes alone: for a thousand tunes or more.",
    )
    from_run = f", or with `--from {learned}` from what that run knows" if learned else ""
    st.caption(f"In a terminal: `songrnn train --corpus {report.name}`{from_run}.")


def best_run() -> str | None:
    """The run that learned best and can be trained on; None when there is none."""
    rows = loaders.runs.rows()
    there = [
        run.name
        for run in loaders.runs.all_runs()
        if isinstance(run, Run)
        and run.has_weights
        and rows.get(run.name, {}).get("status") != "running"
    ]
    return min(there, key=lambda name: by_best_validation(rows.get(name, {})), default=None)
