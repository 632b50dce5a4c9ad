"""How good a network is on pages that it did not learn from."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import loaders, widgets
from dashboard.charts.segments import confusion_chart, learning_chart
from dashboard.state import elements
from dashboard.state import segments as keys
from dashboard.wording import plain
from songrnn.errors import SongRNNError
from songrnn.metrics import mean_iou
from songrnn.segmentation.classes import BY_NAME
from songrnn.segmentation.runs import SegmentationRun

if TYPE_CHECKING:
    from songrnn.segmentation.evaluation import PixelEvaluation

# Of a validation: column of the history -> what it is.
MEASURES = {
    "loss": "validation loss, nats per pixel",
    "accuracy": "pixel accuracy",
    "mean_iou": "mean IoU",
}
KINDS = {"clean": "Known fonts", "unseen": "A font never seen", "scans": "Scans"}


def show(run: SegmentationRun) -> None:
    """Curves of its training, then figures on whole validation pages."""
    history = run.history()
    if len(history):
        columns = st.columns(len(MEASURES), gap="medium")
        for column, (measure, title) in zip(columns, MEASURES.items(), strict=True):
            with column:
                widgets.chart(
                    lambda colours, measure=measure, title=title: learning_chart(  # type: ignore[misc]
                        {run.name: [history]}, measure, title=title, colours=colours
                    ),
                    f"{run.name}-{measure}".replace("_", "-"),
                    key=elements.NET_CURVE.of(measure),
                    alt=f"The {title} of {run.name} against the step of its training.",
                )
    kind = widgets.segments(
        "Pages",
        KINDS,
        keys.PAGE_KIND,
        "30 validation pages engraved in the fonts of training, in one never seen, or as a scanner "
        "sees them.",
    )
    found = loaders.segmentation.evaluation(run, kind) or _measured(run, kind)
    if found is not None:
        _table(found)
        names = [BY_NAME[name].label if name in BY_NAME else name for name in found.classes]
        widgets.chart(
            lambda colours: confusion_chart(found.confusion, names, colours=colours),
            f"{run.name}-confusion-{kind}",
            key=elements.CONFUSION,
            alt="For each true class, the share of its pixels that got each label.",
        )


def _measured(run: SegmentationRun, kind: str) -> "PixelEvaluation | None":
    from songrnn.segmentation.evaluating import evaluate_run

    box = st.empty()
    with box.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button("Measure", key=elements.MEASURE_NET, type="primary")
        st.caption("Labels 30 pages; about a minute. Pages are engraved when first needed.")
    if not pressed:
        return None
    try:
        with box.container(), widgets.stoppable("Labelling pages", elements.STOP.of("net")) as tell:
            found = evaluate_run(run, kind=kind, progress=lambda _, share: tell(share))  # type: ignore[arg-type]
    except SongRNNError as error:
        box.error(plain(str(error)))
        return None
    box.empty()
    loaders.segmentation.keep_evaluation(run, kind, found)
    return found


def _table(found: "PixelEvaluation") -> None:
    overall = found.interval(mean_iou)
    pages = len(found.confusions)
    widgets.figures(
        [
            ("Pixel accuracy", f"{found.accuracy:.4f}", f"Correct pixels / all, {pages} pages."),
            (
                "Mean IoU",
                f"{found.mean_iou:.3f}",
                f"Over the classes that occur; 95 % interval {overall.low:.3f} to "
                f"{overall.high:.3f}, by bootstrap over {pages} pages.",
            ),
            (
                "Frequency-weighted IoU",
                f"{found.frequency_weighted_iou:.3f}",
                "The IoU of each class weighted by its share of pixels: mostly paper's.",
            ),
        ]
    )
    intervals = found.class_intervals()
    totals = found.confusion.sum(axis=1)
    rows = [
        {
            "Class": BY_NAME[name].label if name in BY_NAME else name,
            "IoU": value,
            "from": intervals[name].low,
            "to": intervals[name].high,
            "Share of pixels": float(totals[found.classes.index(name)] / max(int(totals.sum()), 1)),
        }
        for name, value in found.iou.items()
    ]
    st.dataframe(
        pd.DataFrame(rows).sort_values("IoU"),
        hide_index=True,
        column_config={
            "IoU": st.column_config.ProgressColumn(
                "IoU", min_value=0.0, max_value=1.0, format="%.3f"
            ),
            "from": st.column_config.NumberColumn("95 % from", format="%.3f"),
            "to": st.column_config.NumberColumn("to", format="%.3f"),
            "Share of pixels": st.column_config.NumberColumn(format="percent"),
        },
        key=elements.IOU_TABLE,
    )
    st.caption(
        "IoU of a class: pixels that are it and are called it / pixels that are it or are called "
        "it. Accuracy is high as soon as paper is right; mean IoU is not."
    )
