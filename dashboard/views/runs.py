"""Runs: which run is better, how it got there, and what it was made of."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.charts.curves import Curve, loss_curves
from dashboard.charts.theme import CELL_NAMES
from dashboard.wording import by_best_validation, runs_compared
from songrnn.store.runs import DamagedRun, Run

DEFINITION = (
    "Loss is the mean of −log p(symbol | the tune so far) over all characters and ENDs of a split's "
    "tunes, each tune read once from the zero state; bits per character is nats ÷ ln 2. Training "
    "(dashed) is measured on the windows being learned from, with dropout on and state carried "
    "over, so it is not on the same footing as validation (solid)."
)
FLOOR = (
    "The dotted line is what PPMd order 12, a text compressor, needs for the same symbols; it is "
    "adaptive: it learns while it reads."
)
MOST_AT_FIRST = 8


def choose_runs(rows: dict[str, dict[str, Any]]) -> list[str]:
    """The runs to draw, the best ones to begin with; they are part of the address."""
    names = sorted(rows, key=lambda name: by_best_validation(rows[name]))
    return st.multiselect(
        "Runs",
        names,
        default=names[:MOST_AT_FIRST],
        key=state.RUNS,
        bind="query-params",
        placeholder="Choose runs to compare",
        help="The runs drawn and listed below, best validation loss first.",
    )


def controls() -> dict[str, Any]:
    """Unit, axis, scale and whether training is drawn; part of the address."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        unit = st.segmented_control(
            "Loss in",
            ["bits", "nats"],
            default="bits",
            required=True,
            key=state.UNIT,
            bind="query-params",
            help="Per character. 1 nat = 1.443 bits.",
        )
        axis = st.segmented_control(
            "Along",
            ["epoch", "step", "seconds"],
            default="epoch",
            required=True,
            key=state.AXIS,
            bind="query-params",
            help="Epoch: passes over the training tunes. Step: updates of the weights. "
            "Seconds: time spent training, pauses left out.",
        )
        scale = st.segmented_control(
            "Scale",
            ["linear", "log"],
            default="linear",
            required=True,
            key=state.SCALE,
            bind="query-params",
            help="Of the loss axis.",
        )
        training = st.toggle(
            "Training curves",
            value=True,
            key=state.TRAINING,
            bind="query-params",
            help="Dashed lines: the loss on the windows being learned from.",
        )
    return {"unit": unit, "axis": axis, "log": scale == "log", "training": training}


def draw(names: Sequence[str], options: dict[str, Any]) -> bool:
    """Sentence, chart and table of the runs named. True while more is to come."""
    rows = loaders.run_rows()
    runs = {run.name: run for run in loaders.runs() if isinstance(run, Run)}
    shown = [rows[name] for name in names if name in rows and name in runs]
    corpora = {row["corpus"] for row in shown}
    corpus = next(iter(corpora)) if len(corpora) == 1 else None
    measured = loaders.floors(corpus) if corpus else None
    floor = (measured or {}).get("validation", {}).get("ppmd_12")
    st.markdown(runs_compared(shown, floor))
    # A settings' order keeps a colour's shade from moving while losses change places.
    ordered = sorted(shown, key=lambda row: (row["cell"], row["hidden_size"], row["name"]))
    curves = [
        Curve(row["name"], row["cell"], loaders.history(runs[row["name"]])) for row in ordered
    ]
    figure = loss_curves(
        curves,
        colours=widgets.colours(),
        floors={"ppmd_12": floor} if floor is not None else {},
        **options,
    )
    st.plotly_chart(
        figure,
        theme=None,
        key="loss-curves",
        config={"displaylogo": False, "toImageButtonOptions": {"format": "svg"}},
        alt="Loss curves: " + runs_compared(shown, floor).replace("**", ""),
    )
    if floor is not None:
        note = f"{FLOOR} "
    elif corpus and measured is None:
        note = "The floor of a text compressor is being measured; it joins the chart soon. "
    else:
        note = ""
    st.caption(
        f"{DEFINITION} {note}The chart opens on the end of training; a double click shows all."
    )
    table(shown)
    return measured is None or any(row["status"] == "running" for row in shown)


