"""A chart with what one may take away of it: the picture on paper, and its numbers."""

from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from dashboard import frame, loaders
from dashboard.charts.heard import heard_table
from dashboard.charts.numbers import figure_numbers, with_titles
from dashboard.charts.still import still
from dashboard.charts.theme import LIGHT, Palette
from dashboard.components.chart_files import chart_files
from dashboard.state import elements
from songrnn.plain_text import csv_bytes

# Pixels of a saved picture: as wide as a column of print takes well.
_WIDTH = 900
# And of the picture shown before.
_PREVIEW = 640


def chart(
    draw: Callable[[Palette], go.Figure],
    name: str,
    *,
    key: str,
    alt: str,
    picture_width: int = _WIDTH,
    config: dict[str, Any] | None = None,
    same: object = None,
    at_once: bool = False,
    **more: Any,
) -> Any:
    """A chart in the colours of the page; under it *Download*: SVG, PNG and CSV, and the numbers.

    draw: the figure in given colours; a saved one is drawn for paper whatever the page looks like.
    name: of the files, without ending; it says what the chart shows. alt: the chart in words. same:
    all that it is drawn from, as `loaders.drawings` wants it; while it is the same, the chart is not
    drawn again. at_once: as a still picture, which the browser need not draw; see `charts.still` for
    what can be. more: as `st.plotly_chart` takes it. Returns what that returns. A screen reader finds
    a table instead.
    """
    colours = frame.colours()

    def drawing() -> tuple[go.Figure | str, str]:
        drawn = draw(colours)
        return still(drawn, alt) if at_once else drawn, heard_table(drawn, alt)

    if same is None:
        figure, heard = drawing()
    else:
        figure, heard = loaders.drawings.drawn((key, alt, colours.name, same), drawing)
    found = None
    if isinstance(figure, str):
        with st.container(key=key):
            st.html(figure)
    else:
        found = st.plotly_chart(
            figure,
            theme=None,
            key=key,
            config={"displaylogo": False, **(config or {})},
            alt=alt,
            **more,
        )
    st.html(heard)
    button = st.popover(
        "Download",
        type="tertiary",
        key=elements.DOWNLOAD.of(key),
        on_change="rerun",
        help="This chart as a picture for paper (SVG, PNG), and its numbers as a table (CSV).",
    )
    if button.open:
        with button:
            _take_away(go.Figure(draw(LIGHT)), name, key, alt, picture_width)
    return found


def _take_away(figure: go.Figure, name: str, key: str, alt: str, width: int) -> None:
    """The chart as it is saved, the files, and the same as a table."""
    paper, table = elements.ON_PAPER.of(key), with_titles(figure, figure_numbers(figure))
    figure.update_layout(paper_bgcolor="white", plot_bgcolor="white")
    height = int(figure.layout.height or 440)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        chart_files(paper, name, width=width, height=height, key=elements.PICTURES.of(key))
        st.download_button(
            "CSV",
            data=lambda: csv_bytes(table),
            file_name=f"{name}.csv",
            mime="text/csv",
            key=elements.NUMBERS.of(key),
            on_click="ignore",
        )
    st.plotly_chart(
        figure,
        theme=None,
        key=paper,
        width=_PREVIEW,
        config={"displayModeBar": True, "displaylogo": False},
        alt=alt,
    )
    st.dataframe(table, hide_index=True, height=200)
