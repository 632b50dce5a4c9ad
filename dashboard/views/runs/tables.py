"""The table of runs, those that stand apart from it, and their export."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.charts.run_curves import settings_of
from dashboard.charts.theme import CELL_NAMES
from dashboard.state import elements
from dashboard.state.runs import PINNED, compare, table_key
from dashboard.views.runs import several
from dashboard.views.runs.choices import differing
from dashboard.views.runs.grouping import choose_grouping, group_table
from dashboard.widgets.run_notes import UNREADABLE, notes_of
from dashboard.wording import by_best_validation, plain
from songrnn.access import read_only
from songrnn.errors import DamagedRunError
from songrnn.notation.limits import MOST_IN_FIELD
from songrnn.paths import places
from songrnn.plain_text import csv_bytes, inert_table
from songrnn.store.runs import DamagedRun, Run
from songrnn.tuning.sentences import setting_name


def run_table(names: Sequence[str], runs: Mapping[str, Run]) -> pd.DataFrame:
    """Settings and results, with what differs from one run they are compared with. Returns what is shown."""
    several.offer_back()
    rows = [row for name, row in loaders.runs.rows().items() if name in names]
    if not rows:
        return pd.DataFrame()
    pinned = state.get(PINNED) or []
    ordered = sorted(rows, key=lambda row: (row["name"] not in pinned, by_best_validation(row)))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        baseline = st.selectbox(
            "Compare with",
            ["", *[row["name"] for row in ordered]],
            key=state.BASELINE,
            bind="query-params",
            format_func=lambda name: name or "none",
            help="Adds two columns to the table: how much the loss of each run differs from this "
            "one's, and in which settings.",
            width=280,
        )
        words = st.text_input(
            "Filter",
            key=state.FILTER,
            max_chars=MOST_IN_FIELD,
            bind="query-params",
            placeholder="lstm finished …",
            help="Keeps the rows that contain all these words, in any column.",
            width=220,
        )
        best = widgets.toggle(
            "Best of each setting",
            state.BEST_OF,
            "Keeps one row for each combination of settings: its best seed. A best seed flatters: "
            "compare means.",
        )
        by = choose_grouping(differing([runs[row["name"]] for row in ordered]))
    frame = _frame(ordered, runs, runs.get(baseline or ""))
    if best:
        frame = frame[~frame.duplicated("settings")]
    asked = (words or "").lower().split()
    if asked:
        texts = [" ".join(map(str, row)).lower() for row in frame.itertuples(index=False)]
        frame = frame[[all(word in text for word in asked) for text in texts]]
    if frame.empty:
        _nothing_found(asked, names, runs)
        return frame
    if by:
        group_table(by, frame, [runs[name] for name in frame["name"]])
    _show(frame, runs, against=bool(baseline))
    return frame


def _nothing_found(asked: Sequence[str], names: Sequence[str], runs: Mapping[str, Run]) -> None:
    """That no row has the words, and which runs elsewhere do."""
    rows = [row for name, row in loaders.runs.rows().items() if name in runs and name not in names]
    found = [
        str(row["name"])
        for row in rows
        if all(word in " ".join(map(str, row.values())).lower() for word in asked)
    ]
    words = plain(" ".join(asked))
    if not found:
        st.info(f"No run has all these words: {words}.")
        return
    st.info(
        f"None of the runs shown has all these words: {words}. {len(found)} other "
        f"{'run has' if len(found) == 1 else 'runs have'}: {plain(', '.join(found[:5]))}"
        + (" and more." if len(found) > 5 else ".")
    )
    if st.button(
        "Show them instead",
        key=elements.FOUND_ELSEWHERE,
        on_click=compare,
        args=(found,),
        help="Leaves the question and chooses these runs.",
    ):
        st.rerun()


def _frame(
    rows: Sequence[Mapping[str, Any]], runs: Mapping[str, Run], baseline: Run | None
) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    known = [runs[name] for name in frame["name"]]
    notes = [notes_of(run) for run in known]
    bits = pd.to_numeric(frame["best_validation_bits_per_character"])
    mine = bits[frame["name"] == baseline.name].to_list() if baseline else []
    frame["difference"] = bits - mine[0] if mine else None
    frame["settings"] = [
        ", ".join(f"{n} {v}" for n, v in settings_of(run.config).items() if n != "seed")
        for run in known
    ]
    frame["differs"] = [_differs(run, baseline) for run in known] if baseline else None
    frame["minutes"] = pd.to_numeric(frame["duration_seconds"]) / 60
    frame["cell"] = frame["cell"].map(lambda cell: CELL_NAMES.get(cell, cell))
    pinned = state.get(PINNED) or []
    frame["tags"] = [
        ("★ " if note and note.star else "")
        + ", ".join([*(["pinned"] if run.name in pinned else []), *(note.tags if note else ())])
        for run, note in zip(known, notes, strict=True)
    ]
    frame["note"] = [UNREADABLE if note is None else note.text for note in notes]
    frame["page"] = [f"run?run={run.name}" for run in known]
    frame["source"] = frame["source"].fillna("nothing")
    for page in ("compose", "neurons"):
        frame[page] = [f"{page}?run={run.name}" if run.has_weights else None for run in known]
    return frame


def _differs(run: Run, baseline: Run) -> str:
    ours, theirs = settings_of(run.config), settings_of(baseline.config)
    return ", ".join(
        f"{setting_name(name)} {ours[name]} (not {theirs[name]})"
        for name in ours
        if ours[name] != theirs[name]
    )


def _show(frame: pd.DataFrame, runs: Mapping[str, Run], *, against: bool) -> None:
    """The table, and below it what can be done with the rows picked there."""
    said = {"source": "nothing"}  # of every run, it says nothing
    empty = {
        name for name in ("best_validation_bits_without_kin", "source", "tags", "note")
        if frame[name].fillna("").isin(["", said.get(name)]).all()
    }  # fmt: skip
    columns = {n: c for n, c in _columns(against=against).items() if n not in empty}
    shown = [str(name) for name in frame["name"]]
    key = table_key(shown, elements.RUN_TABLE)
    st.dataframe(
        inert_table(frame),
        column_config=columns,
        column_order=[name for name in columns if name in frame],
        hide_index=True,
        key=key,
        placeholder="–",
        on_select="rerun",
        selection_mode="multi-row",
    )

    def picked() -> list[str]:
        return [shown[row] for row in state.rows_picked(key) if row < len(shown)]

    several.actions(picked, runs)


def _columns(*, against: bool) -> dict[str, Any]:
    """How each column of the table reads; against: with the run compared with."""
    column = st.column_config
    return {
        "page": column.LinkColumn(
            "Run", display_text=r"run=(.*)", pinned=True, help="Opens the page of the run."
        ),
        "best_validation_bits_per_character": column.NumberColumn(
            "Validation", format="%.4f", help="Best validation loss, bits per character."
        ),
        **(
            {
                "difference": column.NumberColumn(
                    "Δ",
                    format="%+.4f",
                    help="Validation loss minus that of the run compared with, in bits; "
                    "below 0 is better.",
                ),
                "differs": column.TextColumn("Differs in", width="large"),
            }
            if against
            else {}
        ),
        "best_validation_bits_without_kin": column.NumberColumn(
            "Without kin",
            format="%.4f",
            help="The same without validation tunes that are kin of tunes that the run, or a run it "
            "was fine-tuned from, learned from; empty where there are none.",
        ),
        "source": column.TextColumn(
            "Started from", help="The run whose weights it began with; nothing: random weights."
        ),
        "best_epoch": column.NumberColumn(
            "At epoch", format="%.0f", help="The epoch with the best validation loss."
        ),
        "cell": column.TextColumn("Cell"),
        "hidden_size": column.NumberColumn("Units", help="Hidden units in each layer."),
        "layers": column.NumberColumn("Layers"),
        "dropout": column.NumberColumn(
            "Dropout",
            help="Share of units set to 0 in training: at the embedding, between layers, at the "
            "readout's input.",
        ),
        "seed": column.NumberColumn("Seed"),
        "parameters": column.NumberColumn("Parameters", format="localized"),
        "epochs": column.NumberColumn("Epochs", help="Planned passes over the training tunes."),
        "minutes": column.NumberColumn("Minutes", format="%.1f", help="Time spent training."),
        "status": column.TextColumn("Status"),
        "tags": column.TextColumn(
            "Tags", help="Your own words for a run; edit them below the table."
        ),
        "note": column.TextColumn("Note"),
        "compose": column.LinkColumn(
            "Compose", display_text="compose", help="Let this run write a song."
        ),
        "neurons": column.LinkColumn(
            "Neurons", display_text="neurons", help="See what the neurons of this run do."
        ),
    }


def apart(unfinished: Sequence[Mapping[str, Any]], damaged: Sequence[DamagedRun]) -> None:
    """Runs that ended early and runs that cannot be read, each with its reason."""
    if unfinished:
        st.subheader("Interrupted, stopped or failed", anchor=False)
        if not read_only():
            whose = "they" if places().shared is None else "your own"
            st.caption(f"On the Train page {whose} can be resumed from where they stopped.")
        for row in unfinished:
            reason = f": {plain(row['message'])}" if row.get("message") else ""
            st.markdown(f"- **{plain(row['name'])}** {row['status']}{reason}")
        if not read_only():
            st.page_link("views/train/page.py", label="To the Train page")
    if damaged:
        st.subheader("Damaged", anchor=False)
        for run in damaged:
            st.warning(f"**{plain(run.name)}**: {plain(run.reason)}")


def download(words: str, data: Callable[[], bytes], name: str) -> None:
    """A button that makes a table as a file when it is pressed."""
    st.download_button(words, data=data, file_name=name, mime="text/csv", on_click="ignore")


def histories_csv(runs: Sequence[Run]) -> bytes:
    """All rows of the runs' histories, one after the other, the run's name in front."""
    parts = []
    for run in runs:
        with contextlib.suppress(DamagedRunError):  # the page has said so
            parts.append(loaders.runs.history(run).assign(run=run.name))
    if not parts:
        return b""
    whole = pd.concat(parts, ignore_index=True).drop(columns=["regions", "kinds"], errors="ignore")
    return csv_bytes(whole[["run", *(c for c in whole if c != "run")]])