def table(rows: Sequence[dict[str, Any]]) -> None:
    """Settings and results, sortable, with links to the pages that use a run."""
    if not rows:
        return
    frame = pd.DataFrame(rows)
    frame["cell"] = frame["cell"].map(lambda cell: CELL_NAMES.get(cell, cell))
    usable = frame["weights"].to_numpy(dtype=bool)
    frame["compose"] = [
        f"compose?run={n}" if ok else None for n, ok in zip(frame["name"], usable, strict=True)
    ]
    frame["neurons"] = [
        f"neurons?run={n}" if ok else None for n, ok in zip(frame["name"], usable, strict=True)
    ]
    frame["minutes"] = pd.to_numeric(frame["duration_seconds"]) / 60
    column = st.column_config
    columns = {
        "name": column.TextColumn("Run", pinned=True),
        "best_validation_bits_per_character": column.NumberColumn(
            "Validation", format="%.4f", help="Best validation loss, bits per character."
        ),
        "best_epoch": column.NumberColumn(
            "At epoch", format="%.0f", help="Where the best loss was."
        ),
        "cell": column.TextColumn("Cell"),
        "hidden_size": column.NumberColumn("Units", help="Hidden units a layer."),
        "layers": column.NumberColumn("Layers"),
        "dropout": column.NumberColumn(
            "Dropout",
            help="Share silenced of the embedding, between layers, and before the readout.",
        ),
        "seed": column.NumberColumn("Seed"),
        "parameters": column.NumberColumn("Parameters", format="localized"),
        "epochs": column.NumberColumn("Epochs", help="As planned."),
        "minutes": column.NumberColumn("Minutes", format="%.1f", help="Time spent training."),
        "status": column.TextColumn("Status"),
        "compose": column.LinkColumn(
            "Compose", display_text="compose", help="Let it write a song."
        ),
        "neurons": column.LinkColumn("Neurons", display_text="neurons", help="Look inside."),
    }
    st.dataframe(
        frame.sort_values("best_validation_bits_per_character", na_position="last"),
        column_config=columns,
        column_order=[name for name in columns if name in frame],
        hide_index=True,
        key="run-table",
        placeholder="–",
    )


def histories_csv(names: Sequence[str]) -> bytes:
    """All rows of the runs' histories, one after the other, with the run's name in front."""
    parts = []
    for run in loaders.runs():
        if isinstance(run, Run) and run.name in names:
            frame = loaders.history(run).drop(columns=["regions", "kinds"], errors="ignore")
            parts.append(frame.assign(run=run.name))
    if not parts:
        return b""
    whole = pd.concat(parts, ignore_index=True)
    return whole[["run", *(c for c in whole if c != "run")]].to_csv(index=False).encode()


def damaged(found: Sequence[DamagedRun]) -> None:
    """Runs that cannot be read, each with its reason; they hide nothing else."""
    if not found:
        return
    st.subheader("Damaged", anchor=False)
    for run in found:
        st.warning(f"**{run.name}**: {run.reason}")


def _unsettled(row: dict[str, Any]) -> bool:
    return row["status"] == "running" or loaders.floors(row["corpus"]) is None


def page() -> None:
    """The page."""
    widgets.heading(
        "Runs", "Every training in `checkpoints/`: how its loss fell, and what it was made of."
    )
    rows = loaders.run_rows()
    broken = [run for run in loaders.runs() if isinstance(run, DamagedRun)]
    if not rows:
        st.info(
            "No run yet. Train one in a terminal: `songrnn train --epochs 5`; it appears here "
            "while it trains."
        )
        damaged(broken)
        return
    names = choose_runs(rows)
    options = controls()
    # Refreshed by itself while a run trains or the floor is measured, and not a moment longer.
    unsettled = any(_unsettled(rows[name]) for name in names)

    @st.fragment(run_every=2 if unsettled else None)
    def results() -> None:
        with widgets.errors_as_sentences():
            if not draw(names, options) and unsettled:
                st.rerun()

    results()
    st.download_button(
        "Histories as CSV",
        data=lambda: histories_csv(names),
        file_name="histories.csv",
        mime="text/csv",
        on_click="ignore",
        help="All rows of the histories of the runs shown.",
    )
    damaged(broken)


page()
