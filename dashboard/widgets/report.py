"""A button that makes the report and hands it over."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard import frame, loaders, state
from dashboard.state import elements
from dashboard.state import report as window
from dashboard.widgets.progress import Tell, stoppable
from dashboard.wording import by_best_validation, file_name
from songrnn.notation.limits import MOST_IN_FIELD
from songrnn.store.runs import Run

# What is handed over -> (its words, its ending, its kind).
_FORMS = {
    "html": ("One HTML page", "html", "text/html"),
    "zip": ("All formats", "zip", "application/zip"),
}
# As the command has it: a newline is typed as two characters.
_PRIME = r"X:1\n"


@dataclass(frozen=True)
class Wanted:
    """What was asked for. runs: all when empty. main: the run looked at closely. form: of `_FORMS`."""

    runs: tuple[str, ...]
    main: str | None
    sections: tuple[str, ...]
    title: str
    author: str
    date: str
    seed: int
    prime: str
    form: str


def report_button(shown: Sequence[str] = (), *, key: str) -> None:
    """*Report* opens a window that asks for title and author and makes the report.

    shown: runs of this page, offered instead of all.
    """
    if st.button(
        "Report",
        key=key,
        help="All that the runs learned, wrote and know as one document that opens without a "
        "network: figures, tables, songs with staff and sound, and what follows from them.",
    ):
        _window(tuple(shown), key)


@st.dialog("Report", width="medium")
def _window(shown: tuple[str, ...], key: str) -> None:
    """What is asked before, the work, and the file."""
    wanted = _asked(shown)
    if st.button("Make the report", type="primary", key=elements.MAKE_REPORT.of(key)):
        with (
            frame.errors_as_sentences(),
            stoppable("Writing …", elements.STOP.of("report")) as tell,
        ):
            state.put(window.REPORT_MADE, _made(wanted, tell))
            state.put(window.REPORT_ASKED, wanted)
    # One made before, of other runs or with another title, is not what would be downloaded now.
    made = state.get(window.REPORT_MADE) if state.get(window.REPORT_ASKED) == wanted else None
    if made is None:
        st.caption("This takes about a minute, and longer while something trains.")
        return
    _, ending, mime = _FORMS[wanted.form]
    st.download_button(
        "Download",
        data=made,
        file_name=f"{file_name(wanted.title or 'report')}.{ending}",
        mime=mime,
        key=elements.REPORT_FILE.of(key),
        on_click="ignore",
        help="The report as it was made last.",
    )


def _asked(shown: tuple[str, ...]) -> Wanted:
    """The fields of the window."""
    title = st.text_input(
        "Title", key=window.REPORT_TITLE, max_chars=MOST_IN_FIELD, help="Stands above the report."
    )
    left, right = st.columns(2)
    author = left.text_input(
        "Author", key=window.REPORT_AUTHOR, max_chars=MOST_IN_FIELD, help="Stands below the title."
    )
    date = right.text_input(
        "Date",
        key=window.REPORT_DATE,
        max_chars=MOST_IN_FIELD,
        help="As it shall read; without one the report has none.",
    )
    # Columns of their own: on a phone a field follows the one beside it.
    left, right = st.columns(2)
    main = _main(left)
    with right:
        form: str | None = st.segmented_control(
            "As",
            list(_FORMS),
            default="html",
            required=True,
            format_func=lambda name: _FORMS[name][0],
            key=window.REPORT_FORM,
            help="One HTML page holds everything, sound too. All formats: a .zip of that page, a PDF "
            "(where Chromium is installed), a LaTeX folder, Markdown, and every figure and song as "
            "a file of its own.",
        )
    every = True
    if shown:
        every = st.toggle(
            "All runs",
            value=True,
            key=window.REPORT_ALL,
            help=f"Off: only the {len(shown)} runs shown on the page.",
        )
    with st.expander("Songs and sections"):
        prime, seed, sections = _details()
    runs = () if every else shown
    return Wanted(runs, main, sections, title, author, date, seed, prime, form or "html")


def _main(place: "st.delta_generator.DeltaGenerator") -> str | None:
    """The run that is looked at closely: a person's own, or the course's baseline."""
    from songrnn.report.material import USUAL_RUN

    runs = [run for run in loaders.runs.all_runs() if isinstance(run, Run)]
    names, rows = sorted(run.name for run in runs), loaders.runs.rows()
    # Where the baseline is not here, the best run, of those that can compose if there are any.
    ranked = sorted(
        runs,
        key=lambda run: (
            run.name != USUAL_RUN,
            not run.has_weights,
            by_best_validation(rows.get(run.name, {})),
        ),
    )
    found: str | None = place.selectbox(
        "Run looked at closely",
        names,
        index=names.index(ranked[0].name) if ranked else 0,
        key=window.REPORT_MAIN,
        help="Its architecture is drawn, its curves and test loss are shown, it writes the songs, "
        "and its neurons are looked into.",
    )
    return found


def _details() -> tuple[str, int, tuple[str, ...]]:
    """Start sequence and seed of the songs; the sections."""
    from songrnn.report.build import SECTIONS

    left, right = st.columns(2)
    prime = left.text_input(
        "Start sequence",
        _PRIME,
        key=window.REPORT_PRIME,
        max_chars=MOST_IN_FIELD,
        help=r"The three songs, at T = 0.5, 1 and 2, are primed with it; \n is read as a newline.",
    )
    seed = right.number_input(
        "Seed",
        min_value=0,
        value=0,
        key=window.REPORT_SEED,
        help="Another seed gives other songs; the same one always the same.",
    )
    sections = st.multiselect(
        "Sections",
        list(SECTIONS),
        format_func=lambda name: SECTIONS[name][0],
        placeholder="all",
        key=window.REPORT_SECTIONS,
        help="Only these parts, in the report's own order; all when none is chosen.",
    )
    return prime.replace("\\n", "\n"), int(seed), tuple(sections)


def _made(wanted: Wanted, tell: Tell) -> bytes:
    """The file. What makes it takes a while to load, and is loaded when it is wanted."""
    from songrnn.report.build import build_report
    from songrnn.report.material import Asked, gather
    from songrnn.report.writing.files import html_bytes, zip_bytes

    report = build_report(
        gather(Asked(wanted.runs, main=wanted.main, seed=wanted.seed, prime=wanted.prime)),
        sections=wanted.sections,
        title=wanted.title,
        author=wanted.author,
        date=wanted.date,
        progress=lambda _, share: tell(share),
    )
    return html_bytes(report) if wanted.form == "html" else zip_bytes(report)
