"""The forms of the Train page: a run or a study, and the buttons that start them."""

import itertools
from collections.abc import Container, Sequence
from typing import Any, get_args

import streamlit as st

from dashboard import loaders, widgets
from dashboard.charts.theme import CELL_NAMES
from dashboard.trainings import act, duration
from songrnn import config as documents
from songrnn.config import CorpusReference, ModelConfig, RunConfig, TrainConfig, default_run_name
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.training.launch import start_training
from songrnn.tuning.launchers import cores
from songrnn.tuning.study import Study, find_study, merge, shipped_studies
from songrnn.tuning.sweeps import start_sweep

ALL = "all"
# What is built where no corpus is there yet.
FIRST_CORPUS = "folk"

_TRAINING = TrainConfig.model_fields
_MODEL = ModelConfig.model_fields


def run_form() -> None:
    """The settings of one run, what it will be called, and the button that starts it."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        cell = st.segmented_control(
            "Cell",
            list(get_args(documents.Cell)),
            default=_MODEL["cell"].default,
            required=True,
            format_func=lambda name: CELL_NAMES[name],
            help="What carries the memory from one character to the next.",
        )
        model = {
            "cell": cell,
            "hidden_size": _whole("Units", _MODEL["hidden_size"].default, 1, 4096, "A layer."),
            "layers": _whole("Layers", 1, 1, 8, "One above the other."),
            "dropout": _number(
                "Dropout", 0.0, 0.0, 0.95, 0.05, "Share silenced where a net has what to drop."
            ),
        }
        epochs = _whole("Epochs", _TRAINING["epochs"].default, 1, 10_000, "Passes over the tunes.")
        seed = _whole("Seed", 0, 0, 2**31 - 1, "Of weights, order of tunes and dropout.")
    corpora = _corpora()
    with st.expander("More settings"):
        more, training = _more_settings()
        corpus = st.selectbox("Corpus", corpora, help="The tunes to learn from.", width=200)
        name = st.text_input(
            "Name",
            placeholder="made from the settings",
            help="A folder in checkpoints/ gets this name.",
        )
        replace = st.checkbox(
            "Replace a run of this name", help="The old one goes into the trash below."
        )
    config_model = ModelConfig(**(model | more))
    config_training = TrainConfig(**({"epochs": epochs} | training))
    taken = {run.name for run in loaders.runs()}
    usual = default_run_name(config_model, config_training, seed)
    called = name.strip() or (usual if replace else free_name(usual, taken))
    words = f"It will be called `{called}`{_duration_hint(config_model, epochs)}."
    if called in taken:
        words += (
            f" The {called} that is there goes into the trash."
            if replace
            else f" There is a {called} already: choose another name, or replace it."
        )
    elif called != usual and not name.strip():
        words += f" (`{usual}` is there already.)"
    st.caption(words)

    def start() -> None:
        book = loaders.tunebook(corpus)
        config = RunConfig(
            name=called,
            seed=seed,
            model=config_model,
            training=config_training,
            corpus=CorpusReference(name=book.name, sha256=book.sha256),
        )
        start_training(config, Vocabulary.of(book.characters), overwrite=replace)

    st.button(
        "Start the run",
        type="primary",
        on_click=act,
        args=(start,),
        kwargs={"done": f"{called} is being trained; it goes on when this page is closed."},
        help="It trains in a process of its own, on one core.",
    )


def free_name(name: str, taken: Container[str]) -> str:
    """The name, or the first of name-2, name-3, … that is not taken.

    >>> free_name("lstm-150", {"lstm-150", "lstm-150-2"})
    'lstm-150-3'
    """
    numbered = (f"{name}-{number}" for number in itertools.count(2))
    return name if name not in taken else next(one for one in numbered if one not in taken)


def _corpora() -> list[str]:
    """The corpora that are built, the usual one first; it is built when there is none."""
    built = [name for name in loaders.built_corpora() if loaders.corpus_is_built(name)]
    return built or [widgets.corpus(FIRST_CORPUS).name]


def _more_settings() -> tuple[dict[str, Any], dict[str, Any]]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        model = {
            "embedding_size": _whole(
                "Embedding", _MODEL["embedding_size"].default, 1, 4096, "Numbers a character."
            )
        }
        training = {
            "batch_size": _whole(
                "Streams", _TRAINING["batch_size"].default, 1, 4096, "Read side by side."
            ),
            "window": _whole(
                "Window", _TRAINING["window"].default, 1, 8192, "Characters of back-propagation."
            ),
            "learning_rate": _number(
                "Learning rate",
                _TRAINING["learning_rate"].default,
                0.00001,
                1.0,
                0.001,
                "The largest one.",
                "%.5f",
            ),
            "schedule": st.selectbox(
                "Schedule", get_args(documents.Schedule), width=140, help="Of the learning rate."
            ),
            "weight_decay": _number(
                "Weight decay", 0.0, 0.0, 1.0, 0.01, "AdamW's; 0 is off.", "%.3f"
            ),
            "clip": _number(
                "Clip",
                _TRAINING["clip"].default,
                0.0,
                100.0,
                0.5,
                "Largest gradient norm; 0 is off.",
            ),
            "averaging": _number(
                "Averaging", 0.0, 0.0, 0.9999, 0.001, "Decay of the averaged weights.", "%.4f"
            ),
            "patience": _whole(
                "Patience", 0, 0, 10_000, "Epochs without progress before it stops; 0 never."
            ),
            "precision": st.selectbox(
                "Precision", get_args(documents.Precision), width=110, help="auto measures."
            ),
        }
    return model, training


def _whole(words: str, default: int, low: int, high: int, help_text: str) -> int:
    return int(st.number_input(words, low, high, default, width=120, help=help_text))


def _number(
    words: str,
    default: float,
    low: float,
    high: float,
    step: float,
    help_text: str,
    shown: str = "%.2f",
) -> float:
    # Spinning in steps gathers rounding errors, and the value names the run.
    value = st.number_input(words, low, high, default, step, shown, width=130, help=help_text)
    return round(float(value), 6)


def _duration_hint(model: ModelConfig, epochs: int) -> str:
    """How long it may take, from a run of the same shape."""
    for row in loaders.run_rows().values():
        alike = (row["cell"], row["hidden_size"], row["layers"]) == (
            *(model.cell, model.hidden_size),
            model.layers,
        )
        if alike and row["status"] == "finished" and row["duration_seconds"]:
            seconds = row["duration_seconds"] / row["epochs"] * epochs
            return f" and may take about {duration(seconds)} ({row['name']} did)"
    return ""


def study_form() -> None:
    """A study to train, as a whole or in part, and the button that starts it."""
    studies = {study.name: study for study in shipped_studies()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Study",
            [*studies, ALL],
            format_func=lambda n: "All three" if n == ALL else studies[n].title,
            width=240,
            help="One setting varied, everything else alike, several seeds.",
        )
        most = max(len(study.seeds) for study in studies.values())
        seeds = _whole("Seeds", most, 1, most, "Three give intervals, six a p below 0.05.")
        epochs = _whole(
            "Epochs",
            max(study.training.epochs for study in studies.values()),
            1,
            10_000,
            "As many as the shipped studies have, unless you change it.",
        )
        workers = _whole("At once", cores(), 1, 64, "Runs side by side; one a core is best.")
    chosen = [
        study.at_epochs(epochs).with_seeds(seeds)
        for study in ([*studies.values()] if name == ALL else [studies[str(name)]])
    ]
    runs = planned(chosen)
    rows = loaders.run_rows()
    done = [run for run in runs if rows.get(run.name, {}).get("status") == "finished"]
    st.caption(
        f"{len(runs)} runs, {len(done)} of them finished already. Finished runs are not trained "
        "again, stopped ones go on; all settings of the first seed come first."
    )
    default = all(
        study.training.epochs == find_study(study.name).training.epochs for study in chosen
    )
    st.button(
        "Start the study",
        type="primary",
        disabled=len(done) == len(runs),
        on_click=act,
        args=(
            lambda: start_sweep(
                str(name),
                seeds=None if seeds == most else seeds,
                epochs=None if default else epochs,
                workers=workers,
            ),
        ),
        kwargs={"done": "The study is being trained; it goes on when this page is closed."},
    )


def planned(studies: Sequence[Study]) -> list[RunConfig]:
    """The runs of studies on the corpora as they are built here, each once."""
    expansions = []
    for study in studies:
        book = widgets.corpus(study.corpus)
        expansions.append(study.expand(CorpusReference(name=book.name, sha256=book.sha256)))
    return merge(expansions)
