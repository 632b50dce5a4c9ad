"""The parts of the Runs page: what is compared, in which view, and the tables below the chart.

The sums are songrnn.tuning's, the figures charts'; here they meet the person's choices. Every
choice is part of the address, so a link opens the view again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import loaders, state
from dashboard.charts.curves import AXIS_NAMES, UNIT_COLUMNS, UNIT_NAMES
from dashboard.charts.theme import CELL_NAMES
from dashboard.charts.tuning import RunCurve
from dashboard.wording import by_best_validation
from songrnn.errors import SongRNNError
from songrnn.store.documents import Notes
from songrnn.store.runs import DamagedRun, Run
from songrnn.tuning.answers import FEWEST_SEEDS, Answer, label, setting_name
from songrnn.tuning.study import Study, Value, studies_among

CHOSEN = "chosen"
UNFINISHED = {"created", "stopped", "interrupted", "failed"}

SETTINGS_HELP = "Settings that differ among the runs shown."


@dataclass(frozen=True)
class View:
    """How the chart is to be drawn."""

    finals: bool
    unit: str
    axis: str
    log: bool
    training: bool
    whole: bool
    smoothing: float
    colour: str | None
    facet: str | None
    group: tuple[str, ...] | None
    picture: str

    @property
    def y_title(self) -> str:
        """Of the loss axis."""
        loss = "loss" if self.training and not self.finals else "validation loss"
        return f"{loss}, {UNIT_NAMES[self.unit]}"

    @property
    def x_title(self) -> str:
        """Of the other axis."""
        return AXIS_NAMES[self.axis]

    def from_bits(self, bits: float) -> float:
        """Bits per character in the unit shown."""
        return bits * (float(np.log(2)) if self.unit == "nats" else 1.0)


def settings(run: Run) -> dict[str, Value]:
    """All settings of a run by name, its seed and its corpus among them."""
    config = run.config
    return {
        **config.model.model_dump(),
        **config.training.model_dump(),
        "corpus": config.corpus.name,
        "seed": config.seed,
    }


def differing(runs: Sequence[Run]) -> list[str]:
    """The settings, without the seed, that are not the same for all runs."""
    tables = [settings(run) for run in runs]
    names = tables[0] if tables else {}
    return [n for n in names if n != "seed" and len({table[n] for table in tables}) > 1]


def choose_study(runs: Sequence[Run]) -> Study | None:
    """The questions in one click; None for runs chosen freely."""
    studies = studies_among([run.config for run in runs])
    names = [*studies, CHOSEN]

    def words(name: str) -> str:
        if name == CHOSEN:
            return "Choose runs"
        epochs = name.partition("-epochs-")[2]
        return studies[name].question + (f" ({epochs} epochs)" if epochs else "")

    default = next((name for name in studies if _compares(studies[name], runs)), CHOSEN)
    state.from_address(state.STUDY, names, default)
    picked = st.segmented_control(
        "Question",
        names,
        required=True,
        format_func=words,
        key=state.STUDY,
        help="Each question is a study: one setting varied, everything else alike, several seeds.",
    )
    state.to_address(state.STUDY, str(picked), default)
    return studies.get(str(picked))


def _compares(study: Study, runs: Sequence[Run]) -> bool:
    """Whether at least two values of the setting have runs."""
    return len({study.value_of(c) for c in study.members([run.config for run in runs])}) > 1


def _members(study: Study, runs: Sequence[Run]) -> list[str]:
    return [config.name for config in study.members([run.config for run in runs])]


def choose_runs(study: Study | None, runs: Sequence[Run], at_first: int = 8) -> list[str]:
    """The names of the runs compared: a study's, or those picked (the best ones to begin with)."""
    if study is not None:
        return _members(study, runs)
    rows = loaders.run_rows()
    names = sorted(rows, key=lambda name: by_best_validation(rows[name]))
    return st.multiselect(
        "Runs",
        names,
        default=names[:at_first],
        key=state.RUNS,
        bind="query-params",
        placeholder="Choose runs to compare",
        help="The runs drawn and listed below, best validation loss first.",
    )


def choose_view(study: Study | None, runs: Sequence[Run]) -> View:
    """The controls in one row, more of them in a fold."""
    options = differing(runs)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        finals = study is not None and _segments(
            "Show", {"curves": "Curves", "final": "Best losses"}, state.SHOW,
            "The course of training, or where it led: the best validation loss of each run.",
        ) == "final"  # fmt: skip
        unit = _segments(
            "Loss in", {"bits": "bits", "nats": "nats"}, state.UNIT,
            "Per character. 1 nat = 1.443 bits.",
        )  # fmt: skip
        axis = _segments(
            "Along", {"epoch": "epoch", "step": "step", "seconds": "seconds"}, state.AXIS,
            "Epoch: passes over the training tunes. Step: updates of the weights. Seconds: time "
            "spent training, pauses left out.",
            disabled=finals,
        )  # fmt: skip
        scale = _segments(
            "Scale", {"linear": "linear", "log": "log"}, state.SCALE,
            "Of the loss axis.", disabled=finals,
        )  # fmt: skip
        training = _toggle(
            "Training curves",
            state.TRAINING,
            "Dashed lines: the loss on the windows being learned from.",
            value=study is None,
            disabled=finals,
        )
    with st.expander("More"), st.container(horizontal=True, vertical_alignment="bottom"):
        colour = _setting("Colour by", options, state.COLOUR, study.vary if study else None)
        facet = _setting("Panels by", options, state.FACET, None)
        group = st.multiselect(
            "Average over runs alike in",
            options,
            key=state.GROUP,
            bind="query-params",
            placeholder="everything but the seed",
            help="Runs alike in these settings make one line. Nothing chosen: only seeds are "
            f"averaged. A mean and its 95 % interval are drawn from {FEWEST_SEEDS} runs on.",
        )
        smoothing = st.slider(
            "Smoothing",
            min_value=0.0,
            max_value=0.95,
            value=0.0,
            step=0.05,
            key=state.SMOOTHING,
            bind="query-params",
            width=200,
            help="For the eye only: a running mean of the lines drawn. Sentence and tables are "
            "made from the losses as they are.",
        )
        whole = _toggle("From the beginning", state.WHOLE, "Show the steep first epochs too.")
        picture = _segments(
            "Picture as", {"svg": "SVG", "png": "PNG"}, state.PICTURE,
            "What the camera above the chart saves.",
        )  # fmt: skip
    return View(
        finals, unit, axis, scale == "log", training, whole, smoothing, colour, facet,
        tuple(group) or None, picture,
    )  # fmt: skip


