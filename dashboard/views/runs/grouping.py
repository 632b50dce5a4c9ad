"""The rows of the table put together: runs alike in one setting, their mean and the best of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import widgets
from dashboard.charts.run_curves import settings_of
from dashboard.charts.theme import CELL_NAMES
from dashboard.state import elements
from dashboard.state.runs import ROWS_BY
from dashboard.widgets.run_notes import UNREADABLE, notes_of
from songrnn.plain_text import inert_table
from songrnn.statistics import mean_interval
from songrnn.store.runs import Run
from songrnn.tuning.contrasts import FEWEST_SEEDS
from songrnn.tuning.sentences import setting_name

TAGS = "tags"
_LOSS = "best_validation_bits_per_character"


def choose_grouping(settings: Sequence[str]) -> str:
    """What the rows are grouped by: a setting, the tags, or nothing ("")."""
    named = {"": "nothing", **{name: setting_name(name) for name in settings}, TAGS: "tag"}
    return widgets.select(
        "Group by", named, ROWS_BY,
        "Puts a table above that has one row for the runs alike in this setting, or with this tag, "
        "whatever else differs among them.",
        width=180,
    )  # fmt: skip


def grouped(values: Sequence[Sequence[str]], frame: pd.DataFrame) -> pd.DataFrame:
    """One row a value, best mean first. values: of each row of the frame, those it counts for."""
    bits = pd.to_numeric(frame[_LOSS]).to_numpy(dtype=np.float64, na_value=np.nan)
    names = [str(name) for name in frame["name"]]
    rows: list[dict[str, Any]] = []
    for value in dict.fromkeys(value for each in values for value in each):
        inside = np.array([value in each for each in values]) & np.isfinite(bits)
        if not inside.any():
            continue
        mean = mean_interval(bits[inside])
        rows.append(
            {
                "value": value,
                "Runs": mean.n,
                "Mean": mean.estimate,
                "± 95 %": mean.half_width if mean.n >= FEWEST_SEEDS else None,
                "Lowest": float(bits[inside].min()),
                "Best run": names[int(np.flatnonzero(inside)[bits[inside].argmin()])],
            }
        )
    rows.sort(key=lambda row: float(row["Mean"]))
    return pd.DataFrame(rows)


def group_table(by: str, frame: pd.DataFrame, runs: Sequence[Run]) -> None:
    """The table of the groups, with what its numbers mean. runs: of the rows of the frame."""
    if by == TAGS:
        notes = [notes_of(run) for run in runs]
        values = [(UNREADABLE,) if n is None else n.tags or ("no tag",) for n in notes]
    else:
        found = [str(settings_of(run.config)[by]) for run in runs]
        values = [(CELL_NAMES.get(value, value) if by == "cell" else value,) for value in found]
    table = grouped(values, frame)
    if table.empty:
        st.caption("None of these runs has a validation loss yet.")
        return
    name = "Tag" if by == TAGS else setting_name(by)
    numbers = st.column_config.NumberColumn
    st.dataframe(
        inert_table(table.rename(columns={"value": name})),
        hide_index=True,
        column_config={column: numbers(format="%.4f") for column in ("Mean", "± 95 %", "Lowest")},
        key=elements.GROUP_TABLE,
        placeholder="–",
    )
    st.caption(
        "Best validation losses in bits per character over the runs of each row; ± is Student's 95 % "
        f"interval of the mean, from {FEWEST_SEEDS} runs on. Runs of a row may differ in other "
        "settings, so this is for orientation; the questions compare like with like."
    )
