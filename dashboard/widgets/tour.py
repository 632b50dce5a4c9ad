"""A short tour: four stops, each a card above its page; it blocks nothing and can be left."""

from dataclasses import dataclass

import streamlit as st

from dashboard.components.tour import invitation
from dashboard.state import elements
from dashboard.state.guide import begin_tour, leave_tour, tour_link, tour_stop
from songrnn.access import read_only


@dataclass(frozen=True)
class Stop:
    """title: as the links call it. script, path: of its page. words: what to do there."""

    title: str
    script: str
    path: str
    words: str


STOPS = (
    Stop(
        "A song", "views/overview/page.py", "",
        "A network wrote the song below, one character at a time. Press play, or space with the "
        "player chosen: one cursor runs through staff, text and sound, since each note is the "
        "characters under it. A click on a note goes there.",
    ),
    Stop(
        "The runs", "views/runs/page.py", "runs",
        "Each line is a network while it learned: its loss on tunes it never learned from, so lower "
        "is better. The sentence above the chart says what the runs allow one to say, and how sure "
        "that is. Choose another question, or *Choose runs* for any of them.",
    ),
    Stop(
        "A neuron", "views/neurons/page.py", "neurons",
        "Each character has the colour of what one unit of the network did there. Choose another "
        "unit in the list, or with the arrow keys; its card says what it follows, and with what "
        "evidence. Most only echo what was just read; a few remember.",
    ),
    Stop(
        "Train your own", "views/train/page.py", "train",
        "Give a run a name and start it: with few units and epochs it takes minutes. The curve and "
        "newest song appear while it learns, the page may be left meanwhile, and the run then is on "
        "every other page. *Compose* lets it write.",
    ),
)  # fmt: skip


def invite() -> None:
    """The invitation of a first visit."""
    if tour_stop(len(STOPS)) is None:
        invitation(
            "New here? Four stops show what there is: a song, the runs, a neuron, and how to train "
            "a network of your own.",
            on_take=begin_tour,
            key=elements.INVITATION,
        )


def tour_button() -> None:
    """The tour again, whenever it is wanted."""
    st.button("Tour", key=elements.TAKE_TOUR, on_click=begin_tour,
              help="Four stops: a song, the runs, a neuron, train your own.")  # fmt: skip


def card(path: str) -> None:
    """The card of the stop one is at, above the page with this path; nothing without a tour.

    Whoever goes to another stop's page by themselves is at that stop.
    """
    place = tour_stop(len(STOPS), next((n for n, s in enumerate(STOPS, 1) if s.path == path), None))
    if place is None:
        return
    stop = STOPS[place - 1]
    with st.container(border=True, key=elements.TOUR):
        here = stop.path == path
        words = stop.words if here else "This page is not a stop of the tour; it waits for you."
        if here and stop.path == "train" and read_only():
            words = "Here networks are trained. This lab is read-only: a copy of your own trains."
        st.markdown(f"**Tour, {place} of {len(STOPS)}: {stop.title}.** {words}")
        with st.container(horizontal=True, vertical_alignment="center"):
            if not here:
                _link(place, f"Back to it: {stop.title.lower()}")
            elif place > 1:
                _link(place - 1, f"Before: {STOPS[place - 2].title.lower()}")
            if place < len(STOPS):
                _link(place + 1, f"Next: {STOPS[place].title.lower()}")
            st.button("End the tour" if place == len(STOPS) else "Leave the tour", type="tertiary",
                      key=elements.LEAVE_TOUR, on_click=leave_tour,
                      help="The Overview has it again.")  # fmt: skip


def _link(place: int, words: str) -> None:
    st.page_link(STOPS[place - 1].script, label=words, query_params=tour_link(place))
