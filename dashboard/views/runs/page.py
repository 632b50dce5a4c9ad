"""Runs: what the trainings answer, how their losses fell, and what they were made of."""

import streamlit as st

from dashboard import frame, loaders, widgets
from dashboard.state import elements
from dashboard.views.runs import choices, notes, results, starts, tables
from dashboard.views.runs.view import choose_view
from songrnn.access import read_only
from songrnn.paths import places
from songrnn.plain_text import csv_bytes
from songrnn.store.documents import UNFINISHED
from songrnn.store.runs import DamagedRun, Run
from songrnn.tuning.start_study import Starts
from songrnn.tuning.study import Study

# Of a lab of one's own, and where people have workspaces.
_WHOSE = (
    "Every training in `checkpoints/`",
    "Every training of yours, and those that all here have",
)


def page() -> None:
    """The page."""
    frame.heading(
        "Runs",
        f"{_WHOSE[places().shared is not None]}: what it answers, and how its loss fell.",
    )
    found = loaders.runs.all_runs()
    runs = {run.name: run for run in found if isinstance(run, Run)}
    damaged = [run for run in found if isinstance(run, DamagedRun)]
    if not runs:
        st.info(
            "No run yet. Start one on the Train page, or in a terminal: `songrnn train --epochs 5`; "
            "it appears here while it trains."
        )
        tables.apart([], damaged)
        return
    study = choices.choose_study(list(runs.values()))
    if isinstance(study, Starts):
        starts.show(study)
        names = choices.shown(study.runs, list(runs))
    else:
        names = _compared(study, runs)
    _listed(names, runs)
    if not read_only():
        notes.edit_notes(names, runs)
    early = [row for row in loaders.runs.rows().values() if row["status"] in UNFINISHED]
    tables.apart(early, damaged)


def _compared(study: Study | None, runs: dict[str, Run]) -> list[str]:
    """The runs of a study, or those chosen, in chart and figures; returns their names."""
    compared = choices.choose_runs(study, list(runs.values()))
    names = choices.shown(compared, list(runs))
    rows = loaders.runs.rows()
    unsettled = any(results.unsettled(rows[name]) for name in names if name in rows)

    # The controls stand outside: two of them turned in quick succession, in a fragment, left the
    # address without the first.
    view = choose_view(study, [runs[name] for name in names], runs)

    # Drawn again by itself while a run trains or a baseline is measured, and not a moment longer.
    @st.fragment(run_every=2 if unsettled else None)
    def live() -> None:
        with frame.errors_as_sentences():
            fresh = {run.name: run for run in loaders.runs.all_runs() if isinstance(run, Run)}
            shown, members = (
                [fresh[name] for name in some if name in fresh] for some in (names, compared)
            )
            if not results.draw(study, shown, view, members) and unsettled:
                widgets.page_anew()
            results.all_settings(shown, view)

    live()
    return names


def _listed(names: list[str], runs: dict[str, Run]) -> None:
    """The table, and what one takes away of it."""
    with frame.errors_as_sentences():
        table = tables.run_table(names, runs)
        with st.container(horizontal=True):
            tables.download(
                "Histories as CSV",
                lambda: tables.histories_csv([runs[name] for name in names]),
                "histories.csv",
            )
            tables.download("Table as CSV", lambda: csv_bytes(table), "runs.csv")
            widgets.report_button(names, key=elements.REPORT.of("runs"))


page()
