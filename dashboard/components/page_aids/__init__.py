"""What a page owes those who do not look at all of it: a link past the navigation, a voice that
says what was done, and bringing what was asked for into view.

Drawn by the browser outside of what Streamlit draws, so that it stands before the navigation and
outlives the page.
"""

import itertools
from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent
_numbers = itertools.count()

component = st.components.v2.component(
    "songrnn_page_aids", js=(_HERE / "page_aids.js").read_text(encoding="utf-8")
)


def skip_link(*, key: str) -> None:
    """A link before everything else that leads past the navigation."""
    component(key=key, data={"skip": "Skip to the page"})


def announce(words: str, *, key: str) -> None:
    """Say something to who listens to the page, once; the page does not change for the others."""
    component(key=key, data={"say": words, "number": next(_numbers)})


def bring_into_view(shown: str, *, key: str, growing: bool = False) -> None:
    """Scroll to what stands under the key `shown`, where it is out of sight.

    growing: the page has just been opened, and what stands above it is still being drawn.
    """
    component(key=key, data={"show": shown, "growing": growing, "number": next(_numbers)})
