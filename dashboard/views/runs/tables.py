"""The tables of the Runs page, what a person notes about runs, and their export."""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.charts.theme import CELL_NAMES
from dashboard.views.runs.choices import settings
from dashboard.wording import by_best_validation
from songrnn.errors import DamagedRunError, SongRNNError
from songrnn.store.documents import Notes
from songrnn.store.runs import DamagedRun, Run
from songrnn.tuning.answers import FEWEST_SEEDS, Answer, label, setting_name
from songrnn.tuning.study import RECIPE, Against, Study, Value

UNFINISHED = {"created", "stopped", "interrupted", "failed"}


def study_tables(study: Study, result: Answer) -> None:
    """Means by value, and every pair with its paired interval; no p but the planned one's."""
    left, right = st.columns(2, gap="large")
    with left:
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
            key="study-groups",
            placeholder="–",
        )
    with right:
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
            key="study-pairs",
            placeholder="–",
        )
    if isinstance(study.contrast, Against):
        planned = (
            f"Planned (★) was to set all against {label(study.vary, study.contrast.base)}: those "
            "intervals hold for all of them together (Bonferroni) and take their spread from all "
            "runs, each about its own and its seed's mean."
        )
    else:
        planned = (
            "One contrast was planned for this study and it alone has a p: the exact sign-flip "
            "test over seeds."
        )
    st.caption(
        "Best validation losses in bits per character, paired by seed; ± is the 95 % interval "
        f"(Student's t). {planned} The other pairs are for orientation."
    )


def _short(study: Study, value: Value) -> str:
    """A value where the setting's name stands above it already."""
    return label(study.vary, value) if study.vary in ("cell", RECIPE) else str(value)


def run_table(names: Sequence[str], runs: Mapping[str, Run]) -> pd.DataFrame:
    """Settings and results, with what differs from a pinned baseline. Returns what is shown."""
    rows = [row for name, row in loaders.runs.rows().items() if name in names]
    if not rows:
        return pd.DataFrame()
    ordered = sorted(rows, key=by_best_validation)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        baseline = st.selectbox(
            "Baseline",
            ["", *[row["name"] for row in ordered]],
            key=state.BASELINE,
            bind="query-params",
            format_func=lambda name: name or "none",
            help="The run the others are set against: differences in loss and in settings.",
            width=280,
        )
        words = st.text_input(
            "Filter",
            key=state.FILTER,
            bind="query-params",
            placeholder="lstm finished …",
            help="Only rows that hold all these words, in any column.",
            width=220,
        )
        best = widgets.toggle(
            "Best of each setting", state.BEST_OF, "One row a setting: its best seed."
        )
    frame = _frame(ordered, runs, runs.get(baseline or ""))
    if best:
        frame = frame[~frame.duplicated("settings")]
    asked = (words or "").lower().split()
    texts = [" ".join(map(str, row)).lower() for row in frame.itertuples(index=False)]
    frame = frame[[all(word in text for word in asked) for text in texts]]
    _show(frame, pinned=bool(baseline))
    return frame


def _frame(
    rows: Sequence[Mapping[str, Any]], runs: Mapping[str, Run], baseline: Run | None
) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    known = [runs[name] for name in frame["name"]]
    notes = [_notes(run) for run in known]
    bits = pd.to_numeric(frame["best_validation_bits_per_character"])
    mine = bits[frame["name"] == baseline.name].to_list() if baseline else []
    frame["difference"] = bits - mine[0] if mine else None
    frame["settings"] = [
        ", ".join(f"{n} {v}" for n, v in settings(run).items() if n != "seed") for run in known
    ]
    frame["differs"] = [_differs(run, baseline) for run in known] if baseline else None
    frame["minutes"] = pd.to_numeric(frame["duration_seconds"]) / 60
    frame["cell"] = frame["cell"].map(lambda cell: CELL_NAMES.get(cell, cell))
    frame["tags"] = [("★ " if note.star else "") + ", ".join(note.tags) for note in notes]
    frame["note"] = [note.text for note in notes]
    for page in ("compose", "neurons"):
        frame[page] = [f"{page}?run={run.name}" if run.has_weights else None for run in known]
    return frame


