"""Which runs the Runs page compares: those of a study, or those picked by hand.

Every choice is part of the address, so a link opens the view again.
"""

from collections.abc import Sequence

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.charts.run_curves import settings_of
from dashboard.state.runs import HIDDEN, PINNED, set_apart
from dashboard.wording import by_best_validation
from songrnn.store.runs import Run
from songrnn.tuning.start_study import QUESTION, STUDY, Starts, starts
from songrnn.tuning.study import Study, studies_among

CHOSEN = "chosen"


def differing(runs: Sequence[Run], study: Study | None = None) -> list[str]:
    """The settings, without the seed, that are not the same for all runs."""
    tables = [settings_of(run.config, study) for run in runs]
    names = tables[0] if tables else {}
    return [n for n in names if n != "seed" and len({table[n] for table in tables}) > 1]


def choose_study(runs: Sequence[Run]) -> Study | Starts | None:
    """The questions in one click; None for runs chosen freely."""
    known = studies_among([run.config for run in runs])
    # A question is offered when there is something to answer it with, or a link asks it.
    asked = state.asked(state.STUDY)
    studies = {
        name: study for name, study in known.items() if name == asked or _compares(study, runs)
    }
    begun = starts(runs)
    names = [*studies, *([STUDY] if begun else []), CHOSEN]

    def words(name: str) -> str:
        if name == CHOSEN:
            return "Choose runs"
        if name == STUDY:
            return QUESTION
        epochs = name.partition("-epochs-")[2]
        return studies[name].question + (f" ({epochs} epochs)" if epochs else "")

    picked = widgets.segments(
        "Question",
        {name: words(name) for name in names},
        state.STUDY,
        "Each question is a study: one setting is varied, everything else is kept the same, and "
        "each value is trained with several seeds. *Choose runs* compares any runs.",
    )
    return begun if picked == STUDY else studies.get(picked)


def _compares(study: Study, runs: Sequence[Run]) -> bool:
    """Whether at least two values of the setting have runs."""
    return len({study.value_of(c) for c in study.members([run.config for run in runs])}) > 1


def _members(study: Study, runs: Sequence[Run]) -> list[str]:
    return [config.name for config in study.members([run.config for run in runs])]


def shown(compared: Sequence[str], runs: Sequence[str]) -> list[str]:
    """The runs that chart and table show: the pinned ones first, and none that is hidden."""
    pinned, hidden = set_apart(PINNED, runs), set_apart(HIDDEN, runs)
    return [name for name in dict.fromkeys([*pinned, *compared]) if name not in hidden]


def choose_runs(study: Study | None, runs: Sequence[Run], at_first: int = 8) -> list[str]:
    """The names of the runs compared: a study's, or those picked (at first the best ones)."""
    if study is not None:
        return _members(study, runs)
    rows = loaders.runs.rows()
    names = sorted(rows, key=lambda name: by_best_validation(rows[name]))
    return st.multiselect(
        "Runs",
        names,
        default=names[:at_first],
        key=state.RUNS,
        bind="query-params",
        placeholder="Choose runs to compare",
        help="Which runs are drawn and listed below; the list has the best validation loss first.",
    )
