"""A button that makes the report and hands it over."""

from collections.abc import Sequence

import streamlit as st

from dashboard import frame, state
from dashboard.state import elements
from dashboard.state import report as window
from dashboard.widgets.progress import Tell, stoppable
from dashboard.wording import file_name


def report_button(shown: Sequence[str] = (), *, key: str) -> None:
    """*Report* opens a window that asks for title and author and makes the page.

    shown: runs of this page, offered instead of all.
    """
    if st.button(
        "Report",
        key=key,
        help="All that the runs learned, wrote and know as one page that opens without a network: "
        "figures, tables, songs with staff and sound, and what follows from them.",
    ):
        _window(tuple(shown), key)


@st.dialog("Report", width="medium")
def _window(shown: tuple[str, ...], key: str) -> None:
    """What is asked before, the work, and the file."""
    title = st.text_input("Title", key=window.REPORT_TITLE, help="Stands above the report.")
    left, right = st.columns(2)
    author = left.text_input("Author", key=window.REPORT_AUTHOR, help="Stands below the title.")
    date = right.text_input(
        "Date", key=window.REPORT_DATE, help="As it shall read; without one the report has none."
    )
    every = True
    if shown:
        every = st.toggle(
            "All runs",
            value=True,
            key=window.REPORT_ALL,
            help=f"Off: only the {len(shown)} runs shown on the page.",
        )
    asked = () if every else shown
    wanted = (asked, title, author, date)
    if st.button("Make the report", type="primary", key=elements.MAKE_REPORT.of(key)):
        with (
            frame.errors_as_sentences(),
            stoppable("Writing …", elements.STOP.of("report")) as tell,
        ):
            state.put(window.REPORT_MADE, _made(asked, title, author, date, tell))
            state.put(window.REPORT_ASKED, wanted)
    # One made before, of other runs or with another title, is not what would be downloaded now.
    made = state.get(window.REPORT_MADE) if state.get(window.REPORT_ASKED) == wanted else None
    if made is None:
        st.caption("This takes about a minute; a PDF and LaTeX come with `songrnn report`.")
        return
    st.download_button(
        "Download",
        data=made,
        file_name=f"{file_name(title or 'report')}.html",
        mime="text/html",
        key=elements.REPORT_FILE.of(key),
        on_click="ignore",
        help="One HTML file with everything in it; a browser prints it as PDF.",
    )


def _made(runs: tuple[str, ...], title: str, author: str, date: str, tell: Tell) -> bytes:
    """The page. What makes it takes a while to load, and is loaded when it is wanted."""
    from songrnn.report.build import build_report
    from songrnn.report.material import Asked, gather
    from songrnn.report.writing.files import html_bytes

    report = build_report(
        gather(Asked(runs=runs)),
        title=title,
        author=author,
        date=date,
        progress=lambda _, share: tell(share),
    )
    return html_bytes(report)