def _differs(run: Run, baseline: Run) -> str:
    ours, theirs = settings(run), settings(baseline)
    return ", ".join(
        f"{setting_name(name)} {ours[name]} (not {theirs[name]})"
        for name in ours
        if ours[name] != theirs[name]
    )


def _notes(run: Run) -> Notes:
    try:
        return run.notes()
    except SongRNNError:
        return Notes()


def _show(frame: pd.DataFrame, *, pinned: bool) -> None:
    column = st.column_config
    columns = {
        "name": column.TextColumn("Run", pinned=True),
        "best_validation_bits_per_character": column.NumberColumn(
            "Validation", format="%.4f", help="Best validation loss, bits per character."
        ),
        **(
            {
                "difference": column.NumberColumn(
                    "Δ", format="%+.4f", help="Validation loss minus the baseline's, bits."
                ),
                "differs": column.TextColumn("Differs from the baseline in", width="large"),
            }
            if pinned
            else {}
        ),
        "best_epoch": column.NumberColumn("At epoch", format="%.0f", help="Where it was best."),
        "cell": column.TextColumn("Cell"),
        "hidden_size": column.NumberColumn("Units", help="Hidden units a layer."),
        "layers": column.NumberColumn("Layers"),
        "dropout": column.NumberColumn(
            "Dropout", help="Share silenced of the embedding, between layers, before the readout."
        ),
        "seed": column.NumberColumn("Seed"),
        "parameters": column.NumberColumn("Parameters", format="localized"),
        "epochs": column.NumberColumn("Epochs", help="As planned."),
        "minutes": column.NumberColumn("Minutes", format="%.1f", help="Time spent training."),
        "status": column.TextColumn("Status"),
        "tags": column.TextColumn("Tags", help="Yours; edit them below."),
        "note": column.TextColumn("Note"),
        "compose": column.LinkColumn("Compose", display_text="compose", help="Let it write."),
        "neurons": column.LinkColumn("Neurons", display_text="neurons", help="Look inside."),
    }
    st.dataframe(
        frame,
        column_config=columns,
        column_order=[name for name in columns if name in frame],
        hide_index=True,
        key="run-table",
        placeholder="–",
    )


def edit_notes(names: Sequence[str], runs: Mapping[str, Run]) -> None:
    """Tags, a note and a star for one run, kept in its folder."""
    with st.expander("Tags and notes"):
        name = st.selectbox("Run", sorted(names), key="notes-run", help="Whose notes to edit.")
        if name is None:
            return
        notes = _notes(runs[name])
        with st.form(f"notes-{name}", border=False):
            tags = st.text_input(
                "Tags", value=", ".join(notes.tags), help="Words with commas between them."
            )
            text = st.text_area("Note", value=notes.text, height=90)
            star = st.checkbox("Star", value=notes.star)
            if st.form_submit_button("Save"):
                words = tuple(dict.fromkeys(t.strip() for t in tags.split(",") if t.strip()))
                runs[name].write_notes(Notes(tags=words, text=text.strip(), star=star))
                st.rerun()


def apart(unfinished: Sequence[Mapping[str, Any]], damaged: Sequence[DamagedRun]) -> None:
    """Runs that ended early and runs that cannot be read, each with its reason."""
    if unfinished:
        st.subheader("Interrupted, stopped or failed", anchor=False)
        st.caption("They go on from where they stopped, on the Train page.")
        for row in unfinished:
            reason = f": {row['message']}" if row.get("message") else ""
            st.markdown(f"- `{row['name']}` {row['status']}{reason}")
        st.page_link("views/train/page.py", label="To the Train page")
    if damaged:
        st.subheader("Damaged", anchor=False)
        for run in damaged:
            st.warning(f"**{run.name}**: {run.reason}")


def histories_csv(runs: Sequence[Run]) -> bytes:
    """All rows of the runs' histories, one after the other, the run's name in front."""
    parts = []
    for run in runs:
        with contextlib.suppress(DamagedRunError):  # the page has said so
            parts.append(loaders.runs.history(run).assign(run=run.name))
    if not parts:
        return b""
    whole = pd.concat(parts, ignore_index=True).drop(columns=["regions", "kinds"], errors="ignore")
    return whole[["run", *(c for c in whole if c != "run")]].to_csv(index=False).encode()
