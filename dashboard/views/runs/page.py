"""Runs: what the trainings answer, how their losses fell, and what they were made of."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import frame, loaders
from dashboard.charts.parallel import parallel
from dashboard.charts.tuning import final_values, outside, thinned, tuning_curves
from dashboard.views.runs import choices, tables
from dashboard.views.runs.choices import View
from dashboard.wording import runs_compared
from songrnn.store.runs import DamagedRun, Run
from songrnn.tuning.answers import answer, setting_name, study_table
from songrnn.tuning.study import Study

DEFINITION = (
    "Loss is the mean of −log p(symbol | the tune so far) over all characters and ENDs of a split's "
    "tunes, each tune read once from the zero state; bits per character is nats ÷ ln 2. Training "
    "(dashed) is measured on the windows being learned from, with dropout on and state carried "
    "over, so it is not on the same footing as validation (solid)."
)
BASELINES = (
    "The dotted lines are what a text compressor (PPMd order 12, adaptive: it learns while it "
    "reads) and the best n-gram model need for the same symbols."
)


def page() -> None:
    """The page."""
    frame.heading(
        "Runs", "Every training in `checkpoints/`: what it answers, and how its loss fell."
    )
    found = loaders.runs.all_runs()
    runs = {run.name: run for run in found if isinstance(run, Run)}
    broken = [run for run in found if isinstance(run, DamagedRun)]
    if not runs:
        st.info(
            "No run yet. Start one on the Train page, or in a terminal: `songrnn train --epochs 5`; "
            "it appears here while it trains."
        )
        tables.apart([], broken)
        return
    study = choices.choose_study(list(runs.values()))
    names = choices.choose_runs(study, list(runs.values()))
    view = choices.choose_view(study, [runs[name] for name in names])
    rows = loaders.runs.rows()
    unsettled = any(_unsettled(rows[name]) for name in names if name in rows)

    # Refreshed by itself while a run trains or the baseline is measured, and not a moment longer.
    @st.fragment(run_every=2 if unsettled else None)
    def results() -> None:
        with frame.errors_as_sentences():
            fresh = {run.name: run for run in loaders.runs.all_runs() if isinstance(run, Run)}
            shown = [fresh[name] for name in names if name in fresh]
            if not draw(study, shown, view) and unsettled:
                st.rerun()

    results()
    side_by_side([runs[name] for name in names], view)
    table = tables.run_table(names, runs)
    with st.container(horizontal=True):
        _download("Histories as CSV", lambda: _histories(names, runs), "histories.csv")
        _download("Table as CSV", lambda: table.to_csv(index=False).encode(), "runs.csv")
    tables.edit_notes(names, runs)
    early = [row for row in rows.values() if row["status"] in tables.UNFINISHED]
    tables.apart(early, broken)


def sentence(study: Study | None, runs: Sequence[Run]) -> None:
    """What the data allow one to say, before everything else."""
    if study is None:
        rows = [loaders.runs.rows().get(run.name, {}) for run in runs]
        st.markdown(runs_compared(rows, _baselines(runs).get("PPMd order 12")))
        return
    result = answer(study, study_table(study, runs))
    left_out = f" {result.missing} of its runs are not finished." if result.missing else ""
    note = f" {study.note}" if study.note and result.groups else ""
    st.markdown(f"**{study.question}** {result.sentence}{left_out}{note}")


def draw(study: Study | None, runs: Sequence[Run], view: View) -> bool:
    """Sentence, chart and, for a study, its figures. True while more is to come."""
    sentence(study, runs)
    baselines = {name: view.from_bits(bits) for name, bits in _baselines(runs).items()}
    result = answer(study, study_table(study, runs)) if study else None
    curves, unread = choices.curves(runs, view, study)
    for words in unread:
        st.warning(words)
    figure = (
        final_values(
            result,
            study.vary,
            frame.colours(),
            baselines=_baselines(runs),
            y_title=f"best {view.y_title}",
            nats=view.unit == "nats",
        )
        if view.finals and study and result
        else tuning_curves(
            curves,
            frame.colours(),
            x_title=view.x_title,
            y_title=view.y_title,
            colour=view.colour,
            facet=view.facet,
            group=view.group,
            baselines=baselines,
            log_y=view.log,
            focus=not view.whole,
            smoothing=view.smoothing,
        )
    )
    st.plotly_chart(
        figure,
        theme=None,
        key="loss-curves",
        config={"displaylogo": False, "toImageButtonOptions": {"format": view.picture}},
        alt=f"Losses of {len(runs)} runs" + (f": {result.sentence}" if result else "."),
    )
    pending = any(
        loaders.corpora.baselines_of(corpus) is None
        for corpus in {run.config.corpus for run in runs}
    )
    note = "The baselines are being measured and join the chart soon." if pending else BASELINES
    if away := outside(figure, baselines, log=view.log and not view.finals):
        values = " and ".join(f"{name}, {baselines[name]:.2f} {view.unit}" for name in away)
        note += f" Outside the picture: {values}."
    points = "" if view.finals or not (few := thinned(curves)) else f" Lines: {few}."
    st.caption(f"{DEFINITION} {note} A double click on the chart shows all of it.{points}")
    if study and result and result.groups:
        tables.study_tables(study, result)
    return pending or any(run.status.status == "running" for run in runs)


def side_by_side(runs: Sequence[Run], view: View) -> None:
    """All settings of the runs at once, as parallel coordinates."""
    varied = [*choices.differing(runs), "seed"]
    ended = [(run, run.summary) for run in runs]
    lines = [
        (choices.settings(run), view.from_bits(summary.best_validation_bits_per_character))
        for run, summary in ended
        if summary is not None
    ]
    if len(lines) < 2:
        return
    with st.expander("All settings at once"):
        st.plotly_chart(
            parallel(
                lines,
                varied,
                names={name: setting_name(name) for name in varied},
                loss=f"loss, {view.unit}",
                colours=frame.colours(),
            ),
            theme=None,
            key="parallel",
            config={"displaylogo": False, "toImageButtonOptions": {"format": view.picture}},
        )
        st.caption(
            f"Each line is one of {len(lines)} finished runs and goes through its settings to its "
            "best validation loss; the stronger the line, the lower the loss. Drag along an axis "
            "to keep only the lines that pass there."
        )


def _baselines(runs: Sequence[Run]) -> dict[str, float]:
    corpora = {run.config.corpus for run in runs}
    return (
        choices.baseline_lines(loaders.corpora.baselines_of(corpora.pop()))
        if len(corpora) == 1
        else {}
    )


def _unsettled(row: Mapping[str, Any]) -> bool:
    return row["status"] == "running" or loaders.corpora.baselines(row["corpus"]) is None


def _histories(names: Sequence[str], runs: Mapping[str, Run]) -> bytes:
    return tables.histories_csv([runs[name] for name in names])


def _download(words: str, data: Any, name: str) -> None:
    st.download_button(words, data=data, file_name=name, mime="text/csv", on_click="ignore")


page()
