"""How the chart of the Runs page is to be drawn, as the controls and the address say."""

import contextlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.charts.run_curves import AXIS_NAMES, UNIT_NAMES, RunCurve, curve_of
from dashboard.charts.run_curves import MEASURES as SHOWN_BELOW
from dashboard.state.runs import MEASURES
from dashboard.views.runs.choices import differing
from dashboard.views.runs.saved import saved_views
from songrnn.errors import SongRNNError
from songrnn.store.runs import Run
from songrnn.tuning.contrasts import FEWEST_SEEDS
from songrnn.tuning.sentences import setting_name
from songrnn.tuning.study import Study


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
    measures: tuple[str, ...] = ()

    @property
    def y_title(self) -> str:
        """The title of the loss axis."""
        loss = "loss" if self.training and not self.finals else "validation loss"
        return f"{loss}, {UNIT_NAMES[self.unit]}"

    @property
    def x_title(self) -> str:
        """The title of the other axis."""
        return AXIS_NAMES[self.axis]

    def from_bits(self, bits: float) -> float:
        """Bits per character in the unit shown."""
        return bits * (float(np.log(2)) if self.unit == "nats" else 1.0)


def choose_view(study: Study | None, runs: Sequence[Run], names: Collection[str] = ()) -> View:
    """The controls in one row, more of them in a fold. names: of all runs there are."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        finals = study is not None and widgets.segments(
            "Show", {"curves": "Curves", "final": "Final comparison"}, state.SHOW,
            "Curves: how the losses fell. Final comparison: the best validation loss of each run, "
            "by the setting that was varied.",
        ) == "final"  # fmt: skip
        unit = widgets.segments(
            "Unit", {"bits": "bits", "nats": "nats"}, state.UNIT,
            "The unit of the loss per character; 1 nat = 1.443 bits. It changes the numbers, not "
            "the shape.",
        )  # fmt: skip
        axis = widgets.segments(
            "X axis", {"epoch": "epoch", "step": "step", "seconds": "seconds"}, state.AXIS,
            "Epoch: passes over the training tunes. Step: updates of the weights. Seconds: time "
            "spent training, pauses left out; use it to compare what training costs.",
            disabled=finals,
        )  # fmt: skip
        scale = widgets.segments(
            "Scale", {"linear": "linear", "log": "log"}, state.SCALE,
            "Log gives equal ratios of loss equal height, which spreads out the low losses.",
            disabled=finals,
        )  # fmt: skip
        training = widgets.toggle(
            "Training curves",
            state.TRAINING,
            "Adds dashed lines: the loss on the windows being learned from. A growing gap to the "
            "solid line means overfitting.",
            value=study is None,
            disabled=finals,
        )
        saved_views(names)
    with st.expander("More"), st.container(horizontal=True, vertical_alignment="bottom"):
        colour, facet, group = _grouping(study, differing(runs, study))
        smoothing, whole, picture = _drawing()
        measures = _measures(disabled=finals)
    return View(
        finals, unit, axis, scale == "log", training, whole, smoothing, colour, facet, group,
        picture, measures,
    )  # fmt: skip


def _measures(*, disabled: bool) -> tuple[str, ...]:
    """What is drawn below the loss, by the columns of a history."""
    state.several_from_address(MEASURES, list(SHOWN_BELOW))
    picked = st.pills(
        "Below the loss",
        list(SHOWN_BELOW),
        selection_mode="multi",
        key=MEASURES,
        format_func=lambda column: SHOWN_BELOW[column][0],
        disabled=disabled,
        help="Draws these below the losses, over the same x: dragging a stretch in one enlarges "
        "all. Accuracy: share of validation characters whose likeliest prediction was right. "
        "Learning rate: the size of the steps. Gradient norm: mean before clipping, since the row "
        "before.",
    )
    found = tuple(column for column in SHOWN_BELOW if column in picked)
    if found:
        state.several_to_address(MEASURES, found)
    else:
        state.address(MEASURES, None)
    return () if disabled else found


def _grouping(
    study: Study | None, options: Sequence[str]
) -> tuple[str | None, str | None, tuple[str, ...] | None]:
    """The settings that decide colour and panel of a line, and which runs make one line."""
    name = study.name if study else ""
    before = state.get(state.GROUPED_FOR)
    if before is not None and before != name:
        for key in (state.COLOUR, state.FACET):  # another question, another setting to tell apart
            state.take(key)
            state.address(key, None)
    state.put(state.GROUPED_FOR, name)
    colour = _setting(
        "Colour by", options, state.COLOUR, study.vary if study else None,
        "The setting that decides the colour of a line; *nothing* uses the cell's colour.",
    )  # fmt: skip
    facet = _setting(
        "Panels by", options, state.FACET, None,
        "Draws one chart for each value of this setting, next to each other.",
    )  # fmt: skip
    if any(name not in options for name in state.get(state.GROUP) or []):
        state.put(state.GROUP, [name for name in state.get(state.GROUP) or [] if name in options])
    group = st.multiselect(
        "Average over runs alike in",
        options,
        key=state.GROUP,
        bind="query-params",
        placeholder="everything but the seed",
        help="Runs alike in these settings become one line. With nothing chosen, only seeds "
        f"are averaged. A mean and its 95 % interval are drawn from {FEWEST_SEEDS} runs on.",
    )
    return colour, facet, tuple(group) or None


def _drawing() -> tuple[float, bool, str]:
    """Smoothing, whether the first epochs are shown, and the type of a saved picture."""
    smoothing = st.slider(
        "Smoothing",
        min_value=0.0,
        max_value=0.95,
        value=0.0,
        step=0.05,
        key=state.SMOOTHING,
        bind="query-params",
        width=200,
        help="The higher, the smoother the lines (a running mean). It is for the eye only: "
        "sentence and tables use the losses as they are.",
    )
    whole = widgets.toggle(
        "Include first epochs",
        state.WHOLE,
        "Shows the steep fall at the beginning too; differences at the end get smaller.",
    )
    picture = widgets.segments(
        "Picture as", {"svg": "SVG", "png": "PNG"}, state.PICTURE,
        "The file that the camera above the chart saves: SVG can be scaled, PNG is pixels.",
    )  # fmt: skip
    return smoothing, whole, picture


def _setting(
    words: str, options: Sequence[str], key: str, default: str | None, help_text: str
) -> str | None:
    """One of the settings that differ among the runs shown, or none."""
    named = {"": "nothing", **{name: setting_name(name) for name in options}}
    first = default if default is not None and default in options else ""
    picked = widgets.select(words, named, key, help_text, default=first, width=180)
    return picked or None


def curves_of(
    runs: Sequence[Run], view: View, study: Study | None = None
) -> tuple[list[RunCurve], list[str]]:
    """The curves of the runs as the view asks for them, in the order of the study's values.

    And a sentence for each run whose history cannot be read: the others are drawn all the same.
    """

    def place(run: Run) -> tuple[object, ...]:
        value = 0
        if study:  # a pinned run may come from elsewhere: it is the last
            known = study.has_value(run.config)
            value = study.values.index(study.value_of(run.config)) if known else len(study.values)
        return (value, run.config.model.cell, _order(run), run.name)

    found, unread = [], []
    for run in sorted(runs, key=place):
        try:
            history = loaders.runs.history(run)
        except SongRNNError as error:
            unread.append(f"{run.name} is not drawn. {error} Its other figures are not affected.")
            continue
        complete = run.status.status == "finished"
        found += [
            curve_of(
                run.config,
                history,
                split,
                unit=view.unit,
                axis=view.axis,
                study=study,
                complete=complete,
            )
            for split in (("train", "validation") if view.training else ("validation",))
        ]
    return found, unread


def measures_of(
    runs: Sequence[Run], view: View, study: Study | None = None
) -> dict[str, list[RunCurve]]:
    """Title -> the curves of each measure below the losses; a damaged history has been told of."""
    found: dict[str, list[RunCurve]] = {}
    for column in view.measures:
        title, split = SHOWN_BELOW[column]
        for run in runs:
            with contextlib.suppress(SongRNNError):
                curve = curve_of(
                    run.config,
                    loaders.runs.history(run),
                    split,
                    axis=view.axis,
                    study=study,
                    complete=run.status.status == "finished",
                    column=column,
                )
                found.setdefault(title, []).append(curve)
    return found


def _order(run: Run) -> tuple[float, ...]:
    model = run.config.model
    return (model.hidden_size, model.layers, model.dropout, run.config.training.epochs)
