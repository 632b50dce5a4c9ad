"""What the runs chosen say: the sentence, the chart, and all settings at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from dashboard import frame, loaders, widgets
from dashboard.charts.baselines import baseline_lines, outside
from dashboard.charts.final_values import final_values
from dashboard.charts.parallel import parallel
from dashboard.charts.run_curves import MEASURES as SHOWN_BELOW
from dashboard.charts.run_curves import RunCurve, settings_of, thinned
from dashboard.charts.theme import Palette
from dashboard.charts.tuning import hidden_runs, tuning_curves
from dashboard.loaders.stamps import stamp
from dashboard.state import elements
from dashboard.views.runs.choices import differing
from dashboard.views.runs.study_tables import study_tables
from dashboard.views.runs.view import View, curves_of, measures_of
from dashboard.wording import file_name, plain, runs_compared
from songrnn.store.history import HISTORY, PACKED
from songrnn.store.runs import Run
from songrnn.tuning.answers import Answer, answer, study_table
from songrnn.tuning.sentences import setting_name
from songrnn.tuning.study import Study

DEFINITION = (
    "Loss is the mean of −log p(symbol | the tune so far) over all characters and ENDs of a split's "
    "tunes, each tune read once with an empty memory at its start; bits per character is nats ÷ "
    "ln 2. Training (dashed) is measured on the windows being learned from, with a run's dropout "
    "and memory carried from window to window, so it is not directly comparable with validation (solid). "
    "[How loss is measured](glossary?read=loss), with an example by hand."
)
BASELINES = (
    "The dotted lines are baselines: what a text compressor (PPMd order 12, adaptive: it learns "
    "while it reads) and the best n-gram model need for the same symbols."
)


def unsettled(row: Mapping[str, Any]) -> bool:
    """Whether the results of a run may change while one looks at them."""
    return row["status"] == "running" or loaders.corpora.baselines(row["corpus"]) is None


def draw(study: Study | None, runs: Sequence[Run], view: View, members: Sequence[Run] = ()) -> bool:
    """Sentence, chart and, for a study, its figures. True while more is to come.

    runs: those shown. members: those that the study is answered from, hidden ones among them.
    """
    result = answer(study, study_table(study, members or runs)) if study else None
    st.markdown(sentence(study, result, runs))
    same = _drawn_from(study, [*runs, *members], view)
    drawing = loaders.drawings.drawn(
        (same, frame.colours().name), lambda: _drawing(study, result, runs, view, frame.colours())
    )
    figure, curves = drawing.figure, drawing.curves
    for words in drawing.unread:
        st.warning(plain(words))
    widgets.chart(
        # Drawn again only where it is saved in other colours.
        lambda colours: (
            figure
            if colours is frame.colours()
            else _drawing(study, result, runs, view, colours).figure
        ),
        file_name(study.question if study else "runs", view.y_title.partition(",")[0]),
        key=elements.LOSS_CURVES,
        config={"toImageButtonOptions": {"format": view.picture}},
        alt=f"Losses of {len(runs)} runs" + (f": {result.sentence}" if result else "."),
        same=same,
    )
    pending = any(
        loaders.corpora.baselines_of(corpus) is None
        for corpus in {run.config.corpus for run in runs}
    )
    _caption(figure, runs, curves, view, pending=pending)
    if study and result and result.groups:
        study_tables(study, result)
    return pending or any(run.status.status == "running" for run in runs)


@dataclass(frozen=True)
class Drawing:
    """The chart, the curves in it, and a sentence for each run whose history cannot be read."""

    figure: go.Figure
    curves: list[RunCurve]
    unread: list[str]


def _drawing(
    study: Study | None, result: Answer | None, runs: Sequence[Run], view: View, colours: Palette
) -> Drawing:
    curves, unread = curves_of(runs, view, study)
    below = measures_of(runs, view, study)
    figure = _figure(study, result, runs, curves, view, colours, below)
    return Drawing(figure, curves, unread)


def _drawn_from(study: Study | None, runs: Sequence[Run], view: View) -> object:
    """All that the chart is drawn from; while it is the same, so is the chart."""
    files = ("run.json", HISTORY, PACKED, "summary.json", "status.json")
    stamps = [(str(run.path), stamp(run.path, *files)) for run in runs]
    return study, view, stamps, _baselines(runs)


def sentence(study: Study | None, result: Answer | None, runs: Sequence[Run]) -> str:
    """What the data allow one to say, before everything else, in Markdown."""
    if study is None or result is None:
        rows = [loaders.runs.rows().get(run.name, {}) for run in runs]
        return runs_compared(rows, _baselines(runs).get("PPMd order 12"))
    left_out = (
        f" {result.missing} of its runs are not here or not finished." if result.missing else ""
    )
    note = f" {study.note}" if study.note and result.groups else ""
    return f"**{study.question}** {result.sentence}{left_out}{note}"


def _figure(
    study: Study | None,
    result: Answer | None,
    runs: Sequence[Run],
    curves: Sequence[RunCurve],
    view: View,
    colours: Palette,
    below: Mapping[str, Sequence[RunCurve]],
) -> go.Figure:
    """The final comparison of a study where it is asked for, else the curves."""
    baselines = _baselines(runs)
    if view.finals and study and result:
        return final_values(
            result,
            study.vary,
            colours,
            baselines=baselines,
            y_title=f"best {view.y_title}",
            nats=view.unit == "nats",
        )
    return tuning_curves(
        curves,
        colours,
        x_title=view.x_title,
        y_title=view.y_title,
        colour=view.colour,
        facet=view.facet,
        group=view.group,
        baselines={name: view.from_bits(bits) for name, bits in baselines.items()},
        log_y=view.log,
        focus=not view.whole,
        smoothing=view.smoothing,
        measures=below,
    )


def _caption(
    figure: go.Figure,
    runs: Sequence[Run],
    curves: Sequence[RunCurve],
    view: View,
    *,
    pending: bool,
) -> None:
    """What loss is, what the dotted lines are, and what the picture leaves out."""
    shown = {name: view.from_bits(bits) for name, bits in _baselines(runs).items()}
    note = "The baselines are being measured; they join the chart soon." if pending else BASELINES
    for corpus in {run.config.corpus for run in runs}:
        if why := loaders.corpora.why_no_baselines(corpus):
            note = f"The baselines could not be measured, which is tried again: {plain(why)}"
    if away := outside(figure, shown, log=view.log and not view.finals):
        values = " and ".join(f"{name}, {shown[name]:.2f} {view.unit}" for name in away)
        note += f" Outside the picture: {values}."
    if not view.finals and (hidden := hidden_runs(figure, curves, log=view.log)):
        named = ", ".join(plain(run) for run in hidden)
        note += f" Outside the picture: {named}; *Include first epochs* under More shows all."
    if view.finals:
        note += (
            " A dot is a run, lines join one seed, a diamond is the mean with its 95 % interval."
        )
    if below_loss := ", ".join(SHOWN_BELOW[column][0] for column in view.measures):
        note += f" Below the losses, over the same x: {below_loss}."
    points = "" if view.finals or not (few := thinned(curves)) else f" Lines: {few}."
    st.caption(f"{DEFINITION} {note} Double-click the chart to see all of it.{points}")


def _baselines(runs: Sequence[Run]) -> dict[str, float]:
    """Name -> bits per character, for runs that learned from the same tunes."""
    corpora = {run.config.corpus for run in runs}
    if len(corpora) != 1:
        return {}
    return baseline_lines(loaders.corpora.baselines_of(corpora.pop()))


def all_settings(runs: Sequence[Run], view: View) -> None:
    """All settings of the runs at once, as parallel coordinates."""
    varied = [*differing(runs), "seed"]
    ended = [(run, run.summary) for run in runs]
    lines = [
        (settings_of(run.config), view.from_bits(summary.best_validation_bits_per_character))
        for run, summary in ended
        if summary is not None
    ]
    if len(lines) < 2:
        return
    if (opened := widgets.fold("All settings at once", "all-settings")) is None:
        return  # drawn by WebGL, the dearest chart of all
    with opened:
        widgets.chart(
            lambda colours: parallel(
                lines,
                varied,
                names={name: setting_name(name) for name in varied},
                loss=f"loss, {view.unit}",
                colours=colours,
            ),
            "settings-and-validation-loss",
            key=elements.PARALLEL,
            alt=f"Settings and best validation losses of {len(lines)} runs",
            config={"toImageButtonOptions": {"format": view.picture}},
        )
        st.caption(
            f"Each line is one of {len(lines)} finished runs; it passes through its settings and "
            "ends at its best validation loss; the stronger the line, the lower the loss. Drag "
            "along an axis to keep only the lines that cross it there."
        )
