"""The guide: a tour of four stops that can be left and taken again, and documents in the app."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.state import elements
from dashboard.views.glossary.documents import DOCUMENTS, linked_here
from dashboard.widgets.tour import STOPS

Open = Callable[..., AppTest]


def told(page: AppTest) -> str:
    assert not page.exception
    return "\n".join(str(part.value) for part in page.markdown)


def test_the_tour_is_taken_left_and_taken_again(lab: Any, app: Open) -> None:
    page = app("overview")
    assert "Tour, " not in told(page)
    page.button(key=elements.TAKE_TOUR).click().run()
    assert f"Tour, 1 of {len(STOPS)}: {STOPS[0].title}" in told(page)
    page.button(key=elements.LEAVE_TOUR).click().run()
    assert "Tour, " not in told(page)
    page.button(key=elements.TAKE_TOUR).click().run()
    assert "Tour, 1" in told(page)


@pytest.mark.parametrize("place", range(2, len(STOPS) + 1))
def test_a_link_leads_to_each_stop(lab: Any, app: Open, place: int) -> None:
    page = app(STOPS[place - 1].path, tour=str(place))
    assert f"Tour, {place} of {len(STOPS)}: {STOPS[place - 1].title}" in told(page)


def test_a_number_of_thousands_of_digits_in_an_address_is_no_stop(lab: Any, app: Open) -> None:
    """Python refuses to read it, outside of what shows errors as sentences."""
    assert "Tour, " not in told(app("overview", tour="1" * 5000))


def test_who_goes_on_alone_is_at_that_stop_and_elsewhere_it_waits(lab: Any, app: Open) -> None:
    page = app("overview")
    page.button(key=elements.TAKE_TOUR).click().run()
    page.switch_page("views/runs/page.py").run()
    assert "Tour, 2" in told(page)
    page.switch_page("views/corpus/page.py").run()
    assert "Tour, 2" in told(page)
    assert STOPS[1].words not in told(page)


@pytest.mark.parametrize("tour", ["0", "5", "x", "-1"])
def test_an_address_without_such_a_stop_shows_none(lab: Any, app: Open, tour: str) -> None:
    assert "Tour, " not in told(app("overview", tour=tour))


def test_a_document_is_read_in_the_app_and_its_links_stay_there(lab: Any, app: Open) -> None:
    page = app("glossary", read="statistics")
    assert page.title[0].value == "Statistics"
    assert "Benjamini and Hochberg" in [part.value for part in page.subheader][6]
    assert "](quality.md" not in told(page)
    for name in DOCUMENTS:
        text = (lab.root / "docs" / f"{name}.md").read_text(encoding="utf-8")
        assert ".md)" not in linked_here(text)
