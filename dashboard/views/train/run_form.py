"""The form of the Train page for one run: its settings, its name, and the button that starts it."""

import itertools
from collections.abc import Container
from dataclasses import dataclass

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.state import elements
from dashboard.views.train.actions import act
from dashboard.views.train.setting_field import setting_field
from dashboard.wording import duration
from songrnn.config import (
    SEED,
    SETTINGS,
    USUAL_CORPUS,
    ModelConfig,
    RunConfig,
    TrainConfig,
    Value,
    default_run_name,
    setting_values,
    with_settings,
)
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.store.runs import Run
from songrnn.training.launch import start_training

# The settings that are always in sight; the others are in the fold, in their own order.
FIRST = ("cell", "hidden_size", "layers", "dropout", "epochs")


@dataclass(frozen=True)
class Chosen:
    """What the form is set to; name: "" where it is to be made from the settings."""

    model: ModelConfig
    training: TrainConfig
    seed: int
    corpus: str
    name: str
    replace: bool


def run_form() -> None:
    """The settings of one run, what it will be called, and the button that starts it."""
    chosen = _choose(_settings_of())
    called = _name(chosen)

    def start() -> None:
        book = loaders.corpora.tunebook(chosen.corpus)
        config = RunConfig(
            name=called,
            seed=chosen.seed,
            model=chosen.model,
            training=chosen.training,
            corpus=book.reference,
        )
        start_training(config, Vocabulary.of(book.characters), overwrite=chosen.replace)

    st.button(
        "Start the run",
        key=elements.START_RUN,
        type="primary",
        on_click=act,
        args=(start,),
        kwargs={"done": f"{called} trains now, and continues when this page is closed."},
        help="Trains it in a process of its own, on one processor core.",
    )


def _settings_of() -> RunConfig | None:
    """The run whose settings the form is filled with; None for the lab's own."""
    there = {run.name: run.config for run in loaders.runs.all_runs() if isinstance(run, Run)}
    usual = "the lab's defaults"
    source = st.selectbox(
        "Copy settings from",
        [usual, *sorted(there, key=lambda name: (name != "best", name))],
        width=260,
        key=state.COPIED_FROM,
        help="Fills the form with the settings of that run; change what you like, then start.",
    )
    return there.get(str(source))


def _choose(copied: RunConfig | None) -> Chosen:
    """The controls, filled with the settings of a run or with the lab's own."""
    given = (
        setting_values(copied.model, copied.training)
        if copied
        else {name: setting.default for name, setting in SETTINGS.items()}
    )
    # Fields of another run are other fields, so that they show its values at first.
    origin = f"-of-{copied.name}" if copied else ""
    values: dict[str, Value] = {}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name in FIRST:
            values[name] = setting_field(SETTINGS[name], given[name], origin)
        seed = int(setting_field(SEED, SEED.default))
    with st.expander("More settings"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            for name in [name for name in SETTINGS if name not in FIRST]:
                values[name] = setting_field(SETTINGS[name], given[name], origin)
        corpus = st.selectbox(
            "Corpus",
            _corpora(),
            key=state.TRAIN_CORPUS,
            width=200,
            help="The tunes to learn from. Losses on different corpora cannot be compared.",
        )
        called = st.text_input(
            "Name",
            key=state.RUN_NAME,
            placeholder="made from the settings",
            help="What the run and its folder in checkpoints/ are called. Left empty, the name "
            "tells the settings that are not the default.",
        )
        replace = st.checkbox(
            "Replace a run of this name",
            key=state.REPLACE_RUN,
            help="Moves the run that has this name into the trash, from where it can be restored "
            "below.",
        )
    model, training = with_settings(values)
    return Chosen(model, training, seed, str(corpus), called.strip(), replace)


def _corpora() -> list[str]:
    """The corpora that are built, the usual one first; it is built when there is none."""
    built = [name for name in loaders.corpora.built() if loaders.corpora.is_built(name)]
    return built or [widgets.corpus(USUAL_CORPUS).name]


def _name(chosen: Chosen) -> str:
    """What the run will be called; the page says so, and what becomes of one called the same."""
    taken = {run.name for run in loaders.runs.all_runs()}
    usual = default_run_name(chosen.model, chosen.training, chosen.seed, chosen.corpus)
    called = chosen.name or (usual if chosen.replace else free_name(usual, taken))
    words = f"It will be called `{called}`{_duration_hint(chosen.model, chosen.training.epochs)}."
    if called in taken:
        words += (
            f" The existing {called} goes into the trash."
            if chosen.replace
            else f" There is a {called} already: choose another name, or replace it."
        )
    elif called != usual and not chosen.name:
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


def _duration_hint(model: ModelConfig, epochs: int) -> str:
    """How long it may take, from a run of the same shape."""
    for row in loaders.runs.rows().values():
        alike = (row["cell"], row["hidden_size"], row["layers"]) == (
            *(model.cell, model.hidden_size),
            model.layers,
        )
        if alike and row["status"] == "finished" and row["duration_seconds"]:
            seconds = row["duration_seconds"] / row["epochs"] * epochs
            return f" and may take about {duration(seconds)} ({row['name']} did)"
    return ""
