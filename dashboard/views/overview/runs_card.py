"""How the runs learned: the best, their curves, a small table."""

import contextlib
from typing import Any
from urllib.parse import quote

import streamlit as st

from dashboard import loaders, widgets
from dashboard.charts.run_curves import curve_of
from dashboard.charts.sparkline import sparkline
from dashboard.charts.theme import CELL_NAMES
from dashboard.state import elements
from dashboard.wording import plain
from songrnn.config import USUAL_CORPUS
from songrnn.errors import SongRNNError
from songrnn.store.runs import Run

MOST_SHOWN = 8
# What would end a cell of a table, as a character of it.
BAR = r"\|"


def runs_card(rows: list[dict[str, Any]], by_name: dict[str, Run], damaged: int) -> None:
    """How the runs learned: the best, the curves, a small table."""
    st.page_link("views/runs/page.py", label="**Runs**: compare how they learned")
    if rows:
        # Losses on different corpora cannot be compared: the best is that of the usual one.
        alike = [row for row in rows if row["corpus"] == USUAL_CORPUS] or rows
        best = alike[0]
        bits = best["best_validation_bits_per_character"]
        if bits is not None:
            st.markdown(
                f"Best of {len(alike)} on {plain(best['corpus'])}: **{plain(best['name'])}**, "
                f"{bits:.3f} bits per character."
            )
        curves = []
        for row in alike[:MOST_SHOWN]:
            with contextlib.suppress(SongRNNError):  # the Runs page says what is damaged
                run = by_name[row["name"]]
                curves.append(curve_of(run.config, loaders.runs.history(run)))
        widgets.chart(
            lambda colours: sparkline(curves, colours=colours),
            "best-runs-validation-loss",
            key=elements.SPARKLINE,
            at_once=True,
            alt="Validation losses falling over the epochs",
        )
        at_a_glance([row for row in rows if row["weights"]] or rows)
    else:
        st.caption("No run yet: `songrnn train --epochs 5` makes one in a minute or so.")
    if damaged:
        st.caption(
            f"{damaged} run {'folder' if damaged == 1 else 'folders'} cannot be read; "
            "the Runs page says why."
        )


def at_a_glance(rows: list[dict[str, Any]]) -> None:
    """The best runs in a small table."""
    lines = ["| Run | Validation | Cell | Parameters |", "|:--|--:|:--|--:|"]
    for row in rows[:MOST_SHOWN]:
        bits = row["best_validation_bits_per_character"]
        cells = (
            f"[{plain(row['name'])}](run?run={quote(row['name'])})",
            "–" if bits is None else f"{bits:.3f}",
            plain(CELL_NAMES.get(row["cell"], row["cell"])),
            f"{row['parameters']:,}",
        )
        lines.append(f"| {' | '.join(cell.replace('|', BAR) for cell in cells)} |")
    # Text, neither a grid nor `st.table`: those bring the browser scripts that nothing else here needs.
    with st.container(key=elements.GLANCE):
        st.markdown("\n".join(lines))
    st.caption(
        "The best runs of those with weights. Validation: best loss in bits per character over all "
        "validation tunes, each read once with an empty memory at its start; lower is better. "
        "Choosing between two equally likely characters costs 1 bit. Parameters: trained numbers "
        "in the network."
    )
