"""Temperature: what a run's songs gain and lose as the temperature rises."""

from functools import partial

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import frame, state, widgets
from dashboard.charts.temperature import PANELS, temperature_curve
from dashboard.charts.theme import Palette, shades
from dashboard.loaders.stamps import stamp
from dashboard.state import elements
from dashboard.views.temperature.giveaways import giveaways
from dashboard.views.temperature.measuring import form
from dashboard.wording import file_name, plain, titled
from songrnn.access import may_change
from songrnn.quality.temperature_file import FILE, MEANINGS, TemperatureStudy
from songrnn.store.runs import Run


def draw(run: Run, found: TemperatureStudy, name: str, colours: Palette) -> go.Figure:
    """One figure of the songs along the temperature."""
    (colour,) = shades(colours, run.config.model.cell, 1)
    return temperature_curve(
        found.rows, name, colour=colour, colours=colours, suggested=found.suggested
    )


def show(run: Run, found: TemperatureStudy) -> None:
    """The sentence, the curves, the table."""
    st.markdown(f"**Which temperature?** {plain(found.reason)}")
    names = [name for name in PANELS if any(name in row.figures for row in found.rows)]
    for first in range(0, len(names), 3):
        for column, name in zip(
            st.columns(3, gap="medium"), names[first : first + 3], strict=False
        ):
            with column:
                st.markdown(f"**{titled(PANELS[name])}**", help=MEANINGS[name])
                widgets.chart(
                    partial(draw, run, found, name),
                    file_name(run.name, PANELS[name], "by temperature"),
                    key=elements.TEMPERATURE_CURVE.of(name),
                    config={"displayModeBar": False},
                    alt=f"{titled(PANELS[name])} along the temperature",
                    same=(str(run.path), stamp(run.path, FILE)),
                )
    whole = ", with the rule of whole bars" if found.whole_bars else ""
    whole += f", with recall {found.recall:g}" if found.recall else ""
    st.caption(
        f"{found.songs} songs at each temperature{whole}, with the same seeds from {found.seed} on "
        f"and at most {found.limit:,} characters; at 0 every seed writes the same song (the open "
        "circle). Bands are 95 % intervals over songs, of AUC and divergence over real tunes as well; where "
        "all songs have 0, or all 1, they are as wide as so few songs allow. The straight line is the value of the "
        f"{found.rows[-1].songs:,} validation tunes of {plain(found.corpus)}, which the run did not learn "
        "from; for the divergence, that of one half of them from the other, and where songs are told "
        "from real tunes, real test tunes from them. The dotted line is the suggested temperature."
        + (
            f" {found.kin:,} of the validation tunes are kin of tunes that the run, or a run it was "
            "fine-tuned from, learned from; the table has their row without them as well."
            if found.kin
            else ""
        )
    )
    giveaways(found)
    if found.suggested is not None:
        st.page_link(
            "views/compose/page.py",
            label=f"Compose at {found.suggested:g}",
            query_params=state.link(
                {state.RUN: run.name, state.TEMPERATURE: f"{found.suggested:g}"}
            ),
        )
    table(found)


def table(found: TemperatureStudy) -> None:
    """The figures by temperature, folded."""
    if (opened := widgets.fold("As a table", "temperatures")) is None:
        return
    with opened:
        rows = [
            {
                "temperature": name,
                "songs": row.songs,
                **{name: figure.estimate for name, figure in row.figures.items()},
            }
            for name, row in found.named_rows
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, key=elements.TEMPERATURE_TABLE)


def page() -> None:
    """The page."""
    frame.heading(
        "Temperature",
        "What a run's songs gain and lose as the temperature rises, compared with real tunes.",
    )
    run = widgets.run_picker(remark=lambda run: " · measured" if (run.path / FILE).exists() else "")
    if run is None:
        return
    found, ours = TemperatureStudy.read(run.path), may_change(run.path)
    if found is None:
        how = "Measure one here, or with" if ours else "Whoever this run belongs to makes one with"
        st.info(
            f"{plain(run.name)} has no temperature study yet. {how} "
            f"`songrnn study-temperature {run.name}`."
        )
        if ours and form(run, again=False):
            st.rerun()
        return
    show(run, found)
    if not ours:
        return
    with st.expander("Measure again"):
        if form(run, again=True):
            st.rerun()


page()
