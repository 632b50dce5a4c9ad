"""What the whole state holds: linear probes beside what they must be compared with."""

import string
from typing import Any

import numpy as np
import streamlit as st

from dashboard import loaders, widgets
from dashboard.charts.probes import over_states
from dashboard.charts.theme import visible
from dashboard.components.tune_player import Activations
from dashboard.state import elements, whole_state
from dashboard.views.neurons.figure_tables import shown
from dashboard.views.neurons.layer import Layer
from dashboard.views.neurons.player import PATIENCE
from dashboard.views.neurons.probed_runs import one_other, over_study
from dashboard.views.neurons.text_source import choose_text
from dashboard.views.neurons.words import change, interval_words, quantity_name, signed
from dashboard.wording import plain
from songrnn.inspection.probes.building import build_probes, read_off
from songrnn.inspection.probes.stored import NamedUnit, StoredProbes, TaskProbes
from songrnn.statistics import Interval
from songrnn.store.runs import Run

# Characters of a line of guesses above the truth.
LINE = 72
# One for each class of a task, of which a file may hold 64.
_CODES = f"{string.digits}{string.ascii_lowercase}{string.ascii_uppercase}+="


def show(looked_at: Layer) -> None:
    """The view."""
    run = looked_at.run
    st.markdown(
        "A **linear probe** reads off the state of all neurons what each character is. It finds "
        "what no single neuron shows, and says nothing of whether the network uses it."
    )
    found = loaders.neurons.probes(run) or _measured(run)
    if found is None:
        return
    st.markdown(f"**{plain(found.sentence)}**")
    tables(found)
    names = {task.name: task.words for task in found.tasks}
    help = "Shows this task by state, and the probe's guesses on a text."
    name = widgets.select("Task", names, whole_state.PROBE_TASK, help)
    task = next(each for each in found.tasks if each.name == name)
    left, right = st.columns(2, gap="medium")
    with left:
        by_state(run, task)
    with right:
        one_other(run, found, task)
    guesses(run, found, task)
    over_study()


def _measured(run: Run) -> StoredProbes | None:
    problem = loaders.corpora.problem(run.config.corpus)
    if problem:
        st.info(plain(problem))
        return None
    return widgets.measured(
        run,
        ("probes",),
        lambda tell: build_probes(
            run,
            widgets.corpus_of(run.config.corpus).split("train"),
            widgets.corpus_of(run.config.corpus).split("validation"),
            progress=tell,
        ),
        label="Probe the state",
        doing="Probing …",
        about="Reads training and validation tunes with this run and an untrained network, and fits "
        f"some 80 probes: minutes. `songrnn neurons {run.name} probe` does the same and keeps it.",
        key=elements.PROBE,
    )


def short(found: Interval) -> str:
    """An estimate with its interval, two digits."""
    return f"{found.estimate:.2f} ({found.low:.2f} to {found.high:.2f})".replace("-", "−")


def told(found: Interval | None) -> str:
    """An estimate alone, – where a number has no classes."""
    return "–" if found is None else f"{found.estimate:.2f}"


def unit_name(unit: NamedUnit) -> str:
    """A unit in a cell of a table."""
    return f"{quantity_name(unit.quantity).lower()} {unit.neuron}, layer {unit.layer + 1}"


def told_row(task: TaskProbes) -> dict[str, Any]:
    """What one task is told by: all neurons, a few, and without them."""
    return {
        "task": task.words,
        "all": short(task.of_all.main),
        "accuracy": told(task.of_all.accuracy),
        "f1": told(task.of_all.macro_f1),
        "single": f"{signed(task.single.main.estimate, 2)} ({unit_name(task.single_unit)})",
        "few": task.few.main.estimate,
    }


def control_row(task: TaskProbes) -> dict[str, Any]:
    """The same task told without this run's neurons, and how much more they tell."""
    return {
        "task": task.words,
        "untrained": short(task.untrained["all"].main),
        "recent": short(task.recent.main),
        "majority": task.majority.main.estimate,
        "ceiling": short(task.ceiling.main) if task.ceiling else "–",
        "selectivity": "–" if task.selectivity is None else change(task.selectivity, 2),
        "beyond_recent": interval_words(task.beyond_recent, 2),
        "beyond_untrained": interval_words(task.beyond_untrained, 2),
    }


def number(title: str) -> Any:
    """A column of figures."""
    return st.column_config.NumberColumn(title, format="%.2f", width="small")


