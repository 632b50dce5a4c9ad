"""What the Runs page compares, and in which view; the tables are `run_tables`.

The sums are songrnn.tuning's, the figures charts'; here they meet the person's choices. Every
choice is part of the address, so a link opens the view again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.charts.curves import AXIS_NAMES, UNIT_COLUMNS, UNIT_NAMES
from dashboard.charts.tuning import RunCurve
from dashboard.wording import by_best_validation
from songrnn.errors import SongRNNError
from songrnn.store.runs import Run
from songrnn.tuning.answers import FEWEST_SEEDS, setting_name
from songrnn.tuning.study import RECIPE, Study, Value, studies_among

CHOSEN = "chosen"

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


def settings(run: Run, study: Study | None = None) -> dict[str, Value]:
    """All settings of a run by name, its seed, its corpus and its study's recipe among them."""
    config = run.config
    recipe = {RECIPE: study.value_of(config)} if study and study.vary == RECIPE else {}
    return {
        **recipe,
        **config.model.model_dump(),
        **config.training.model_dump(),
        "corpus": config.corpus.name,
        "seed": config.seed,
    }


def differing(runs: Sequence[Run], study: Study | None = None) -> list[str]:
    """The settings, without the seed, that are not the same for all runs."""
    tables = [settings(run, study) for run in runs]
    names = tables[0] if tables else {}
    return [n for n in names if n != "seed" and len({table[n] for table in tables}) > 1]


def choose_study(runs: Sequence[Run]) -> Study | None:
    """The questions in one click; None for runs chosen freely."""
    known = studies_among([run.config for run in runs])
    # A question is offered when there is something to answer it with, or a link asks it.
    asked = st.query_params.get(state.STUDY)
    studies = {
        name: study for name, study in known.items() if name == asked or _compares(study, runs)
    }
    names = [*studies, CHOSEN]

    def words(name: str) -> str:
        if name == CHOSEN:
            return "Choose runs"
        epochs = name.partition("-epochs-")[2]
        return studies[name].question + (f" ({epochs} epochs)" if epochs else "")

    default = names[0]
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
    rows = loaders.runs.rows()
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
    options = differing(runs, study)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        finals = study is not None and widgets.segments(
            "Show", {"curves": "Curves", "final": "Best losses"}, state.SHOW,
            "The course of training, or where it led: the best validation loss of each run.",
        ) == "final"  # fmt: skip
        unit = widgets.segments(
            "Loss in", {"bits": "bits", "nats": "nats"}, state.UNIT,
            "Per character. 1 nat = 1.443 bits.",
        )  # fmt: skip
        axis = widgets.segments(
            "Along", {"epoch": "epoch", "step": "step", "seconds": "seconds"}, state.AXIS,
            "Epoch: passes over the training tunes. Step: updates of the weights. Seconds: time "
            "spent training, pauses left out.",
            disabled=finals,
        )  # fmt: skip
        scale = widgets.segments(
            "Scale", {"linear": "linear", "log": "log"}, state.SCALE,
            "Of the loss axis.", disabled=finals,
        )  # fmt: skip
        training = widgets.toggle(
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
        whole = widgets.toggle(
            "From the beginning", state.WHOLE, "Show the steep first epochs too."
        )
        picture = widgets.segments(
            "Picture as", {"svg": "SVG", "png": "PNG"}, state.PICTURE,
            "What the camera above the chart saves.",
        )  # fmt: skip
    return View(
        finals, unit, axis, scale == "log", training, whole, smoothing, colour, facet,
        tuple(group) or None, picture,
    )  # fmt: skip


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


def curves(
    runs: Sequence[Run], view: View, study: Study | None = None
) -> tuple[list[RunCurve], list[str]]:
    """The curves of the runs as the view asks for them, in the order of the study's values.

    And a sentence for each run whose history cannot be read: the others are drawn all the same.
    """

    def place(run: Run) -> tuple[object, ...]:
        value = study.values.index(study.value_of(run.config)) if study else 0
        return (value, run.config.model.cell, _order(run), run.name)

    found, unread = [], []
    for run in sorted(runs, key=place):
        try:
            history = loaders.runs.history(run)
        except SongRNNError as error:
            unread.append(f"{run.name} is not drawn. {error} Its other figures stand.")
            continue
        for split in ("train", "validation") if view.training else ("validation",):
            rows = history[history["split"] == split]
            x = rows[view.axis].to_numpy(dtype=np.float64)
            y = rows[UNIT_COLUMNS[view.unit]].to_numpy(dtype=np.float64)
            known = np.isfinite(x) & np.isfinite(y)
            complete = run.status.status == "finished"
            found.append(
                RunCurve(run.name, settings(run, study), x[known], y[known], split, complete)
            )
    return found, unread


def _order(run: Run) -> tuple[float, ...]:
    model = run.config.model
    return (model.hidden_size, model.layers, model.dropout, run.config.training.epochs)


def baseline_lines(measured: Mapping[str, Mapping[str, float]] | None) -> dict[str, float]:
    """PPMd and the best n-gram on validation: name -> bits per character."""
    baselines = (measured or {}).get("validation", {})
    lines = {"PPMd order 12": baselines["ppmd_12"]} if "ppmd_12" in baselines else {}
    grams = {name: bits for name, bits in baselines.items() if name.startswith("ngram_")}
    if grams:
        best = min(grams, key=lambda name: grams[name])
        lines[f"{best.removeprefix('ngram_')}-gram"] = grams[best]
    return lines
