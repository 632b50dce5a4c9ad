"""What the studies of settings answer, with their curves."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import widgets
from dashboard.charts.segments import learning_chart
from dashboard.state import elements
from dashboard.views.segments.figures import MEASURES
from dashboard.wording import plain
from songrnn.segmentation.data import validated_pages
from songrnn.segmentation.run_table import segmentation_table
from songrnn.segmentation.runs import SegmentationRun
from songrnn.segmentation.studies import PAGES, STUDIES, PixelAnswer, answer, runs_of

_COLUMNS = {
    **{"name": "Run", "status": "Status", "depth": "Depth", "base_width": "Width"},
    **{"initialization": "Start", "normalization": "Normalization", "seed": "Seed"},
    **{"loss": "Loss", "accuracy": "Accuracy", "mean_iou": "Mean IoU", "seconds": "Seconds"},
}


def show(runs: Sequence[SegmentationRun]) -> None:
    """Each study with its question, its answer and its curves; then all runs."""
    for study in STUDIES.values():
        found = answer(study, runs)
        st.subheader(study.title, anchor=False)
        st.markdown(study.question)
        st.markdown(f"**{plain(found.sentence)}**")
        if found.groups:
            _groups(found)
        histories: dict[str, list[pd.DataFrame]] = {}
        for label, run in runs_of(study, runs):
            histories.setdefault(label, []).append(run.history())
        if histories:
            for column, (measure, title) in zip(
                st.columns(len(MEASURES), gap="medium"), MEASURES.items(), strict=True
            ):
                with column:
                    widgets.chart(
                        lambda colours, histories=histories, measure=measure, title=title: (  # type: ignore[misc]
                            learning_chart(histories, measure, title=title, colours=colours)
                        ),
                        f"{study.name}-{measure}".replace("_", "-"),
                        key=elements.NET_CURVE.of(study.name, measure),
                        alt=f"The {title} of each run against the step, a colour a setting.",
                    )
    if runs:
        st.subheader("All networks", anchor=False)
        _table(runs)


def _groups(found: PixelAnswer) -> None:
    rows = [
        {"Setting": label, "Mean IoU": each.estimate, "from": each.low, "to": each.high}
        | {"Seeds": each.n}
        for label, each in found.groups.items()
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={
            "Mean IoU": st.column_config.NumberColumn(format="%.3f"),
            "from": st.column_config.NumberColumn("95 % from", format="%.3f"),
            "to": st.column_config.NumberColumn("to", format="%.3f"),
        },
        key=elements.NET_GROUPS.of(found.study.name),
    )
    st.caption(
        f"Mean IoU of the last validation, on {validated_pages(PAGES)} pages not learned from; mean over "
        "seeds with its 95 % interval (Student's t). All have the same small budget of steps: this is how nets "
        "begin to learn, not how well they end."
    )


def _table(runs: Sequence[SegmentationRun]) -> None:
    table = pd.DataFrame(segmentation_table(runs))
    st.dataframe(
        table[[name for name in _COLUMNS if name in table]].rename(columns=_COLUMNS),
        hide_index=True,
        column_config={
            "Loss": st.column_config.NumberColumn(format="%.4f"),
            "Accuracy": st.column_config.NumberColumn(format="%.4f"),
            "Mean IoU": st.column_config.NumberColumn(format="%.3f"),
            "Seconds": st.column_config.NumberColumn(format="%.0f"),
        },
        key=elements.NET_TABLE,
    )
    st.caption(
        "Loss: cross entropy in nats per pixel; accuracy: correct pixels / all; mean IoU: over the "
        "classes that occur; all of the best validation, on whole pages. Seconds: of training. "
        "One of your own, in about a minute and in a terminal: `songrnn segment train --pages 12 "
        "--epochs 2 --run my-unet`; it joins this table."
    )
