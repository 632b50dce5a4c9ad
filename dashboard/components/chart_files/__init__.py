"""Two buttons that save a chart of the page as SVG and as PNG.

The chart draws itself into the file, in the browser: the server needs none, and nothing is fetched.
"""

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent


component = st.components.v2.component(
    "songrnn_chart_files",
    html='<div class="files"></div>',
    css=(_HERE / "chart_files.css").read_text(encoding="utf-8"),
    js=(_HERE / "chart_files.js").read_text(encoding="utf-8"),
)


def chart_files(chart: str, name: str, *, width: int, height: int, key: str) -> None:
    """Buttons for the chart that stands under the key `chart`.

    name: of the files, without an ending. width, height: pixels of the picture; a PNG has twice as
    many each way.
    """
    data = {"chart": chart, "name": name, "width": width, "height": height}
    component(data=data, key=key)
