"""What pages do without, so that a person does not wait for it."""

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

Open = Callable[..., AppTest]
# Elements whose drawing brings the browser megabytes of scripts.
HEAVY = ("plotly_chart", "arrow_table", "arrow_data_frame", "arrow_vega_lite_chart", "table")


def html_of(page: AppTest) -> str:
    return " ".join(each.proto.body for each in page.get("html"))


def test_the_first_page_needs_neither_plotly_nor_a_grid(lab: Any, app: Open, kept: str) -> None:
    page = app("overview", folds=False)
    assert not page.exception
    assert [kind for kind in HEAVY if page.get(kind)] == []
    assert html_of(page).count('class="still"') == 2  # the curves, and the neuron on a song
    assert html_of(page).count('class="heard-only"') == 2
    (table,) = [each.value for each in page.markdown if each.value.startswith("| Run |")]
    assert all(f"run?run={name}" in table for name in list(lab.runs)[:1])
