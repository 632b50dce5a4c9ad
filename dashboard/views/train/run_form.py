"""The form of the Train page for one run: its settings, its name, and the button that starts it."""

import itertools
from collections.abc import Container

import streamlit as st

from dashboard import loaders, widgets
from dashboard.charts.theme import CELL_NAMES
from dashboard.views.train.actions import act
from dashboard.wording import duration
from songrnn.config import (
    SEED,
    SETTINGS,
    USUAL_CORPUS,
    CorpusReference,
    ModelConfig,
    RunConfig,
    Setting,
    Value,
    default_run_name,
    setting_values,
    with_settings,
)
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.store.runs import Run
from songrnn.training.launch import start_training

# The largest number a form offers where the setting itself knows no bound.
MOST = 10_000
# The settings that are always in sight; the others are in the fold, in their own order.
FIRST = ("cell", "hidden_size", "layers", "dropout", "epochs")


def run_form() -> None:
    """The settings of one run, what it will be called, and the button that starts it."""
    copied = _settings_of()
    given = (
        setting_values(copied.model, copied.training)
        if copied
        else {name: setting.default for name, setting in SETTINGS.items()}
    )
    # Fields of another run are other fields, so that they begin with its values.
    origin = f"-of-{copied.name}" if copied else ""
    chosen: dict[str, Value] = {}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name in FIRST:
            chosen[name] = setting_field(SETTINGS[name], given[name], origin)
        seed = int(setting_field(SEED, SEED.default))
    corpora = _corpora()
    with st.expander("More settings"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            for name in [name for name in SETTINGS if name not in FIRST]:
                chosen[name] = setting_field(SETTINGS[name], given[name], origin)
        corpus = st.selectbox("Corpus", corpora, help="The tunes to learn from.", width=200)
        name = st.text_input(
            "Name",
            placeholder="made from the settings",
            help="A folder in checkpoints/ gets this name.",
        )
        replace = st.checkbox(
            "Replace a run of this name", help="The old one goes into the trash below."
        )
    config_model, config_training = with_settings(chosen)
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
        "Copy settings from",
        [usual, *sorted(there, key=lambda name: (name != "best", name))],
        width=260,
        key="copy-settings-from",
        help="Fills the form with the settings of a run; change what you like.",
    )
    return there.get(str(begin))


def _corpora() -> list[str]:
    """The corpora that are built, the usual one first; it is built when there is none."""
    built = [name for name in loaders.corpora.built() if loaders.corpora.is_built(name)]
    return built or [widgets.corpus(USUAL_CORPUS).name]


def setting_field(setting: Setting, value: Value, origin: str = "") -> Value:
    """The widget of a setting, which begins with `value`; what it is set to.

    origin: ends the key; another one is another field.
    """
    key = f"setting-{setting.name}{origin}"
    if setting.name == "cell":
        return st.segmented_control(
            setting.label,
            setting.choices,
            default=str(value),
            required=True,
            format_func=lambda name: CELL_NAMES[name],
            key=key,
            help=setting.help,
        )
    if setting.choices:
        index = setting.choices.index(str(value))
        return st.selectbox(
            setting.label, setting.choices, index, width=150, key=key, help=setting.help
        )
    low, high = bounds(setting)
    if setting.kind is int:
        most = max(int(high), int(value))
        return int(
            st.number_input(
                setting.label, int(low), most, int(value), width=120, key=key, help=setting.help
            )
        )
    number = st.number_input(
        setting.label,
        low,
        max(high, float(value)),
        float(value),
        setting.step,
        f"%.{setting.decimals}f",
        width=130,
        key=key,
        help=setting.help,
    )
    # Spinning in steps gathers rounding errors, and the value names the run.
    return round(float(number), 6)


def bounds(setting: Setting) -> tuple[float, float]:
    """The least and the largest value to offer; a little inside where the bound itself is none.

    >>> bounds(SETTINGS["dropout"])
    (0.0, 0.99)
    """
    inside = 10**-setting.decimals
    low = 0.0 if setting.low is None else float(setting.low)
    high = float(MOST) if setting.high is None else float(setting.high)
    return low + inside * setting.open_low, round(high - inside * setting.open_high, 9)


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
