"""Temperature: what a run's songs gain and lose as the temperature rises."""

from functools import partial

import pandas as pd
import streamlit as st

from dashboard import frame, loaders, state, widgets
from dashboard.charts.temperature import PANELS, temperature_curves
from dashboard.charts.theme import shades
from songrnn.generation.composer import compose_each
from songrnn.quality import temperature as study
from songrnn.quality.temperature import TemperatureStudy
from songrnn.store.runs import Run

SONGS = (20, 50, 100, 200, 400)


def measure(run: Run, songs: int, *, whole_bars: bool) -> None:
    """Write and measure songs at every temperature, with progress; the study joins the run."""
    corpus = widgets.corpus_of(run.config.corpus).name
    with st.status("Reading the tunes of the corpus, once …") as status:
        reference = loaders.corpora.quality_reference_now(corpus)
        bar = st.progress(0.0)

        def show_progress(done: int, of: int) -> None:
            status.update(label=f"Measured {done} of {of} sets of songs …")
            bar.progress(done / of)

        study.study_run(
            run,
            partial(compose_each, loaders.runs.engine(run), run.vocabulary),
            reference.book,
            reference.index,
            songs=songs,
            whole_bars=whole_bars,
            progress=show_progress,
        ).write(run.path)
        status.update(label="Measured; it is stored with the run.", state="complete")


def form(run: Run, *, again: bool) -> bool:
    """The form to measure; True when a study was just made."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        songs = st.segmented_control(
            "Songs at each temperature",
            SONGS,
            default=100,
            required=True,
            key="_study_songs",
            help="More songs give narrower intervals and take longer: 100 take about a minute.",
        )
        whole_bars = st.toggle("Whole bars", key="_study_whole_bars")
        pressed = st.button("Measure again" if again else "Measure", type="primary")
    if pressed:
        measure(run, int(songs), whole_bars=whole_bars)
    return pressed


def show(run: Run, found: TemperatureStudy) -> None:
    """The sentence, the curves, the table."""
    st.markdown(f"**Which temperature?** {found.reason}")
    (colour,) = shades(frame.colours(), run.config.model.cell, 1)
    st.plotly_chart(
        temperature_curves(
            found.rows, colour=colour, colours=frame.colours(), suggested=found.suggested
        ),
        theme=None,
        key="temperature-curves",
        config={"displaylogo": False},
        alt=found.reason,
    )
    whole = ", with the rule of whole bars" if found.whole_bars else ""
    st.caption(
        f"{found.songs} songs at each temperature{whole}, the same seeds from {found.seed} on, at "
        f"most {found.limit:,} characters; at 0 all seeds write the same song (the open circle). Bands are "
        "95 % intervals over songs. The black line is the value of the "
        f"{found.rows[-1].songs:,} validation tunes of {found.corpus}, which the run did not learn "
        "from; for the divergence, of one half of them from the other. The dotted line is the "
        "temperature suggested."
    )
    st.caption(
        "  \n".join(
            f"**{words.capitalize()}**: {study.MEANINGS[name]}" for name, words in PANELS.items()
        )
    )
    if found.suggested is not None:
        st.page_link(
            "views/compose/page.py",
            label=f"Compose at {found.suggested:g}",
            query_params={state.RUN: run.name, state.TEMPERATURE: f"{found.suggested:g}"},
        )
    with st.expander("As a table"):
        rows = [
            {
                "temperature": "real tunes" if row.temperature is None else f"{row.temperature:g}",
                "songs": row.songs,
                **{name: figure.estimate for name, figure in row.figures.items()},
            }
            for row in found.rows
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="temperature-table")


def page() -> None:
    """The page."""
    frame.heading(
        "Temperature",
        "What a run's songs gain and lose as the temperature rises, beside real tunes.",
    )
    run = widgets.run_picker(
        remark=lambda run: " · measured" if (run.path / study.FILE).exists() else ""
    )
    if run is None:
        return
    found = TemperatureStudy.read(run.path)
    if found is None:
        st.info(
            f"{run.name} has no temperature study yet. Measure one here, or with "
            f"`songrnn study-temperature {run.name}`."
        )
        if form(run, again=False):
            st.rerun()
        return
    show(run, found)
    with st.expander("Measure again"):
        if form(run, again=True):
            st.rerun()


page()
