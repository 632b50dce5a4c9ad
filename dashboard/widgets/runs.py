"""Choosing a run: the choice holds on every page."""

from collections.abc import Callable

import streamlit as st

from dashboard import loaders, state
from dashboard.wording import by_best_validation, plain
from songrnn.store.runs import Run


def run_picker(*, label: str = "Run", remark: Callable[[Run], str] = lambda _: "") -> Run | None:
    """Choose among the runs that have weights; the choice holds on every page.

    remark: what to say behind a run's name. None, with words on what to do, when there is no such run.
    """
    runs = {
        run.name: run for run in loaders.runs.all_runs() if isinstance(run, Run) and run.has_weights
    }
    if not runs:
        st.info(
            "No run with weights yet. Train one: `songrnn train --epochs 5`; "
            "it appears here by itself.",
        )
        return None
    rows = loaders.runs.rows()
    names = sorted(runs, key=lambda name: by_best_validation(rows.get(name, {})))
    asked = state.chosen(state.RUN)
    if asked is not None and asked not in runs:
        st.warning(
            f"The run {plain(asked)} has no weights here or is not there; another one is shown."
        )
    picked = state.shared(state.RUN, names)
    st.selectbox(
        label,
        names,
        key=state.widget_key(state.RUN),
        format_func=lambda name: _run_label(rows.get(name, {"name": name})) + remark(runs[name]),
        help="The run whose network is used, here and on the other pages. Best validation loss first, "
        "in bits per character: lower is better.",
    )
    return runs[str(picked)]


def _run_label(row: dict) -> str:
    bits = row.get("best_validation_bits_per_character")
    if bits is None:
        return f"{row['name']}"
    alone = row.get("best_validation_bits_without_kin")
    return f"{row['name']} · {bits:.3f} bits" + (f" ({alone:.3f} without kin)" if alone else "")
