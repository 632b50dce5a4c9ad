"""The tables of a study: its means by value, and its pairs."""

import pandas as pd
import streamlit as st

from dashboard.state import elements
from songrnn.tuning.answers import Answer
from songrnn.tuning.contrasts import FEWEST_SEEDS
from songrnn.tuning.sentences import label, setting_name
from songrnn.tuning.study import RECIPE, Against, Study, Value


def study_tables(study: Study, result: Answer) -> None:
    """Means by value, and every pair with its paired interval; a p for the planned one alone."""
    left, right = st.columns(2, gap="large")
    with left:
        _groups(study, result)
    with right:
        _pairs(study, result)
    if isinstance(study.contrast, Against):
        planned = (
            f"Planned (★) was to compare all with {label(study.vary, study.contrast.base)}: those "
            "intervals hold for all of them together (Bonferroni) and take their spread from all "
            "runs, each about its own and its seed's mean."
        )
    else:
        planned = (
            "One contrast was planned for this study, and only it has a p value: the exact "
            "sign-flip test over seeds."
        )
    st.caption(
        "Best validation losses in bits per character, paired by seed; ± is the 95 % interval "
        f"(Student's t). {planned} The other pairs are for orientation. "
        "[Every interval and test](glossary?read=statistics), with examples."
    )


def _groups(study: Study, result: Answer) -> None:
    """A row for each value of the setting."""
    st.dataframe(
        pd.DataFrame(
            {
                setting_name(study.vary): label(study.vary, group.value),
                "Seeds": len(group.seeds),
                "Mean": group.mean.estimate,
                "± 95 %": group.mean.half_width if len(group.seeds) >= FEWEST_SEEDS else None,
                "Lowest": min(group.bits),
                "Highest": max(group.bits),
            }
            for group in result.groups
        ),
        hide_index=True,
        column_config={
            name: st.column_config.NumberColumn(format="%.4f")
            for name in ("Mean", "± 95 %", "Lowest", "Highest")
        },
        key=elements.STUDY_GROUPS,
        placeholder="–",
    )


def _pairs(study: Study, result: Answer) -> None:
    """A row for each pair of values."""
    st.dataframe(
        pd.DataFrame(
            {
                "Compared": ("★ " if pair.planned else "")
                + f"{_short(study, pair.first)} − {_short(study, pair.second)}",
                "Difference": pair.difference.estimate,
                "± 95 %": pair.difference.half_width,
                "First is lower in": f"{pair.lower} of {pair.n} seeds",
            }
            for pair in result.pairs
        ),
        hide_index=True,
        column_config={
            "Compared": st.column_config.TextColumn(
                width="large" if study.vary == RECIPE else "medium",
                help="★: planned before the runs were trained.",
            ),
            "Difference": st.column_config.NumberColumn(format="%+.4f"),
            "± 95 %": st.column_config.NumberColumn(format="%.4f"),
        },
        key=elements.STUDY_PAIRS,
        placeholder="–",
    )


def _short(study: Study, value: Value) -> str:
    """A value where the setting's name stands above it already."""
    return label(study.vary, value) if study.vary in ("cell", RECIPE) else str(value)
