"""What it costs to fix neurons at a value on real tunes, measured when a person asks for it."""

import numpy as np
import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.state import elements
from dashboard.views.neurons.ablation_form import Question
from dashboard.widgets.progress import Tell
from dashboard.wording import duration
from songrnn.inspection.ablation import RANDOM_SETS, Effect, effect
from songrnn.inspection.deciding import learn_deciding
from songrnn.model.shapes import products_per_symbol
from songrnn.store.runs import Run

TUNES = (10, 20, 50, 100)
# Seconds beyond which fewer tunes are proposed.
LONG = 60
# Multiplications a second of one core in this kind of work, measured; for a rough estimate only.
_SPEED = 1.3e10
_CHARACTERS = 280


def on_tunes(run: Run, question: Question) -> list[Effect] | None:
    """Effects of all sets: measured before, or now when a person says so."""
    tunes = st.segmented_control(
        "Tunes read",
        TUNES,
        default=20 if seconds_for(run, 20, len(question.groups)) <= LONG else 10,
        required=True,
        key=state.CAUSE_TUNES,
        help="Drawn from the validation tunes, always the same ones. More tunes give narrower "
        "intervals and take longer.",
    )
    seconds = seconds_for(run, tunes, len(question.groups))
    return widgets.measured(
        run,
        ("effects", question, tunes),
        lambda tell: measure(run, question, tunes, tell),
        label="Measure",
        doing="Switching off …",
        about=f"Reads {tunes} validation tunes without any change, with these neurons switched off, "
        f"and with each of {RANDOM_SETS} sets of as much influence switched off: about "
        f"{duration(max(2, round(seconds, -1 if seconds > 20 else 0)))}.",
        key=elements.MEASURE_EFFECT,
    )


def measure(run: Run, question: Question, tunes: int, tell: Tell) -> list[Effect]:
    """The effect of each set of units."""
    book = widgets.corpus_of(run.config.corpus)
    held_out = book.split("validation")
    index = loaders.neurons.index(run)
    means = None if index is None else index.means()
    deciding = (
        learn_deciding(
            question.label, run.vocabulary, book.split("train"), np.random.default_rng(0)
        )
        if question.label
        else None
    )
    found = []
    for number, units in enumerate(question.groups):

        def partly(share: float, done: int = number) -> None:
            tell((done + share) / len(question.groups))

        found.append(
            effect(
                loaders.runs.engine(run),
                run.vocabulary,
                held_out,
                units,
                np.random.default_rng(0),
                means=means,
                label=question.label,
                deciding=deciding,
                value=question.value,
                place=question.place,
                most_tunes=tunes,
                progress=partly,
            )
        )
    return found


def seconds_for(run: Run, tunes: int, groups: int, sets: int = RANDOM_SETS) -> float:
    """About how long reading takes on one core."""
    work = products_per_symbol(run.config.model, run.vocabulary.size)
    return work * _CHARACTERS * tunes * sets * groups / _SPEED
