"""Overview: what this is, a song to play at once, and what there is to see."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.charts.curves import Curve, sparkline
from dashboard.charts.theme import CELL_NAMES
from dashboard.wording import by_best_validation, plain
from songrnn.store.runs import DamagedRun, Run

MOST_SHOWN = 8


def ready_song(runs: list[Run]) -> None:
    """A kept song of the best run that has one, ready to play."""
    for run in runs:
        songs = loaders.songs(run)
        if not songs:
            continue
        # The temperature nearest to 0.8 tends to give the most song-like song.
        song = min(songs, key=lambda kept: (abs(kept.config.temperature - 0.8), kept.seed))
        title = loaders.reading(song.text).header.get("T") or "A song without a title"
        st.subheader(plain(title), anchor=False)
        st.caption(
            f"Written by {run.name} at temperature {song.config.temperature:g}, seed {song.seed}, "
            "character by character; chosen by its temperature, not by ear."
        )
        widgets.tune(song.text, key="overview-player", patience=0)
        st.page_link(
            "views/compose.py",
            label="Let it write another",
            query_params={state.RUN: run.name},
        )
        return
    st.info(
        "No song is kept yet. Train a run (`songrnn train --epochs 5`), then let it write on the "
        "Compose page and keep what you like: it will be here, ready to play."
    )


def at_a_glance(rows: list[dict[str, Any]]) -> None:
    """The best runs in a small table."""
    frame = pd.DataFrame(rows[:MOST_SHOWN])
    frame["cell"] = frame["cell"].map(lambda cell: CELL_NAMES.get(cell, cell))
    column = st.column_config
    columns = {
        "name": column.TextColumn("Run"),
        "best_validation_bits_per_character": column.NumberColumn("Validation", format="%.3f"),
        "cell": column.TextColumn("Cell"),
        "hidden_size": column.NumberColumn("Units"),
        "parameters": column.NumberColumn("Parameters", format="localized"),
    }
    st.dataframe(
        frame,
        hide_index=True,
        column_config=columns,
        column_order=list(columns),
        key="glance",
    )
    st.caption(
        "Validation: best loss in bits per character over all validation tunes, each read once "
        "from the zero state; lower is better, and a coin flip a character would be 1. "
        "Parameters: trained numbers in the network."
    )


def page() -> None:
    """The page."""
    st.title("SongRNN Lab", anchor=False)
    st.markdown(
        "Small recurrent networks learn to write folk tunes one character at a time; here you "
        "compare how they learned, hear what they write, and see what each neuron does."
    )
    rows = sorted(loaders.run_rows().values(), key=by_best_validation)
    found = loaders.runs()
    by_name = {run.name: run for run in found if isinstance(run, Run)}
    usable = [by_name[row["name"]] for row in rows if row["weights"]]
    left, right = st.columns([7, 5], gap="large")
    with left:
        ready_song(usable)
    with right:
        cards(rows, by_name, usable, sum(isinstance(run, DamagedRun) for run in found))


def cards(
    rows: list[dict[str, Any]], by_name: dict[str, Run], usable: list[Run], damaged: int
) -> None:
    """What the pages hold, each with the figure that makes one want to look."""
    with st.container(border=True, key="card-runs"):
        st.page_link("views/runs.py", label="**Runs**: compare how they learned")
        if rows:
            best = rows[0]
            bits = best["best_validation_bits_per_character"]
            if bits is not None:
                st.markdown(
                    f"Best of {len(rows)}: **{best['name']}**, {bits:.3f} bits per character."
                )
            curves = [
                Curve(row["name"], row["cell"], loaders.history(by_name[row["name"]]))
                for row in rows[:MOST_SHOWN]
            ]
            st.plotly_chart(
                sparkline(curves, colours=widgets.colours()),
                theme=None,
                key="sparkline",
                config={"displayModeBar": False},
            )
            at_a_glance(rows)
        else:
            st.caption("No run yet: `songrnn train --epochs 5` makes one in a minute or so.")
        if damaged:
            st.caption(f"{damaged} run folder(s) cannot be read; the Runs page says why.")
    with st.container(border=True, key="card-compose"):
        st.page_link("views/compose.py", label="**Compose**: a song at any temperature")
        st.caption("Give it a beginning, choose how daring it is, hear the result, keep it.")
    with st.container(border=True, key="card-neurons"):
        st.page_link(
            "views/neurons.py", label="**Neurons**: what one unit does, on every character"
        )
        if usable:
            model = usable[0].config.model
            st.caption(
                f"{usable[0].name} has {model.layers * model.hidden_size:,} of them; "
                "colour a tune by any one."
            )
    with st.container(border=True, key="card-corpus"):
        st.page_link("views/corpus.py", label="**Corpus**: the tunes they learned from")
        book = loaders.tunebook("folk") if loaders.corpus_is_built("folk") else None
        if book is not None:
            st.caption(f"{len(book.tunes):,} tunes from old collections: search, read, listen.")
        else:
            st.caption("Real tunes from old collections; built at the first visit.")


page()
