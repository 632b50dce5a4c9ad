"""How a training went: losses, accuracy, learning rate, gradient norm, and its songs over epochs."""

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.charts.course import course_chart
from dashboard.state import elements
from songrnn.store.runs import Run


def draw(run: Run) -> None:
    """The history as four panels over the epochs."""
    history = loaders.runs.history(run)
    if history.empty:
        st.caption("It has no history yet; the first validation comes before the first step.")
        return
    ppmd = loaders.corpora.ppmd_of(run)
    widgets.chart(
        lambda colours: course_chart(history, run.config.model.cell, colours, ppmd=ppmd),
        f"{run.name}-course",
        key=elements.COURSE,
        alt=f"Losses, accuracy, learning rate and gradient norm of {run.name} over the epochs.",
    )
    st.caption(
        "Solid: validation tunes, each read once with an empty memory at its start; dashed: the "
        f"windows being learned from{', with dropout on' if run.config.model.dropout else ''}. Epoch 0 is "
        "before the first step"
        + (": the source as it stands." if run.config.source else ".")
        + " The gradient's norm is the mean before clipping."
    )


def songs(run: Run) -> None:
    """The songs that were kept after its epochs, one at a time."""
    kept = loaders.runs.samples(run)
    st.subheader("Songs over the epochs", anchor=False)
    if not kept:
        st.caption("None were kept with this training; new trainings keep up to 40.")
        return
    epochs = list(kept)
    at = state.get(state.EPOCH)
    if at is None or at not in epochs:
        state.put(state.EPOCH, epochs[-1])
    if len(epochs) > 1:
        picked = st.select_slider(
            "After epoch",
            epochs,
            key=state.EPOCH,
            format_func=lambda number: f"{number:g}",
            help="All are written at temperature 0.7 with the same seed, so what differs was learned.",
        )
        epoch = float(picked)
    else:
        epoch = epochs[0]
    widgets.tune(kept[epoch], key=elements.EPOCH_SONG)
