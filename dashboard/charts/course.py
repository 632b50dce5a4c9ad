"""The course of one training: losses, accuracy, learning rate and gradient norm over the epochs."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dashboard.charts.theme import Palette, template

# Column of the history, title, and the splits that have it.
_PANELS = (
    ("bits_per_character", "bits per character", ("train", "validation")),
    ("accuracy", "accuracy", ("validation",)),
    ("learning_rate", "learning rate", ("train",)),
    ("gradient_norm", "gradient norm", ("train",)),
)


def course_chart(
    history: pd.DataFrame, cell: str, colours: Palette, *, ppmd: float | None = None
) -> go.Figure:
    """Four panels. history: the columns of HistoryRow. ppmd: bits per character, a dotted line."""
    figure = make_subplots(
        rows=2, cols=2, subplot_titles=[title for _, title, _ in _PANELS],
        horizontal_spacing=0.09, vertical_spacing=0.16,
    )  # fmt: skip
    hue = colours.cells.get(cell, (colours.ink, colours.quiet))[0]
    for number, (column, title, splits) in enumerate(_PANELS):
        place = {"row": number // 2 + 1, "col": number % 2 + 1}
        for split in splits:
            rows = history[(history["split"] == split) & history[column].notna()]
            figure.add_scatter(
                x=rows["epoch"],
                y=rows[column],
                mode="lines" if len(rows) > 1 else "markers",
                name=split,
                line={"color": hue, "width": 2, "dash": "dash" if split == "train" else "solid"},
                opacity=0.6 if split == "train" and column == "bits_per_character" else 1,
                showlegend=False,
                hovertemplate=f"{split}, epoch %{{x:.4g}}: %{{y:.4g}} {title}<extra></extra>",
                **place,
            )
    if ppmd:
        figure.add_hline(
            y=ppmd, name="PPMd", line={"color": colours.quiet, "dash": "dot", "width": 1},
            annotation_text="PPMd", annotation_font_color=colours.quiet, row=1, col=1,
        )  # fmt: skip
    figure.update_layout(
        template=template(colours), height=520, margin={"l": 8, "r": 8, "t": 40, "b": 8}
    )
    figure.update_xaxes(title_text="epoch", row=2)
    return figure
