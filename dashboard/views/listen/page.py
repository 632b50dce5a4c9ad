"""Listen: a real tune and a machine's, blind; which is which?"""

import pandas as pd
import streamlit as st

from dashboard import frame, state, widgets
from dashboard.state import elements
from dashboard.state import listening as listening_keys
from dashboard.views.listen import pair
from dashboard.wording import plain
from songrnn.paths import data_directory
from songrnn.quality import listening

TEMPERATURES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2)


def results() -> None:
    """How often the machine was recognized, by run, temperature and rule of whole bars."""
    found = listening.tally(listening.kept(data_directory()))
    if not found:
        return
    st.subheader("So far", anchor=False)
    st.table(
        pd.DataFrame(
            {
                "Run": plain(run),
                "Temperature": f"{temperature:g}",
                "Whole bars": "yes" if whole_bars else "no",
                "Right": f"{round(share.estimate * share.n)} of {share.n}",
                "Share": f"{share.estimate:.0%}",
                "95 % interval": f"{share.low:.0%} to {share.high:.0%}",
            }
            for (run, temperature, whole_bars), share in found.items()
        ).set_index("Run"),
        border="horizontal",
    )
    st.caption(
        "Right: answers that named the machine's tune. A listener who hears no difference is right "
        "in 50 % of the pairs in the long run, so only an interval that excludes 50 % is more than "
        f"chance. Answers are kept in `{listening.FILE}` in the data folder and go nowhere else."
    )


def page() -> None:
    """The page."""
    frame.heading(
        "Listen", "One tune was played by people for generations, one was just written. Which?"
    )
    run = widgets.run_picker()
    if run is None:
        return
    drawn = pair.drawn()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        temperature = st.select_slider(
            "Temperature",
            TEMPERATURES,
            value=0.8,
            key=listening_keys.TEMPERATURE,
            width=280,
            help="The temperature at which the machine's tune is written: the higher, the odder, "
            "and the easier to recognize.",
        )
        whole_bars = st.toggle(
            "Whole bars",
            key=listening_keys.WHOLE_BARS,
            help="Lets the machine write complete bars only, which makes it harder to recognize.",
        )
        pressed = st.button(
            "Next pair" if drawn else "Begin",
            key=elements.NEXT_PAIR,
            type="primary",
            help="Draws a real tune that the machine did not learn from, and lets it write one of the "
            "same meter and key.",
        )
    if pressed:
        pair.new_pair(run, float(temperature), whole_bars=whole_bars)
        drawn = pair.drawn()
    if notice := state.take(state.NOTICE):
        st.error(plain(notice))
    if drawn is None:
        st.info("Press *Begin*, listen to both, and say which one the machine wrote.")
    else:
        pair.ask(*drawn)
        st.caption(
            "A real tune that the run did not learn from (of its validation tunes) and a song that it "
            "wrote, both whole, in random order, with the same "
            "meter, key and instrument, played in the same style and equally loud. The song is the first "
            "that ended by itself with at least 8 bars, out of at most "
            f"{listening.ATTEMPTS} tries; it was not chosen by ear."
        )
    results()


page()