def tables(found: StoredProbes) -> None:
    """All tasks, and below them each with its controls."""
    column = st.column_config
    st.dataframe(
        shown([told_row(task) for task in found.tasks]),
        hide_index=True,
        key=elements.PROBE_TABLE,
        column_config={
            "task": column.TextColumn("What each character is"),
            "all": column.TextColumn(
                "All neurons", help="Mean IoU over the classes, or R² of a number; 95 % intervals."
            ),
            "accuracy": column.TextColumn("Accuracy", width="small"),
            "f1": column.TextColumn("Macro-F1", width="small"),
            "single": column.TextColumn("Best neuron"),
            "few": number("Best 8"),
        },
    )
    st.caption("The same figure without this run's neurons, and how much more they tell:")
    st.dataframe(
        shown([control_row(task) for task in found.tasks]),
        hide_index=True,
        key=elements.PROBE_CONTROLS,
        column_config={
            "task": column.TextColumn("What each character is"),
            "untrained": column.TextColumn("Untrained network"),
            "recent": column.TextColumn("Last 8 characters"),
            "majority": number("Majority"),
            "ceiling": column.TextColumn(
                "Sees the whole tune",
                help="A U-Net over the characters, forwards and backwards, trained on all "
                "training tunes: what is in the text, seen or not yet seen. Where it tells less than the "
                "neurons do it has learned less, and is no ceiling. – was not trained: `songrnn neurons RUN probe --ceiling`.",
            ),
            "selectivity": column.TextColumn(
                "Selectivity",
                width="small",
                help="Accuracy minus that on classes drawn at random for every pair of last characters, "
                "which a probe can only learn by heart (Hewitt and Liang 2019).",
            ),
            "beyond_recent": column.TextColumn("More than the last 8"),
            "beyond_untrained": column.TextColumn("More than untrained"),
        },
    )
    st.caption(
        f"Fitted on {found.fitted:,} characters of training tunes, the penalty chosen on "
        f"{found.aside:,} of other families, measured on {found.held:,} characters of "
        f"{found.tunes:,} validation tunes of {plain(found.corpus)}. Intervals: 95 %, bootstrap over tunes. "
        f"{plain(found.without_ceiling)}"
    )


def by_state(run: Run, task: TaskProbes) -> None:
    """One task in each state, and the IoU of each class."""

    floors = {"last 8 characters": task.recent.main.estimate}
    if task.ceiling:
        floors["sees the whole tune"] = task.ceiling.main.estimate
    widgets.chart(
        lambda colours: over_states(
            {name: each.main for name, each in task.states.items()},
            {name: each.main for name, each in task.untrained.items()},
            floors,
            title="mean IoU" if task.classes else "R²",
            colours=colours,
        ),
        f"{run.name}-probe-{task.name}",
        key=elements.PROBE_STATES,
        config={"displayModeBar": False},
        alt=f"How well each state tells {task.words}",
    )
    told = [
        f"{plain(name)} {'–' if each is None else f'{each:.2f}'}"
        for name, each in zip(task.classes, task.of_all.iou, strict=True)
    ]
    if told:
        st.caption(f"IoU of each class: {', '.join(told)}. – is true nowhere.")


def guesses(run: Run, found: StoredProbes, task: TaskProbes) -> None:
    """The probe's guess above the truth, errors marked, on one text."""
    if not task.classes:
        return
    st.subheader("Guess above truth", anchor=False)
    with st.container(key=elements.BENCH):
        with st.container(key=elements.RAIL):
            text = choose_text(run)
        if text:
            on_text(run, found, task, text)


def on_text(run: Run, found: StoredProbes, task: TaskProbes, text: str) -> None:
    """What the probe guesses on a text, on the staff and below each other."""
    guess, truth = read_off(loaders.runs.engine(run), run.vocabulary, text, found, task.name)
    there = np.isfinite(truth)
    wrong = there & (guess != truth)
    on_staff(text, task, guess, truth)
    with st.container(key=elements.PICTURES_OF_TEXT):
        st.code(stacked(text, guess, truth), language=None)
    legend = ", ".join(f"{_CODES[n]} {plain(name)}" for n, name in enumerate(task.classes))
    share = f"{1 - wrong.sum() / there.sum():.1%}" if there.any() else "none"
    with st.container(key=elements.EVIDENCE):
        st.caption(
            "Orange: the guess is right; purple: it is wrong. Point at a character to read both."
        )
        st.caption(
            "Under each line of the text the guess, the truth, and ^ where they differ: "
            f"{share} of {int(there.sum()):,} characters are right. {legend}. A blank has no class."
        )


def on_staff(text: str, task: TaskProbes, guess: np.ndarray, truth: np.ndarray) -> None:
    """Staff and text, a note the colour of how many of its characters are guessed right."""
    there = np.isfinite(truth)
    right = np.where(there, np.where(guess == truth, 1.0, -1.0), 0.0)
    details = [
        f"guess {task.classes[int(g)]}, truth {task.classes[int(t)]}" if known else "no class"
        for g, t, known in zip(guess, np.nan_to_num(truth), there, strict=True)
    ]
    widgets.tune(
        text,
        key=elements.PROBE_PLAYER,
        patience=PATIENCE,
        activations=Activations(
            right[None].astype(np.float32),
            quantity="Guess",
            bound=1.0,
            labels={0: f"of {task.words}"},
            details=details,
        ),
        around=elements.MUSIC,
    )


def stacked(text: str, guess: np.ndarray, truth: np.ndarray) -> str:
    """Lines of text, guess, truth and errors below each other.

    >>> print(stacked("DF", np.array([1.0, 0.0]), np.array([1.0, 1.0])))
    DF
    10
    11
     ^
    """
    known = np.isfinite(truth)

    def code(values: np.ndarray) -> str:
        return "".join(
            _CODES[int(value)] if there else " " for value, there in zip(values, known, strict=True)
        )

    lines = (
        "".join(visible(character) for character in text),
        code(guess),
        code(np.where(known, truth, 0)),
        "".join("^" if each else " " for each in known & (guess != truth)),
    )
    return "\n".join(
        line[at : at + LINE].rstrip() for at in range(0, len(text), LINE) for line in lines
    )
