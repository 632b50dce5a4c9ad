"""The invitation to the tour, which a browser shows until it was taken or declined there.

What was declined is known to the browser alone: the server keeps nothing about visitors.
"""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent


component = st.components.v2.component(
    "songrnn_tour",
    html='<div class="invitation" role="region" aria-label="Tour" hidden></div>',
    css=(_HERE / "tour.css").read_text(encoding="utf-8"),
    js=(_HERE / "tour.js").read_text(encoding="utf-8"),
)


def invitation(words: str, *, on_take: Callable[[], None], key: str) -> None:
    """Words and two buttons; `on_take` is called when the tour is wanted."""
    component(data={"words": words}, key=key, on_take_change=on_take)
