"""Runs that finished lately: what they reached, their curve, a song, and where to go from there."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.charts.run_curves import curve_of
from dashboard.charts.sparkline import sparkline
from dashboard.state import elements
from dashboard.wording import run_result
from songrnn.store.runs import Run

# How long a run that finished stays on the page, and how many do.
LATELY = timedelta(hours=24)
MOST = 3


def lately(runs: Mapping[str, Run]) -> list[Run]:
    """The runs that finished within a day, the latest first; those put away are left out."""
    away = state.get(state.PUT_AWAY) or []
    after = datetime.now(UTC) - LATELY
    found = [
        (status.heartbeat, run)
        for name, run in runs.items()
        if name not in away
        and (status := run.status).status == "finished"
        and status.heartbeat > after
    ]
    return [run for _, run in sorted(found, key=lambda one: one[0], reverse=True)[:MOST]]


def finished_card(run: Run) -> None:
    """One of them."""
    row = loaders.runs.rows().get(run.name, {})
    with st.container(border=True, key=elements.FINISHED.of(run.name)):
        left, right = st.columns([3, 2], gap="large")
        with left:
            st.markdown(f"**{run.name}**")
            st.markdown(run_result(row, loaders.corpora.ppmd_of(run)))
            widgets.chart(
                lambda colours: sparkline(
                    [curve_of(run.config, loaders.runs.history(run))], colours=colours
                ),
                f"{run.name}-validation-loss",
                key=elements.FINISHED_CURVE.of(run.name),
                at_once=True,
                alt=f"Validation losses of {run.name} over its epochs.",
            )
            widgets.run_links(run)
        with right:
            _song(run)
        widgets.jobs(run)
        st.button(
            "Put away",
            key=elements.PUT_AWAY.of(run.name),
            on_click=put_away,
            args=(run.name,),
            type="tertiary",
            help="Takes the card off this page until it is loaded again; the run stays.",
        )


def put_away(name: str) -> None:
    """Take a run's card off the page, in this session."""
    state.put(state.PUT_AWAY, [*(state.get(state.PUT_AWAY) or []), name])


def _song(run: Run) -> None:
    found: Any = loaders.runs.newest_sample(run)
    if found is None:
        st.caption("Its songs are on the Compose page.")
        return
    epoch, text = found
    st.caption(f"A song after epoch {epoch:g}, at temperature 0.7")
    st.code(text, language=None, wrap_lines=True, height=260)
