"""The parts of the Train page: forms that start something, cards that watch it.

Nothing is remembered here: what trains stands in the run folders and in the sweeps' notes, so
two windows show the same, and a restart of the app forgets nothing.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.charts.theme import CELL_NAMES
from dashboard.charts.tuning import RunCurve, tuning_curves
from dashboard.comparison import floor_lines, settings
from songrnn import config as documents
from songrnn.config import CorpusReference, ModelConfig, RunConfig, TrainConfig, default_run_name
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import SongRNNError
from songrnn.paths import checkpoints_directory
from songrnn.store.runs import Run, delete_run
from songrnn.store.trash import discarded_runs, restore_run
from songrnn.training.launch import resume_training, start_training, stop_training
from songrnn.tuning.launchers import Progress, cores, time_left, with_status
from songrnn.tuning.study import Study, find_study, merge, shipped_studies
from songrnn.tuning.sweeps import (
    SweepRecord,
    forget_sweep,
    start_sweep,
    stop_sweep,
)

ALL = "all"
# What is built where no corpus is there yet.
FIRST_CORPUS = "folk"

_TRAINING = TrainConfig.model_fields
_MODEL = ModelConfig.model_fields

# How long a word on what was done stays on the page.
_NOTICE_SECONDS = 10

# How many deleted runs are offered for taking back; the others stay in checkpoints/.trash.
_MOST_DELETED = 5


def act(action: Callable[..., Any], *arguments: Any, done: str) -> None:
    """Do something as a button asks for it, and leave a word on how it went for the page."""
    try:
        action(*arguments)
        said = ("success", done)
    except SongRNNError as error:
        said = ("error", str(error))
    st.session_state[state.SAID] = (*said, time.monotonic() + _NOTICE_SECONDS)


def notice() -> None:
    """What the last action has to say, long enough to be read."""
    said = st.session_state.get(state.SAID)
    if isinstance(said, tuple) and time.monotonic() < said[2]:
        (st.success if said[0] == "success" else st.error)(said[1])
    else:
        st.session_state.pop(state.SAID, None)


# Starting -----------------------------------------------------------------------------------


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
    called = name.strip() or default_run_name(config_model, config_training, seed)
    st.caption(f"It will be called `{called}`{_duration_hint(config_model, epochs)}.")

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


# Watching -----------------------------------------------------------------------------------


def sweep_card(record: SweepRecord, runs: dict[str, Run]) -> None:
    """A study under way or ended early: how far it is, and what can be done with it."""
    standing = [_progress(name, runs.get(name)) for name in record.runs]
    finished = sum(one.state == "finished" for one in standing)
    failed = [one for one in standing if one.state == "failed"]
    left = time_left(standing, record.workers) if record.status == "running" else None
    with st.container(border=True, key=f"sweep-{record.id}"):
        words = f"**Study {record.study}**, {record.status}: {finished} of {len(standing)} runs"
        st.progress(finished / max(len(standing), 1), text=words + _left(left))
        for one in failed:
            st.caption(f"{one.name} failed: {one.message}")
        with st.container(horizontal=True):
            if record.status == "running":
                _button("Stop", f"stop-{record.id}", stop_sweep, record,
                        done="The study is stopping; its runs are kept.")  # fmt: skip
                return
            _button("Go on", f"go-{record.id}", _continue, record, done="The study goes on.")
            _button("Dismiss", f"forget-{record.id}", forget_sweep, record,
                    done="The note on the study is gone; its runs stay.")  # fmt: skip


def _continue(record: SweepRecord) -> None:
    start_sweep(record.study, seeds=record.seeds, epochs=record.epochs, workers=record.workers)


def _progress(name: str, run: Run | None) -> Progress:
    if run is None:
        return Progress(name, "waiting", 0.0, TrainConfig().epochs)
    status = run.status
    states: dict[str, Any] = {"running": "running", "finished": "finished", "failed": "failed"}
    start = Progress(
        name,
        states.get(status.status, "waiting"),
        0.0,
        run.config.training.epochs,
        message=status.message or "",
    )
    return with_status(start, status)


def running_card(run: Run) -> None:
    """A run under way: epoch, loss, speed, time left, and the button that stops it."""
    status = run.status
    one = _progress(run.name, run)
    with st.container(border=True, key=f"running-{run.name}"):
        st.progress(
            min(one.epoch / one.epochs, 1.0),
            text=f"**{run.name}**, epoch {one.epoch:.1f} of {one.epochs}{_left(one.seconds_left)}",
        )
        speed = one.characters_per_second
        widgets.figures(
            [
                (
                    "Best validation",
                    "–" if one.bits is None else f"{one.bits:.4f}",
                    "Bits per character, the lowest so far.",
                ),
                ("Characters a second", f"{speed:,.0f}" if speed else "–", "Read while training."),
                ("Computes in", status.precision or "–", "bf16 where that is faster here."),
            ]
        )
        _button("Stop", f"stop-{run.name}", stop_training, run,
                done=f"{run.name} is stopping; it is kept and can go on.")  # fmt: skip


def curves(runs: Sequence[Run]) -> None:
    """The losses of the runs under way, as far as they are."""
    lines = []
    for run in runs:
        history = loaders.history(run)
        for split in ("train", "validation"):
            rows = history[history["split"] == split]
            x, y = rows["epoch"].to_numpy(float), rows["bits_per_character"].to_numpy(float)
            lines.append(RunCurve(run.name, settings(run) | {"run": run.name}, x, y, split))
    figure = tuning_curves(
        lines,
        widgets.colours(),
        x_title="epoch",
        y_title="loss, bits per character",
        group=["run"],
        floors=floor_lines(loaders.floors(runs[0].config.corpus.name)),
        height=360,
    )
    st.plotly_chart(
        figure,
        theme=None,
        key="live-curves",
        config={"displaylogo": False},
        alt=f"Losses of {', '.join(run.name for run in runs)} so far.",
    )


def sample(runs: Sequence[Run]) -> None:
    """The newest song of a run under way; the same seed each time, so only the net changes."""
    names = [run.name for run in runs]
    name = names[0]
    if len(names) > 1:
        if st.session_state.get("sample-run") not in names:
            st.session_state["sample-run"] = names[0]
        name = str(st.segmented_control("Song by", names, required=True, key="sample-run"))
    found = loaders.sample_song(next(run for run in runs if run.name == name))
    if found is None:
        st.caption("The first song comes with the first validation.")
        return
    epoch, text = found
    st.markdown(f"**A song by {name} after epoch {epoch:g}**")
    if st.toggle("Staff and sound", key="sample-music", help="At temperature 0.7, seed 1."):
        widgets.tune(text, key="sample-player")
    else:
        st.code(text, language=None, wrap_lines=True)


def ended_early(runs: Sequence[Run]) -> None:
    """Runs that are neither finished nor running: why, and how to go on."""
    for run in runs:
        status = run.status
        with st.container(border=True, key=f"early-{run.name}"):
            reason = f": {status.message}" if status.message else ""
            st.markdown(
                f"**{run.name}**, {status.status} at epoch {status.epoch:.1f} of "
                f"{run.config.training.epochs}{reason}"
            )
            with st.container(horizontal=True):
                _button("Go on", f"resume-{run.name}", resume_training, run,
                        done=f"{run.name} goes on from where it stopped.")  # fmt: skip
                _button("Delete", f"delete-{run.name}", delete_run, run.name,
                        done=f"{run.name} is deleted; it can be taken back below.")  # fmt: skip


def deleting(names: Sequence[str]) -> None:
    """Delete a run, and take deleted ones back."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Delete a run",
            names,
            index=None,
            key="delete-name",
            placeholder="choose one",
            help="It moves to checkpoints/.trash, from where it can be taken back.",
            width=320,
        )
        _button("Delete", "delete", delete_run, name, disabled=name is None,
                done=f"{name} is deleted; it can be taken back below.")  # fmt: skip
    for run, place in discarded_runs(checkpoints_directory())[:_MOST_DELETED]:
        with st.container(horizontal=True, vertical_alignment="center", key=f"gone-{place.name}"):
            st.caption(f"{run} was deleted.")
            _button("Undo", f"undo-{place.name}", restore_run, Path(place),
                    done=f"{run} is back.")  # fmt: skip


def _button(
    words: str,
    key: str,
    action: Callable[..., Any],
    *arguments: Any,
    done: str,
    disabled: bool = False,
) -> None:
    st.button(
        words,
        key=key,
        disabled=disabled,
        on_click=act,
        args=(action, *arguments),
        kwargs={"done": done},
    )


def _left(seconds: float | None) -> str:
    return "" if seconds is None else f", about {duration(seconds)} left"


def duration(seconds: float) -> str:
    """`45 s`, `3 min`, `2 h 10 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