def _segments(
    words: str, options: Mapping[str, str], key: str, help_text: str, *, disabled: bool = False
) -> str:
    default = next(iter(options))
    state.from_address(key, list(options), default)
    picked = st.segmented_control(
        words,
        list(options),
        required=True,
        format_func=lambda name: options[name],
        key=key,
        help=help_text,
        disabled=disabled,
    )
    state.to_address(key, str(picked), default)
    return str(picked)


def _toggle(
    words: str, key: str, help_text: str, *, value: bool = False, disabled: bool = False
) -> bool:
    return st.toggle(
        words, value=value, key=key, bind="query-params", help=help_text, disabled=disabled
    )


def _setting(words: str, options: Sequence[str], key: str, default: str | None) -> str | None:
    names = ["", *options]
    first = default if default is not None and default in options else ""
    state.from_address(key, names, first)
    picked = st.selectbox(
        words,
        names,
        key=key,
        format_func=lambda name: setting_name(name) if name else "nothing",
        help=SETTINGS_HELP,
        width=180,
    )
    state.to_address(key, picked, first)
    return picked or None


def curves(runs: Sequence[Run], view: View) -> list[RunCurve]:
    """The curves of the runs as the view asks for them."""
    found = []
    for run in sorted(runs, key=lambda run: (run.config.model.cell, _order(run), run.name)):
        history = loaders.history(run)
        for split in ("train", "validation") if view.training else ("validation",):
            rows = history[history["split"] == split]
            x = rows[view.axis].to_numpy(dtype=np.float64)
            y = rows[UNIT_COLUMNS[view.unit]].to_numpy(dtype=np.float64)
            known = np.isfinite(x) & np.isfinite(y)
            complete = run.status.status == "finished"
            found.append(RunCurve(run.name, settings(run), x[known], y[known], split, complete))
    return found


def _order(run: Run) -> tuple[float, ...]:
    model = run.config.model
    return (model.hidden_size, model.layers, model.dropout, run.config.training.epochs)


def floor_lines(measured: Mapping[str, Mapping[str, float]] | None) -> dict[str, float]:
    """PPMd and the best n-gram on validation: name -> bits per character."""
    floors = (measured or {}).get("validation", {})
    lines = {"PPMd order 12": floors["ppmd_12"]} if "ppmd_12" in floors else {}
    grams = {name: bits for name, bits in floors.items() if name.startswith("ngram_")}
    if grams:
        best = min(grams, key=lambda name: grams[name])
        lines[f"{best.removeprefix('ngram_')}-gram"] = grams[best]
    return lines


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
                    "Compared": f"{label(study.vary, pair.first)} − "
                    f"{label(study.vary, pair.second)}",
                    "Difference": pair.difference.estimate,
                    "± 95 %": pair.difference.half_width,
                    "First is lower in": f"{pair.lower} of {pair.n} seeds",
                }
                for pair in result.pairs
            ),
            hide_index=True,
            column_config={
                "Difference": st.column_config.NumberColumn(format="%+.4f"),
                "± 95 %": st.column_config.NumberColumn(format="%.4f"),
            },
            key="study-pairs",
            placeholder="–",
        )
    st.caption(
        "Best validation losses in bits per character, paired by seed; ± is the 95 % interval "
        "(Student's t). One contrast was planned for this study and it alone has a p: the exact "
        "sign-flip test over seeds. The pairs are for orientation."
    )


def run_table(names: Sequence[str], runs: Mapping[str, Run]) -> pd.DataFrame:
    """Settings and results, with what differs from a pinned baseline. Returns what is shown."""
    rows = [row for name, row in loaders.run_rows().items() if name in names]
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
        best = _toggle("Best of each setting", state.BEST_OF, "One row a setting: its best seed.")
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
        st.page_link("views/train.py", label="To the Train page")
    if damaged:
        st.subheader("Damaged", anchor=False)
        for run in damaged:
            st.warning(f"**{run.name}**: {run.reason}")


def histories_csv(runs: Sequence[Run]) -> bytes:
    """All rows of the runs' histories, one after the other, the run's name in front."""
    parts = [loaders.history(run).assign(run=run.name) for run in runs]
    if not parts:
        return b""
    whole = pd.concat(parts, ignore_index=True).drop(columns=["regions", "kinds"], errors="ignore")
    return whole[["run", *(c for c in whole if c != "run")]].to_csv(index=False).encode()
