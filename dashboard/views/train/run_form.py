"""The form of the Train page for one run: tunes, start, settings, name, and the start button."""

import itertools
from collections.abc import Container

import streamlit as st

from dashboard import frame, loaders, state, widgets
from dashboard.state import elements
from dashboard.views.train.actions import Once, act
from dashboard.views.train.setting_field import bounds, setting_field
from dashboard.views.train.starting import Start, choose_start
from dashboard.wording import duration, plain
from songrnn.config import SEED, SETTINGS, Value, run_name_from, with_settings
from songrnn.config.recipes import FREE
from songrnn.errors import ConfigError, TooLargeError
from songrnn.notation.limits import MOST_IN_FIELD
from songrnn.training.planning import TrainingPlan, create, plan, training_characters
from songrnn.training.speed import estimate
from songrnn.training.waiting import request_training

# The settings that are always in sight; the others are in the fold, in their own order.
FIRST = ("cell", "hidden_size", "layers", "dropout", "epochs")
# Those of a fine-tuning, whose shape is that of its source.
FIRST_TUNED = ("dropout", "epochs", "learning_rate", "trainable")
# Those that only a training from random weights can choose.
SHAPE = ("cell", "layers", "hidden_size", "embedding_size", "initialization", "normalization")


def run_form() -> None:
    """The settings of one run, what it will be called, and the button that starts it."""
    start = choose_start()
    values, seed = _values(start)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        given = st.text_input(
            "Name",
            key=state.RUN_NAME,
            max_chars=MOST_IN_FIELD,
            placeholder="made from the settings",
            width=320,
            help="What the run and its folder in checkpoints/ are called. Left empty, the name "
            "tells what it was made of.",
        ).strip()
        replace = st.checkbox(
            "Replace a run of this name",
            key=state.REPLACE_RUN,
            help="Moves the run that has this name into the trash, from where it can be restored "
            "below.",
        )
        neurons = st.checkbox(
            "Label its neurons afterwards",
            key=state.LABEL_NEURONS,
            help="Finds out what each neuron follows once the training has finished, in the same "
            "process: a minute or more for a small network, about ten for a large one.",
        )
    # The settings are checked before anything is planned with them, and below all that was typed.
    with_settings(values)
    low, high = bounds(SEED)
    if not low <= seed <= high:
        raise ConfigError(f"seed must be from {low:.0f} to {high:,.0f}, not {seed:,}.")
    planned = plan(start.book, tuning=start.tuning, recipe=start.recipe, changes=values, seed=seed)
    called = _name(planned, given, replace=replace)
    for remark in planned.remarks[1:]:
        st.warning(plain(remark))
    _duration(planned)
    st.button(
        "Start the run",
        key=elements.START_RUN,
        type="primary",
        on_click=act,
        args=(Once(lambda: begin(planned, called, replace=replace, neurons=neurons)),),
        kwargs={"done": f"{called} was started; it continues when this page is closed."},
        help="Trains it in a process of its own, on one processor core.",
    )


def begin(planned: TrainingPlan, name: str, *, replace: bool, neurons: bool) -> str | None:
    """Make the run that was planned and train it in a process of its own, or let it wait for room."""
    said = request_training(create(planned, name=name, overwrite=replace, neurons=neurons))
    # It has its run now; left standing, the form would call it taken.
    state.put(state.RUN_NAME, "")
    return said


def _values(start: Start) -> tuple[dict[str, Value], int]:
    """The controls, filled with the settings that were chosen to begin with; and the seed."""
    tuned = start.tuning is not None
    first = FIRST_TUNED if tuned else FIRST
    values = dict(start.values)
    fixed = [name for name in SHAPE if name not in FREE] if tuned else []
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name in first:
            values[name] = setting_field(SETTINGS[name], values[name], start.origin)
        seed = int(setting_field(SEED, SEED.default))
    with st.expander("More settings"), st.container(horizontal=True, vertical_alignment="bottom"):
        for name in [name for name in SETTINGS if name not in (*first, *fixed)]:
            values[name] = setting_field(SETTINGS[name], values[name], start.origin)
    return values, seed


def _name(planned: TrainingPlan, given: str, *, replace: bool) -> str:
    """What the run will be called; the page says so, and what becomes of one called the same."""
    taken = {run.name for run in loaders.runs.all_runs()}
    usual = planned.usual_name
    own = run_name_from(given)
    called = own or (usual if replace else free_name(usual, taken))
    words = f"It will be called **{plain(called)}**."
    if own != given:
        words += " Names of runs have letters, digits, '.', '_' and '-'."
    if called in taken:
        words += (
            f" The existing {plain(called)} goes into the trash."
            if replace
            else f" There is a run {plain(called)} already: choose another name, or replace it."
        )
    elif called != usual and not own:
        words += f" (`{usual}` exists already.)"
    st.caption(words)
    return called


def free_name(name: str, taken: Container[str]) -> str:
    """The name, or the first of name-2, name-3, … that is not taken.

    >>> free_name("lstm-150", {"lstm-150", "lstm-150-2"})
    'lstm-150-3'
    """
    numbered = (f"{name}-{number}" for number in itertools.count(2))
    return name if name not in taken else next(one for one in numbered if one not in taken)


def _duration(planned: TrainingPlan) -> None:
    """How long it takes on this machine; measured in the background where nothing alike was trained."""
    try:
        known = loaders.speeds.speed(planned.model, planned.training)
    except TooLargeError as error:
        st.caption(plain(str(error)))
        return
    waiting = not known.done()

    @st.fragment(run_every=1 if waiting else None)
    def say() -> None:
        with frame.errors_as_sentences():
            speed = known.result() if known.done() else None
            if waiting and known.done():
                widgets.page_anew()
            if speed is None:
                st.caption("Measuring how fast this machine trains it …" if waiting else "")
                return
            characters = training_characters(planned.book)
            read = sum(len(tune.text) for tune in planned.book.split("validation"))
            epochs = planned.training.epochs
            seconds = estimate(speed, characters, read, epochs)
            early = (
                f" It stops earlier after {planned.training.patience} epochs without a better "
                "validation loss."
                if planned.training.patience
                else ""
            )
            st.caption(
                f"About {duration(seconds)}: {epochs} × {characters:,} characters at {speed:,.0f} "
                f"a second, as measured on this machine.{early}"
            )

    say()
