"""The form of the Train page for one run: its settings, its name, and the button that starts it."""

import itertools
from collections.abc import Container
from typing import Any, get_args

import annotated_types
import streamlit as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from dashboard import loaders, widgets
from dashboard.charts.theme import CELL_NAMES
from dashboard.views.train.live import act, duration
from songrnn import config as documents
from songrnn.config import CorpusReference, ModelConfig, RunConfig, TrainConfig, default_run_name
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.store.runs import Run
from songrnn.training.launch import start_training

# What is built where no corpus is there yet.
FIRST_CORPUS = "folk"
# The largest number a form offers where the setting itself knows no bound.
MOST = 10_000
# Words, step, shown digits and meaning of the settings that are numbers or shares.
_NUMBERS: dict[str, tuple[str, float, str, str]] = {
    "dropout": (
        "Dropout", 0.05, "%.2f",
        "Share of units silenced at the embedding, between layers and at the readout's input "
        "(Zaremba et al. 2014).",
    ),
    "weight_drop": (
        "Weight drop", 0.05, "%.2f",
        "Share of the weights from state to state silenced in each window (Merity et al. 2018).",
    ),
    "learning_rate": ("Learning rate", 0.001, "%.5f", "The largest one the schedule reaches."),
    "weight_decay": ("Weight decay", 0.01, "%.3f", "AdamW's; 0 is off (Loshchilov, Hutter 2019)."),
    "clip": ("Clip", 0.5, "%.2f", "Largest norm of the whole gradient; 0 is off."),
    "averaging": (
        "Averaging", 0.001, "%.4f", "Decay per step of a moving average of the weights; 0 is off."
    ),
    "transposition": (
        "Transposition", 0.1, "%.2f",
        "Share of the tunes that each epoch reads in a key drawn for their mode.",
    ),
}  # fmt: skip
_WHOLES = {
    "hidden_size": ("Units", "A layer."),
    "layers": ("Layers", "One above the other."),
    "embedding_size": ("Embedding", "Numbers a character."),
    "epochs": ("Epochs", "Passes over the tunes."),
    "batch_size": ("Streams", "Read side by side: the size of the batch."),
    "window": ("Window", "Characters of truncated back-propagation through time."),
    "patience": ("Patience", "Epochs without progress before it stops; 0 never."),
}
_CHOICES: dict[str, tuple[str, tuple[str, ...], int, str]] = {
    "initialization": (
        "Start", get_args(documents.Initialization), 150,
        "How weights begin: torch's default, Xavier (Glorot, Bengio 2010), Kaiming (He et al. "
        "2015) or orthogonal.",
    ),
    "normalization": (
        "Normalization", get_args(documents.Normalization), 130,
        "Of the last layer's output, before the readout: over its units (layer) or over the "
        "window (batch).",
    ),
    "schedule": ("Schedule", get_args(documents.Schedule), 140, "Of the learning rate."),
    "precision": (
        "Precision", get_args(documents.Precision), 110,
        "Of the arithmetic; auto measures which is faster here.",
    ),
}  # fmt: skip
_FIRST = ("hidden_size", "layers", "dropout")
_MODEL_MORE = ("embedding_size", "weight_drop", "initialization", "normalization")
_TRAINING_MORE = (
    "batch_size", "window", "learning_rate", "schedule", "weight_decay", "clip",
    "averaging", "transposition", "patience", "precision",
)  # fmt: skip


def run_form() -> None:
    """The settings of one run, what it will be called, and the button that starts it."""
    given = _settings_of()
    model_given = given.model if given else ModelConfig()
    training_given = given.training if given else TrainConfig()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        model: dict[str, Any] = {
            "cell": st.segmented_control(
                "Cell",
                list(get_args(documents.Cell)),
                default=model_given.cell,
                required=True,
                format_func=lambda name: CELL_NAMES[name],
                help="What carries the memory from one character to the next.",
            )
        }
        model |= {name: _field(model_given, name) for name in _FIRST}
        training: dict[str, Any] = {"epochs": _field(training_given, "epochs")}
        seed = int(
            st.number_input(
                "Seed", 0, 2**31 - 1, 0, width=120, help="Of weights, order of tunes and dropout."
            )
        )
    corpora = _corpora()
    with st.expander("More settings"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            model |= {name: _field(model_given, name) for name in _MODEL_MORE}
            training |= {name: _field(training_given, name) for name in _TRAINING_MORE}
        corpus = st.selectbox("Corpus", corpora, help="The tunes to learn from.", width=200)
        name = st.text_input(
            "Name",
            placeholder="made from the settings",
            help="A folder in checkpoints/ gets this name.",
        )
        replace = st.checkbox(
            "Replace a run of this name", help="The old one goes into the trash below."
        )
    config_model, config_training = ModelConfig(**model), TrainConfig(**training)
    taken = {run.name for run in loaders.runs.all_runs()}
    usual = default_run_name(config_model, config_training, seed, str(corpus))
    called = name.strip() or (usual if replace else free_name(usual, taken))
    words = f"It will be called `{called}`{_duration_hint(config_model, config_training.epochs)}."
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
        book = loaders.corpora.tunebook(corpus)
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


def _settings_of() -> RunConfig | None:
    """The run whose settings the form begins with; None for the lab's own."""
    there = {run.name: run.config for run in loaders.runs.all_runs() if isinstance(run, Run)}
    usual = "the lab's defaults"
    begin = st.selectbox(
        "Begin with",
        [usual, *sorted(there, key=lambda name: (name != "best", name))],
        width=260,
        help="Fills the form with the settings of a run; change what you like.",
    )
    return there.get(str(begin))


def _corpora() -> list[str]:
    """The corpora that are built, the usual one first; it is built when there is none."""
    built = [name for name in loaders.corpora.built() if loaders.corpora.is_built(name)]
    return built or [widgets.corpus(FIRST_CORPUS).name]


def _field(given: BaseModel, name: str) -> Any:
    """The widget of a setting, begun with its value in `given`; what it is set to."""
    value, field = getattr(given, name), type(given).model_fields[name]
    if name in _CHOICES:
        words, options, width, meaning = _CHOICES[name]
        return st.selectbox(words, options, options.index(value), width=width, help=meaning)
    low, high = _bounds(field)
    if name in _WHOLES:
        words, meaning = _WHOLES[name]
        most = max(int(high), value)
        return int(st.number_input(words, int(low), most, value, width=120, help=meaning))
    words, step, shown, meaning = _NUMBERS[name]
    high = max(high, value)
    number = st.number_input(words, low, high, value, step, shown, width=130, help=meaning)
    # Spinning in steps gathers rounding errors, and the value names the run.
    return round(float(number), 6)


def _bounds(field: FieldInfo) -> tuple[float, float]:
    """The least and the largest value of a setting; a little inside where the bound is none.

    >>> _bounds(ModelConfig.model_fields["dropout"])
    (0.0, 0.9999)
    """
    low, high = 0.0, float(MOST)
    for rule in field.metadata:
        if isinstance(rule, annotated_types.Ge):
            low = float(rule.ge)  # type: ignore[arg-type]
        elif isinstance(rule, annotated_types.Gt):
            low = float(rule.gt) + 1e-5  # type: ignore[arg-type]
        elif isinstance(rule, annotated_types.Le):
            high = float(rule.le)  # type: ignore[arg-type]
        elif isinstance(rule, annotated_types.Lt):
            high = float(rule.lt) - 1e-4  # type: ignore[arg-type]
    return low, high


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
